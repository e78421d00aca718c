// Deals out the places of runs to groups: all places where the same two characters begin an n-gram are in one group, with the
// characters that follow and the count of the run, in the order of the text. In blocks that need not be in memory. It
// counts nothing.

import { doubled } from '../../../core/grown.ts';
import type { Spill } from '../runs/spill.ts';
import { createGroupWriter, type GroupBlocks, type GroupUnits } from './group-blocks.ts';
import { type CharIds, idArrayOf, type RunBlock } from './run-blocks.ts';

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

/** Where the places are dealt out. */
export interface DealOptions {
  /** A power of two. */
  readonly groups: number;
  /** 2..16. */
  readonly maxLength: number;
  readonly alphabetSize: number;
  readonly workBytes: number;
}

/** Deals out the places of runs, those of the groups `[from, to)` only; the groups are counted from `from` on. */
export function dealPlaces(
  blocks: Iterable<RunBlock>,
  { groups, maxLength, alphabetSize, workBytes }: DealOptions,
  [from, to]: readonly [from: number, to: number],
  spill: Spill,
): GroupBlocks {
  const Ids = idArrayOf(alphabetSize);
  const mostUnits = 1 + LARGE_UNITS + maxLength;
  const own = to - from;
  const unitBytes = Math.min(GROUP_BYTES, workBytes / own) / Ids.BYTES_PER_ELEMENT;
  const blockUnits = Math.max(mostUnits, Math.floor(unitBytes));
  const writer = createGroupWriter(own, new Ids(own * blockUnits), spill);
  const { units, filled, stops } = writer;
  const exact = new Float64Array(1);
  const quarters = new Uint16Array(exact.buffer);
  for (const { chars, runStarts, runCounts } of blocks) {
    for (let r = 0; r < runCounts.length; r++) {
      const count = runCounts[r]!;
      const isLarge = !(count < LARGE_WEIGHT && Number.isInteger(count));
      const weight = (isLarge ? LARGE_WEIGHT : count) << LENGTH_BITS;
      exact[0] = count;
      const end = runStarts[r + 1]!;
      for (let i = runStarts[r]!; i + 1 < end; i++) {
        const group = groupOf(chars[i]!, chars[i + 1]!, groups - 1) - from;
        if (group < 0 || group >= own) continue;
        if (filled[group]! + mostUnits > stops[group]!) writer.flush(group);
        const stop = Math.min(end, i + maxLength);
        let at = filled[group]!;
        units[at++] = weight | (stop - i - 1);
        if (isLarge) for (let k = 0; k < LARGE_UNITS; k++) units[at++] = quarters[k]!;
        for (let k = i; k < stop; k++) units[at++] = chars[k]!;
        filled[group] = at;
      }
    }
  }
  return writer.finish();
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
export function listPlaces({ units, partEnds }: GroupUnits<CharIds>, lists: PlaceLists): void {
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
