// Units that are dealt out to many groups, in the order in which they come: each group fills a block in memory, and full blocks go
// to a spill. What has to be remembered of them is two numbers a block, in flat arrays, so that little of it is in memory and
// handing it to another thread is cheap. What the units mean is the business of deal-places.ts and segment-uses.ts.

import { doubled } from '../../../core/grown.ts';
import { adoptSpill, bytesOf, type Spill, type SpillState } from '../runs/spill.ts';

type Units = Uint16Array | Uint32Array;

/** What was dealt out: data only. */
export interface GroupBlocks {
  /** The last block of each group; blocks have numbers from 1 on, 0 is none. `[groups]` */
  readonly lasts: Uint32Array;
  /** The block of the same group before each, or 0. `[blocks + 1]` */
  readonly befores: Uint32Array;
  /** Where each ends, in bytes; it begins where the one before it ends. `[blocks + 1]` */
  readonly ends: Float64Array;
  readonly spill: SpillState;
}

/** Deals out: what is written to `units[filled[group]]` and behind it belongs to the group. */
export interface GroupWriter<T extends Units> {
  readonly units: T;
  /** Where the next unit of each group goes, to be moved on. `[groups]` */
  readonly filled: Uint32Array;
  /** Up to where a group may be filled. `[groups]` */
  readonly stops: Uint32Array;
  /** Makes room in the block of a group. */
  flush(group: number): void;
  finish(): GroupBlocks;
}

/** No units yet. @param room an array of the blocks of all groups, of the same size each @param spill for these blocks alone */
export function createGroupWriter<T extends Units>(groups: number, room: T, spill: Spill): GroupWriter<T> {
  const blockUnits = room.length / groups;
  const filled = Uint32Array.from({ length: groups }, (_, group) => group * blockUnits);
  const starts = filled.slice();
  const lasts = new Uint32Array(groups);
  let befores = new Uint32Array(1 << 10);
  let ends = new Float64Array(befores.length);
  let blocks = 0;
  const flush = (group: number): void => {
    const start = starts[group]!;
    if (++blocks === befores.length) {
      befores = doubled(befores);
      ends = doubled(ends);
    }
    spill.write(bytesOf(room.subarray(start, filled[group]!)));
    ends[blocks] = spill.end;
    befores[blocks] = lasts[group]!;
    lasts[group] = blocks;
    filled[group] = start;
  };
  return {
    units: room,
    filled,
    stops: filled.map((start) => start + blockUnits),
    flush,
    finish() {
      for (let group = 0; group < groups; group++) if (filled[group] !== starts[group]) flush(group);
      return { lasts, befores: befores.slice(0, blocks + 1), ends: ends.slice(0, blocks + 1), spill: spill.detach() };
    },
  };
}

/** Units of one group, of one member of a team after the other. */
export interface GroupUnits<T extends Units> {
  /** Valid until the next group is read. */
  readonly units: T;
  /** Where those of each member end in `units`. `[members]` */
  readonly partEnds: readonly number[];
}

/** Reads what several have dealt out, group by group. */
export function openGroups<T extends Units>(
  all: readonly GroupBlocks[],
  Type: new (length: number) => T,
): (group: number) => GroupUnits<T> {
  const spills = all.map(({ spill }) => adoptSpill(spill));
  let units = new Type(0);
  return (group) => {
    let size = 0;
    const partEnds = all.map(({ lasts, befores, ends }) => {
      for (let block = lasts[group]!; block !== 0; block = befores[block]!) size += ends[block]! - ends[block - 1]!;
      return size / units.BYTES_PER_ELEMENT;
    });
    if (units.byteLength < size) units = new Type((2 * size) / units.BYTES_PER_ELEMENT);
    const bytes = bytesOf(units);
    for (const [part, { lasts, befores, ends }] of all.entries()) {
      let end = partEnds[part]! * units.BYTES_PER_ELEMENT;
      for (let block = lasts[group]!; block !== 0; block = befores[block]!) {
        const start = end - (ends[block]! - ends[block - 1]!);
        spills[part]!.read(ends[block - 1]!, bytes.subarray(start, end));
        end = start;
      }
    }
    return { units: units.subarray(0, size / units.BYTES_PER_ELEMENT) as T, partEnds };
  };
}
