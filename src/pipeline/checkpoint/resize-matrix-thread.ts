// Matrices of files resized in threads of their own, so that embedding and head use two processors and the calling thread is
// free to copy. What is small, or everything with one thread, is done in the calling thread; the bytes are the same.
import { open } from 'node:fs/promises';
import { parentPort, Worker } from 'node:worker_threads';
import { type MatrixReport, type ResizeMatrixOptions, resizeMatrix } from '../../embedding/rows/resize-matrix.ts';
import { VocabMergeError } from '../../errors.ts';
import { errorFrom, failureOf, type ThreadFailure } from '../threads/thread-messages.ts';
import { findWorkerFile } from '../threads/worker-file.ts';
import { matrixInput, matrixOutput } from './copy-range.ts';

/** How matrices are resized; what is about one matrix is in {@link MatrixPlace}. */
export interface MatrixSettings
  extends Pick<ResizeMatrixOptions, 'rowMap' | 'method' | 'seed' | 'std' | 'padding' | 'samples'> {
  /** Texts of the base's pieces, by id, where known. */
  readonly pieces?: readonly (string | undefined)[] | undefined;
}

/** One matrix: where it lies, where it goes, and what it is. Files are opened here. */
export interface MatrixPlace extends Pick<ResizeMatrixOptions, 'dtype' | 'hiddenSize' | 'role'> {
  readonly from: { readonly path: string; readonly offset: number };
  /** A file that exists. */
  readonly to: { readonly path: string; readonly offset: number };
}

/** Resizes a matrix, when a thread is free. */
export type MatrixResizer = (place: MatrixPlace, onBytes: (bytes: number) => void) => Promise<MatrixReport>;

/** What a thread is started with. */
interface MatrixJob {
  readonly settings: MatrixSettings;
  readonly place: MatrixPlace;
}

type MatrixAnswer =
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'done'; readonly report: MatrixReport }
  | { readonly kind: 'failed'; readonly failure: ThreadFailure };

/** Elements that pay for starting a thread and handing over the row map, about 100 ms. */
const ELEMENTS_PER_THREAD = 8_000_000;

/** Bytes between two reports of progress. */
const PROGRESS_BYTES = 8 * 1024 * 1024;

/** A resizer with at most `threads` matrices at work; the others wait. */
export function createMatrixResizer(settings: MatrixSettings, threads: number): MatrixResizer {
  const file = threads > 1 ? findWorkerFile('checkpoint/resize-matrix-worker') : undefined;
  const waiting: (() => void)[] = [];
  let free = Math.max(1, threads);
  return async (place, onBytes) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      const elements = settings.rowMap.target.rows * place.hiddenSize;
      if (file === undefined || elements < ELEMENTS_PER_THREAD) return await resizePlace({ settings, place }, onBytes);
      return await resizeInThread(file, { settings, place }, onBytes);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

async function resizePlace(
  { settings: { pieces, ...settings }, place }: MatrixJob,
  onBytes: (bytes: number) => void,
): Promise<MatrixReport> {
  const { from, to, ...format } = place;
  const source = await open(from.path, 'r');
  try {
    const target = await open(to.path, 'r+');
    try {
      return await resizeMatrix({
        ...settings,
        ...format,
        ...(pieces !== undefined && { pieceOf: (id: number) => pieces[id] }),
        input: matrixInput({ file: source, offset: from.offset, source: from.path }),
        output: matrixOutput({ file: target, offset: to.offset }),
        onBytes,
      });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function resizeInThread(file: string, job: MatrixJob, onBytes: (bytes: number) => void): Promise<MatrixReport> {
  const worker = new Worker(file, { workerData: job });
  return new Promise<MatrixReport>((resolve, reject) => {
    worker.on('message', (answer: MatrixAnswer) => {
      if (answer.kind === 'done') resolve(answer.report);
      else if (answer.kind === 'failed') reject(errorFrom(answer.failure));
      else {
        try {
          onBytes(answer.bytes);
        } catch (error) {
          // Whoever is told of progress may want to stop.
          reject(error);
        }
      }
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new VocabMergeError('THREAD', 'the resizing thread has ended')));
  }).finally(() => worker.terminate());
}

/** Called once by the worker file: does the job that the thread was started with. */
export async function serveMatrixJob(job: unknown): Promise<void> {
  const answer = (value: MatrixAnswer): void => parentPort!.postMessage(value);
  let pending = 0;
  try {
    const report = await resizePlace(job as MatrixJob, (bytes) => {
      pending += bytes;
      if (pending < PROGRESS_BYTES) return;
      answer({ kind: 'bytes', bytes: pending });
      pending = 0;
    });
    if (pending > 0) answer({ kind: 'bytes', bytes: pending });
    answer({ kind: 'done', report });
  } catch (error) {
    answer({ kind: 'failed', failure: failureOf(error) });
  }
}
