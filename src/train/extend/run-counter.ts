// Sequences of symbols, each once with its count: the words of continued BPE. A flat hash table over one growing array;
// no strings and no objects, so that tens of millions of symbols fit. Sequences of different sources stay apart.

import { grown } from '../../core/grown.ts';
/** The counter: see {@link createRunCounter}. */
export interface RunCounter {
  /** Distinct sequences so far. */
  readonly size: number;
  /** Symbols of all of them. */
  readonly symbolCount: number;
  /** Adds `run[0..length)`, which must not be empty. */
  add(run: Int32Array, length: number, count: number): void;
  /** Sequences added from now on are of the next source, and distinct from all before. */
  nextSource(): void;
  /** Hands out everything; the counter must not be used any more. */
  finish(): CountedRuns;
}

/** Result of a {@link RunCounter}; sequences are in the order in which they were first seen. */
export interface CountedRuns {
  readonly symbols: Uint16Array | Int32Array;
  /** `[runs + 1]` */
  readonly runStarts: Float64Array;
  /** `[runs]` */
  readonly runCounts: Float64Array;
  /** First sequence of each source, and their number. `[sources + 1]` */
  readonly sourceStarts: readonly number[];
}

/** Greatest symbol of two bytes. */
const MAX_NARROW = 0xffff;

const INITIAL_RUNS = 1 << 12;
const INITIAL_SYMBOLS = 1 << 16;

/** An empty counter, with one source. */
export function createRunCounter(): RunCounter {
  // Two bytes each, until one does not fit.
  let symbols: Uint16Array | Int32Array = new Uint16Array(INITIAL_SYMBOLS);
  let used = 0;
  let size = 0;
  let starts = new Float64Array(INITIAL_RUNS + 1);
  let counts = new Float64Array(INITIAL_RUNS);
  let hashes = new Int32Array(INITIAL_RUNS);
  // Sequence + 1 in each slot, 0 where it is free; half of the slots stay free.
  let slots = new Int32Array(2 * INITIAL_RUNS);
  let firstOfSource = 0;
  const sourceStarts = [0];

  function grow(): void {
    const capacity = 2 * size;
    starts = grown(starts, capacity + 1);
    counts = grown(counts, capacity);
    hashes = grown(hashes, capacity);
    slots = new Int32Array(2 * capacity);
    for (let run = firstOfSource; run < size; run++) slots[freeSlot(hashes[run]!)] = run + 1;
  }

  function freeSlot(hash: number): number {
    let slot = hash & (slots.length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
    return slot;
  }

  function isRun(candidate: number, run: Int32Array, length: number): boolean {
    const start = starts[candidate]!;
    if (starts[candidate + 1]! - start !== length) return false;
    for (let i = 0; i < length; i++) if (symbols[start + i] !== run[i]) return false;
    return true;
  }

  return {
    get size() {
      return size;
    },
    get symbolCount() {
      return used;
    },
    add(run, length, count) {
      let hash = length;
      let bits = 0;
      for (let i = 0; i < length; i++) {
        hash = Math.imul(hash ^ run[i]!, 0x85ebca6b) ^ (hash >>> 15);
        bits |= run[i]!;
      }
      if (bits > MAX_NARROW && symbols instanceof Uint16Array) symbols = Int32Array.from(symbols);
      hash ^= hash >>> 13;
      const mask = slots.length - 1;
      let slot = hash & mask;
      for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
        const candidate = slots[slot]! - 1;
        if (hashes[candidate] === hash && isRun(candidate, run, length)) {
          counts[candidate]! += count;
          return;
        }
      }
      if (size === counts.length) {
        grow();
        slot = freeSlot(hash);
      }
      if (used + length > symbols.length) {
        symbols = grown(symbols, Math.ceil(1.5 * (used + length)));
      }
      for (let i = 0; i < length; i++) symbols[used + i] = run[i]!;
      used += length;
      slots[slot] = size + 1;
      hashes[size] = hash;
      counts[size] = count;
      starts[++size] = used;
    },
    nextSource() {
      firstOfSource = size;
      sourceStarts.push(size);
      slots.fill(0);
    },
    finish: () => ({
      symbols: symbols.subarray(0, used),
      runStarts: starts.subarray(0, size + 1),
      runCounts: counts.subarray(0, size),
      sourceStarts: [...sourceStarts, size],
    }),
  };
}
