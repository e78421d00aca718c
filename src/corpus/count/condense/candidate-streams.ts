// The segments that may begin at each place of a text, for places that are dealt out to groups: one stream a group and part of
// the text, in the order of the text, each in one piece of a spill. The streams of a part are read side by side, each
// from its beginning to its end. Of a team, each member writes every groupth stream (`isOwn`), of all parts. What a segment is
// made of they do not know, only its number within the group.
// A place is a mask of lengths, bit k for k + 2 characters, and for each bit, shortest first, two or three units: the cost, and
// the number, its lower half first where the group has numbers above 16 bits.

import { adoptSpill, bytesOf, type Spill, type SpillState } from '../runs/spill.ts';
import type { Team } from './team.ts';

/** The cost of what is no segment. A rarity of more than 200 bits is none that text has. */
export const NO_SEGMENT = 0xffff;

/** Units of the largest place: of 16 characters. */
const MOST_PLACE_UNITS = 1 + 3 * 15;

/** Units that are read or written at a time, at most. */
const BLOCK_UNITS = 1 << 15;

/** The member of a team that has a group. */
function ownerOf(group: number, { size }: Pick<Team, 'size'>): number {
  return group % size;
}

/** Whether a member of a team has a group. */
export function isOwn(group: number, team: Team): boolean {
  return ownerOf(group, team) === team.index;
}

/** What one member has written: data only. */
export interface CandidateStreams {
  /** Where the stream of each part and group begins and ends, in bytes; 0 for what others write. `[parts * groups]` */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Units of a segment in each group, 2 or 3; 0 for what others write. `[groups]` */
  readonly steps: Uint8Array;
  readonly spill: SpillState;
}

/** Writes streams, one after the other: what is written to `units` behind `begin()` is a place from `end` on. */
export interface CandidateWriter {
  readonly units: Uint16Array;
  /** Where the mask of the next place goes; there is room for all of it. */
  begin(): number;
  /** Ends the place; `at` is behind its last unit. */
  end(at: number): void;
  /** The places since the last stream are that of a group in a part; a segment of the group takes `step` units. */
  endStream(part: number, group: number, step: number): void;
  finish(): CandidateStreams;
}

/** Units of a segment in a group of so many. */
export function candidateUnits(segments: number): number {
  return segments <= 0x10000 ? 2 : 3;
}

/** No streams yet. @param spill for these streams alone */
export function createCandidateWriter(
  spill: Spill,
  { groups, parts }: { readonly groups: number; readonly parts: number },
): CandidateWriter {
  const starts = new Float64Array(parts * groups);
  const ends = new Float64Array(parts * groups);
  const steps = new Uint8Array(groups);
  const units = new Uint16Array(BLOCK_UNITS);
  let start = 0;
  let filled = 0;
  const flush = (): void => {
    spill.write(bytesOf(units.subarray(0, filled)));
    filled = 0;
  };
  return {
    units,
    begin() {
      if (filled + MOST_PLACE_UNITS > BLOCK_UNITS) flush();
      return filled;
    },
    end(at) {
      filled = at;
    },
    endStream(part, group, step) {
      const stream = part * groups + group;
      starts[stream] = start;
      start = spill.end + 2 * filled;
      ends[stream] = start;
      steps[group] = step;
    },
    finish() {
      flush();
      return { starts, ends, steps, spill: spill.detach() };
    },
  };
}

/** Reads the streams of a part side by side: the next place of a group is at `units[places[group]]`. */
export interface CandidateReader {
  readonly units: Uint16Array;
  /** To be moved on behind what has been read. `[groups]` */
  readonly places: Uint32Array;
  /** A group has to be refilled when its place is behind this. `[groups]` */
  readonly limits: Int32Array;
  /** Units of a segment in each group. `[groups]` */
  readonly steps: Uint8Array;
  refill(group: number): void;
}

/** Opens the streams of one part at their beginnings. @param all what each member has written @param bytes of memory */
export function openCandidates(all: readonly CandidateStreams[], part: number, bytes: number): CandidateReader {
  const groups = all[0]!.steps.length;
  const most = Math.min(BLOCK_UNITS, Math.floor(bytes / 2 / groups));
  const blockUnits = Math.max(4 * MOST_PLACE_UNITS, most);
  const spills = all.map(({ spill }) => adoptSpill(spill));
  const owners = Uint8Array.from({ length: groups }, (_, group) => ownerOf(group, { size: all.length }));
  const units = new Uint16Array(groups * blockUnits);
  const places = Uint32Array.from({ length: groups }, (_, group) => (group + 1) * blockUnits);
  const limits = new Int32Array(groups).fill(-1);
  const next = Float64Array.from(owners, (owner, group) => all[owner]!.starts[part * groups + group]!);
  return {
    units,
    places,
    limits,
    steps: Uint8Array.from(owners, (owner, group) => all[owner]!.steps[group]!),
    refill(group) {
      const owner = owners[group]!;
      const start = group * blockUnits;
      const end = start + blockUnits;
      // What is left of the block goes to its front.
      const kept = start + end - places[group]!;
      units.copyWithin(start, places[group]!, end);
      places[group] = start;
      const rest = all[owner]!.ends[part * groups + group]! - next[group]!;
      const taken = Math.min(rest, 2 * (end - kept));
      spills[owner]!.read(next[group]!, bytesOf(units.subarray(kept, kept + taken / 2)));
      next[group]! += taken;
      // A place that begins behind the limit may be cut off, unless all of the stream is here.
      limits[group] = taken === rest ? end : end - MOST_PLACE_UNITS;
    },
  };
}

/** Writes own streams again, group by group, with other costs by number; what is no segment any more is left out. */
export function createCostChanger(
  { starts, ends, steps, spill }: CandidateStreams,
  writer: CandidateWriter,
): (group: number, costs: Uint16Array) => void {
  const { read } = adoptSpill(spill);
  const written = writer.units;
  let units = new Uint16Array(BLOCK_UNITS);
  return (group, costs) => {
    const step = steps[group]!;
    for (let stream = group, part = 0; stream < starts.length; stream += steps.length, part++) {
      const size = (ends[stream]! - starts[stream]!) / 2;
      if (size > units.length) units = new Uint16Array(2 * size);
      read(starts[stream]!, bytesOf(units.subarray(0, size)));
      for (let at = 0; at < size; ) {
        const start = writer.begin();
        let end = start + 1;
        let mask = units[at++]!;
        for (let rest = mask; rest !== 0; rest &= rest - 1) {
          const upper = step > 2 ? units[at + 2]! : 0;
          const cost = costs[units[at + 1]! + upper * 0x10000]!;
          written[end] = cost;
          written[end + 1] = units[at + 1]!;
          if (step > 2) written[end + 2] = upper;
          // Without a branch: which segments stay is hard to foretell.
          const isGone = +(cost === NO_SEGMENT);
          mask ^= -isGone & rest & -rest;
          end += step * (1 - isGone);
          at += step;
        }
        written[start] = mask;
        writer.end(end);
      }
      writer.endStream(part, group, step);
    }
  };
}
