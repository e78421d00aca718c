// One round of expectation and maximization over weighted stretches. The E step runs forward-backward on probabilities
// in float64, lifted by powers of two where long stretches would underflow; the M step rounds to float32, drops rare
// pieces and applies digamma, a sparse prior, as the reference does. Neither knows text, only nodes of the forest.
// Spec: RunEStep and RunMStep of unigram_model_trainer.cc; Liang and Klein, tutorial at ACL 2007, on the prior.

import { digamma } from '../core/digamma.ts';
import { type PieceForest, pieceCountOf, UNKNOWN_NODE } from './unigram-pieces.ts';
import type { Stretches } from './unigram-stretches.ts';

/** Positions handled between two steps. */
const STEP = 1 << 18;

/** Pieces that are expected less often are dropped. */
const MIN_EXPECTED = 0.5;

/** Every eighth position, sums that fell below LIFT_BELOW are multiplied by LIFT, which loses no bit. */
const LIFT_EXPONENT = 256;
const LIFT = 2 ** LIFT_EXPONENT;
const LIFT_BELOW = 2 ** -LIFT_EXPONENT;
const LIFT_PERIOD_MASK = 7;

/** What the E step finds. */
export interface Expectation {
  /** Expected occurrences of each node in the corpus. `[nodes]` */
  readonly expected: Float64Array;
  /** Log likelihood of the corpus. */
  readonly logLikelihood: number;
}

/** Expected counts of all pieces, in steps. Time is that of the lattice: the sum of all matches, twice. */
export function* expectSteps(forest: PieceForest, stretches: Stretches): Generator<void, Expectation> {
  const { starts, counts } = stretches;
  const pass = createForwardBackward(forest, stretches);
  for (let from = 0; from < counts.length; ) {
    let to = from + 1;
    while (to < counts.length && starts[to]! - starts[from]! < STEP) to++;
    pass.run(from, to);
    from = to;
    yield;
  }
  return pass.finish();
}

function createForwardBackward(forest: PieceForest, stretches: Stretches) {
  const { parents, lengths } = forest;
  const { nodes, starts, counts, maxLength } = stretches;
  const probabilities = Float64Array.from(forest.scores, Math.exp);
  const expected = new Float64Array(parents.length);
  const maxPieceLength = lengths.reduce((max, length) => Math.max(max, length), 1);
  // Sums over all paths up to a position, and from it on; both times LIFT to the power of their lifts.
  const forwards = new Float64Array(maxLength + 1);
  const backwards = new Float64Array(maxLength + 1);
  const forwardLifts = new Int32Array(maxLength + 1);
  let logLikelihood = 0;

  return {
    /** Takes stretches `[from, to)`. */
    run(from: number, to: number): void {
      for (let stretch = from; stretch < to; stretch++) {
        const start = starts[stretch]!;
        const size = starts[stretch + 1]! - start;
        const count = counts[stretch]!;

        forwards[0] = 1;
        for (let i = 1; i <= size; i++) forwards[i] = 0;
        let lifts = 0;
        for (let i = 0; i < size; i++) {
          if ((i & LIFT_PERIOD_MASK) === LIFT_PERIOD_MASK)
            lifts += lift(forwards, i, Math.min(size, i + maxPieceLength));
          forwardLifts[i] = lifts;
          const here = forwards[i]!;
          for (let node = nodes[start + i]!; node >= 0; node = parents[node]!) {
            forwards[i + lengths[node]!]! += here * probabilities[node]!;
          }
        }
        const total = forwards[size]!;
        logLikelihood += count * (Math.log(total) - lifts * LIFT_EXPONENT * Math.LN2);

        backwards[size] = 1;
        const share = count / total;
        let liftsLeft = lifts;
        for (let i = size - 1; i >= 0; i--) {
          if ((i & LIFT_PERIOD_MASK) === LIFT_PERIOD_MASK) {
            liftsLeft -= lift(backwards, i + 1, Math.min(size, i + maxPieceLength));
          }
          const missing = liftsLeft - forwardLifts[i]!;
          const here = missing === 0 ? forwards[i]! * share : forwards[i]! * share * LIFT ** missing;
          let sum = 0;
          for (let node = nodes[start + i]!; node >= 0; node = parents[node]!) {
            const onwards = probabilities[node]! * backwards[i + lengths[node]!]!;
            sum += onwards;
            expected[node]! += here * onwards;
          }
          backwards[i] = sum;
        }
      }
    },
    finish: (): Expectation => ({ expected, logLikelihood }),
  };
}

/** Multiplies `sums[from..to]` by LIFT until the largest is not below LIFT_BELOW; returns how often. */
function lift(sums: Float64Array, from: number, to: number): number {
  let max = 0;
  for (let i = from; i <= to; i++) max = Math.max(max, sums[i]!);
  let lifts = 0;
  for (; max < LIFT_BELOW; max *= LIFT) lifts++;
  if (lifts > 0) for (let i = from; i <= to; i++) sums[i]! *= LIFT ** lifts;
  return lifts;
}

/**
 * Pieces that are expected often enough, in the order of pieces, with their new scores set in `forest.scores`.
 *
 * @returns nodes of the pieces to keep
 */
export function maximize(forest: PieceForest, expected: Float64Array): Int32Array {
  const { order, scores } = forest;
  const kept = new Int32Array(pieceCountOf(forest));
  let size = 0;
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const node = order[i]!;
    // The reference counts unknown characters to its first piece.
    const frequency = Math.fround(expected[node]! + (i === 0 ? expected[UNKNOWN_NODE]! : 0));
    scores[node] = frequency;
    if (frequency < MIN_EXPECTED) continue;
    kept[size++] = node;
    sum = Math.fround(sum + frequency);
  }
  const logSum = Math.fround(digamma(sum));
  const result = kept.slice(0, size);
  for (const node of result) scores[node] = digamma(scores[node]!) - logSum;
  return result;
}
