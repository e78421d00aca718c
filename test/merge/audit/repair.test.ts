import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, OptionError } from '../../../src/errors.ts';
import type { ModelProto } from '../../../src/formats/sentencepiece/fields.ts';
import { parseModelProto } from '../../../src/formats/sentencepiece/model-file.ts';
import { modelFromProto } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { repairScores } from '../../../src/merge/audit/repair.ts';
import { findDeadPieces } from '../../../src/merge/choice/reachability.ts';
import { mergeVocab } from '../../../src/merge/merge-vocab.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { bpeProto } from '../../models.ts';
import { runs } from '../../runs.ts';
import { needsShared, sharedPath } from '../../shared.ts';

const BASE = [
  ['ab', -1],
  ['a', -2],
  ['b', -3],
  ['c', -4],
] as const;

const tokenizerOf = (proto: ModelProto) => createTokenizer(modelFromProto(proto));
const deadTexts = (proto: ModelProto) => findDeadPieces(tokenizerOf(proto)).map(({ piece }) => piece);

describe('repairScores', () => {
  it('gives new pieces distinct scores below the base and keeps every id', () => {
    const target = bpeProto([...BASE, ['ba', 0], ['cc', 0], ['abab', 0]]);
    const { proto, rescored, deadBefore, deadAfter } = repairScores({ target, base: bpeProto(BASE) });
    expect(proto.pieces.map(({ piece }) => piece)).toEqual(target.pieces.map(({ piece }) => piece));
    expect(proto.pieces.map(({ score }) => score)).toEqual([0, -1, -2, -3, -4, -5, -6, -7]);
    expect({ rescored, deadBefore, deadAfter }).toEqual({ rescored: 3, deadBefore: 1, deadAfter: 0 });
    expect(deadTexts(target)).toEqual(['abab']);
    expect(tokenizerOf(proto).encodePieceText('abab')).toEqual([7]);
  });

  it('gives base pieces the scores of the base back', () => {
    const target = bpeProto([
      ['ab', 7],
      ['a', -2],
      ['b', -3],
      ['c', -4],
      ['bc', 9],
    ]);
    const { proto, rescored } = repairScores({ target, base: bpeProto(BASE) });
    expect(proto.pieces.slice(1).map(({ score }) => score)).toEqual([-1, -2, -3, -4, -5]);
    expect(rescored).toBe(2);
  });

  it('moves pieces out of the way of others', () => {
    // `bc` before `cd` leaves `b` + `cd` apart and `bcd` unmade; behind it, all three are made.
    const base = bpeProto(['a', 'b', 'c', 'd'].map((piece, i) => [piece, -1 - i] as const));
    const target = bpeProto(
      [...'abcd']
        .map((piece, i) => [piece, -1 - i] as const)
        .concat([
          ['bc', 0],
          ['cd', -5],
          ['bcd', -6],
        ]),
    );
    const { proto, deadAfter } = repairScores({ target, base });
    expect(deadAfter).toBe(0);
    expect(deadTexts(target)).toEqual([]);
    const stuck = bpeProto(
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
    const repaired = repairScores({ target: stuck, base });
    expect(repaired).toMatchObject({ deadBefore: 1, deadAfter: 0 });
    expect(deadTexts(repaired.proto)).toEqual([]);
    expect(proto.pieces.length).toBe(target.pieces.length);
  });

  it('refuses other models and other bases', () => {
    const unigram: ModelProto = { ...bpeProto(BASE), trainerSpec: { modelType: 'unigram' } };
    expect(() => repairScores({ target: unigram, base: bpeProto(BASE) })).toThrow(OptionError);
    expect(() => repairScores({ target: bpeProto(BASE.slice(1)), base: bpeProto(BASE) })).toThrow(
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
        const base = bpeProto(baseEntries);
        const known = new Set(baseEntries.map(([piece]) => piece));
        const target = bpeProto([...baseEntries, ...more.filter(([piece]) => !known.has(piece))]);
        const { proto, deadAfter } = repairScores({ target, base });
        const dead = new Set(deadTexts(proto));
        expect(dead.size).toBe(deadAfter);
        // A base piece that is dead in the base may come alive, none that is alive dies.
        const deadInBase = deadTexts(base);
        expect([...dead].filter((piece) => known.has(piece) && !deadInBase.includes(piece))).toEqual([]);
        const scores = proto.pieces.slice(base.pieces.length).map(({ score }) => score!);
        expect(new Set(scores).size).toBe(scores.length);
        const input = texts.join('');
        // Unknown characters of the base are one token a run, so only texts without any can be compared.
        const before = tokenizerOf(base).encodePieceText(input);
        if (!before.includes(0))
          expect(tokenizerOf(proto).encodePieceText(input).length).toBeLessThanOrEqual(before.length);
      }),
      runs(30),
    );
  });
});

describe('published vocabularies', needsShared, () => {
  const fixture = (name: string): ModelProto => parseModelProto(readFileSync(sharedPath(`fixtures/${name}`)));

  it('Chinese-LLaMA: 539 dead pieces become the 342 that no two others join to', () => {
    const base = fixture('llama2.model');
    const target = mergeVocab({ base, extension: fixture('chinese_sp.model'), preset: 'chinese-llama' }).proto;
    const { proto, ...figures } = repairScores({ target, base });
    expect(figures).toEqual({ rescored: 17953, deadBefore: 539, deadAfter: 342 });
    const after = tokenizerOf(proto);
    const before = tokenizerOf(base);
    for (const line of ['Windows Controller: ▁timeout of George', '  def f(x):\n']) {
      expect(after.encode(line)).toEqual(before.encode(line));
    }
  });
});
