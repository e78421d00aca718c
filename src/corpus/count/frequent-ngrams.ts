// Finds every n-gram of weighted runs that occurs often enough. All places of a text where two characters begin an n-gram are
// dealt out to groups by a hash of the two, each with the characters that follow; a group is sorted, so that the n-grams of
// all lengths stand together, and counted. Groups are small enough for the processor's cache: a table of all n-grams
// would miss it at every look-up, and would not fit into memory. It knows ids of characters only, no text. Time is
// O(characters x maxLength).

import {
  blockUnitsWithin,
  type CandidateStreams,
  type CandidateWriter,
  createCandidateWriter,
  NO_SEGMENT,
} from './candidate-streams.ts';
import { bytesOf, type RunBlocks } from './run-blocks.ts';
import type { Spill } from './spill.ts';

/** The frequent n-grams of all groups, from two characters on. */
export interface FrequentNgrams {
  /** A power of two. */
  readonly groups: number;
  /** Number of frequent n-grams of each group; their own numbers are from 0 on. `[groups]` */
  readonly sizes: readonly number[];
  /** Those that begin at each place of the text, with their costs. */
  readonly candidates: CandidateStreams;
  /** The characters of a group's n-grams, zeros behind shorter ones. `[sizes[group] * maxLength]` */
  charsOf(group: number): CharIds;
}

type CharIds = Uint16Array | Uint32Array;

/** The array that holds ids of characters below `alphabetSize`. */
function idArrayOf(alphabetSize: number): typeof Uint16Array | typeof Uint32Array {
  return alphabetSize <= 0x10000 ? Uint16Array : Uint32Array;
}

/** Options of {@link findFrequentNgrams}. */
export interface NgramOptions {
  /** 2..16. */
  readonly maxLength: number;
  /** n-grams that occur less often are left out. */
  readonly minCount: number;
  /** Characters have ids from 1 on, below this. */
  readonly alphabetSize: number;
  /** The cost of an n-gram by its occurrences, overlapping ones included; below {@link NO_SEGMENT}. */
  readonly costOf: (count: number) => number;
  /** Memory for the work, in bytes. */
  readonly workBytes: number;
  /** Places in a group, about. Default: what the cache likes and the memory holds. */
  readonly groupPlaces?: number | undefined;
  /** Opens room for blocks. */
  readonly openSpill: () => Spill;
  /** Told before each group how many of all have been counted. */
  readonly onGroup?: ((done: number, total: number) => void) | undefined;
}

const GROUP_PLACES = 1 << 18;
const MOST_GROUPS = 1 << 12;

/** What counting takes for each place of a group. */
const COUNT_BYTES = 160;

/** Places in a block that goes out to a group, at most. */
const BLOCK_PLACES = 1 << 11;

/** The group of two characters. */
export function groupOf(first: number, second: number, groupMask: number): number {
  const hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & groupMask;
}

/** Counts n-grams of 2 to `maxLength` characters. */
export function findFrequentNgrams(blocks: RunBlocks, options: NgramOptions): FrequentNgrams {
  const { alphabetSize, maxLength, workBytes, openSpill } = options;
  const { groupPlaces = Math.max(1, Math.min(GROUP_PLACES, workBytes / COUNT_BYTES)) } = options;
  const groups = Math.min(MOST_GROUPS, 2 ** Math.ceil(Math.log2(Math.max(1, blocks.characters / groupPlaces))));
  const Ids = idArrayOf(alphabetSize);
  const places = dealOut(blocks, groups, options, openSpill());
  const writer = createCandidateWriter(openSpill(), blockUnitsWithin(workBytes / 2, groups));
  const texts = openSpill();
  const textBlocks: number[] = [];
  const sizes: number[] = [];
  for (let group = 0; group < groups; group++) {
    options.onGroup?.(group, groups);
    const chars = countGroup(places.read(group), options, writer);
    sizes.push(chars.length / maxLength);
    textBlocks.push(texts.write(bytesOf(chars)));
  }
  places.close();
  return {
    groups,
    sizes,
    candidates: writer.finish(),
    charsOf(group) {
      const bytes = texts.read(textBlocks[group]!);
      return new Ids(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / Ids.BYTES_PER_ELEMENT);
    },
  };
}

/** Places of a group in the order of the text. */
interface Places {
  /** `maxLength` characters from each place on, zeros behind the end of its run. `[places * maxLength]` */
  readonly chars: CharIds;
  /** Count of the run of each place. `[places]` */
  readonly weights: Float64Array;
}

