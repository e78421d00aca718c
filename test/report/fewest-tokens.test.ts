import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDENTITY_NORMALIZER, type TokenizerModel } from '../../src/core/model.ts';
import { createFewestTokens } from '../../src/report/fewest-tokens.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';

function modelOf(texts: readonly string[]): TokenizerModel {
  const pieces = ['<unk>', ...texts];
  return {
    modelType: 'bpe',
    pieces,
    pieceScores: Float32Array.from(pieces, (_, id) => -id),
    pieceTypes: Uint8Array.from(pieces, (_, id) => (id === 0 ? 2 : 1)),
    normalizer: { ...IDENTITY_NORMALIZER, addDummyPrefix: false, removeExtraWhitespaces: false },
    byteFallback: false,
    treatWhitespaceAsSuffix: false,
    unkSurface: '?',
    unkPiece: '<unk>',
    bosPiece: '<s>',
    eosPiece: '</s>',
    padPiece: '<pad>',
  };
}

/** Tries every way to cut `text`; runs of unknown characters are one token. */
function fewestPlainly(pieces: ReadonlySet<string>, text: string, isAfterUnknown = false): number {
  if (text === '') return 0;
  const first = String.fromCodePoint(text.codePointAt(0)!);
  let best = Number.POSITIVE_INFINITY;
  for (let end = 1; end <= text.length; end++) {
    if (pieces.has(text.slice(0, end))) best = Math.min(best, 1 + fewestPlainly(pieces, text.slice(end)));
  }
  if (pieces.has(first)) return best;
  return Math.min(best, (isAfterUnknown ? 0 : 1) + fewestPlainly(pieces, text.slice(first.length), true));
}

describe('createFewestTokens', () => {
  const unit = fc.constantFrom('中', '国', '人', '𠮷', '龘');
  const pieces = fc.uniqueArray(fc.string({ unit, minLength: 1, maxLength: 3 }), { maxLength: 12 });

  it('finds what trying every cut finds, and never more than the tokenizer takes', () => {
    fc.assert(
      fc.property(pieces, fc.string({ unit, maxLength: 9 }), (texts, text) => {
        const model = modelOf(texts);
        const tokenizer = createTokenizer(model);
        const fewest = createFewestTokens(model, tokenizer.normalize).count(text);
        expect(fewest).toBe(fewestPlainly(new Set(texts), text));
        expect(fewest).toBeLessThanOrEqual(tokenizer.countTokens(text));
      }),
      { numRuns: 500 },
    );
  });

  it('sees through merges that lead away from the longest pieces', () => {
    const model = modelOf(['中', '国', '人', '民', '国人', '中国', '人民']);
    const tokenizer = createTokenizer(model);
    expect(tokenizer.encodePieces('中国人民')).toEqual(['中', '国人', '民']);
    expect(createFewestTokens(model, tokenizer.normalize).count('中国人民')).toBe(2);
  });
});
