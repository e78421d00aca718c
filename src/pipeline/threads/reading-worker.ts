// The worker thread of reading-threads.ts: reads one part of a corpus after the other, and hands over what learning needs of it.
import { parentPort, workerData } from 'node:worker_threads';
import type { TokenizerModel } from '../../core/model.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { readSentenceBatches } from '../../corpus/lines/read-corpus.ts';
import { type CorpusStats, emptyStats } from '../../corpus/read/corpus-stats.ts';
import type { CorpusFile } from '../../corpus/read/expand-inputs.ts';
import { createTextPartReader } from '../../train/data/text-loader.ts';
import type { RunOptions } from '../../train/extend/options.ts';
import { createSourceReader } from '../../train/extend/runs.ts';
import type { ResolvedTrainOptions } from '../../train/options/options.ts';
import type { ReadingAnswer, ReadingRequest, ReadingTask } from './reading-threads.ts';
import { createReporter } from './thread-messages.ts';

const { work, reading } = workerData as ReadingTask;

const post = (answer: ReadingAnswer, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(answer, transfer);

const report = createReporter<ReadingAnswer>(post);

/** Batches of files, which reports how far they have been read. */
async function* batchesOf(
  files: readonly CorpusFile[],
  stats: CorpusStats,
): AsyncGenerator<readonly WeightedSentence[]> {
  for await (const batch of readSentenceBatches(files, reading, stats)) {
    yield batch;
    report({ kind: 'progress', stats });
  }
}

type ReadPart = (
  groups: ReadingRequest['groups'],
  stats: CorpusStats,
) => Promise<readonly [unknown, ArrayBufferView[]]>;

async function openTraining(options: ResolvedTrainOptions): Promise<ReadPart> {
  const readTextPart = await createTextPartReader(options);
  return async (groups, stats) => {
    const part = await readTextPart(batchesOf(groups.flat(), stats));
    return [part, [part.starts, part.counts, ...part.characters.blocks]];
  };
}

function openExtending(base: TokenizerModel, options: RunOptions): ReadPart {
  const readSources = createSourceReader(base, options);
  return async (groups, stats) => {
    const part = await readSources(groups.map((files) => ({ name: '', batches: batchesOf(files, stats) })));
    return [part, [...part.counted, ...part.once, part.runCounts, part.runPlaces]];
  };
}

const readPart = work.kind === 'train' ? await openTraining(work.options) : openExtending(work.base, work.options);

async function read({ groups }: ReadingRequest): Promise<void> {
  const stats = emptyStats();
  const [part, arrays] = await readPart(groups, stats);
  post(
    { kind: 'read', stats, part },
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
}

parentPort!.on('message', (request: ReadingRequest) => {
  // What goes wrong ends the thread: whoever has started it reads the text again, and finds it.
  void read(request);
});
