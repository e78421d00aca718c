// The worker thread of count-threads.ts: counts the inputs that it is given, and hands over the runs.
import { parentPort, workerData } from 'node:worker_threads';
import { type CollectTask, collectSegments } from '../../corpus/count/collect-segments.ts';
import type { CountAnswer } from './count-threads.ts';

/** Milliseconds between two reports: they are for a person. */
const REPORT_MS = 100;

const post = (answer: CountAnswer, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(answer, transfer);

let reportedAt = performance.now();
const { sizes, stats, tables, sealed, spills } = await collectSegments(workerData as CollectTask, {
  onProgress: (now) => {
    if (performance.now() - reportedAt < REPORT_MS) return;
    reportedAt = performance.now();
    post({ kind: 'progress', stats: now });
  },
});
const spill = spills[0]!.detach();
const buffers = spill.blocks.flatMap((block) => (block === undefined ? [] : [block.buffer as ArrayBuffer]));
post({ kind: 'counted', runs: { sizes, stats, tables, sealed, spill } }, buffers);
