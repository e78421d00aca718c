// The worker thread of encode-batch.ts: opens the model it is given and encodes what it is sent.
import { workerData } from 'node:worker_threads';
import type { TokenizerModel } from '../../core/model.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import { encodePacked, serveEncoding } from './encode-batch-thread.ts';

await serveEncoding(async () => {
  const tokenizer = createTokenizer((workerData as { model: TokenizerModel }).model);
  return { ready: true, encodePacked: (packed, request) => encodePacked(tokenizer, packed, request) };
});
