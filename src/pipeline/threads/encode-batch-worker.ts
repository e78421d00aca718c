// The worker thread of encode-batch.ts: opens the model it is given and encodes what it is sent.
import { workerData } from 'node:worker_threads';
import { type partTexts, withPieceTexts } from '../../core/piece-texts.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import { encodeTexts, serveEncoding } from './encode-batch-thread.ts';

await serveEncoding(async () => {
  const { model, texts } = workerData as ReturnType<typeof partTexts>;
  const tokenizer = createTokenizer(withPieceTexts(model, texts));
  return { ready: true, encodePacked: (packed, request) => encodeTexts(tokenizer, packed, request) };
});
