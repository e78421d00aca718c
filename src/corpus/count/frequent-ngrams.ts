// Finds every n-gram of weighted runs that occurs often enough. All places of a text where two characters begin an n-gram are
// dealt out to groups by a hash of the two, each with the characters that follow. A group is counted length by length: only
// what begins with a frequent n-gram can be one, so the places become fewer. Groups are small enough for the processor's
// cache: a table of all n-grams would miss it at every look-up, and would not fit into memory. It knows ids of characters
// only, no text. Time is O(characters x maxLength).

import { doubled } from '../../core/grown.ts';
import {
  blockUnitsWithin,
  type CandidateStreams,
  type CandidateWriter,
  candidateUnits,
  createCandidateWriter,
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

/**
 * Places of a group. Few: they stay in the cache with all that counting makes of them. Many: the groups are fewer, which are
 * read side by side when runs are cut. Measured from 2^15 to 2^18.
 */
const GROUP_PLACES = 1 << 16;

/** What counting takes for each place of a group. */
const COUNT_BYTES = 160;

/** Memory for the block of a group that is being filled: smaller blocks take more reads and writes than smaller groups save. */
const GROUP_BYTES = 1 << 15;

/** The group of two characters. */
export function groupOf(first: number, second: number, groupMask: number): number {
  const hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & groupMask;
}

function placesOfGroup(characters: number, workBytes: number): number {
  const wanted = Math.max(GROUP_PLACES, (characters * GROUP_BYTES) / workBytes);
  return Math.max(1, Math.min(wanted, workBytes / COUNT_BYTES));
}

/** Counts n-grams of 2 to `maxLength` characters. */
export function findFrequentNgrams(blocks: RunBlocks, options: NgramOptions): FrequentNgrams {
  const { alphabetSize, maxLength, workBytes, openSpill } = options;
  const { groupPlaces = placesOfGroup(blocks.characters, workBytes) } = options;
  const groups = 2 ** Math.ceil(Math.log2(Math.max(1, blocks.characters / groupPlaces)));
  const Ids = idArrayOf(alphabetSize);
  const places = dealOut(blocks, groups, options, openSpill());
  const writer = createCandidateWriter(openSpill(), blockUnitsWithin(workBytes / 2, groups));
  const count = createGroupCounter(options, writer);
  const texts = openSpill();
  const textBlocks: number[] = [];
  const sizes: number[] = [];
  for (let group = 0; group < groups; group++) {
    options.onGroup?.(group, groups);
    const chars = count(places.read(group));
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

// A place goes out to its group as one unit with the number of characters less one and the count of its run, four units
// with the count where it is no whole number below LARGE_WEIGHT, and the characters: `maxLength`, or those to the end of the run.

const LENGTH_BITS = 4;
const LENGTH_MASK = (1 << LENGTH_BITS) - 1;
const LARGE_WEIGHT = 0xfff;
const LARGE_UNITS = 4;

function dealOut(
  blocks: RunBlocks,
  groups: number,
  { maxLength, alphabetSize, workBytes }: NgramOptions,
  spill: Spill,
): { read(group: number): CharIds; close(): void } {
  const Ids = idArrayOf(alphabetSize);
  const mostUnits = 1 + LARGE_UNITS + maxLength;
  const unitBytes = Math.min(GROUP_BYTES, workBytes / groups) / Ids.BYTES_PER_ELEMENT;
  const blockUnits = Math.max(mostUnits, Math.floor(unitBytes));
  const units = new Ids(groups * blockUnits);
  const filled = new Uint32Array(groups);
  const sizes = new Float64Array(groups);
  const written: number[][] = Array.from({ length: groups }, () => []);
  const exact = new Float64Array(1);
  const quarters = new Uint16Array(exact.buffer);
  const flush = (group: number): void => {
    const start = group * blockUnits;
    written[group]!.push(spill.write(bytesOf(units.subarray(start, start + filled[group]!))));
    sizes[group]! += filled[group]!;
    filled[group] = 0;
  };
  for (let b = 0; b < blocks.size; b++) {
    const { chars, runStarts, runCounts } = blocks.read(b);
    for (let r = 0; r < runCounts.length; r++) {
      const count = runCounts[r]!;
      const isLarge = !(count < LARGE_WEIGHT && Number.isInteger(count));
      const weight = (isLarge ? LARGE_WEIGHT : count) << LENGTH_BITS;
      exact[0] = count;
      const end = runStarts[r + 1]!;
      for (let i = runStarts[r]!; i + 1 < end; i++) {
        const group = groupOf(chars[i]!, chars[i + 1]!, groups - 1);
        if (filled[group]! + mostUnits > blockUnits) flush(group);
        const start = group * blockUnits;
        const stop = Math.min(end, i + maxLength);
        let at = start + filled[group]!;
        units[at++] = weight | (stop - i - 1);
        if (isLarge) for (let k = 0; k < LARGE_UNITS; k++) units[at++] = quarters[k]!;
        for (let k = i; k < stop; k++) units[at++] = chars[k]!;
        filled[group] = at - start;
      }
    }
  }
  for (let group = 0; group < groups; group++) flush(group);
  let read = new Ids(0);
  return {
    read(group) {
      if (read.length < sizes[group]!) read = new Ids(2 * sizes[group]!);
      let end = 0;
      for (const number of written[group]!) end = spill.readInto(number, bytesOf(read), end);
      return read.subarray(0, sizes[group]!);
    },
    close: () => spill.close(),
  };
}

// Counts one group after the other: writes the candidates of each, and returns the characters of its frequent n-grams, which are
// valid until the next.
function createGroupCounter(
  { maxLength, minCount, alphabetSize, costOf }: NgramOptions,
  writer: CandidateWriter,
): (units: CharIds) => CharIds {
  const exact = new Float64Array(1);
  const quarters = new Uint16Array(exact.buffer);
  /** Of each place: where its characters begin, how many they are, its weight, and its longest frequent n-gram so far, or 0. */
  let starts = new Uint32Array(1 << 10);
  let lengths = new Uint8Array(starts.length);
  let weights = new Float64Array(starts.length);
  let ngrams = new Uint32Array(starts.length);
  /** The places that are still counted, and the n-gram of each. */
  let active = new Uint32Array(starts.length);
  let longer = new Uint32Array(starts.length);
  /** Of each n-gram, from 1 on: the one without its last character (of two characters: the first), the last, and its count. */
  let parents = new Uint32Array(starts.length);
  let lasts = new Uint32Array(parents.length);
  let sums = new Float64Array(parents.length);
  /** n-grams of one length by a hash of the two, 0 for a free slot. */
  let slots = new Uint32Array(4 * starts.length);
  let costs = new Uint16Array(parents.length);
  let texts = new (idArrayOf(alphabetSize))(0);
  const chain = new Uint32Array(maxLength);

  const readPlaces = (units: CharIds): number => {
    let size = 0;
    for (let at = 0; at < units.length; size++) {
      if (size === starts.length) {
        starts = doubled(starts);
        lengths = doubled(lengths);
        weights = doubled(weights);
      }
      const head = units[at++]!;
      let weight = head >>> LENGTH_BITS;
      if (weight === LARGE_WEIGHT) {
        for (let k = 0; k < LARGE_UNITS; k++) quarters[k] = units[at++]!;
        weight = exact[0]!;
      }
      const length = (head & LENGTH_MASK) + 1;
      starts[size] = at;
      lengths[size] = length;
      weights[size] = weight;
      at += length;
    }
    if (ngrams.length < size) {
      ngrams = new Uint32Array(starts.length);
      active = new Uint32Array(starts.length);
      longer = new Uint32Array(starts.length);
      slots = new Uint32Array(4 * starts.length);
    }
    return size;
  };

  // The n-grams of so many characters behind the first `before`, which are shorter. Returns the number of all.
  const countLength = (units: CharIds, length: number, places: number, before: number): number => {
    const mask = 2 ** Math.ceil(Math.log2(2 * places + 2)) - 1;
    const [at, to, sum, slot, place] = [parents, lasts, sums, slots, active];
    slot.fill(0, 0, mask + 1);
    let found = before;
    for (let i = 0; i < places; i++) {
      const first = starts[place[i]!]!;
      const parent = length === 2 ? units[first]! : ngrams[place[i]!]!;
      const last = units[first + length - 1]!;
      const hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(last, 0x85ebca6b);
      let key = (hash ^ (hash >>> 15)) & mask;
      let ngram = slot[key]!;
      while (ngram !== 0 && (at[ngram] !== parent || to[ngram] !== last)) {
        key = (key + 1) & mask;
        ngram = slot[key]!;
      }
      if (ngram === 0) {
        ngram = ++found;
        slot[key] = ngram;
        at[ngram] = parent;
        to[ngram] = last;
        sum[ngram] = 0;
      }
      sum[ngram]! += weights[place[i]!]!;
      longer[i] = ngram;
    }
    // Rare ones leave, and the others close up; the slots are free to say where to.
    let frequent = before;
    for (let ngram = before + 1; ngram <= found; ngram++) {
      slot[ngram - before] = 0;
      if (sum[ngram]! < minCount) continue;
      frequent++;
      at[frequent] = at[ngram]!;
      to[frequent] = to[ngram]!;
      sum[frequent] = sum[ngram]!;
      slot[ngram - before] = frequent;
    }
    for (let i = 0; i < places; i++) {
      longer[i] = slot[longer[i]! - before]!;
      if (longer[i] !== 0) ngrams[place[i]!] = longer[i]!;
    }
    return frequent;
  };

  const writeCandidates = (size: number, pairs: number, found: number): void => {
    const { units } = writer;
    const step = candidateUnits(found);
    for (let place = 0; place < size; place++) {
      let depth = 0;
      for (let ngram = ngrams[place]!; ngram !== 0; ngram = ngram <= pairs ? 0 : parents[ngram]!)
        chain[depth++] = ngram;
      let at = writer.begin();
      units[at++] = (1 << depth) - 1;
      while (depth > 0) {
        const ngram = chain[--depth]!;
        units[at] = costs[ngram]!;
        units[at + 1] = ngram - 1;
        if (step > 2) units[at + 2] = (ngram - 1) >>> 16;
        at += step;
      }
      writer.end(at);
    }
    writer.endGroup(step);
  };

  return (units) => {
    const size = readPlaces(units);
    ngrams.fill(0, 0, size);
    let places = size;
    for (let i = 0; i < size; i++) active[i] = i;
    let found = 0;
    let pairs = 0;
    for (let length = 2; places > 0; length++) {
      while (parents.length <= found + places) {
        parents = doubled(parents);
        lasts = doubled(lasts);
        sums = doubled(sums);
      }
      const before = found;
      found = countLength(units, length, places, before);
      if (length === 2) pairs = found;
      if (texts.length < found * maxLength) texts = doubled(texts, found * maxLength);
      for (let ngram = before + 1; ngram <= found; ngram++) {
        const text = (ngram - 1) * maxLength;
        texts.fill(0, text, text + maxLength);
        if (length === 2) texts[text] = parents[ngram]!;
        else
          for (let k = 0, from = (parents[ngram]! - 1) * maxLength; k < length - 1; k++)
            texts[text + k] = texts[from + k]!;
        texts[text + length - 1] = lasts[ngram]!;
      }
      const counted = places;
      places = 0;
      for (let i = 0; i < counted; i++) {
        if (longer[i] !== 0 && lengths[active[i]!]! > length) active[places++] = active[i]!;
      }
    }
    if (costs.length <= found) costs = new Uint16Array(parents.length);
    for (let ngram = 1; ngram <= found; ngram++) costs[ngram] = costOf(sums[ngram]!);
    writeCandidates(size, pairs, found);
    return texts.subarray(0, found * maxLength);
  };
}
