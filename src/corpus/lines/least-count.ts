// Which entries of frequency tables to do without when not all of them fit: those with the least counts, which say least about
// what is frequent. Tables are read once for it, and only their counts are kept.

import { codePointLength } from '../../core/unicode/utf8.ts';
import { emptyStats } from '../read/corpus-stats.ts';
import { expandInputs } from '../read/expand-inputs.ts';
import { readRecords } from '../read/records/read-records.ts';
import { type ReadCorpusOptions, recordOptionsOf } from './read-corpus.ts';

/** Counts from here on are not told apart: a table has few of them. */
const MOST_COUNT = 1 << 16;

/** What stays of tables. */
export interface FrequentEntries {
  /** For `ReadCorpusOptions.leastCount`. */
  readonly leastCount: number;
  /** Share of the characters of all entries. */
  readonly share: number;
}

/**
 * The least count with which `most` characters of all entries stay.
 *
 * @param share greatest share of the characters, in (0, 1], where other text has to find room as well
 * @returns `undefined` when none of the inputs is a table
 * @throws InputError for inputs that cannot be read
 */
export async function leastCountWithin(
  inputs: readonly string[],
  { share, most }: { readonly share: number; readonly most: number },
  options: ReadCorpusOptions,
): Promise<FrequentEntries | undefined> {
  /** Characters of the entries of each count. */
  const characters = new Float64Array(MOST_COUNT + 1);
  let hasText = false;
  const add = (count: number, size: number): void => {
    characters[Math.min(MOST_COUNT, count)]! += size;
  };
  const rare = { below: Infinity, onEntry: (count: number, _: number, size: number) => add(count, size) };
  for (const file of await expandInputs(inputs)) {
    const reading = { ...recordOptionsOf(options, emptyStats()), fragments: true, rare };
    for await (const { texts, counts } of readRecords(file, reading)) {
      if (counts === undefined) {
        hasText = true;
        break;
      }
      texts.forEach((text, i) => {
        add(counts[i]!, codePointLength(text));
      });
    }
  }
  const total = characters.reduce((sum, each) => sum + each, 0);
  if (total === 0) return undefined;
  const kept = Math.min(most, (hasText ? share : 1) * total);
  let left = kept;
  let count = MOST_COUNT;
  for (; count > 1 && characters[count]! <= left; count--) left -= characters[count]!;
  // Of the entries of this count a part stays.
  return { leastCount: count + 1 - Math.min(1, left / Math.max(1, characters[count]!)), share: kept / total };
}
