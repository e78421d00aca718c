// The passes over all words that Unigram training is made of, behind one interface: expected counts, best paths, losses of
// pieces, renaming of nodes. This file does them on the calling thread, in steps; thread-engine.ts on several threads,
// with the same sums in the same order.

import type { LatticeWords } from '../../runtime/train-threads.ts';
import type { StepRunner } from '../../runtime/yield-to-event-loop.ts';
import { type PieceForest, packForest } from '../forest/pieces.ts';
import { renameNodesSteps } from '../forest/words.ts';
import type { BestPathCounter } from '../lattice/best-paths.ts';
import { type Expectation, expectSteps, expectWork } from '../lattice/em.ts';
import { createLatticeKernels, endOfRange } from '../lattice/lattice-kernels.ts';
import { createLossFinder, findPieces, lossInputOf } from '../lattice/prune.ts';

/** Ranges of words between two pauses. */
const STEP_RANGES = 32;

/** Pieces whose losses are worked out between two pauses. */
const STEP_PIECES = 1 << 17;

/** Passes over the words of one training. */
export interface LatticeEngine {
  /** @param onShare is told now and then which share of the pass is done, 0..1 */
  expect(forest: PieceForest, onShare?: (share: number) => void): Promise<Expectation>;
  /** Occurrences of each piece on the best paths of all words. `[nodes]` */
  countBestPaths(forest: PieceForest): Promise<Float32Array | Float64Array>;
  /**
   * What the loss of each piece costs, for `choosePieces`. `[nodes]`
   *
   * @param frequencies occurrences of each piece on the best paths
   */
  findLosses(forest: PieceForest, frequencies: Float32Array | Float64Array): Promise<Float64Array>;
  /** Replaces every node of the words. */
  renameNodes(newNodes: Int32Array): Promise<void>;
}

/** An engine on the calling thread. */
export function createStepEngine(words: LatticeWords, isWide: boolean, run: StepRunner): LatticeEngine {
  const kernels = createLatticeKernels(words, 1);
  return {
    expect: (forest, onShare) =>
      run(withShare(expectSteps(forest, words, { isWide }, kernels), expectWork(words), onShare)),
    countBestPaths: (forest) => {
      const pass = { packed: packForest(forest), unknownPiece: forest.order[0]!, isWide };
      return run(bestPathSteps(words, kernels.bestPathsOf(pass)));
    },
    findLosses: (forest, frequencies) => run(lossSteps(forest, words, frequencies)),
    renameNodes: (newNodes) => run(renameNodesSteps(words, newNodes)),
  };
}

/** The same steps; `onShare` is told the share of all work after each. */
function* withShare<T>(
  steps: Generator<number, T>,
  total: number,
  onShare: ((share: number) => void) | undefined,
): Generator<number, T> {
  let worked = 0;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    worked += step.value;
    onShare?.(Math.min(1, worked / total));
    yield step.value;
  }
}

function* bestPathSteps(words: LatticeWords, counter: BestPathCounter): Generator<number, Float32Array | Float64Array> {
  for (let word = 0; word < words.counts.length; ) {
    const first = word;
    word = endOfRange(words, first);
    counter.add(first, word);
    yield 1 / STEP_RANGES;
  }
  return counter.finish();
}

function* lossSteps(
  forest: PieceForest,
  words: LatticeWords,
  frequencies: Float32Array | Float64Array,
): Generator<number, Float64Array> {
  const packed = packForest(forest);
  const positions = new Int32Array(frequencies.length).fill(-1);
  findPieces(positions, packed, words.nodes, 0, words.nodes.length);
  yield 1;
  const lossOf = createLossFinder(lossInputOf(forest, words, { packed, positions, frequencies }), words.nodes);
  const losses = new Float64Array(frequencies.length);
  for (let piece = 0; piece < losses.length; piece++) {
    losses[piece] = lossOf(piece);
    if (piece % STEP_PIECES === STEP_PIECES - 1) yield 1;
  }
  return losses;
}
