// One round of expectation and maximization over weighted words. The E step runs forward-backward in log space with the
// reference's float32 sums in the reference's order, so that its models come out to the bit; the M step drops rare
// pieces and applies digamma, a sparse prior. Neither knows text, only nodes of the forest.
// Spec: RunEStep and RunMStep of unigram_model_trainer.cc, PopulateMarginal of unigram_model.cc.
// Liang and Klein: Structured Bayesian Nonparametric Models with Variational Inference (ACL 2007), on the prior.

import { digamma } from '../core/digamma.ts';
import { addExp, expNear, logSumExp } from '../core/lattice-math.ts';
import {
  PACKED_BITS,
  type PackedForest,
  type PieceForest,
  packForest,
  pieceCountOf,
  UNKNOWN_NODE,
} from './unigram-pieces.ts';
import type { LatticeWords } from './unigram-words.ts';

const { fround } = Math;

/** Positions handled between two steps. */
const STEP = 1 << 18;

/** Pieces that are expected less often are dropped. */
const MIN_EXPECTED = 0.5;

/** What the E step finds. */
export interface Expectation {
  /** Expected occurrences of each node in the corpus; those of unknown characters count to the first piece. `[nodes]` */
  readonly expected: Float32Array | Float64Array;
  /** Average negative log likelihood of a word. */
  readonly objective: number;
}

/** How the E step sums. */
export interface SumOptions {
  /** Sum in float64: for corpora of so many characters that a float32 sum would stop growing. */
  readonly isWide: boolean;
}

/** Expected counts of all pieces, in steps. Time is that of the lattice: the number of all matches. */
export function* expectSteps(
  forest: PieceForest,
  words: LatticeWords,
  { isWide }: SumOptions,
): Generator<number, Expectation> {
  const { starts, counts, maxLength } = words;
  const size = forest.parents.length;
  const expected = isWide ? new Float64Array(size) : new Float32Array(size);
  let total = 0;
  for (const count of counts) total += count;
  const packed = packForest(forest);
  const unknownPiece = forest.order[0]!;
  let lattice = createLattice(maxLength, INITIAL_EDGES);
  let objective = 0;
  let work = 0;
  for (let word = 0; word < counts.length; word++) {
    const start = starts[word]!;
    const end = starts[word + 1]!;
    while (!forward(lattice, packed, unknownPiece, words.nodes, start, end)) {
      lattice = createLattice(maxLength, lattice.edgeNodes.length * 2);
    }
    backward(lattice, end - start);
    const count = fround(counts[word]!);
    if (isWide) addSharesWide(lattice, end - start, count, expected);
    else addShares(lattice, end - start, count, expected);
    objective -= (count * lattice.forwards[end - start]!) / total;
    work += end - start;
    if (work >= STEP) {
      work = 0;
      yield 1;
    }
  }
  yield work / STEP;
  return { expected, objective };
}

const INITIAL_EDGES = 1 << 12;

/** All paths through one word. Log probabilities are float32. */
interface Lattice {
  /** Log sum over all paths up to each position. `[positions + 1]` */
  readonly forwards: Float32Array;
  /** Log sum over all paths from each position on. `[positions + 1]` */
  readonly backwards: Float32Array;
  /** First edge out of each position; edges go from long to short, an unknown character first. `[positions + 1]` */
  readonly edgeStarts: Int32Array;
  /** Node that each edge counts for. */
  readonly edgeNodes: Int32Array;
  /** Position that each edge leads to. */
  readonly edgeEnds: Int32Array;
  readonly edgeScores: Float32Array;
}

function createLattice(maxLength: number, edges: number): Lattice {
  return {
    forwards: new Float32Array(maxLength + 1),
    backwards: new Float32Array(maxLength + 1),
    edgeStarts: new Int32Array(maxLength + 1),
    edgeNodes: new Int32Array(edges),
    edgeEnds: new Int32Array(edges),
    edgeScores: new Float32Array(edges),
  };
}

/**
 * Fills the edges and `forwards`; sums take the edges into a position from the farthest start on.
 *
 * @returns false when there are more edges than the lattice has room for
 */
