// The three passes over all words that Unigram training is made of, behind one interface: expected counts, best paths,
// renaming of nodes. This file does them on the calling thread, in steps; thread-engine.ts on several threads,
// with the same sums in the same order.

import type { LatticeWords } from '../runtime/lattice-threads.ts';
import { createBestPathCounter, emptyFrequencies } from './best-paths.ts';
import { type Expectation, expectSteps } from './em.ts';
import { type PieceForest, packForest } from './pieces.ts';
import { renameNodesSteps } from './words.ts';

/** Words handled between two steps. */
const STEP = 1 << 14;

/** Passes over the words of one training. */
export interface LatticeEngine {
  expect(forest: PieceForest): Promise<Expectation>;
  /** Occurrences of each piece on the best paths of all words. `[nodes]` */
  countBestPaths(forest: PieceForest): Promise<Float32Array | Float64Array>;
  /** Replaces every node of the words. */
  renameNodes(newNodes: Int32Array): Promise<void>;
}

/** Runs a generator to its end; each of its yields says how much was done, 1 being time for a pause. */
export type StepRunner = <T>(steps: Generator<number, T>) => Promise<T>;

/** An engine on the calling thread. */
export function createStepEngine(words: LatticeWords, isWide: boolean, run: StepRunner): LatticeEngine {
  return {
    expect: (forest) => run(expectSteps(forest, words, { isWide })),
    countBestPaths: (forest) => run(bestPathSteps(forest, words, isWide)),
    renameNodes: (newNodes) => run(renameNodesSteps(words, newNodes)),
  };
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
