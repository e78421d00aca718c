// Runs of symbols, the words of continued BPE, as the cells that merges are learnt on (merges/merge-text.ts). Text is taken a
// stretch at a time, and each run of a stretch is there once with its count; a run that comes again in a later stretch is there
// again. So the table of runs stays in the cache however long the text is, and what is kept of a run is two bytes a symbol.
// No strings and no objects, so that tens of millions of symbols fit.

import { doubled } from '../../core/grown.ts';
import { BARRIER, type Cells, createCells, MAX_NARROW } from '../merges/merge-text.ts';

/** The counter: see {@link createRunCounter}. */
export interface RunCounter {
  /** Cells of all runs so far. */
  readonly cellCount: number;
  /** Adds `run[0..length)`, which must not be empty. */
  add(run: Int32Array, length: number, count: number): void;
  /** Runs added from now on are of the next source. */
  nextSource(): void;
  /** Hands out everything, and begins with nothing again. */
  handOut(): CountedRuns;
}

/** Runs, stretch by stretch; those of a stretch are in the order in which they first came. */
export interface CountedRuns {
  /** Runs that came more than once in their stretch, or all where sources are told apart; a barrier is behind each. */
  readonly counted: Cells[];
  /** `[runs of counted]` */
  readonly runCounts: Float64Array;
  /** How many cells of `once` came before each run of `counted`. `[runs of counted]` */
  readonly runPlaces: Float64Array;
  /** Runs that came once, a barrier behind each. */
  readonly once: Cells[];
  /** First of the counted runs of each source, and their number. `[sources + 1]` */
  readonly sourceStarts: readonly number[];
}

/** A stretch ends when it has so many distinct runs, or so many symbols. */
const STRETCH_RUNS = 1 << 16;
const STRETCH_SYMBOLS = 1 << 20;

/**
 * An empty counter, with one source.
 *
 * @param isWeighed whether sources are told apart: all runs have counts then
 */
export function createRunCounter(isWeighed: boolean): RunCounter {
  let runs: Pick<CountedRuns, 'counted' | 'once'> = { counted: [], once: [] };
  let runCounts = new Float64Array(1 << 10);
  let runPlaces = new Float64Array(1 << 10);
  let countedRuns = 0;
  let countedCells = 0;
  let onceCells = 0;
  let sourceStarts = [0];

  // The stretch at hand.
  let symbols = new Int32Array(STRETCH_SYMBOLS);
  let used = 0;
  let size = 0;
  let bits = 0;
  const starts = new Uint32Array(STRETCH_RUNS + 1);
  const counts = new Float64Array(STRETCH_RUNS);
  const hashes = new Int32Array(STRETCH_RUNS);
  // Run + 1 in each slot, 0 where it is free; half of the slots stay free.
  const slots = new Int32Array(2 * STRETCH_RUNS);
  const mask = slots.length - 1;

  function isRun(candidate: number, run: Int32Array, length: number): boolean {
    const start = starts[candidate]!;
    if (starts[candidate + 1]! - start !== length) return false;
    for (let i = 0; i < length; i++) if (symbols[start + i] !== run[i]) return false;
    return true;
  }

  const isOnce = (run: number): boolean => !isWeighed && counts[run] === 1;

  function endStretch(): void {
    let single = 0;
    for (let run = 0; run < size; run++) if (isOnce(run)) single += starts[run + 1]! - starts[run]! + 1;
    const isNarrow = bits <= MAX_NARROW;
    const once = createCells(single, isNarrow);
    const counted = createCells(used + size - single, isNarrow);
    let toOnce = 0;
    let toCounted = 0;
    for (let run = 0; run < size; run++) {
      const end = starts[run + 1]!;
      if (isOnce(run)) {
        for (let i = starts[run]!; i < end; i++) once[toOnce++] = symbols[i]!;
        once[toOnce++] = BARRIER;
        continue;
      }
      for (let i = starts[run]!; i < end; i++) counted[toCounted++] = symbols[i]!;
      counted[toCounted++] = BARRIER;
      if (countedRuns === runCounts.length) {
        runCounts = doubled(runCounts);
        runPlaces = doubled(runPlaces);
      }
      runCounts[countedRuns] = counts[run]!;
      runPlaces[countedRuns++] = onceCells + toOnce;
    }
    if (toOnce > 0) runs.once.push(once);
    if (toCounted > 0) runs.counted.push(counted);
    onceCells += toOnce;
    countedCells += toCounted;
    used = 0;
    size = 0;
    bits = 0;
    slots.fill(0);
  }

  return {
    get cellCount() {
      return onceCells + countedCells + used + size;
    },
    add(run, length, count) {
      let hash = length;
      for (let i = 0; i < length; i++) hash = Math.imul(hash ^ run[i]!, 0x85ebca6b) ^ (hash >>> 15);
      hash ^= hash >>> 13;
      let slot = hash & mask;
      for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
        const candidate = slots[slot]! - 1;
        if (hashes[candidate] === hash && isRun(candidate, run, length)) {
          counts[candidate]! += count;
          return;
        }
      }
      if (size === STRETCH_RUNS || used + length > symbols.length) {
        endStretch();
        if (length > symbols.length) symbols = new Int32Array(2 * length);
        slot = hash & mask;
      }
      for (let i = 0; i < length; i++) {
        symbols[used++] = run[i]!;
        bits |= run[i]!;
      }
      hashes[size] = hash;
      counts[size] = count;
      slots[slot] = ++size;
      starts[size] = used;
    },
    nextSource() {
      endStretch();
      sourceStarts.push(countedRuns);
    },
    handOut() {
      endStretch();
      const handed = {
        ...runs,
        runCounts: runCounts.slice(0, countedRuns),
        runPlaces: runPlaces.slice(0, countedRuns),
        sourceStarts: [...sourceStarts, countedRuns],
      };
      runs = { counted: [], once: [] };
      sourceStarts = [0];
      countedRuns = 0;
      countedCells = 0;
      onceCells = 0;
      return handed;
    },
  };
}
