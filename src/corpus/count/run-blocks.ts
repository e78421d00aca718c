// Weighted runs of characters, in blocks that need not be in memory: what condense.ts works on. Each block has its characters
// as ids, and the starts and counts of its runs. No run is cut.

import { doubled } from '../../core/grown.ts';
import type { Spill } from './spill.ts';

/** Characters of a block, unless a single run is longer. */
const BLOCK_CHARACTERS = 1 << 18;

/** Some runs, one after the other. */
export interface RunBlock {
  /** Characters as ids from 1 on. `[characters]` */
  readonly chars: Uint32Array;
  /** Start of each run in `chars`; the last entry is the end. `[runs + 1]` */
  readonly runStarts: Uint32Array;
  /** How often each run occurs. `[runs]` */
  readonly runCounts: Float64Array;
}

/** All blocks, in order. */
export interface RunBlocks {
  /** Number of blocks. */
  readonly size: number;
  /** Number of characters in all of them. */
  readonly characters: number;
  read(block: number): RunBlock;
}

/** Collects runs. */
export interface RunBlocksBuilder {
  addCharacter(id: number): void;
  /** Ends a run of the characters added since the last one. */
  endRun(count: number): void;
  finish(): RunBlocks;
}

/** No runs yet. */
export function createRunBlocks(spill: Spill, blockCharacters = BLOCK_CHARACTERS): RunBlocksBuilder {
  let chars = new Uint32Array(1 << 12);
  let runStarts = new Uint32Array(1 << 10);
  let runCounts = new Float64Array(1 << 10);
  let end = 0;
  let runs = 0;
  let characters = 0;
  const blocks: { readonly chars: number; readonly runStarts: number; readonly runCounts: number }[] = [];

  const seal = (): void => {
    characters += end;
    blocks.push({
      chars: spill.write(bytesOf(chars.subarray(0, end))),
      runStarts: spill.write(bytesOf(runStarts.subarray(0, runs + 1))),
      runCounts: spill.write(bytesOf(runCounts.subarray(0, runs))),
    });
    end = 0;
    runs = 0;
  };

  return {
    addCharacter(id) {
      if (end === chars.length) chars = doubled(chars);
      chars[end++] = id;
    },
    endRun(count) {
      if (runs + 1 === runStarts.length) {
        runStarts = doubled(runStarts);
        runCounts = doubled(runCounts);
      }
      runCounts[runs++] = count;
      runStarts[runs] = end;
      if (end >= blockCharacters) seal();
    },
    finish() {
      if (runs > 0) seal();
      return {
        size: blocks.length,
        characters,
        read(block) {
          const place = blocks[block]!;
          const [chars, runStarts, runCounts] = [place.chars, place.runStarts, place.runCounts].map(spill.read);
          return {
            chars: new Uint32Array(chars!.buffer),
            runStarts: new Uint32Array(runStarts!.buffer),
            runCounts: new Float64Array(runCounts!.buffer),
          };
        },
      };
    },
  };
}

/** The bytes of an array. */
export function bytesOf(values: Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
