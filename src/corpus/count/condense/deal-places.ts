// Deals out the places of runs to groups: all places where the same two characters begin an n-gram are in one group, with the
// characters that follow and the count of the run, in the order of the text. In blocks that need not be in memory. It
// counts nothing.

import { doubled } from '../../../core/grown.ts';
import { adoptSpill, bytesOf, type Spill, type SpillState } from '../runs/spill.ts';
import type { RunBlock } from './run-blocks.ts';

/** Ids of characters. */
export type CharIds = Uint16Array | Uint32Array;

/** The array that holds ids of characters below `alphabetSize`. */
export function idArrayOf(alphabetSize: number): typeof Uint16Array | typeof Uint32Array {
  return alphabetSize <= 0x10000 ? Uint16Array : Uint32Array;
}

/** Memory for the block of a group that is being filled: smaller blocks take more reads and writes than smaller groups save. */
export const GROUP_BYTES = 1 << 15;

/** The group of two characters. */
export function groupOf(first: number, second: number, groupMask: number): number {
  const hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & groupMask;
}

// A place goes out to its group as one unit with the number of characters less one and the count of its run, four units
// with the count where it is no whole number below LARGE_WEIGHT, and the characters: `maxLength`, or those to the end of the run.

const LENGTH_BITS = 4;
const LENGTH_MASK = (1 << LENGTH_BITS) - 1;
const LARGE_WEIGHT = 0xfff;
const LARGE_UNITS = 4;

/** Places of some text, dealt out to all groups: data only. */
export interface DealtPlaces {
  /** The blocks of each group, in order. `[groups][blocks]` */
  readonly blocks: readonly (readonly number[])[];
  /** Ids of all blocks of each group. `[groups]` */
  readonly sizes: Float64Array;
  readonly spill: SpillState;
}

/** Where the places are dealt out. */
export interface DealOptions {
  /** A power of two. */
  readonly groups: number;
  /** 2..16. */
  readonly maxLength: number;
  readonly alphabetSize: number;
  readonly workBytes: number;
}

/** Deals out the places of runs. */
export function dealPlaces(
  blocks: Iterable<RunBlock>,
  { groups, maxLength, alphabetSize, workBytes }: DealOptions,
  spill: Spill,
): DealtPlaces {
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
  for (const { chars, runStarts, runCounts } of blocks) {
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
  return { blocks: written, sizes, spill: spill.detach() };
}

/** Places of one group, of one part of the text after the other. */
export interface GroupPlaces {
  /** As dealt out; valid until the next group is read. */
  readonly units: CharIds;
  /** Where the places of each part end in `units`. `[parts]` */
  readonly partEnds: readonly number[];
}

/** Reads what several have dealt out. */
export function openPlaces(all: readonly DealtPlaces[], alphabetSize: number): (group: number) => GroupPlaces {
  const Ids = idArrayOf(alphabetSize);
  const spills = all.map(({ spill }) => adoptSpill(spill));
  let units = new Ids(0);
  return (group) => {
    const size = all.reduce((sum, { sizes }) => sum + sizes[group]!, 0);
    if (units.length < size) units = new Ids(2 * size);
    let end = 0;
    const partEnds = all.map(({ blocks }, part) => {
      for (const number of blocks[group]!) end = spills[part]!.readInto(number, bytesOf(units), end);
      return end / Ids.BYTES_PER_ELEMENT;
    });
    return { units: units.subarray(0, size), partEnds };
  };
}

/** What {@link dealPlaces} has written of places, read back: their number, and of each its characters and weight. */
export interface PlaceLists {
  size: number;
  /** Where the characters of each place begin, and how many they are. */
  starts: Uint32Array;
  lengths: Uint8Array;
  /** Counts of the runs. */
  weights: Float64Array;
  /** Number of places up to the end of each part. `[parts]` */
  partEnds: number[];
}

/** Fills the lists, which grow. */
export function listPlaces({ units, partEnds }: GroupPlaces, lists: PlaceLists): void {
  const exact = new Float64Array(1);
  const quarters = new Uint16Array(exact.buffer);
  let { starts, lengths, weights } = lists;
  let size = 0;
  let at = 0;
  lists.partEnds = partEnds.map((end) => {
    while (at < end) {
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
      weights[size++] = weight;
      at += length;
    }
    return size;
  });
  Object.assign(lists, { size, starts, lengths, weights });
}
