// Worker threads that read text to learn from, seen from the thread that starts them: a corpus is divided into parts, which the
// threads take one after the other, and what each has read comes over in the order of the parts, so that it is what one thread
// would have read. What is made of a part is reading-worker.ts; how files are divided is corpus/shards.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { TokenizerModel } from '../../core/model.ts';
import { isDatasetAddress } from '../../corpus/hub/dataset-files.ts';
import { checkMix } from '../../corpus/lines/line-share.ts';
import { type CorpusReader, checkShards, type ReadCorpusOptions } from '../../corpus/lines/read-corpus.ts';
import { type CorpusStats, emptyStats } from '../../corpus/read/corpus-stats.ts';
import { type CorpusFile, expandInputs } from '../../corpus/read/expand-inputs.ts';
import { joinStats, sumStats } from '../../corpus/shards/part-stats.ts';
import { allShards, LEAST_SHARED_BYTES } from '../../corpus/shards/shard-inputs.ts';
import type { ReadRunParts, RunOptions } from '../../train/extend/options.ts';
import type { CollectedRuns } from '../../train/extend/run-joiner.ts';
import type { ResolvedTrainOptions } from '../../train/options/options.ts';
import type { ReadTextPart, ReadTextParts } from '../../train/runtime/text-parts.ts';
import { findWorkerFile } from './worker-file.ts';

/** What the parts are read for. */
export type ReadingWork =
  | { readonly kind: 'train'; readonly options: ResolvedTrainOptions }
  | { readonly kind: 'extend'; readonly base: TokenizerModel; readonly options: RunOptions };

/** What a worker gets when it starts. */
export interface ReadingTask {
  readonly work: ReadingWork;
  readonly reading: ReadCorpusOptions;
}

/** A part of the text: of which sources, and the files of each. */
export interface ReadingRequest {
  readonly firstSource: number;
  readonly groups: readonly (readonly CorpusFile[])[];
}

/** What a worker sends back. */
export type ReadingAnswer =
  | { readonly kind: 'progress'; readonly stats: CorpusStats }
  | { readonly kind: 'read'; readonly stats: CorpusStats; readonly part: unknown };

/**
 * A part has at least an eighth of {@link LEAST_SHARED_BYTES}, and a thread has at most so many: what has been read is put together
 * while the rest is read.
 */
const PART_SHARE = 1 / 8;
const PARTS_A_THREAD = 8;

/** Reads the text of a training, where it comes from files; smaller ones than usual for tests. */
export function readTextPartsOf(sentences: object, leastBytes = LEAST_SHARED_BYTES): ReadTextParts | undefined {
  if (!isCorpusReader(sentences)) return undefined;
  const { inputs, options: reading, stats } = sentences;
  return async (options, take, signal) => {
    const most = options.threads || options.numThreads;
    // What is wrong with the inputs is found by whoever reads them on one thread.
    const files = await expandInputs(inputs).catch(() => []);
    const work: ReadingWork = { kind: 'train', options };
    return readParts<ReadTextPart>({ files, work, reading, stats, signal, most, leastBytes }, take);
  };
}

/** Reads the sources of continued BPE, each of which is a file. */
export function readRunPartsOf(
  files: readonly CorpusFile[],
  { reading, stats }: Pick<PartReading, 'reading' | 'stats'>,
  leastBytes = LEAST_SHARED_BYTES,
): ReadRunParts {
  return (base, { preserve: _, ...options }, take, signal) => {
    const work: ReadingWork = { kind: 'extend', base, options: { ...options, preserve: [] } };
    const most = availableParallelism();
    return readParts<CollectedRuns>({ files, work, reading, stats, signal, most, leastBytes }, take);
  };
}

function isCorpusReader(sentences: object): sentences is CorpusReader {
  return 'inputs' in sentences && 'options' in sentences && 'stats' in sentences;
}

