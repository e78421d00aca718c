// The worker thread of training-threads.ts: works on what it is given, one request after the other.
import { parentPort, workerData } from 'node:worker_threads';
import type { LatticeReply, LatticeRequest, SeedReply, SeedRequest } from '../../train/runtime/train-threads.ts';
import { createLatticeThread } from '../../train/unigram/passes/thread.ts';
import { createSeedThread } from '../../train/unigram/seeds/engine.ts';
import type { TrainThreadAnswer, TrainThreadWork } from './training-threads.ts';

const given = workerData as TrainThreadWork;
if (given.part === 'seeds') serve<SeedRequest, SeedReply>(createSeedThread(given.init));
else serve<LatticeRequest, LatticeReply>(createLatticeThread(given.init));

function serve<Request, Reply extends LatticeReply | SeedReply>(work: (request: Request) => Reply): void {
  parentPort!.on('message', (request: Request) => {
    try {
      const reply = work(request);
      parentPort!.postMessage({ reply } satisfies TrainThreadAnswer<Reply>, buffersOf(reply));
    } catch (error) {
      parentPort!.postMessage({ error } satisfies TrainThreadAnswer<Reply>);
    }
  });
}

/** Memory that goes over with a reply: that of the array it is, or of the arrays it has. */
function buffersOf(reply: LatticeReply | SeedReply): ArrayBuffer[] {
  const arrays = reply === undefined ? [] : ArrayBuffer.isView(reply) ? [reply] : Object.values(reply);
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}
