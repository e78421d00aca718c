// Many texts on several threads: the results of one tokenizer in the caller's thread, in order.
import { describe, expect, it } from 'vitest';
import { createBatchEncoder, encodeBatch } from '../../../src/pipeline/threads/encode-batch.ts';
import { findWorkerFile, startEncodingThread } from '../../../src/pipeline/threads/encode-batch-thread.ts';
import { llama2, sampleLines } from '../../llama2.ts';
import { skipUnless } from '../../skip.ts';

const { tokenizer } = llama2;
const texts = Array.from({ length: 20 }, () => sampleLines).flat();
const isCompiled = findWorkerFile('threads/encode-batch-worker') !== undefined;
const needsCompiled = skipUnless(isCompiled, 'nothing is compiled: npm run build');

describe('a batch', () => {
  it.each([1, 2, 3])('gives what the tokenizer gives, with %i threads', async (threads) => {
    const encoder = createBatchEncoder(tokenizer, { threads });
    try {
      expect(encoder.threads).toBe(isCompiled ? threads : 1);
      const ids = await encoder.encode(texts);
      expect(ids.length).toBe(texts.length);
      sampleLines.forEach((text, i) => {
        expect(Array.from(ids[i]!), text).toEqual(tokenizer.encode(text));
        expect(ids[i + 19 * sampleLines.length], text).toEqual(ids[i]);
      });
      const withBoth = await encoder.encode(sampleLines, { addBos: true, addEos: true });
      expect(Array.from(withBoth[3]!)).toEqual(tokenizer.encode(sampleLines[3]!, { addBos: true, addEos: true }));
      expect(Array.from(await encoder.countTokens(sampleLines))).toEqual(
        sampleLines.map((text) => tokenizer.countTokens(text)),
      );
      const flat = await encoder.encodeFlat(texts);
      expect(flat.idStarts.length).toBe(texts.length + 1);
      const at = texts.length - 2;
      expect(flat.ids.subarray(flat.idStarts[at]!, flat.idStarts[at + 1]!)).toEqual(ids[at]);
      expect(flat.ids.length).toBe(ids.reduce((sum, found) => sum + found.length, 0));
      expect(await encoder.encodeFlat([])).toEqual({ ids: new Int32Array(0), idStarts: Uint32Array.of(0) });
      expect(await encoder.encode([])).toEqual([]);
      expect((await encoder.encode([''])).map((found) => found.length)).toEqual([0]);
    } finally {
      await encoder.close();
    }
  });

  it('answers several calls at a time', async () => {
    const encoder = createBatchEncoder(tokenizer, { threads: 2 });
    const answers = await Promise.all([encoder.encode(texts), encoder.countTokens(texts), encoder.encode(['中'])]);
    expect(answers[0].map((ids) => ids.length)).toEqual(Array.from(answers[1]));
    expect(Array.from(answers[2][0]!)).toEqual([29871, 30275]);
    await encoder.close();
  });

  it('starts threads only where there is enough text', async () => {
    const ids = await encodeBatch(tokenizer, ['人工智能', ''], { threads: 8, addBos: true });
    expect(ids.map((found) => Array.from(found))).toEqual([[1, 29871, 30313, 31041, 31676, 30815], [1]]);
  });

  it('refuses what makes no sense', async () => {
    await expect(encodeBatch(tokenizer, [], { threads: 0 })).rejects.toThrow('threads: 0 is not a whole number');
    expect(() => createBatchEncoder(tokenizer, { threads: 1.5 })).toThrow('threads: 1.5');
  });

  it('rejects what was asked when a thread ends or cannot start', needsCompiled, async () => {
    const encoder = createBatchEncoder(tokenizer, { threads: 2 });
    const asked = expect(encoder.encode(texts)).rejects.toThrow('the encoding thread has ended');
    await encoder.close();
    await asked;
    await expect(encoder.encode(['a'])).rejects.toThrow('the encoding thread has ended');
    const broken = startEncodingThread(findWorkerFile('threads/encode-batch-worker')!, {
      model: { modelType: 'word' },
    });
    await expect(broken.ready).rejects.toThrow();
    await expect(broken.encode(['a'])).rejects.toThrow();
  });
});
