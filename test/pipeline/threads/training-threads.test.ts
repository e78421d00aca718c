// Unigram training on threads: the same numbers as on one, bit for bit, and no thread left behind when it ends early.
import { describe, expect, it } from 'vitest';
import { buildNormalizationCharsmap } from '../../../src/core/charsmap/normalization-rules.ts';
import { openLatticeThreads, readCharsmap } from '../../../src/pipeline/threads/training-threads.ts';
import { findWorkerFile } from '../../../src/pipeline/threads/worker-file.ts';
import { loadTrainingData } from '../../../src/train/data/load-training-data.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';
import type { LatticeThread } from '../../../src/train/runtime/train-threads.ts';
import type { StepRunner } from '../../../src/train/runtime/yield-to-event-loop.ts';
import { keepPieces } from '../../../src/train/unigram/forest/pieces.ts';
import { latticeWordsSteps } from '../../../src/train/unigram/forest/words.ts';
import { createStepEngine } from '../../../src/train/unigram/passes/engine.ts';
import { createThreadEngine, shareWords } from '../../../src/train/unigram/passes/thread-engine.ts';
import { findSeeds } from '../../../src/train/unigram/seeds/seeds.ts';
import { wordLines } from '../../many-lines.ts';
import { skipUnless } from '../../skip.ts';

const needsCompiled = skipUnless(
  findWorkerFile('threads/training-worker') !== undefined,
  'nothing is compiled: npm run build',
);

const run: StepRunner = async (steps) => {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};

async function prepare() {
  const options = resolveTrainOptions({ modelType: 'unigram', vocabSize: 4000, normalizationRuleName: 'identity' });
  const data = await loadTrainingData(wordLines(3000, 1), options);
  const { forest, nodes } = await findSeeds(data, options, { signal: undefined, run });
  return { forest, words: await run(latticeWordsSteps(data, nodes, forest, options)) };
}

describe('the passes of Unigram training on threads', needsCompiled, () => {
  it.each([
    { threads: 2, isWide: false },
    { threads: 3, isWide: false },
    { threads: 2, isWide: true },
  ])('give the bits of one thread: $threads threads, wide $isWide', async ({ threads, isWide }) => {
    const { forest, words } = await prepare();
    const init = shareWords(words);
    expect(init.chunkStarts.length).toBeGreaterThan(8);
    expect(init.chunkStarts.at(-1)).toBe(words.counts.length);
    const sequential = createStepEngine(words, isWide, run);
    const opened = openLatticeThreads(threads, init) ?? failTest();
    try {
      const engine = createThreadEngine({
        words: init.words,
        threads: opened.threads,
        isWide,
        sequential: createStepEngine(init.words, isWide, run),
        signal: undefined,
      });
      const expected = await sequential.expect(forest);
      const found = await engine.expect(forest);
      expect(found.objective).toBe(expected.objective);
      expect(Array.from(found.expected)).toEqual(Array.from(expected.expected));
      expect(expected.expected.some((count) => !Number.isInteger(count))).toBe(true);
      expect(Array.from(await engine.countBestPaths(forest))).toEqual(
        Array.from(await sequential.countBestPaths(forest)),
      );
      const { newNodes } = keepPieces(
        forest,
        forest.order.filter((_, i) => i % 3 !== 1),
      );
      await sequential.renameNodes(newNodes);
      await engine.renameNodes(newNodes);
      expect(init.words.nodes).toEqual(Int32Array.from(words.nodes));
    } finally {
      await opened.close();
    }
  });

  it('end when they are told to, with the reason', async () => {
    const { forest, words } = await prepare();
    const init = shareWords(words);
    const opened = openLatticeThreads(2, init) ?? failTest();
    const controller = new AbortController();
    const sequential = createStepEngine(init.words, false, run);
    const { threads } = opened;
    const engine = createThreadEngine({
      words: init.words,
      threads,
      isWide: false,
      sequential,
      signal: controller.signal,
    });
    try {
      const pass = engine.expect(forest);
      controller.abort(new Error('enough'));
      await expect(pass).rejects.toThrow('enough');
      await expect(engine.countBestPaths(forest)).rejects.toThrow('enough');
    } finally {
      await opened.close();
    }
    await expect(
      threads[0]!.request({ kind: 'rename', control: new Int32Array(3), newNodes: forest.order }),
    ).rejects.toThrow('has ended');
  });
});

it('a thread that fails ends the pass for all', async () => {
  const { forest, words } = await prepare();
  const init = shareWords(words);
  const stopped: number[] = [];
  const threads: LatticeThread[] = [
    { request: () => Promise.reject(new Error('no memory left')) },
    {
      // Waits as a thread does whose turn never comes, until it is told to stop.
      async request({ control }) {
        while (Atomics.load(control, 2) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        stopped.push(1);
        return undefined;
      },
    },
  ];
  const sequential = createStepEngine(init.words, false, run);
  const engine = createThreadEngine({ words: init.words, threads, isWide: false, sequential, signal: undefined });
  await expect(engine.expect(forest)).rejects.toThrow('no memory left');
  expect(stopped).toEqual([1]);
});

function failTest(): never {
  throw new Error('this machine has one processor: no threads were started');
}

describe('readCharsmap', needsCompiled, () => {
  it('has what would be built of the default rules, and nothing of others', async () => {
    expect(Buffer.from((await readCharsmap('nmt_nfkc'))!)).toEqual(Buffer.from(buildNormalizationCharsmap('nmt_nfkc')));
    expect(await readCharsmap('nfkc_cf')).toBeUndefined();
  });
});