interface PartReading extends ReadingTask {
  readonly files: readonly CorpusFile[];
  /** Filled in as by one reader. */
  readonly stats: CorpusStats;
  readonly signal: AbortSignal | undefined;
  /** Threads at most. */
  readonly most: number;
  readonly leastBytes: number;
}

/** Parts of the files; `undefined` where one thread does as well, and where they cannot be divided. */
async function divideFiles(
  { files, reading, leastBytes }: PartReading,
  threads: number,
): Promise<CorpusFile[][][] | undefined> {
  const { encoding = 'utf-8', dedupe, document, documentField, format, mix } = reading;
  if (encoding !== 'utf-8' || dedupe || document !== undefined || documentField !== undefined) return undefined;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (threads < 2 || total < leastBytes) return undefined;
  // Standard input and pipes have no size, and what lies on a hub comes over one line anyway.
  if (files.some(({ path, size }) => path === '-' || size === 0 || isDatasetAddress(path))) return undefined;
  if (mix) checkMix(mix, files);
  await checkShards(files, reading);
  const of = Math.max(threads, Math.min(PARTS_A_THREAD * threads, Math.floor(total / (PART_SHARE * leastBytes))));
  return allShards(
    files.map((file) => [file]),
    of,
    format,
  );
}

/**
 * @returns false where one thread does as well, and where something is wrong: one thread alone then says what, and where in the input
 * @throws what `take` throws, and the signal's reason
 */
async function readParts<Part>(task: PartReading, take: (part: Part, firstSource: number) => void): Promise<boolean> {
  const file = findWorkerFile('threads/reading-worker');
  const threads = Math.min(task.most, availableParallelism());
  const parts = file === undefined ? undefined : await divideFiles(task, threads).catch(() => undefined);
  if (file === undefined || parts === undefined) return false;
  const { files, work, stats, signal } = task;
  signal?.throwIfAborted();
  const { stdin: _, signal: __, ...reading } = task.reading;
  const workerData: ReadingTask = { work, reading };
  const workers = Array.from({ length: Math.min(threads, parts.length) }, () => new Worker(file, { workerData }));
  const requests = parts.map(requestOf);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const all: CorpusStats[] = parts.map(emptyStats);
  const unread = { ...stats };
  const waiting = new Map<number, Part>();
  let begun = 0;
  let taken = 0;
  let stop = (): void => {};
  const read = new Promise<boolean>((resolve, reject) => {
    stop = () => reject(signal?.reason);
    signal?.addEventListener('abort', stop);
    for (const worker of workers) {
      let current = 0;
      const begin = (): void => {
        current = begun++;
        if (current < parts.length) worker.postMessage(requests[current]!);
      };
      worker.on('error', () => resolve(false));
      worker.on('exit', () => resolve(false));
      worker.on('message', (answer: ReadingAnswer) => {
        all[current] = answer.stats;
        Object.assign(stats, sumStats(all, total));
        if (answer.kind === 'progress') return;
        waiting.set(current, answer.part as Part);
        begin();
        try {
          for (let part = waiting.get(taken); part !== undefined; part = waiting.get(taken)) {
            waiting.delete(taken);
            take(part, requests[taken++]!.firstSource);
          }
        } catch (error) {
          reject(error);
        }
        if (taken === parts.length) resolve(true);
      });
      begin();
    }
  });
  try {
    // That there is no text at all is also for one thread to say.
    const isRead = (await read) && all.some(({ kept }) => kept > 0);
    Object.assign(stats, isRead ? await joinStats(files, parts, all) : unread);
    return isRead;
  } finally {
    signal?.removeEventListener('abort', stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function requestOf(groups: readonly (readonly CorpusFile[])[]): ReadingRequest {
  const firstSource = groups.findIndex((files) => files.length > 0);
  const last = groups.findLastIndex((files) => files.length > 0);
  return { firstSource, groups: groups.slice(firstSource, last + 1) };
}
