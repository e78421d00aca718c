// How often segments are used, written down group by group and added up later: sums of all groups at once would take memory
// that grows with the text. A use is one 32-bit word with the number of the segment, and two more where it counts other than once.

import { bytesOf } from './run-blocks.ts';
import type { Spill } from './spill.ts';

/** Words of a block, at most; a use takes three at most. */
const BLOCK_WORDS = 1 << 11;
const MOST_USE_WORDS = 3;

/** Takes down uses. */
export interface SegmentUses {
  /** Adds uses of a segment by its number within the group, below 2^31. */
  add(group: number, number: number, count: number): void;
  /** Uses of each segment of a group, added up in the order in which they came. `[size]` */
  sum(group: number, size: number): Float64Array;
}

/** No uses yet. @param bytes memory of the blocks under way */
export function createSegmentUses(groups: number, bytes: number, spill: Spill): SegmentUses {
  const blockWords = Math.max(MOST_USE_WORDS, Math.min(BLOCK_WORDS, Math.floor(bytes / 4 / groups)));
  const words = new Uint32Array(groups * blockWords);
  const filled = new Uint32Array(groups);
  const written: number[][] = Array.from({ length: groups }, () => []);
  const read = new Uint32Array(blockWords);
  const exact = new Float64Array(1);
  const halves = new Uint32Array(exact.buffer);
  const blockOf = (group: number): Uint32Array =>
    words.subarray(group * blockWords, group * blockWords + filled[group]!);
  return {
    add(group, number, count) {
      if (filled[group]! + MOST_USE_WORDS > blockWords) {
        written[group]!.push(spill.write(bytesOf(blockOf(group))));
        filled[group] = 0;
      }
      const at = group * blockWords + filled[group]!;
      if (count === 1) {
        words[at] = 2 * number;
        filled[group]!++;
        return;
      }
      exact[0] = count;
      words[at] = 2 * number + 1;
      words[at + 1] = halves[0]!;
      words[at + 2] = halves[1]!;
      filled[group]! += MOST_USE_WORDS;
    },
    sum(group, size) {
      const sums = new Float64Array(size);
      const addAll = (block: Uint32Array, stop: number): void => {
        for (let at = 0; at < stop; ) {
          const word = block[at++]!;
          if ((word & 1) === 0) sums[word >>> 1]! += 1;
          else {
            halves[0] = block[at++]!;
            halves[1] = block[at++]!;
            sums[word >>> 1]! += exact[0]!;
          }
        }
      };
      for (const number of written[group]!) addAll(read, spill.readInto(number, bytesOf(read), 0) / 4);
      addAll(blockOf(group), filled[group]!);
      return sums;
    },
  };
}
