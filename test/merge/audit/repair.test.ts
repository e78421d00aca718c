import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenizerModel } from '../../../src/core/model.ts';
import { applyPatch } from '../../../src/core/patch.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { repairScores } from '../../../src/merge/audit/repair.ts';
import { findDeadPieces } from '../../../src/merge/choice/dead-pieces.ts';
import { mergeVocab } from '../../../src/merge/merge-vocab.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { smallBpe } from '../../models.ts';
import { runs } from '../../runs.ts';
import { needsShared, sharedFixture } from '../../shared.ts';

const BASE = [
  ['ab', -1],
  ['a', -2],
  ['b', -3],
  ['c', -4],
] as const;

const deadTexts = (model: TokenizerModel) => findDeadPieces(createTokenizer(model)).map(({ piece }) => piece);

function repair(target: TokenizerModel, base: TokenizerModel) {
  const { pieceScores, ...figures } = repairScores({ target, base });
  return { model: { ...target, pieceScores }, figures };
}

describe('repairScores', () => {
  it('gives new pieces distinct scores below the base and keeps every id', () => {
    const target = smallBpe([...BASE, ['ba', 0], ['cc', 0], ['abab', 0]]);
    const { model, figures } = repair(target, smallBpe(BASE));
    expect([...model.pieceScores]).toEqual([0, -1, -2, -3, -4, -5, -6, -7]);
    expect(figures).toEqual({ rescored: 3, deadBefore: 1, deadAfter: 0 });
    expect(deadTexts(target)).toEqual(['abab']);
    expect(createTokenizer(model).encodePieceText('abab')).toEqual([7]);
  });

  it('gives base pieces the scores of the base back', () => {
    const target = smallBpe([
      ['ab', 7],
      ['a', -2],
      ['b', -3],
      ['c', -4],
      ['bc', 9],
    ]);
    const { model, figures } = repair(target, smallBpe(BASE));
    expect([...model.pieceScores.subarray(1)]).toEqual([-1, -2, -3, -4, -5]);
    expect(figures.rescored).toBe(2);
  });

  it('moves pieces out of the way of others', () => {
    // `bc` before `cd` leaves `b` + `cd` apart and `bcd` unmade; behind it, all three are made.
    const base = smallBpe(['a', 'b', 'c', 'd'].map((piece, i) => [piece, -1 - i] as const));
    const target = smallBpe(
      [...'abcd']
        .map((piece, i) => [piece, -1 - i] as const)
        .concat([
          ['bc', 0],
          ['cd', -5],
          ['bcd', -6],
        ]),
    );
    expect(repair(target, base).figures.deadAfter).toBe(0);
    expect(deadTexts(target)).toEqual([]);
    const stuck = smallBpe(
      [...'abcd']
        .map((piece, i) => [piece, -1 - i] as const)
        .concat([
          ['bc', 0],
          ['ab', -5],
          ['cd', -6],
          ['abcd', -7],
        ]),
    );
    expect(deadTexts(stuck)).toEqual(['abcd']);
    const repaired = repair(stuck, base);
    expect(repaired.figures).toMatchObject({ deadBefore: 1, deadAfter: 0 });
    expect(deadTexts(repaired.model)).toEqual([]);
  });

  it('refuses other models and other bases', () => {
    const unigram: TokenizerModel = { ...smallBpe(BASE), modelType: 'unigram' };
    expect(() => repairScores({ target: unigram, base: smallBpe(BASE) })).toThrow(OptionError);
    expect(() => repairScores({ target: smallBpe(BASE.slice(1)), base: smallBpe(BASE) })).toThrow(
      new InputError('repair: piece 1 "ab" of the base is not in the target', {
        hint: 'Give the model that the target really extends.',
      }),
    );
  });

  it('breaks no base piece and no text, whatever the models', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '中'), { minLength: 1, maxLength: 5 }).map((l) => l.join(''));
    const scored = fc.tuple(text, fc.integer({ min: -9, max: 0 }));
    const vocabulary = fc.uniqueArray(scored, { minLength: 1, maxLength: 25, selector: ([piece]) => piece });
    fc.assert(
      fc.property(vocabulary, vocabulary, fc.array(text, { maxLength: 12 }), (baseEntries, more, texts) => {
        const base = smallBpe(baseEntries);
        const known = new Set(baseEntries.map(([piece]) => piece));
        const target = smallBpe([...baseEntries, ...more.filter(([piece]) => !known.has(piece))]);
        const { model, figures } = repair(target, base);
        const dead = new Set(deadTexts(model));
        expect(dead.size).toBe(figures.deadAfter);
        // A base piece that is dead in the base may come alive, none that is alive dies.
        const deadInBase = deadTexts(base);
        expect([...dead].filter((piece) => known.has(piece) && !deadInBase.includes(piece))).toEqual([]);
        const scores = model.pieceScores.subarray(base.pieces.length);
        expect(new Set(scores).size).toBe(scores.length);
        const input = texts.join('');
        // Unknown characters of the base are one token a run, so only texts without any can be compared.
        const before = createTokenizer(base).encodePieceText(input);
        if (!before.includes(0))
          expect(createTokenizer(model).encodePieceText(input).length).toBeLessThanOrEqual(before.length);
      }),
      runs(12),
    );
  });
});

describe('published vocabularies', needsShared, () => {
  const fixture = (name: string) => parseTokenizerModel(sharedFixture(`${name}`));

  it('Chinese-LLaMA: 539 dead pieces become the 342 that no two others join to', () => {
    const base = fixture('llama2.model');
    const { patch } = mergeVocab({ base, extension: fixture('chinese_sp.model'), preset: 'chinese-llama' });
    const { model, figures } = repair(applyPatch(base, patch), base);
    expect(figures).toEqual({ rescored: 17953, deadBefore: 539, deadAfter: 342 });
    const after = createTokenizer(model);
    const before = createTokenizer(base);
    for (const line of ['Windows Controller: ▁timeout of George', '  def f(x):\n']) {
      expect(after.encode(line)).toEqual(before.encode(line));
    }
  });
});
