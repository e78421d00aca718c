// The worker thread of count-threads.ts: counts the inputs that it is given, or condenses as one of a team, and hands over the runs.
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { collectSegments } from '../../corpus/count/collect-segments.ts';
import { condenseShare } from '../../corpus/count/condense-on-threads.ts';
import type { SpillState } from '../../corpus/count/runs/spill.ts';
import type { CountAnswer, CountJob, Exchanged } from './count-threads.ts';
import { createReporter } from './thread-messages.ts';

const post = (answer: CountAnswer, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(answer, transfer);

const report = createReporter<CountAnswer>(post);

const buffersOf = ({ pages }: SpillState): ArrayBuffer[] => pages.map(({ buffer }) => buffer as ArrayBuffer);

async function exchange<T>(own: T): Promise<readonly T[]> {
  post({ kind: 'exchange', own });
  const [{ all }] = (await once(parentPort!, 'message')) as [Exchanged];
  if (all === undefined) throw new Error('another thread has failed');
  return all as readonly T[];
}

const job = workerData as CountJob;
if (job.kind === 'collect') {
  const onProgress = (stats: (CountAnswer & { kind: 'progress' })['stats']): void =>
    report({ kind: 'progress', stats });
  const { sizes, stats, tables, sealed, spills } = await collectSegments(job.task, { onProgress });
  const spill = spills[0]!.detach();
  post({ kind: 'done', result: { sizes, stats, tables, sealed, spill } }, buffersOf(spill));
} else {
  const result = await condenseShare(job.share, { ...job.team, exchange }, (what, done, total) =>
    report({ kind: 'step', step: [what, done, total] }),
  );
  post({ kind: 'done', result }, buffersOf(result.spill));
}
