// One round of expectation and maximization over weighted words. The E step runs forward-backward in log space with the
// reference's float32 sums in the reference's order, so that its models come out to the bit; the M step drops rare
// pieces and applies digamma, a sparse prior. Neither knows text, only nodes of the forest.
// Spec: RunEStep and RunMStep of unigram_model_trainer.cc, PopulateMarginal of unigram_model.cc.
// Liang and Klein: Structured Bayesian Nonparametric Models with Variational Inference (ACL 2007), on the prior.

import { digamma } from '../core/digamma.ts';
import { addExp, expNear, logSumExp } from '../core/lattice-math.ts';
import { type PieceForest, pieceCountOf, UNKNOWN_NODE } from './unigram-pieces.ts';
import type { LatticeWords } from './unigram-words.ts';

const { fround } = Math;

/** Positions handled between two steps. */
const STEP = 1 << 17;

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
  options: SumOptions,
): Generator<void, Expectation> {
  const { starts, counts } = words;
  const pass = createForwardBackward(forest, words, options);
  for (let from = 0; from < counts.length; ) {
    let to = from + 1;
    while (to < counts.length && starts[to]! - starts[from]! < STEP) to++;
    pass.run(from, to);
    from = to;
    yield;
  }
  return pass.finish();
}

function createForwardBackward(forest: PieceForest, words: LatticeWords, { isWide }: SumOptions) {
  const { parents, lengths, scores, order } = forest;
  const { nodes, starts, counts, maxLength } = words;
  const expected = isWide ? new Float64Array(parents.length) : new Float32Array(parents.length);
  const unknownPiece = order[0]!;
  // Log sums over all paths up to a position, and from it on.
  const forwards = new Float32Array(maxLength + 1);
  const backwards = new Float32Array(maxLength + 1);
  // The edges of the word at hand by their start, long to short: [positions + 1], [edges].
  const edgeStarts = new Int32Array(maxLength + 1);
  let edgeNodes = new Int32Array(1 << 12);
  let edgeEnds = new Int32Array(1 << 12);
  let edgeScores = new Float32Array(1 << 12);
  let total = 0;
  let objective = 0;
  for (const count of counts) total += count;

  function grow(): void {
    const size = edgeNodes.length * 2;
    edgeNodes = copyInto(new Int32Array(size), edgeNodes);
    edgeEnds = copyInto(new Int32Array(size), edgeEnds);
    edgeScores = copyInto(new Float32Array(size), edgeScores);
  }

  /** Fills the edges and `forwards`; sums take the edges into a position from the farthest start on. */
  function forward(start: number, size: number): void {
    forwards.fill(-Infinity, 1, size + 1);
    let edges = 0;
    for (let i = 0; i < size; i++) {
      edgeStarts[i] = edges;
      const here = forwards[i]!;
      for (let node = nodes[start + i]!; node >= 0; node = parents[node]!) {
        const end = i + lengths[node]!;
        const score = scores[node]!;
        if (edges === edgeNodes.length) grow();
        edgeNodes[edges] = node;
        edgeEnds[edges] = end;
        edgeScores[edges++] = score;
        const path = fround(score + here);
        const sum = forwards[end]!;
        forwards[end] = sum === -Infinity ? path : logSumExp(sum, path);
      }
    }
    edgeStarts[size] = edges;
  }

  /** Fills `backwards`; sums take the edges out of a position from the shortest on. */
  function backward(size: number): void {
    backwards[size] = 0;
    for (let i = size - 1; i >= 0; i--) {
      const first = edgeStarts[i]!;
      let edge = edgeStarts[i + 1]! - 1;
      let sum = fround(edgeScores[edge]! + backwards[edgeEnds[edge]!]!);
      while (--edge >= first) sum = logSumExp(sum, fround(edgeScores[edge]! + backwards[edgeEnds[edge]!]!));
      backwards[i] = sum;
    }
  }

  /** Adds the share of all paths that goes through each edge, times `count`. */
  function addShares(size: number, count: number): void {
    const all = forwards[size]!;
    for (let i = 0; i < size; i++) {
      const here = forwards[i]!;
      const end = edgeStarts[i + 1]!;
      for (let edge = edgeStarts[i]!; edge < end; edge++) {
        const path = fround(fround(here + edgeScores[edge]!) + backwards[edgeEnds[edge]!]!);
        const share = fround(path - all);
        const node = edgeNodes[edge] === UNKNOWN_NODE ? unknownPiece : edgeNodes[edge]!;
        expected[node] = isWide ? expected[node]! + count * expNear(share) : addExp(expected[node]!, count, share);
      }
    }
  }

  return {
    /** Takes words `[from, to)`. */
    run(from: number, to: number): void {
      for (let word = from; word < to; word++) {
        const start = starts[word]!;
        const size = starts[word + 1]! - start;
        const count = fround(counts[word]!);
        forward(start, size);
        backward(size);
        addShares(size, count);
        objective -= (count * forwards[size]!) / total;
      }
    },
    finish: (): Expectation => ({ expected, objective }),
  };
}

function copyInto<T extends Int32Array | Float32Array>(larger: T, array: T): T {
  larger.set(array);
  return larger;
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