function forward(
  lattice: Lattice,
  { links, scores }: PackedForest,
  unknownPiece: number,
  nodes: Int32Array,
  start: number,
  stop: number,
): boolean {
  const { forwards, edgeStarts, edgeNodes, edgeEnds, edgeScores } = lattice;
  const size = stop - start;
  const room = edgeNodes.length;
  for (let i = 1; i <= size; i++) forwards[i] = -Infinity;
  let edge = 0;
  for (let i = 0; i < size; i++) {
    edgeStarts[i] = edge;
    const here = forwards[i]!;
    for (let place = nodes[start + i]! << PACKED_BITS; place >= 0; place = links[place]!) {
      if (edge === room) return false;
      const end = i + links[place + 1]!;
      const score = scores[place + 2]!;
      edgeNodes[edge] = place >> PACKED_BITS;
      edgeEnds[edge] = end;
      edgeScores[edge++] = score;
      const path = fround(score + here);
      const sum = forwards[end]!;
      forwards[end] = sum === -Infinity ? path : logSumExp(sum, path);
    }
    if (edgeNodes[edge - 1] === UNKNOWN_NODE) putUnknownFirst(lattice, edgeStarts[i]!, edge - 1, unknownPiece);
  }
  edgeStarts[size] = edge;
  return true;
}

/** The reference has the unknown character behind all pieces of its position, though it is the shortest. */
function putUnknownFirst(lattice: Lattice, first: number, last: number, unknownPiece: number): void {
  const { edgeNodes, edgeEnds, edgeScores } = lattice;
  const end = edgeEnds[last]!;
  const score = edgeScores[last]!;
  edgeNodes.copyWithin(first + 1, first, last);
  edgeEnds.copyWithin(first + 1, first, last);
  edgeScores.copyWithin(first + 1, first, last);
  edgeNodes[first] = unknownPiece;
  edgeEnds[first] = end;
  edgeScores[first] = score;
}

/** Fills `backwards`; sums take the edges out of a position from the last, which is the shortest, on. */
function backward({ backwards, edgeStarts, edgeEnds, edgeScores }: Lattice, size: number): void {
  backwards[size] = 0;
  let edge = edgeStarts[size]! - 1;
  for (let i = size - 1; i >= 0; i--) {
    const first = edgeStarts[i]!;
    let sum = fround(edgeScores[edge]! + backwards[edgeEnds[edge]!]!);
    while (--edge >= first) sum = logSumExp(sum, fround(edgeScores[edge]! + backwards[edgeEnds[edge]!]!));
    backwards[i] = sum;
  }
}

/** Adds the share of all paths that goes through each edge, times `count`, to its node. */
function addShares(lattice: Lattice, size: number, count: number, expected: Float32Array | Float64Array): void {
  const { forwards, backwards, edgeStarts, edgeNodes, edgeEnds, edgeScores } = lattice;
  const all = forwards[size]!;
  let edge = 0;
  for (let i = 0; i < size; i++) {
    const here = forwards[i]!;
    const stop = edgeStarts[i + 1]!;
    for (; edge < stop; edge++) {
      const path = fround(fround(here + edgeScores[edge]!) + backwards[edgeEnds[edge]!]!);
      const node = edgeNodes[edge]!;
      expected[node] = addExp(expected[node]!, count, fround(path - all));
    }
  }
}

/** {@link addShares} without rounding to float32. */
function addSharesWide(lattice: Lattice, size: number, count: number, expected: Float32Array | Float64Array): void {
  const { forwards, backwards, edgeStarts, edgeNodes, edgeEnds, edgeScores } = lattice;
  const all = forwards[size]!;
  let edge = 0;
  for (let i = 0; i < size; i++) {
    const here = forwards[i]!;
    const stop = edgeStarts[i + 1]!;
    for (; edge < stop; edge++) {
      const path = here + edgeScores[edge]! + backwards[edgeEnds[edge]!]!;
      expected[edgeNodes[edge]!]! += count * expNear(path - all);
    }
  }
}

/**
 * Pieces that are expected often enough, in the order of pieces, with their new scores set in `forest.scores`.
 *
 * @returns nodes of the pieces to keep
 */
export function maximize(forest: PieceForest, expected: Expectation['expected'], { isWide }: SumOptions): Int32Array {
  const { order, scores } = forest;
  const kept = new Int32Array(pieceCountOf(forest));
  let size = 0;
  let sum = 0;
  for (const node of order) {
    const frequency = expected[node]!;
    if (frequency < MIN_EXPECTED) continue;
    kept[size++] = node;
    sum = isWide ? sum + frequency : fround(sum + frequency);
  }
  const logSum = fround(digamma(sum));
  const result = kept.slice(0, size);
  for (const node of result) scores[node] = digamma(expected[node]!) - logSum;
  return result;
}
