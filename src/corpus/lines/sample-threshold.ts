// How to sample the entries of frequency tables when not all of them fit: those with counts of a threshold and more stay, and of the
// rarer ones as many as their count is of the threshold, each of which then counts as the threshold. So what is frequent only in
// many rare entries stays as frequent as it is. Tables are read once for it, and only their counts are kept.
// Source: Duffield, Lund, Thorup: Learn more, sample less (IEEE Transactions on Information Theory 51, 2005), threshold sampling.

import { codePointLength } from '../../core/unicode/utf8.ts';
import { emptyStats } from '../read/corpus-stats.ts';
import { expandInputs } from '../read/expand-inputs.ts';
import { readRecords } from '../read/records/read-records.ts';
import { type ReadCorpusOptions, recordOptionsOf } from './read-corpus.ts';

/** Counts from here on are not told apart: a table has few of them. No threshold is above. */
const MOST_COUNT = 1 << 16;

/** What stays of tables. */
export interface TableSample {
  /** For `ReadCorpusOptions.sampleThreshold`. */
  readonly sampleThreshold: number;
  /** Share of the characters of all entries that is read. */
  readonly share: number;
  /** There are other inputs than tables. */
  readonly hasText: boolean;
}

/**
 * The least threshold with which `most` characters of all entries stay, as far as a hash divides evenly.
 *
 * @param share greatest share of the characters, in (0, 1], where other text has to find room as well
 * @returns `undefined` when none of the inputs is a table
 * @throws InputError for inputs that cannot be read
 */
export async function sampleThresholdWithin(
  inputs: readonly string[],
  { share, most }: { readonly share: number; readonly most: number },
  options: ReadCorpusOptions,
): Promise<TableSample | undefined> {
  /** Characters of the entries of each count. */
  const characters = new Float64Array(MOST_COUNT + 1);
  let hasText = false;
  const add = (count: number, size: number): void => {
    characters[Math.min(MOST_COUNT, count)]! += size;
  };
  const rare = { onEntry: (count: number, _: number, size: number) => add(count, size) };
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
  const wanted = Math.min(most, (hasText ? share : 1) * total);
  if (wanted === total) return { sampleThreshold: 1, share: 1, hasText };
  // With a threshold t in (count, count + 1], all of `above` stays, and `below / t` of the others.
  let above = total;
  let below = 0;
  for (let count = 1; count < MOST_COUNT; count++) {
    above -= characters[count]!;
    below += count * characters[count]!;
    const sampleThreshold = Math.max(count, below / (wanted - above));
    if (wanted > above && sampleThreshold <= count + 1) return { sampleThreshold, share: wanted / total, hasText };
  }
  return { sampleThreshold: MOST_COUNT, share: (above + below / MOST_COUNT) / total, hasText };
}
