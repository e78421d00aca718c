// The worker thread of verify.ts: one engine.
import { workerData } from 'node:worker_threads';
import { serveEncoding } from './encode-batch-thread.ts';
import { openVerifyEngine, type VerifyEngineInput } from './verify-engines.ts';

await serveEncoding(() => openVerifyEngine(workerData as VerifyEngineInput));
