// The worker thread of verify.ts: one engine.
import { workerData } from 'node:worker_threads';
import { serveEncoding, unpackTexts } from '../threads/encode-batch-thread.ts';
import { openVerifyEngine, type VerifyEngineInput } from './engines.ts';

await serveEncoding(async () => {
  const { ready, encodeTexts } = await openVerifyEngine(workerData as VerifyEngineInput);
  return { ready, encodePacked: (packed, request) => encodeTexts(unpackTexts(packed), request) };
});
