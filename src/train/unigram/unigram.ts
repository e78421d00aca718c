// Trains a Unigram model: seeds, then rounds of expectation-maximization and pruning, then the final choice.
// It learns pieces only; meta pieces and the model file are assembled elsewhere. All sums are taken in the order in which
// the reference takes them on one thread, however many threads there are, so the result is the reference's to the bit.
// Kudo: Subword Regularization (ACL 2018). Spec: unigram_model_trainer.cc of sentencepiece 0.2.2.

import { counted } from '../../core/counted.ts';
import { buildTrie } from '../../core/trie.ts';
import { InputError, OptionError } from '../../errors.ts';
import { replaceDelimiter } from '../data/split-words.ts';
import { BOUNDARY_ID, sentenceCountOf, type TrainingData, textOf } from '../data/training-data.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import { POSITIONS_PER_THREAD } from '../runtime/thread-requests.ts';
import type { TrainRuntime } from '../runtime/train-runtime.ts';
import type { LatticeWords } from '../runtime/train-threads.ts';
import { type StepRunner, yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { finalizePieces, type ScoredPieces } from './finalize.ts';
import { keepPieces, type PieceForest, pieceCountOf, pieceTextOf, UNKNOWN_NODE } from './forest/pieces.ts';
import { latticeWordsSteps } from './forest/words.ts';
import { maximize } from './lattice/em.ts';
import { choosePieces } from './lattice/prune.ts';
import { createStepEngine, type LatticeEngine } from './passes/engine.ts';
import { createThreadEngine, shareWords } from './passes/thread-engine.ts';
import { findSeeds } from './seeds/seeds.ts';

/** From here on adding 1 to a float32 leaves it as it is: more frequent characters call for sums in float64. */
const FLOAT32_COUNTING_LIMIT = 2 ** 24;

/** Pruning goes on until the model has this many times `vocabSize`. */
const DESIRED_SIZE_FACTOR = 1.1;

/**
 * Learns the pieces of a Unigram model.
 *
 * @param data sentences that are not split into words
 * @param metaPieceCount pieces of the vocabulary that are not learnt
 * @param runtime `signal` cancels, `onProgress` is called after every step; with `openThreads` there are up to `threads`
 *   threads, and the result does not depend on them
 * @returns `vocabSize - metaPieceCount` pieces by score descending; fewer when the corpus yields no more and
 *   `hardVocabLimit` is off
 * @throws OptionError when the corpus yields fewer pieces and `hardVocabLimit` is on; it names the greatest `vocabSize`.
 * @throws InputError when the corpus has no character of the alphabet.
 */
export function trainUnigram(
  data: TrainingData,
  options: ResolvedTrainOptions,
  metaPieceCount: number,
  runtime: TrainRuntime = {},
): Promise<ScoredPieces> {
  const run = createStepRunner(runtime.signal);
  const { alphabet } = data;
  // Who waits for the passes holds no text any more.
  return learnFrom(prepare({ data, options, runtime, run }), { alphabet, options, metaPieceCount, runtime, run });
}

interface LearnFromInput extends Pick<TrainingData, 'alphabet'> {
  readonly options: ResolvedTrainOptions;
  readonly metaPieceCount: number;
  readonly runtime: TrainRuntime;
  readonly run: StepRunner;
}

async function learnFrom(start: Promise<Start>, input: LearnFromInput): Promise<ScoredPieces> {
  const { alphabet, options, metaPieceCount, runtime, run } = input;
  const { vocabSize } = options;
  const { forest, words, isWide } = await start;
  const passes = openPasses({ words, isWide, options, runtime, run });
  let learnt: PieceForest;
  try {
    learnt = await learn({ forest, engine: passes.engine, isWide, options, onProgress: runtime.onProgress });
  } finally {
    await passes.close();
  }

  const result = finalizePieces(learnt, alphabet, vocabSize - metaPieceCount);
  const size = metaPieceCount + result.pieces.length;
  if (size < vocabSize && options.hardVocabLimit) {
    throw new OptionError(
      `vocabSize: ${vocabSize} is too high for this corpus, which gives ${counted(size, 'piece')} at most`,
      {
        hint: `Set vocabSize to ${size} or less, give more text, or turn hardVocabLimit off.`,
      },
    );
  }
  return result;
}

interface LearnInput {
  readonly forest: PieceForest;
  readonly engine: LatticeEngine;
  readonly isWide: boolean;
  readonly options: ResolvedTrainOptions;
  readonly onProgress: TrainRuntime['onProgress'];
}

/** Expectation, maximization and pruning in turn, until the pieces are few enough. */
async function learn({ forest: seeds, engine, isWide, options, onProgress }: LearnInput): Promise<PieceForest> {
  const { vocabSize, numSubIterations } = options;
  const desiredSize = Math.floor(vocabSize * DESIRED_SIZE_FACTOR);
  const shrinkingFactor = Math.fround(options.shrinkingFactor);
  let forest = seeds;

  const keep = async (kept: Int32Array): Promise<void> => {
    if (kept.length === 0) {
      throw new InputError('the corpus is too small: no piece is expected even half a time', {
        hint: 'Give more text.',
      });
    }
    const reduced = keepPieces(forest, kept);
    forest = reduced.forest;
    await engine.renameNodes(reduced.newNodes);
  };

  for (let round = 0; ; round++) {
    for (let subIteration = 0; subIteration < numSubIterations; subIteration++) {
      const before = round * numSubIterations + subIteration;
      const passes = (pieces: number): number =>
        (round + 1 + roundsToGo(pieces, desiredSize, shrinkingFactor)) * numSubIterations;
      const { expected, objective } = await engine.expect(forest, (share) => {
        const pieces = pieceCountOf(forest);
        onProgress?.({ phase: 'em', round, subIteration, pieces, done: before + share, total: passes(pieces) });
      });
      let tokens = 0;
      for (const count of expected) tokens += count;
      // As the reference does: float32 sums along such a word have lost too many digits.
      if (Number.isNaN(objective + tokens)) {
        throw new InputError('the likelihood of the text is not a number: it has a word that is too long', {
          hint: 'Lower maxSentenceLength, so that long lines are cut or left out.',
        });
      }
      await keep(maximize(forest, expected, { isWide }));
      onProgress?.({
        phase: 'em',
        round,
        subIteration,
        pieces: pieceCountOf(forest),
        objective,
        tokens: Math.round(tokens),
        done: before + 1,
        total: passes(pieceCountOf(forest)),
      });
    }
    if (pieceCountOf(forest) <= desiredSize) return forest;
    const size = Math.max(desiredSize, Math.trunc(Math.fround(shrinkingFactor * pieceCountOf(forest))));
    const frequencies = await engine.countBestPaths(forest);
    await keep(choosePieces(forest, await engine.findLosses(forest, frequencies), size));
    const pieces = pieceCountOf(forest);
    const done = (round + 1) * numSubIterations;
    const total = done + (1 + roundsToGo(pieces, desiredSize, shrinkingFactor)) * numSubIterations;
    onProgress?.({ phase: 'prune', round, pieces, done, total });
  }
}

/** Rounds of pruning that still have to come, as far as can be told: maximization drops pieces too. */
function roundsToGo(pieces: number, desiredSize: number, shrinkingFactor: number): number {
  return pieces <= desiredSize ? 0 : Math.ceil(Math.log(desiredSize / pieces) / Math.log(shrinkingFactor));
}

/** The passes over the words. */
interface Passes {
  readonly engine: LatticeEngine;
  close(): Promise<void>;
}

interface PassesInput {
  readonly words: LatticeWords;
  readonly isWide: boolean;
  readonly options: ResolvedTrainOptions;
  readonly runtime: TrainRuntime;
  readonly run: StepRunner;
}

/** On threads where there are any to be had and the corpus is large enough to keep them busy. */
function openPasses({ words, isWide, options, runtime, run }: PassesInput): Passes {
  const { numThreads, threads } = options;
  const { openThreads, signal } = runtime;
  const count = Math.min(threads || numThreads, Math.floor(words.nodes.length / POSITIONS_PER_THREAD));
  if (openThreads !== undefined && count > 1) {
    const init = shareWords(words);
    const opened = openThreads(count, init);
    if (opened !== undefined) {
      const sequential = createStepEngine(init.words, isWide, run);
      const engine = createThreadEngine({
        ...{ words: init.words, chunks: init.chunkStarts.length - 1 },
        ...{ threads: opened.threads, isWide, sequential, signal },
      });
      return { engine, close: () => opened.close() };
    }
  }
  return { engine: createStepEngine(words, isWide, run), close: async () => {} };
}

interface Start {
  readonly forest: PieceForest;
  readonly words: LatticeWords;
  readonly isWide: boolean;
}

interface StartInput {
  readonly data: TrainingData;
  readonly options: ResolvedTrainOptions;
  readonly runtime: TrainRuntime;
  readonly run: StepRunner;
}

async function prepare({ data, options, runtime, run }: StartInput): Promise<Start> {
  const { onProgress, signal, openSeedThreads } = runtime;
  const { pretokenizationDelimiter: delimiter } = options;
  const hasDelimiter = delimiter !== '';
  const seedData = hasDelimiter ? replaceDelimiter(data, delimiter, BOUNDARY_ID) : data;
  const characters = seedData.chars.length;
  const onShare = (share: number): void => {
    onProgress?.({ phase: 'seed', done: Math.floor(characters * Math.min(0.99, share)), total: characters });
  };
  onProgress?.({ phase: 'seed', done: 0, total: characters });
  const seeds = await findSeeds(seedData, options, { run, signal, openSeedThreads, onShare });
  const { forest } = seeds;
  if (pieceCountOf(forest) === 0) {
    throw new InputError('the corpus has no character of the alphabet', { hint: 'Give a corpus with text.' });
  }
  // Seeds do not cross the delimiter, but learning goes on as if it had never been there.
  const text = hasDelimiter ? replaceDelimiter(data, delimiter, undefined) : data;
  const nodes = hasDelimiter ? matchPieces(forest, text) : seeds.nodes;
  const words = await run(latticeWordsSteps(text, nodes, forest, options, seeds.spare));
  onProgress?.({ phase: 'seed', pieces: pieceCountOf(forest), done: characters, total: characters });
  return { forest, words, isWide: data.alphabetCounts.some((count) => count >= FLOAT32_COUNTING_LIMIT) };
}

/** Node of the longest piece that starts at each character of each sentence. */
function matchPieces(forest: PieceForest, data: TrainingData): Int32Array {
  const { chars, sentenceStarts } = data;
  const order = Array.from(forest.order);
  const trie = buildTrie(
    order.map((node) => pieceTextOf(forest, node)),
    order,
  );
  const nodes = new Int32Array(chars.length).fill(UNKNOWN_NODE);
  for (let sentence = 0; sentence < sentenceCountOf(data); sentence++) {
    const start = sentenceStarts[sentence]!;
    const end = sentenceStarts[sentence + 1]!;
    const text = textOf(data, start, end - start);
    let unit = 0;
    for (let i = start; i < end; i++) {
      let at = trie.rootNodes[text.charCodeAt(unit)]!;
      for (let next = unit + 1; at !== 0; next++) {
        if (trie.nodeValues[at]! >= 0) nodes[i] = trie.nodeValues[at]!;
        if (next === text.length) break;
        at = trie.child(at, text.charCodeAt(next));
      }
      unit += data.alphabet[chars[i]!]! > 0xffff ? 2 : 1;
    }
  }
  return nodes;
}

/** Runs computations in steps; lets the event loop turn whenever enough work has gathered, by its own account. */
function createStepRunner(signal: AbortSignal | undefined): StepRunner {
  let work = 0;
  return async (steps) => {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      signal?.throwIfAborted();
      work += step.value;
      if (work < 1) continue;
      work = 0;
      await yieldToEventLoop(signal);
    }
  };
}
