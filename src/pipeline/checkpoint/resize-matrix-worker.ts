// The worker thread of resize-matrix-thread.ts: resizes the matrix it is given.
import { workerData } from 'node:worker_threads';
import { serveMatrixJob } from './resize-matrix-thread.ts';

await serveMatrixJob(workerData);
