// What words give to the sums of the E step: the share of all paths that goes through each piece, times the occurrences of
// the word. Shares are worked out first and added later, so that threads can work them out side by side and add them in
// the order of the corpus. Sums are float32 in the reference's order, or float64 for corpora that outgrow float32.

import type { LatticeWords, PackedForest } from '../../runtime/train-threads.ts';
import { createLatticeWalker, type Lattice } from './lattice.ts';
import { addExp, expNear } from './lattice-math.ts';

const { fround } = Math;

const INITIAL_SHARES = 1 << 15;

/** Where the shares are added. */
export interface ShareSums {
  /** Expected occurrences of each node; float64 for sums without rounding. `[nodes]` */
  readonly expected: Float32Array | Float64Array;
  /** Average negative log likelihood of a word. `[1]` */
  readonly objective: Float64Array;
  /** Occurrences of all words. */
  readonly total: number;
}

/** What one pass of the E step reads and where it adds. */
export interface SharePass extends ShareSums {
  readonly packed: PackedForest;
  /** Piece to which unknown characters count. */
  readonly unknownPiece: number;
}

/** Works out the shares of a range of words; what it returns adds them, and is called once or never. */
export type ShareWorker = (firstWord: number, endWord: number) => () => void;

/** A worker that does it word by word: any words, and sums of either kind. */
export function createShareWorker({ starts, counts, ...words }: LatticeWords, pass: SharePass): ShareWorker {
  const walker = createLatticeWalker(pass.packed, words, pass.unknownPiece);
  const spare: ShareBuffer[] = [];
  return (firstWord, endWord) => {
    const shares = spare.pop() ?? createShareBuffer(pass);
    for (let word = firstWord; word < endWord; word++) {
      const start = starts[word]!;
      const end = starts[word + 1]!;
      shares.push(walker.walk(start, end), end - start, counts[word]!);
    }
    return () => {
      shares.add();
      spare.push(shares);
    };
  };
}

/** Shares that wait to be added: see {@link createShareBuffer}. */
export interface ShareBuffer {
  /** Keeps the shares of a word of `size` positions that occurs `count` times. */
  push(lattice: Lattice, size: number, count: number): void;
  /** Adds what was pushed, in that order, and forgets it. */
  add(): void;
}

/** An empty buffer. */
export function createShareBuffer({ expected, objective, total }: ShareSums): ShareBuffer {
  const isWide = expected instanceof Float64Array;
  let nodes = new Int32Array(INITIAL_SHARES);
  /** Logarithm of each share. */
  let exponents = isWide ? new Float64Array(INITIAL_SHARES) : new Float32Array(INITIAL_SHARES);
  let used = 0;
  const ends: number[] = [];
  const counts: number[] = [];
  const logLikelihoods: number[] = [];

  function reserve(count: number): void {
    if (used + count <= nodes.length) return;
    const size = 2 * (used + count);
    const grownNodes = new Int32Array(size);
    grownNodes.set(nodes);
    nodes = grownNodes;
    const grown = isWide ? new Float64Array(size) : new Float32Array(size);
    grown.set(exponents);
    exponents = grown;
  }

  function pushNarrow(lattice: Lattice, size: number): void {
    const { forwards, backwards, edgeStarts, edgeNodes, edgeEnds, edgeScores } = lattice;
    const all = forwards[size]!;
    for (let i = 0; i < size; i++) {
      const here = forwards[i]!;
      const first = edgeStarts[i]!;
      // Short edges first, an unknown character last: where both count to the first piece, the order shows in its sum.
      for (let edge = edgeStarts[i + 1]! - 1; edge >= first; edge--) {
        const path = fround(fround(here + edgeScores[edge]!) + backwards[edgeEnds[edge]!]!);
        nodes[used] = edgeNodes[edge]!;
        exponents[used++] = fround(path - all);
      }
    }
  }

  function pushWide(lattice: Lattice, size: number): void {
    const { forwards, backwards, edgeStarts, edgeNodes, edgeEnds, edgeScores } = lattice;
    const all = forwards[size]!;
    let edge = 0;
    for (let i = 0; i < size; i++) {
      const here = forwards[i]!;
      for (const stop = edgeStarts[i + 1]!; edge < stop; edge++) {
        nodes[used] = edgeNodes[edge]!;
        exponents[used++] = here + edgeScores[edge]! + backwards[edgeEnds[edge]!]! - all;
      }
    }
  }

  function addNarrow(from: number, to: number, count: number): void {
    for (let share = from; share < to; share++) {
      const node = nodes[share]!;
      expected[node] = addExp(expected[node]!, count, exponents[share]!, expNear(exponents[share]!));
    }
  }

  function addWide(from: number, to: number, count: number): void {
    for (let share = from; share < to; share++) expected[nodes[share]!]! += count * expNear(exponents[share]!);
  }

  return {
    push(lattice, size, count) {
      reserve(lattice.edgeStarts[size]!);
      if (isWide) pushWide(lattice, size);
      else pushNarrow(lattice, size);
      ends.push(used);
      counts.push(fround(count));
      logLikelihoods.push(lattice.forwards[size]!);
    },
    add() {
      let sum = objective[0]!;
      let from = 0;
      for (let word = 0; word < ends.length; word++) {
        const count = counts[word]!;
        if (isWide) addWide(from, ends[word]!, count);
        else addNarrow(from, ends[word]!, count);
        sum -= (count * logLikelihoods[word]!) / total;
        from = ends[word]!;
      }
      objective[0] = sum;
      used = 0;
      ends.length = 0;
      counts.length = 0;
      logLikelihoods.length = 0;
    },
  };
}
