// What words give to the sums of the E step: the share of all paths that goes through each piece, times the occurrences of
// the word. Shares are worked out first and added later, so that threads can work them out side by side and add them in
// the order of the corpus. Sums are float32 in the reference's order, or float64 for corpora that outgrow float32.

import type { LatticeWords, PackedForest } from '../../runtime/train-threads.ts';
import { createLatticeWalker, type Lattice } from './lattice.ts';
import { addExp, expNear } from './lattice-math.ts';

const { fround } = Math;

/** What one pass of the E step reads, and where it adds. */
export interface SharePass {
  readonly packed: PackedForest;
  /** Piece to which unknown characters count. */
  readonly unknownPiece: number;
  /** Expected occurrences of each node; float64 for sums without rounding. `[nodes]` */
  readonly expected: Float32Array | Float64Array;
  /** Average negative log likelihood of a word. `[1]` */
  readonly objective: Float64Array;
  /** Occurrences of all words. */
  readonly total: number;
}

/** Works out the shares of a range of words; what it returns adds them, and is called once or never. */
export type ShareWorker = (firstWord: number, endWord: number) => () => void;

/** A worker that does it word by word: any words, and sums of either kind. */
export function createShareWorker({ starts, counts, ...words }: LatticeWords, pass: SharePass): ShareWorker {
  const { packed, unknownPiece, expected, objective, total } = pass;
  const isWide = expected instanceof Float64Array;
  const walker = createLatticeWalker(packed, words, unknownPiece);

  /** Keeps the node and the logarithm of each share of a word. */
  function push(lattice: Lattice, size: number, nodes: number[], logarithms: number[]): void {
    const { forwards, backwards, edgeStarts, edgeNodes, edgeEnds, edgeScores } = lattice;
    const all = forwards[size]!;
    for (let i = 0; i < size; i++) {
      const here = forwards[i]!;
      const first = edgeStarts[i]!;
      const last = edgeStarts[i + 1]! - 1;
      for (let k = first; k <= last; k++) {
        // In float32 short edges come first, an unknown character last: where both count to the first piece, the order shows in its sum.
        const edge = isWide ? k : first + last - k;
        const score = edgeScores[edge]!;
        const there = backwards[edgeEnds[edge]!]!;
        nodes.push(edgeNodes[edge]!);
        logarithms.push(isWide ? here + score + there - all : fround(fround(fround(here + score) + there) - all));
      }
    }
  }

  return (firstWord, endWord) => {
    const nodes: number[] = [];
    const logarithms: number[] = [];
    const ends: number[] = [];
    const logLikelihoods: number[] = [];
    for (let word = firstWord; word < endWord; word++) {
      const size = starts[word + 1]! - starts[word]!;
      const lattice = walker.walk(starts[word]!, starts[word + 1]!);
      push(lattice, size, nodes, logarithms);
      ends.push(nodes.length);
      logLikelihoods.push(lattice.forwards[size]!);
    }
    return () => {
      let sum = objective[0]!;
      let share = 0;
      for (let word = firstWord; word < endWord; word++) {
        const count = fround(counts[word]!);
        for (const end = ends[word - firstWord]!; share < end; share++) {
          const node = nodes[share]!;
          const x = logarithms[share]!;
          if (isWide) expected[node]! += count * expNear(x);
          else expected[node] = addExp(expected[node]!, count, x, expNear(x));
        }
        sum -= (count * logLikelihoods[word - firstWord]!) / total;
      }
      objective[0] = sum;
    };
  };
}
