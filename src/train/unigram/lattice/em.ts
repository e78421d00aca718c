// One round of expectation and maximization over weighted words. The E step runs forward-backward in log space with the
// reference's float32 sums in the reference's order, so that its models come out to the bit; the M step drops rare
// pieces and applies digamma, a sparse prior. Neither knows text, only nodes of the forest.
// Spec: RunEStep and RunMStep of unigram_model_trainer.cc, PopulateMarginal of unigram_model.cc.
// Liang and Klein: Structured Bayesian Nonparametric Models with Variational Inference (ACL 2007), on the prior.

import type { LatticeWords } from '../../runtime/train-threads.ts';
import { type PieceForest, packForest, pieceCountOf } from '../forest/pieces.ts';
import { emptyFrequencies } from './best-paths.ts';
import { digamma } from './digamma.ts';
import { createLatticeKernels, endOfRange, type LatticeKernels } from './lattice-kernels.ts';

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
  { sharesOf }: Pick<LatticeKernels, 'sharesOf'> = createLatticeKernels(words, 1),
): Generator<number, Expectation> {
  const { starts, counts } = words;
  const expected = emptyFrequencies(forest.parents.length, isWide);
  const objective = new Float64Array(1);
  const sums = { expected, objective, total: sumOf(counts) };
  const worker = sharesOf({ ...sums, packed: packForest(forest), unknownPiece: forest.order[0]! });
  let work = 0;
  for (let word = 0; word < counts.length; ) {
    const first = word;
    word = endOfRange(words, first);
    worker(first, word)();
    work += starts[word]! - starts[first]!;
    if (work >= STEP) {
      work = 0;
      yield 1;
    }
  }
  yield work / STEP;
  return { expected, objective: objective[0]! };
}

/** What the steps of {@link expectSteps} sum up to, nearly. */
export function expectWork({ nodes }: LatticeWords): number {
  return Math.max(1, nodes.length / STEP);
}

/** Sum in the order of the array. */
export function sumOf(counts: Float64Array): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
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
