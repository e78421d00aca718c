// The sums of a text as a line of JSON, for a comparison that is counted in parts. Counts of ids are written sparsely: most ids
// of a large vocabulary do not occur in one text. Pure; what a part is of, its header says (corpus/shards/).

import { isCount, isObject } from '../../core/json-object.ts';
import { FormatError } from '../../errors.ts';
import type { CountedTokenizer } from '../counters/counted-tokenizers.ts';
import type { TextSums } from './text-sums.ts';
import { SIZE_SUMS, TALLY_SUMS, type TokenTally } from './text-tally.ts';
import type { RegressionLine } from './worst-lines.ts';

/** Sums of a text, or of some sections of it, and where they belong. */
export interface PlacedSums {
  /** Place of the text in the comparison. */
  readonly text: number;
  readonly sums: TextSums;
  /** Lines drawn of it, see passages.ts. */
  readonly passages: readonly string[];
}

/** One line, without its line end. */
export function serializeSums({ text, sums, passages }: PlacedSums): string {
  const { name, size, tallies, blocks, worst, hashes } = sums;
  return JSON.stringify({
    text,
    name,
    size: SIZE_SUMS.map((key) => size[key]),
    tallies: tallies.map((tally) => TALLY_SUMS.map((key) => tally[key])),
    pieces: tallies.map(({ pieceCounts }) => sparse(pieceCounts)),
    blocks: [...blocks.sums.subarray(0, blocks.count * (1 + tallies.length))],
    worst,
    hashes,
    passages,
  });
}

/**
 * Reads a line of {@link serializeSums}.
 *
 * @param where the file, and the line in it
 * @throws FormatError for a line that is damaged, or of other tokenizers
 */
export function parseSums(line: string, where: string, counted: readonly CountedTokenizer[]): PlacedSums {
  const wrong = (what: string): FormatError =>
    new FormatError(`${where}: ${what}`, { hint: 'The file is damaged, or was edited: count this part again.' });
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw wrong('is not JSON');
  }
  if (!isObject(json)) throw wrong('is not a JSON object');
  const { text, name, worst, hashes, passages } = json;
  if (typeof name !== 'string' || !isCount(text)) throw wrong('names no text');
  const width = 1 + counted.length;
  const counts = (value: unknown, length?: number): number[] => {
    const isWrong = !Array.isArray(value) || !value.every(isCount) || (length !== undefined && value.length !== length);
    if (isWrong) throw wrong('has something else than counts where sums belong');
    return value as number[];
  };
  const lists = (value: unknown, length: number): unknown[] => {
    if (!Array.isArray(value) || value.length !== length) throw wrong(`is not of ${length} tokenizers`);
    return value;
  };
  const texts = (value: unknown): string[] => {
    if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) throw wrong('has no list of texts');
    return value;
  };
  const size = counts(json.size, SIZE_SUMS.length);
  const pieces = lists(json.pieces, counted.length);
  const tallies = lists(json.tallies, counted.length).map((value, i): TokenTally => {
    const sums = counts(value, TALLY_SUMS.length);
    const pieceCounts = dense(counts(pieces[i]), counted[i]!.counter.vocabSize);
    if (pieceCounts === undefined) throw wrong(`has ids that ${counted[i]!.name} has not`);
    return { ...(named(TALLY_SUMS, sums) as Omit<TokenTally, 'pieceCounts'>), pieceCounts };
  });
  const blocks = counts(json.blocks);
  if (blocks.length % width !== 0) throw wrong('has half a block of lines');
  const isLine = (value: unknown): boolean =>
    isObject(value) && isCount(value.line) && isCount(value.characters) && typeof value.excerpt === 'string';
  const regressions = lists(worst, counted.length).map((list) => {
    if (!Array.isArray(list) || !list.every(isLine)) throw wrong('has no list of lines');
    for (const each of list as RegressionLine[]) counts(each.tokens, counted.length);
    return list as RegressionLine[];
  });
  return {
    text,
    sums: {
      name,
      size: named(SIZE_SUMS, size),
      tallies,
      blocks: { count: blocks.length / width, sums: Float64Array.from(blocks) },
      worst: regressions,
      hashes: texts(hashes),
    },
    passages: texts(passages),
  };
}

function named<K extends string>(keys: readonly K[], values: readonly number[]): Record<K, number> {
  return Object.fromEntries(keys.map((key, i) => [key, values[i]!])) as Record<K, number>;
}

// Distances between ids that occur, each followed by the count of the id.
function sparse(counts: Float64Array): number[] {
  const pairs: number[] = [];
  let before = -1;
  for (let id = 0; id < counts.length; id++) {
    if (counts[id] === 0) continue;
    pairs.push(id - before, counts[id]!);
    before = id;
  }
  return pairs;
}

function dense(pairs: readonly number[], length: number): Float64Array | undefined {
  const counts = new Float64Array(length);
  let id = -1;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    id += pairs[i]!;
    if (pairs[i]! < 1 || id >= length) return undefined;
    counts[id] = pairs[i + 1]!;
  }
  return pairs.length % 2 === 0 ? counts : undefined;
}
