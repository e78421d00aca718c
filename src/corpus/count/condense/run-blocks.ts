// Weighted runs of characters, in blocks that need not be in memory: what condense.ts works on. Each block has its characters
// as ids, and the starts and counts of its runs. No run is cut.

import { doubled } from '../../../core/grown.ts';
import { adoptSpill, bytesOf, type Spill, type SpillState } from '../runs/spill.ts';

/** Ids of characters. */
export type CharIds = Uint16Array | Uint32Array;

/** The array that holds ids of characters below `alphabetSize`. */
export function idArrayOf(alphabetSize: number): typeof Uint16Array | typeof Uint32Array {
  return alphabetSize <= 0x10000 ? Uint16Array : Uint32Array;
}

/** Characters of a block, unless a single run is longer. */
const BLOCK_CHARACTERS = 1 << 18;

/** Some runs, one after the other. */
export interface RunBlock {
  /** Characters as ids from 1 on. `[characters]` */
  readonly chars: CharIds;
  /** Start of each run in `chars`; the last entry is the end. `[runs + 1]` */
  readonly runStarts: Uint32Array;
  /** How often each run occurs. `[runs]` */
  readonly runCounts: Float64Array;
}

interface RunBlockPlace {
  readonly place: number;
  readonly runs: number;
  readonly characters: number;
  /** Of the ids. */
  readonly largest: number;
}

/** Some blocks, in order: data only, so that it can go to a thread. */
export interface RunBlocks {
  /** Where each block is and what it has: its counts, starts and characters, one after the other. */
  readonly places: readonly RunBlockPlace[];
  readonly spill: SpillState;
}

/** Collects runs. */
export interface RunBlocksBuilder {
  addCharacter(id: number): void;
  /** Ends a run of the characters added since the last one. */
  endRun(count: number): void;
  /** Number of characters in all runs. */
  readonly characters: number;
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
  let largest = 0;
  const places: RunBlockPlace[] = [];

  const seal = (): void => {
    characters += end;
    const place = spill.write(bytesOf(runCounts.subarray(0, runs)));
    spill.write(bytesOf(runStarts.subarray(0, runs + 1)));
    spill.write(bytesOf(idArrayOf(largest + 1).from(chars.subarray(0, end))));
    places.push({ place, runs, characters: end, largest });
    end = 0;
    runs = 0;
  };

  return {
    addCharacter(id) {
      if (end === chars.length) chars = doubled(chars);
      chars[end++] = id;
      if (id > largest) largest = id;
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
    get characters() {
      return characters + end;
    },
    finish() {
      if (runs > 0) seal();
      return { places, spill: spill.detach() };
    },
  };
}

/** Reads blocks in order. */
export function* readRunBlocks({ places, spill }: RunBlocks): Generator<RunBlock> {
  const { read } = adoptSpill(spill);
  for (const { place, runs, characters, largest } of places) {
    const runCounts = new Float64Array(runs);
    const runStarts = new Uint32Array(runs + 1);
    const chars = new (idArrayOf(largest + 1))(characters);
    let at = place;
    for (const array of [runCounts, runStarts, chars]) {
      read(at, bytesOf(array));
      at += array.byteLength;
    }
    yield { chars, runStarts, runCounts };
  }
}
