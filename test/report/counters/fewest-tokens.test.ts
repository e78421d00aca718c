// The fewest tokens: against every segmentation there is, on random pieces and texts, and never above what the encoder takes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { createFewestTokens } from '../../../src/report/counters/fewest-tokens.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { llama2 } from '../../llama2.ts';
import { plainModel } from '../../models.ts';
import { runs } from '../../runs.ts';

const BYTES = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

function buildModel(texts: readonly string[], byteFallback: boolean): TokenizerModel {
  const specials = ['<unk>', ...(byteFallback ? BYTES : [])];
  const pieces = [...specials, ...texts];
  return plainModel({
    pieces,
    pieceScores: Float32Array.from(pieces, (_, id) => -id),
    pieceTypes: Uint8Array.from(pieces, (_, id) => {
      if (id === 0) return PIECE_TYPE.unknown;
      return id < specials.length ? PIECE_TYPE.byte : PIECE_TYPE.normal;
    }),
    byteFallback,
  });
}

/** Tries every way to cut `text`; a run of uncovered characters costs one token, or their bytes. */
function tryAll(text: string, pieces: ReadonlySet<string>, byteFallback: boolean, inUnknown = false): number {
  if (text === '') return 0;
  let best = Number.POSITIVE_INFINITY;
  const [first] = [...text];
  for (let end = 1; end <= text.length; end++) {
    if (pieces.has(text.slice(0, end))) best = Math.min(best, 1 + tryAll(text.slice(end), pieces, byteFallback));
  }
  if (!pieces.has(first!)) {
    const cost = byteFallback ? new TextEncoder().encode(first).length : inUnknown ? 0 : 1;
    best = Math.min(best, cost + tryAll(text.slice(first!.length), pieces, byteFallback, true));
  }
  return best;
}

const letters = ['a', 'b', '中', '文', '𠮷', 'é'];
const textOf = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...letters), { minLength, maxLength }).map((parts) => parts.join(''));

describe('the fewest tokens', () => {
  it('are those of the best of all segmentations', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(textOf(1, 4), { maxLength: 12 }),
        fc.boolean(),
        textOf(0, 9),
        (texts, byteFallback, text) => {
          const model = buildModel(texts, byteFallback);
          const tokenizer = createTokenizer(model);
          const fewest = createFewestTokens(model, tokenizer.normalize).count(text);
          expect(fewest).toBe(tryAll(text, new Set(texts), byteFallback));
          expect(fewest).toBeLessThanOrEqual(tokenizer.countTokens(text));
        },
      ),
      runs(40),
    );
  });

  it('are fewer than the merges lead to where these go astray', () => {
    // "ab" is merged first, which leaves "abc" out of reach.
    const model = buildModel(['a', 'b', 'c', 'ab', 'bc', 'bca', 'abcabc'], true);
    const tokenizer = createTokenizer(model);
    const optimum = createFewestTokens(model, tokenizer.normalize);
    expect([tokenizer.countTokens('abcabc'), optimum.count('abcabc')]).toEqual([4, 1]);
    expect(optimum.count('')).toBe(0);
  });

  it('count text as the tokenizer normalizes it, of any length', async () => {
    const { tokenizer, model } = llama2;
    const optimum = createFewestTokens(model, tokenizer.normalize);
    // ▁Hello ▁world: one token each.
    expect(optimum.count('Hello world')).toBe(2);
    const long = '人工智能 and more '.repeat(2000);
    expect(optimum.count(long)).toBeLessThanOrEqual(tokenizer.countTokens(long));
    expect(optimum.count(long)).toBeGreaterThan(2000 * 4);
  });
});
