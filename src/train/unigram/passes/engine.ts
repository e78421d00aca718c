// The three passes over all words that Unigram training is made of, behind one interface: expected counts, best paths,
// renaming of nodes. This file does them on the calling thread, in steps; thread-engine.ts on several threads,
// with the same sums in the same order.

import type { LatticeWords } from '../../runtime/train-threads.ts';
import type { StepRunner } from '../../runtime/yield-to-event-loop.ts';
import { type PieceForest, packForest } from '../forest/pieces.ts';
import { renameNodesSteps } from '../forest/words.ts';
import { createBestPathCounter, emptyFrequencies } from '../lattice/best-paths.ts';
import { type Expectation, expectSteps, expectWork } from '../lattice/em.ts';
import { createShareKernels } from '../lattice/share-kernels.ts';

/** Words handled between two steps. */
const STEP = 1 << 14;

/** Passes over the words of one training. */
export interface LatticeEngine {
  /** @param onShare is told now and then which share of the pass is done, 0..1 */
  expect(forest: PieceForest, onShare?: (share: number) => void): Promise<Expectation>;
  /** Occurrences of each piece on the best paths of all words. `[nodes]` */
  countBestPaths(forest: PieceForest): Promise<Float32Array | Float64Array>;
  /** Replaces every node of the words. */
  renameNodes(newNodes: Int32Array): Promise<void>;
}

/** An engine on the calling thread. */
export function createStepEngine(words: LatticeWords, isWide: boolean, run: StepRunner): LatticeEngine {
  const shareWorkerOf = createShareKernels(words, 1);
  return {
    expect: (forest, onShare) =>
      run(withShare(expectSteps(forest, words, { isWide, shareWorkerOf }), expectWork(words), onShare)),
    countBestPaths: (forest) => run(bestPathSteps(forest, words, isWide)),
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

function* bestPathSteps(
  forest: PieceForest,
  words: LatticeWords,
  isWide: boolean,
): Generator<number, Float32Array | Float64Array> {
  const counter = createBestPathCounter({
    packed: packForest(forest),
    words,
    unknownPiece: forest.order[0]!,
    frequencies: emptyFrequencies(forest, isWide),
  });
  const size = words.counts.length;
  for (let word = 0; word < size; word += STEP) {
    counter.add(word, Math.min(size, word + STEP));
    yield 1;
  }
  return counter.frequencies;
}
