// How often segments are used, written down group by group and added up later: sums of all groups at once would take memory
// that grows with the text. A use is one 32-bit word with the number of the segment, and two more where it counts other than once.

import type { Spill } from '../runs/spill.ts';
import { createGroupWriter, type GroupBlocks, openGroups } from './group-blocks.ts';

/** Words of a block, at most; a use takes three at most. */
const BLOCK_WORDS = 1 << 11;
const MOST_USE_WORDS = 3;

/** Takes down uses. */
export interface UsesWriter {
  /** Adds uses of a segment by its number within the group, below 2^31. */
  add(group: number, number: number, count: number): void;
  finish(): GroupBlocks;
}

/** No uses yet. @param bytes memory of the blocks under way */
export function createUsesWriter(groups: number, bytes: number, spill: Spill): UsesWriter {
  const blockWords = Math.max(MOST_USE_WORDS, Math.min(BLOCK_WORDS, Math.floor(bytes / 4 / groups)));
  const writer = createGroupWriter(groups, new Uint32Array(groups * blockWords), spill);
  const { units: words, filled, stops, flush, finish } = writer;
  const exact = new Float64Array(1);
  const halves = new Uint32Array(exact.buffer);
  return {
    add(group, number, count) {
      if (filled[group]! + MOST_USE_WORDS > stops[group]!) flush(group);
      const at = filled[group]!;
      if (count === 1) {
        words[at] = 2 * number;
        filled[group] = at + 1;
        return;
      }
      exact[0] = count;
      words[at] = 2 * number + 1;
      words[at + 1] = halves[0]!;
      words[at + 2] = halves[1]!;
      filled[group] = at + MOST_USE_WORDS;
    },
    finish,
  };
}

/**
 * Adds up what several have taken down, one after the other.
 *
 * @returns the uses of each segment of a group with `size` of them
 */
export function openUses(all: readonly GroupBlocks[]): (group: number, size: number) => Float64Array {
  const read = openGroups(all, Uint32Array);
  const exact = new Float64Array(1);
  const halves = new Uint32Array(exact.buffer);
  return (group, size) => {
    const sums = new Float64Array(size);
    const { units } = read(group);
    for (let at = 0; at < units.length; ) {
      const word = units[at++]!;
      if ((word & 1) === 0) sums[word >>> 1]! += 1;
      else {
        halves[0] = units[at++]!;
        halves[1] = units[at++]!;
        sums[word >>> 1]! += exact[0]!;
      }
    }
    return sums;
  };
}
