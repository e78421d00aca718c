// The worker thread of training-threads.ts: works on the words it is given, one request after the other.
import { parentPort, workerData } from 'node:worker_threads';
import type { LatticeRequest, LatticeThreadInit } from '../../train/runtime/lattice-threads.ts';
import { createLatticeThread } from '../../train/unigram/passes/thread.ts';
import type { LatticeAnswer } from './training-threads.ts';

const work = createLatticeThread(workerData as LatticeThreadInit);

parentPort!.on('message', (request: LatticeRequest) => {
  try {
    const reply = work(request);
    const answer: LatticeAnswer = { reply };
    parentPort!.postMessage(answer, reply === undefined ? [] : [reply.buffer]);
  } catch (error) {
    parentPort!.postMessage({ error } satisfies LatticeAnswer);
  }
});
