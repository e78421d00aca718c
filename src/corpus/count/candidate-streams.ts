// The segments that may begin at each place of a text, for places that are dealt out to groups: one stream a group, in the
// order of the text, in blocks that need not be in memory. Streams are read side by side in the order of the text, each
// from its beginning to its end. What a segment is made of they do not know, only its number within the group.
// A place is a mask of lengths, bit k for k + 2 characters, and for each bit, shortest first, two or three units: the cost, and
// the number, its lower half first where the group has numbers above 16 bits.

import { bytesOf } from './run-blocks.ts';
import type { Spill } from './spill.ts';

/** The cost of what is no segment. A rarity of more than 200 bits is none that text has. */
export const NO_SEGMENT = 0xffff;

/** Units of the largest place: of 16 characters. */
const MOST_PLACE_UNITS = 1 + 3 * 15;

/** Units of a block, at most. */
const BLOCK_UNITS = 1 << 15;

/** Streams of all groups. */
export interface CandidateStreams {
  /** The blocks of each group, in order. `[groups][blocks]` */
  readonly blocks: readonly (readonly number[])[];
  /** Units of a segment in each group, 2 or 3. `[groups]` */
  readonly steps: Uint8Array;
  /** Units of the largest block. */
  readonly blockUnits: number;
  readonly spill: Spill;
}

/** Writes streams, group by group: what is written to `units` behind `begin()` is a place from `end` on. */
export interface CandidateWriter {
  readonly units: Uint16Array;
  /** Where the mask of the next place goes; there is room for all of it. */
  begin(): number;
  /** Ends the place; `at` is behind its last unit. */
  end(at: number): void;
  /** Places from now on are of the next group; a segment of this one takes `step` units. */
  endGroup(step: number): void;
  finish(): CandidateStreams;
}

/** Units of a segment in a group of so many. */
export function candidateUnits(segments: number): number {
  return segments <= 0x10000 ? 2 : 3;
}

/** Units of a block when so many groups are to be read side by side in `bytes` of memory. */
export function blockUnitsWithin(bytes: number, groups: number): number {
  return Math.max(MOST_PLACE_UNITS, Math.min(BLOCK_UNITS, Math.floor(bytes / 2 / groups)));
}

/** No streams yet. */
export function createCandidateWriter(spill: Spill, blockUnits: number): CandidateWriter {
  const blocks: number[][] = [];
  const steps: number[] = [];
  let group: number[] = [];
  const units = new Uint16Array(blockUnits);
  let filled = 0;
  const flush = (): void => {
    if (filled > 0) group.push(spill.write(bytesOf(units.subarray(0, filled))));
    filled = 0;
  };
  return {
    units,
    begin() {
      if (filled + MOST_PLACE_UNITS > blockUnits) flush();
      return filled;
    },
    end(at) {
      filled = at;
    },
    endGroup(step) {
      flush();
      blocks.push(group);
      steps.push(step);
      group = [];
    },
    finish: () => ({ blocks, steps: Uint8Array.from(steps), blockUnits, spill }),
  };
}

/** Reads all streams side by side: the next place of a group is at `units[places[group]]`. */
export interface CandidateReader {
  readonly units: Uint16Array;
  /** To be moved on behind what has been read. `[groups]` */
  readonly places: Uint32Array;
  /** Where a group has to be refilled. `[groups]` */
  readonly ends: Uint32Array;
  refill(group: number): void;
}

/** Opens all streams at their beginnings. */
export function openCandidates({ blocks, blockUnits, spill }: CandidateStreams): CandidateReader {
  const units = new Uint16Array(blocks.length * blockUnits);
  const bytes = bytesOf(units);
  const places = Uint32Array.from(blocks, (_, group) => group * blockUnits);
  const ends = places.slice();
  const next = new Uint32Array(blocks.length);
  return {
    units,
    places,
    ends,
    refill(group) {
      const start = group * blockUnits;
      places[group] = start;
      ends[group] = spill.readInto(blocks[group]![next[group]!++]!, bytes, 2 * start) / 2;
    },
  };
}

/** Writes the stream of a group again with other costs by number; what is no segment any more is left out. */
export function writeWithCosts(
  { blocks, steps, blockUnits, spill }: CandidateStreams,
  group: number,
  costs: Uint16Array,
  writer: CandidateWriter,
): void {
  const written = writer.units;
  const step = steps[group]!;
  const units = new Uint16Array(blockUnits);
  for (const number of blocks[group]!) {
    const stop = spill.readInto(number, bytesOf(units), 0) / 2;
    for (let at = 0; at < stop; ) {
      const start = writer.begin();
      let end = start + 1;
      let mask = 0;
      for (let rest = units[at++]!, bit = 1; rest !== 0; rest >>>= 1, bit <<= 1) {
        if ((rest & 1) === 0) continue;
        const upper = step > 2 ? units[at + 2]! : 0;
        const cost = costs[units[at + 1]! + upper * 0x10000]!;
        if (cost !== NO_SEGMENT) {
          mask |= bit;
          written[end] = cost;
          written[end + 1] = units[at + 1]!;
          if (step > 2) written[end + 2] = upper;
          end += step;
        }
        at += step;
      }
      written[start] = mask;
      writer.end(end);
    }
  }
  writer.endGroup(step);
}
