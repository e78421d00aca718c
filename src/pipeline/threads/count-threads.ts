// Worker threads for counting, seen from the thread that starts them. What they do is corpus/count/collect-segments.ts; what they have
// counted comes over without a copy: blocks in memory are transferred, and the file with the others is open in the whole process.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { CountThreads, ThreadRuns } from '../../corpus/count/collect-on-threads.ts';
import type { CorpusStats } from '../../corpus/read/corpus-stats.ts';
import { findWorkerFile } from './encode-batch-thread.ts';

/** What a worker sends. */
export type CountAnswer =
  | { readonly kind: 'progress'; readonly stats: CorpusStats }
  | { readonly kind: 'counted'; readonly runs: ThreadRuns };

/** More do not read any faster: merging the runs is one thread's work. */
const MOST_THREADS = 8;

/** Threads to count on, one for each processor; `undefined` where that is one. */
export function openCountThreads(): CountThreads | undefined {
  const file = findWorkerFile('threads/count-worker');
  const count = Math.min(MOST_THREADS, availableParallelism());
  if (file === undefined || count < 2) return undefined;
  const workers: Worker[] = [];
  return {
    count,
    collect(task, onProgress) {
      // The file of a thread's runs outlives the thread.
      const worker = new Worker(file, { workerData: task, trackUnmanagedFds: false });
      workers.push(worker);
      return new Promise((resolve, reject) => {
        worker.on('message', (answer: CountAnswer) => {
          if (answer.kind === 'progress') onProgress(answer.stats);
          else resolve(answer.runs);
        });
        worker.on('error', reject);
        worker.on('exit', (code) => reject(new Error(`a counting thread has ended with exit code ${code}`)));
      });
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