function dealOut(
  blocks: RunBlocks,
  groups: number,
  { maxLength, alphabetSize, workBytes }: NgramOptions,
  spill: Spill,
): { read(group: number): Places; close(): void } {
  const Ids = idArrayOf(alphabetSize);
  const placeBytes = maxLength * Ids.BYTES_PER_ELEMENT + 8;
  const blockPlaces = Math.max(16, Math.min(BLOCK_PLACES, Math.floor(workBytes / groups / placeBytes)));
  const filling = Array.from({ length: groups }, () => ({
    chars: new Ids(0),
    weights: new Float64Array(0),
    size: 0,
    /** Numbers of full blocks of characters; the weights are in the next one. */
    written: [] as number[],
  }));
  for (let b = 0; b < blocks.size; b++) {
    const { chars, runStarts, runCounts } = blocks.read(b);
    for (let r = 0; r < runCounts.length; r++) {
      const count = runCounts[r]!;
      const last = runStarts[r + 1]! - 1;
      for (let i = runStarts[r]!; i < last; i++) {
        const group = filling[groupOf(chars[i]!, chars[i + 1]!, groups - 1)]!;
        if (group.size === group.weights.length) {
          if (group.size > 0) {
            group.written.push(spill.write(bytesOf(group.chars)));
            spill.write(bytesOf(group.weights));
            group.size = 0;
          }
          group.chars = new Ids(blockPlaces * maxLength);
          group.weights = new Float64Array(blockPlaces);
        }
        const at = group.size * maxLength;
        const stop = Math.min(maxLength, last + 1 - i);
        for (let k = 0; k < stop; k++) group.chars[at + k] = chars[i + k]!;
        group.weights[group.size++] = count;
      }
    }
  }
  return {
    read(number) {
      const group = filling[number]!;
      const size = group.written.length * blockPlaces + group.size;
      const chars = new Ids(size * maxLength);
      const weights = new Float64Array(size);
      let at = 0;
      for (const block of group.written) {
        chars.set(new Ids(spill.read(block).buffer as ArrayBuffer), at * maxLength);
        weights.set(new Float64Array(spill.read(block + 1).buffer), at);
        at += blockPlaces;
      }
      chars.set(group.chars.subarray(0, group.size * maxLength), at * maxLength);
      weights.set(group.weights.subarray(0, group.size), at);
      group.chars = new Ids(0);
      group.weights = new Float64Array(0);
      return { chars, weights };
    },
    close: () => spill.close(),
  };
}

// Writes the candidates of the group and returns the characters of its frequent n-grams.
function countGroup(
  { chars, weights }: Places,
  { maxLength, minCount, alphabetSize, costOf }: NgramOptions,
  writer: CandidateWriter,
): CharIds {
  const size = weights.length;
  const width = maxLength - 1;
  const order = sortPlaces(chars, size, maxLength, alphabetSize);
  /** By length, from 2 on: the n-gram of each place, 0 behind the end of its run. */
  const ngrams = new Uint32Array(size * width);
  const sums = new Float64Array(ngrams.length + 1);
  const current = new Uint32Array(maxLength + 1);
  let found = 0;
  let before = 0;
  for (let j = 0; j < size; j++) {
    const place = order[j]!;
    const row = place * maxLength;
    const weight = weights[place]!;
    let shared = 0;
    if (j > 0) while (shared < maxLength && chars[row + shared] === chars[before + shared]) shared++;
    for (let n = 2, at = place * width; n <= maxLength && chars[row + n - 1] !== 0; n++, at++) {
      if (n > shared) current[n] = ++found;
      const ngram = current[n]!;
      ngrams[at] = ngram;
      sums[ngram]! += weight;
    }
    before = row;
  }
  /** Number among the frequent ones, from 1 on, of each n-gram. */
  const numbers = new Uint32Array(found + 1);
  let frequent = 0;
  for (let ngram = 1; ngram <= found; ngram++) if (sums[ngram]! >= minCount) numbers[ngram] = ++frequent;
  const costs = new Uint16Array(frequent + 1).fill(NO_SEGMENT);
  for (let ngram = 1; ngram <= found; ngram++) if (numbers[ngram] !== 0) costs[numbers[ngram]!] = costOf(sums[ngram]!);

  const texts = new (idArrayOf(alphabetSize))(frequent * maxLength);
  const { units } = writer;
  for (let place = 0, at = 0; place < size; place++, at += width) {
    const start = writer.begin();
    let end = start + 1;
    let mask = 0;
    // What begins with a rare n-gram is rare as well.
    for (let k = 0; k < width; k++) {
      const number = numbers[ngrams[at + k]!]!;
      if (number === 0) break;
      mask |= 1 << k;
      units[end++] = costs[number]!;
      units[end++] = (number - 1) & 0xffff;
      units[end++] = (number - 1) >>> 16;
      const text = (number - 1) * maxLength;
      if (texts[text] !== 0) continue;
      for (let i = 0; i < k + 2; i++) texts[text + i] = chars[place * maxLength + i]!;
    }
    units[start] = mask;
    writer.end(end);
  }
  writer.endGroup();
  return texts;
}

// Places by their characters: by the last character first, and stable, so that the first decides.
function sortPlaces(chars: CharIds, size: number, maxLength: number, alphabetSize: number): Uint32Array {
  let order = Uint32Array.from({ length: size }, (_, i) => i);
  let sorted = new Uint32Array(size);
  const ends = new Uint32Array(alphabetSize + 1);
  const column = new Uint32Array(size);
  for (let k = maxLength - 1; k >= 0; k--) {
    ends.fill(0);
    for (let i = 0, at = k; i < size; i++, at += maxLength) {
      column[i] = chars[at]!;
      ends[chars[at]! + 1]!++;
    }
    for (let id = 1; id <= alphabetSize; id++) ends[id]! += ends[id - 1]!;
    for (let j = 0; j < size; j++) {
      const place = order[j]!;
      sorted[ends[column[place]!]!++] = place;
    }
    [order, sorted] = [sorted, order];
  }
  return order;
}
