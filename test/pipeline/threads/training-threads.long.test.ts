// Whole trainings on threads, which take as much text as pays for them.
import { describe, expect, it } from 'vitest';
import {
  openLatticeThreads,
  openSeedThreads,
  trainSentencePiece,
} from '../../../src/pipeline/threads/training-threads.ts';
import { findWorkerFile } from '../../../src/pipeline/threads/worker-file.ts';
import { trainDocument as trainOnOneThread } from '../../../src/train/train-sentencepiece.ts';
import { wordLines } from '../../many-lines.ts';
import { skipUnless } from '../../skip.ts';

const needsCompiled = skipUnless(
  findWorkerFile('threads/training-worker') !== undefined,
  'nothing is compiled: npm run build',
);

describe('Unigram training on threads', needsCompiled, () => {
  it('gives the model of one thread, bytes and all', async () => {
    const lines = wordLines(45_000, 2);
    const options = { modelType: 'unigram', vocabSize: 3000, normalizationRuleName: 'identity' } as const;
    const given = { ...options, seedSentencepieceSize: 20_000, numSubIterations: 1 };
    const opened: number[] = [];
    const openedForSeeds: number[] = [];
    const { bytes } = await trainSentencePiece(
      lines,
      { ...given, threads: 3 },
      {
        openThreads: (count, init) => {
          opened.push(count);
          return openLatticeThreads(count, init);
        },
        openSeedThreads: (count, init) => {
          openedForSeeds.push(count);
          return openSeedThreads(count, init);
        },
      },
    );
    expect(opened[0]).toBeGreaterThan(1);
    expect(openedForSeeds[0]).toBeGreaterThan(1);
    expect(bytes).toEqual((await trainOnOneThread(lines, { ...given, threads: 1 })).bytes);
  });
});
