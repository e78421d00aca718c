// Many texts on several threads: the results of one tokenizer in the caller's thread, in order.
import { describe, expect, it } from 'vitest';
import { createBatchEncoder, encodeBatch, encodeStream } from '../../../src/pipeline/threads/encode-batch.ts';
import { startEncodingThread } from '../../../src/pipeline/threads/encode-batch-thread.ts';
import { findWorkerFile } from '../../../src/pipeline/threads/worker-file.ts';
import { llama2, sampleLines } from '../../llama2.ts';
import { skipUnless } from '../../skip.ts';

const { tokenizer } = llama2;
const texts = Array.from({ length: 20 }, () => sampleLines).flat();
const isCompiled = findWorkerFile('threads/encode-batch-worker') !== undefined;
const needsCompiled = skipUnless(isCompiled, 'nothing is compiled: npm run build');

describe('a stream', () => {
  async function* partsOf(count: number) {
    for (let i = 0; i < count; i++) yield i % 3 === 1 ? sampleLines : utf8(`${sampleLines.join('\r\n')}\n`);
  }
  const utf8 = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

  it.each([1, 2, 3])('keeps its order, with %i threads', async (threads) => {
    const idsOf = async (totalBytes: number) => {
      const found: number[][] = [];
      const blocks = encodeStream(tokenizer, partsOf(12), { threads, addEos: true, totalBytes });
      for await (const { ids, idStarts } of blocks) {
        for (let i = 1; i < idStarts.length; i++) found.push(Array.from(ids.subarray(idStarts[i - 1]!, idStarts[i]!)));
      }
      return found;
    };
    const wanted = sampleLines.map((text) => tokenizer.encode(text, { addEos: true }));
    const all = Array.from({ length: 12 }, () => wanted).flat();
    expect(await idsOf(1e9)).toEqual(all);
    expect(await idsOf(0)).toEqual(all);
  });

  it('ends with what its texts or its threads fail with', async () => {
    async function* failing() {
      yield ['一'];
      throw new Error('the input is damaged');
    }
    const all = async (parts: AsyncIterable<readonly string[]>, options: object) => {
      for await (const _ of encodeStream(tokenizer, parts, { threads: 2, totalBytes: 1e9, ...options }));
    };
    await expect(all(failing(), {})).rejects.toThrow('the input is damaged');
    await expect(all(failing(), { threads: 0 })).rejects.toThrow('threads: 0 is not a whole number');
  });
});

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
