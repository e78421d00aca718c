// How often segments are used, written down group by group and added up later: sums of all groups at once would take memory
// that grows with the text. A use is one 32-bit word with the number of the segment, and two more where it counts other than once.

import { adoptSpill, bytesOf, type Spill, type SpillState } from '../runs/spill.ts';

/** Words of a block, at most; a use takes three at most. */
const BLOCK_WORDS = 1 << 11;
const MOST_USE_WORDS = 3;

/** Takes down uses. */
export interface UsesWriter {
  /** Adds uses of a segment by its number within the group, below 2^31. */
  add(group: number, number: number, count: number): void;
  finish(): SegmentUses;
}

/** Uses of all groups: data only. */
export interface SegmentUses {
  /** The blocks of each group, in order. `[groups][blocks]` */
  readonly blocks: readonly (readonly number[])[];
  /** Words of the largest block. */
  readonly blockWords: number;
  readonly spill: SpillState;
}

/** No uses yet. @param bytes memory of the blocks under way */
export function createUsesWriter(groups: number, bytes: number, spill: Spill): UsesWriter {
  const blockWords = Math.max(MOST_USE_WORDS, Math.min(BLOCK_WORDS, Math.floor(bytes / 4 / groups)));
  const words = new Uint32Array(groups * blockWords);
  const filled = new Uint32Array(groups);
  const blocks: number[][] = Array.from({ length: groups }, () => []);
  const exact = new Float64Array(1);
  const halves = new Uint32Array(exact.buffer);
  const flush = (group: number): void => {
    const start = group * blockWords;
    blocks[group]!.push(spill.write(bytesOf(words.subarray(start, start + filled[group]!))));
    filled[group] = 0;
  };
  return {
    add(group, number, count) {
      if (filled[group]! + MOST_USE_WORDS > blockWords) flush(group);
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
    finish() {
      for (let group = 0; group < groups; group++) if (filled[group] !== 0) flush(group);
      return { blocks, blockWords, spill: spill.detach() };
    },
  };
}

/**
 * Adds up what several have taken down, one after the other.
 *
 * @returns the uses of each segment of a group with `size` of them
 */
export function openUses(all: readonly SegmentUses[]): (group: number, size: number) => Float64Array {
  const spills = all.map(({ spill }) => adoptSpill(spill));
  const read = new Uint32Array(Math.max(...all.map(({ blockWords }) => blockWords)));
  const exact = new Float64Array(1);
  const halves = new Uint32Array(exact.buffer);
  return (group, size) => {
    const sums = new Float64Array(size);
    for (const [i, { blocks }] of all.entries()) {
      for (const number of blocks[group]!) {
        const stop = spills[i]!.readInto(number, bytesOf(read), 0) / 4;
        for (let at = 0; at < stop; ) {
          const word = read[at++]!;
          if ((word & 1) === 0) sums[word >>> 1]! += 1;
          else {
            halves[0] = read[at++]!;
            halves[1] = read[at++]!;
            sums[word >>> 1]! += exact[0]!;
          }
        }
      }
    }
    return sums;
  };
}
