// Worker threads for counting, seen from the thread that starts them. What they do is corpus/count/collect-segments.ts and
// condense-on-threads.ts; what they have counted comes over without a copy: pages in memory are transferred, and the file with
// the others is open in the whole process.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { CollectTask } from '../../corpus/count/collect-segments.ts';
import type { OnCondenseStep } from '../../corpus/count/condense/condense.ts';
import type { Team } from '../../corpus/count/condense/team.ts';
import type { CondenseShare, CountThreads, ShareSegments, ThreadRuns } from '../../corpus/count/thread-work.ts';
import type { CorpusStats } from '../../corpus/read/corpus-stats.ts';
import { findWorkerFile } from './worker-file.ts';

/** What a worker is to do. */
export type CountJob =
  | { readonly kind: 'collect'; readonly task: CollectTask }
  | { readonly kind: 'condense'; readonly share: CondenseShare; readonly team: Pick<Team, 'index' | 'size'> };

/** What a worker sends; `done` ends it. */
export type CountAnswer =
  | { readonly kind: 'progress'; readonly stats: CorpusStats }
  | { readonly kind: 'step'; readonly step: Parameters<OnCondenseStep> }
  | { readonly kind: 'exchange'; readonly own: unknown }
  | { readonly kind: 'done'; readonly result: ThreadRuns | ShareSegments };

/** What it gets for what it hands in: what all have, or nothing when one of them has failed. */
export interface Exchanged {
  readonly all?: readonly unknown[] | undefined;
}

/** More do not read any faster: merging the runs is one thread's work. */
const MOST_THREADS = 8;

/** Threads to count on, one for each processor; `undefined` where that is one. */
export function openCountThreads(): CountThreads | undefined {
  const file = findWorkerFile('threads/count-worker');
  const count = Math.min(MOST_THREADS, availableParallelism());
  if (file === undefined || count < 2) return undefined;
  const workers: Worker[] = [];
  const start = <T>(job: CountJob, onAnswer: (answer: CountAnswer, worker: Worker) => void): Promise<T> => {
    // The file of a thread's runs outlives the thread.
    const worker = new Worker(file, { workerData: job, trackUnmanagedFds: false });
    workers.push(worker);
    return new Promise((resolve, reject) => {
      worker.on('message', (answer: CountAnswer) => {
        if (answer.kind === 'done') resolve(answer.result as T);
        else onAnswer(answer, worker);
      });
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`a counting thread has ended with exit code ${code}`)));
    });
  };
  return {
    count,
    collect: (task, onProgress) =>
      start<ThreadRuns>({ kind: 'collect', task }, (answer) => {
        if (answer.kind === 'progress') onProgress(answer.stats);
      }),
    condense: (share, { index, size, exchange }, onStep) =>
      start<ShareSegments>({ kind: 'condense', share, team: { index, size } }, (answer, worker) => {
        if (answer.kind === 'step') onStep?.(...answer.step);
        if (answer.kind !== 'exchange') return;
        const send = (exchanged: Exchanged): void => worker.postMessage(exchanged);
        exchange(answer.own).then(
          (all) => send({ all }),
          () => send({}),
        );
      }),
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
