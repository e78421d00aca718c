// The segments that may begin at each place of a text, for places that are dealt out to groups: one stream a group and part of
// the text, in the order of the text, in blocks that need not be in memory. The streams of a part are read side by side, each
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

/** Units of a block, at most. */
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
  /** The blocks of each group, in order; none of what others write. `[parts][groups][blocks]` */
  readonly blocks: readonly (readonly (readonly number[])[])[];
  /** Units of a segment in each group, 2 or 3; 0 for what others write. `[groups]` */
  readonly steps: Uint8Array;
  /** Units of the largest block. */
  readonly blockUnits: number;
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

/** Units of a block when so many groups are to be read side by side in `bytes` of memory. */
export function blockUnitsWithin(bytes: number, groups: number): number {
  return Math.max(MOST_PLACE_UNITS, Math.min(BLOCK_UNITS, Math.floor(bytes / 2 / groups)));
}

/** No streams yet. */
export function createCandidateWriter(
  spill: Spill,
  { groups, parts, blockUnits }: { readonly groups: number; readonly parts: number; readonly blockUnits: number },
): CandidateWriter {
  const blocks = Array.from({ length: parts }, () => Array.from({ length: groups }, (): number[] => []));
  const steps = new Uint8Array(groups);
  let stream: number[] = [];
  const units = new Uint16Array(blockUnits);
  let filled = 0;
  const flush = (): void => {
    if (filled > 0) stream.push(spill.write(bytesOf(units.subarray(0, filled))));
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
    endStream(part, group, step) {
      flush();
      blocks[part]![group] = stream;
      steps[group] = step;
      stream = [];
    },
    finish: () => ({ blocks, steps, blockUnits, spill: spill.detach() }),
  };
}

/** Reads the streams of a part side by side: the next place of a group is at `units[places[group]]`. */
export interface CandidateReader {
  readonly units: Uint16Array;
  /** To be moved on behind what has been read. `[groups]` */
  readonly places: Uint32Array;
  /** Where a group has to be refilled. `[groups]` */
  readonly ends: Uint32Array;
  /** Units of a segment in each group. `[groups]` */
  readonly steps: Uint8Array;
  refill(group: number): void;
}

/** Opens the streams of one part at their beginnings. @param all what each member has written */
export function openCandidates(all: readonly CandidateStreams[], part: number): CandidateReader {
  const groups = all[0]!.steps.length;
  const blockUnits = Math.max(...all.map((own) => own.blockUnits));
  const spills = all.map(({ spill }) => adoptSpill(spill));
  const owners = Uint8Array.from({ length: groups }, (_, group) => ownerOf(group, { size: all.length }));
  const units = new Uint16Array(groups * blockUnits);
  const bytes = bytesOf(units);
  const places = Uint32Array.from({ length: groups }, (_, group) => group * blockUnits);
  const ends = places.slice();
  const next = new Uint32Array(groups);
  return {
    units,
    places,
    ends,
    steps: Uint8Array.from(owners, (owner, group) => all[owner]!.steps[group]!),
    refill(group) {
      const owner = owners[group]!;
      const start = group * blockUnits;
      const number = all[owner]!.blocks[part]![group]![next[group]!++]!;
      places[group] = start;
      ends[group] = spills[owner]!.readInto(number, bytes, 2 * start) / 2;
    },
  };
}

/** Writes the streams of a group again with other costs by number; what is no segment any more is left out. */
export function writeWithCosts(
  { blocks, steps, blockUnits, spill }: CandidateStreams,
  group: number,
  costs: Uint16Array,
  writer: CandidateWriter,
): void {
  const written = writer.units;
  const step = steps[group]!;
  const units = new Uint16Array(blockUnits);
  const { readInto } = adoptSpill(spill);
  for (const [part, streams] of blocks.entries()) {
    for (const number of streams[group]!) {
      const stop = readInto(number, bytesOf(units), 0) / 2;
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
    writer.endStream(part, group, step);
  }
}
