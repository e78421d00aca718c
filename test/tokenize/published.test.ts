// Published tokenizers that list their merges, byte-level ones and Gemma's, against tokenizers 0.23.2.
import { describe, expect, it } from 'vitest';
import { isLongRun } from '../runs.ts';
import { hasShared, needsShared } from '../shared.ts';
import {
  encodeByReference,
  openPublished,
  openReference,
  PUBLISHED,
  readGoldenTexts,
  surfaceOfReference,
} from './published-tokenizers.ts';

describe('published tokenizers', needsShared, () => {
  const golden = hasShared ? readGoldenTexts() : [];

  // All of them in test:all: qwen3 is as qwen2.5, deepseek-v3 and mistral-nemo are byte-level too.
  const several = PUBLISHED.filter((name) => isLongRun || !/qwen3|deepseek|mistral/.test(name));
  it.each(several)('%s gives the ids of all golden texts, by every way to ask for them', (name) => {
    const tokenizer = openPublished(name);
    const ids = new Int32Array(100_000);
    const differing = golden.filter(
      ({ text, [name]: expected }) => String(tokenizer.encode(text)) !== String(expected),
    );
    expect(differing.map(({ text }) => text)).toEqual([]);
    for (const { text, [name]: expected } of golden.filter((_, i) => isLongRun || i % 20 === 0)) {
      expect(tokenizer.countTokens(text)).toBe(expected.length);
      const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
      expect(tokenizer.encodeInto(units, ids, 1)).toBe(expected.length);
      expect([...ids.subarray(1, 1 + expected.length)]).toEqual(expected);
      const visited: number[] = [];
      tokenizer.forEachId(text, (id) => visited.push(id));
      expect(visited).toEqual(expected);
    }
  });

  // All of them in test:all.
  const some = PUBLISHED.filter((name) => isLongRun || name === 'llama3.1');
  it.each(some)('%s gives the pieces, places and texts of the reference', async (name) => {
    const tokenizer = openPublished(name);
    const reference = openReference(name);
    const isByteLevel = tokenizer.model.units === 'byte';
    const texts = golden.filter((_, i) => i % (isLongRun ? 5 : 25) === 0);
    const expected = await encodeByReference(
      reference,
      texts.map(({ text }) => text),
    );
    for (const [i, { text, [name]: ids }] of texts.entries()) {
      const readable = expected[i]!.map((token) => ({ ...token, piece: surfaceOfReference(token.piece, isByteLevel) }));
      expect(tokenizer.encodeWithOffsets(text), text).toEqual(readable);
      expect(tokenizer.encodePieces(text)).toEqual(readable.map(({ piece }) => piece));
      for (const keepSpecial of [true, false]) {
        const decoded = await reference.decode([...ids], !keepSpecial);
        expect(tokenizer.decode(ids, { keepSpecial })).toBe(decoded);
        const decoder = tokenizer.createDecoder({ keepSpecial });
        const shown = ids.map((id) => decoder.push(id));
        expect(shown.join('') + decoder.end()).toBe(decoded);
        // A part of a character is held back until it is whole.
        if (!decoded.includes('\ufffd')) expect(shown.join('')).not.toContain('\ufffd');
      }
    }
  });
});
