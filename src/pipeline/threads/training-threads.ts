// Worker threads for training, seen from the thread that starts them. What they do is train/unigram/passes/thread.ts; the words
// go there as shared memory, so starting a thread costs no copy of the corpus.
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { NormalizationRuleName } from '../../core/charsmap/normalization-rules.ts';
import type { SentencePieceDocument } from '../../formats/sentencepiece/document.ts';
import type { Sentences } from '../../train/data/load-training-data.ts';
import type { TrainOptions } from '../../train/options/options.ts';
import type { TrainRuntime } from '../../train/runtime/train-runtime.ts';
import type {
  OpenLatticeThreads,
  OpenSeedThreads,
  TrainThread,
  TrainThreads,
} from '../../train/runtime/train-threads.ts';
import { trainDocument } from '../../train/train-sentencepiece.ts';
import { readTextPartsOf } from './reading-threads.ts';
import { findWorkerFile } from './worker-file.ts';

/** What a worker is told at its start: which part of training it does, and what that works on. */
export type TrainThreadWork =
  | { readonly part: 'seeds'; readonly init: Parameters<OpenSeedThreads>[1] }
  | { readonly part: 'passes'; readonly init: Parameters<OpenLatticeThreads>[1] };

/** What a worker sends back. */
export type TrainThreadAnswer<Reply> = { readonly reply: Reply } | { readonly error: unknown };

/**
 * Trains a SentencePiece model with the semantics of sentencepiece 0.2.2, on up to `threads` threads (16 by default,
 * and never more than there are processors). The same sentences and options give the same model for any number.
 *
 * @param sentences lines of text, or texts with counts; the whole corpus need not be in memory
 * @param runtime progress, cancelling, threads: nothing that the model depends on
 * @returns the model, ready to be written: `bytes` is its `.model` file
 * @throws OptionError for an option out of range, or a `vocabSize` that the corpus cannot fill
 * @throws InputError for a corpus without text, or a malformed line in `tsv` format
 * @throws the signal's reason, when `signal` aborts
 * @example
 * ```ts
 * const sentences = ['今天天气很好', '今天天气不好'];
 * const { model, bytes } = await trainSentencePiece(sentences, { modelType: 'bpe', vocabSize: 16 });
 * model.pieces.length; // 16
 * ```
 */
export function trainSentencePiece(
  sentences: Sentences,
  options: TrainOptions = {},
  runtime: TrainRuntime = {},
): Promise<SentencePieceDocument> {
  return trainDocument(sentences, options, {
    openThreads: openLatticeThreads,
    openSeedThreads,
    readCharsmap,
    readTextParts: readTextPartsOf(sentences),
    ...runtime,
  });
}

/** The charsmap of named rules, if scripts/build.mjs has built it: that of the default, 240 kB. */
export async function readCharsmap(name: NormalizationRuleName): Promise<Uint8Array | undefined> {
  const folder = import.meta.url.endsWith('.ts') ? '../../../dist/' : '../../';
  return readFile(new URL(`${folder}core/charsmap/${name}.charsmap`, import.meta.url)).catch(() => undefined);
}

/** Starts threads for the passes, `count` at most and one for each processor; `undefined` when that leaves only one. */
export const openLatticeThreads: OpenLatticeThreads = (count, init) => openThreads(count, { part: 'passes', init });

/** {@link openLatticeThreads} for the seeds. */
export const openSeedThreads: OpenSeedThreads = (count, init) => openThreads(count, { part: 'seeds', init });

function openThreads<Request, Reply>(count: number, work: TrainThreadWork): TrainThreads<Request, Reply> | undefined {
  const file = findWorkerFile('threads/training-worker');
  const size = Math.min(count, availableParallelism());
  if (file === undefined || size < 2) return undefined;
  const workers = Array.from({ length: size }, () => new Worker(file, { workerData: work }));
  return {
    threads: workers.map((worker) => threadOf<Request, Reply>(worker)),
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function threadOf<Request, Reply>(worker: Worker): TrainThread<Request, Reply> {
  let waiting: { resolve: (reply: Reply) => void; reject: (error: unknown) => void } | undefined;
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    waiting?.reject(failure);
    waiting = undefined;
  };
  worker.on('message', (answer: TrainThreadAnswer<Reply>) => {
    if ('error' in answer) waiting?.reject(answer.error);
    else waiting?.resolve(answer.reply);
    waiting = undefined;
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`a training thread has ended with exit code ${code}`)));
  return {
    request(request) {
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        worker.postMessage(request);
      });
    },
  };
}
