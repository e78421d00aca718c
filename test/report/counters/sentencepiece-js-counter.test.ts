import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../src/core/unicode/utf8.ts';
import { FormatError, InputError } from '../../../src/errors.ts';
import { createSentencePieceJsCounter } from '../../../src/report/counters/sentencepiece-js-counter.ts';
import type { TokenCounter } from '../../../src/report/counters/token-counter.ts';
import { compareTokenizers } from '../../../src/report/measure/compare-tokenizers.ts';
import { createTokenizer, type Tokenizer } from '../../../src/tokenize/tokenizer.ts';
import { buildLlama2 } from '../../../src/vocab/llama2.ts';

const SAMPLES = ['zh-news.txt', 'zh-hant.txt', 'zh-technology.txt'];
const HANDLED_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

describe('createSentencePieceJsCounter', () => {
  let counter: TokenCounter;
  let tokenizer: Tokenizer;
  let bytes: Uint8Array;

  beforeAll(async () => {
    const llama2 = await buildLlama2();
    bytes = llama2.bytes;
    tokenizer = createTokenizer(llama2.model);
    counter = await createSentencePieceJsCounter({ name: 'llama2', bytes, model: llama2.model });
  });

  function idsOf(text: string): number[] {
    const ids: number[] = [];
    counter.forEachId(text, (id) => ids.push(id));
    return ids;
  }

  it.each(['', ' ', 'Hello world', '人工智能', 'a\u0000b', '\ud800b', 'b\udc00', 'x\ud83d', '😀 𠮷', '\r\n\t'])(
    'agrees with our engine on %j',
    (text) => {
      expect(idsOf(text)).toEqual(tokenizer.encode(text));
    },
  );

  it('counts the samples as our engine does', async () => {
    const texts = await Promise.all(
      SAMPLES.map(async (name) => ({
        name,
        lines: await readFile(new URL(`../../../corpus-samples/${name}`, import.meta.url), 'utf8'),
      })),
    );
    const entry = { name: 'llama2', tokenizer, bytes };
    const ours = await compareTokenizers({ tokenizers: [entry], texts });
    const theirs = await compareTokenizers({ tokenizers: [entry], texts, engine: 'sentencepiece-js' });
    expect(theirs.tokenizers[0]!.engine).toBe('sentencepiece-js');
    expect(theirs.texts).toEqual(ours.texts);
  });

  it('encodes a long line', () => {
    const text = '词表'.repeat(50_000);
    expect(idsOf(text).length).toBe(tokenizer.countTokens(text));
  });

  it('refuses a line that would exhaust its memory, and goes on', () => {
    expect(() => idsOf('x'.repeat(4_000_001))).toThrow(InputError);
    expect(idsOf('Hello')).toEqual(tokenizer.encode('Hello'));
  });

  it('leaves no process-wide handlers behind', async () => {
    const before = HANDLED_EVENTS.map((event) => process.rawListeners(event));
    await createSentencePieceJsCounter({ name: 'llama2', bytes, model: tokenizer.model });
    expect(HANDLED_EVENTS.map((event) => process.rawListeners(event))).toEqual(before);
  });

  it('refuses bytes that are no model', async () => {
    const broken = createSentencePieceJsCounter({
      name: 'x.model',
      bytes: encodeUtf8('nonsense'),
      model: tokenizer.model,
    });
    await expect(broken).rejects.toThrow(FormatError);
    await expect(broken).rejects.toThrow(/^x\.model: sentencepiece-js cannot load the model/);
  });

  it('does without our tokenizer where the model is given', async () => {
    const report = await compareTokenizers({
      tokenizers: [
        {
          name: 'llama2',
          bytes,
          model: tokenizer.model,
          get tokenizer(): Tokenizer {
            throw new Error('our engine cannot open it');
          },
        },
      ],
      texts: [{ name: 't', lines: ['人工智能'] }],
      engine: 'sentencepiece-js',
    });
    expect(report.total.figures[0]!.tokens).toBe(tokenizer.countTokens('人工智能'));
  });

  it('is refused for a tokenizer without its file', async () => {
    const comparison = compareTokenizers({
      tokenizers: [{ name: 'llama2', tokenizer }],
      texts: [{ name: 't', lines: ['a'] }],
      engine: 'sentencepiece-js',
    });
    await expect(comparison).rejects.toThrow(/needs the bytes of the \.model/);
  });
});
