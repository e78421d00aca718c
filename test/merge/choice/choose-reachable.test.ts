import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenizerModel } from '../../../src/core/model.ts';
import { applyPatch } from '../../../src/core/patch.ts';
import { OptionError } from '../../../src/errors.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { findDeadPieces } from '../../../src/merge/choice/dead-pieces.ts';
import { type MergeResult, type MergeVocabOptions, mergeVocab } from '../../../src/merge/merge-vocab.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { smallBpe } from '../../models.ts';
import { runs } from '../../runs.ts';
import { needsShared, sharedFixture } from '../../shared.ts';

const LETTERS = ['a', 'b', 'c', '中'];
const BASE = smallBpe([
  ['ab', -1],
  ['a', -2],
  ['b', -3],
  ['c', -4],
]);

const newTexts = ({ patch }: MergeResult): string[] => patch.pieces.map(({ piece }) => piece);
const deadTexts = ({ patch, baseSize }: MergeResult, base: TokenizerModel): string[] =>
  findDeadPieces(createTokenizer(applyPatch(base, patch)), { from: baseSize }).map(({ piece }) => piece);

function merge(entries: readonly (readonly [string, number])[], options: Partial<MergeVocabOptions> = {}) {
  return mergeVocab({ base: BASE, extension: smallBpe(entries), dropUnreachable: true, ...options });
}

describe('dropUnreachable', () => {
  it('leaves out what can never be emitted, with what it becomes, and takes the next-ranked', () => {
    const extension = [
      ['cc', -1],
      ['ccc中', -2],
      ['bc', -3],
      ['abc', -4],
      ['ca', -5],
    ] as const;
    const all = merge(extension);
    expect(newTexts(all)).toEqual(['cc', 'bc', 'abc', 'ca']);
    expect(all.dropped).toEqual([{ piece: 'ccc中', reason: 'unreachable', encodesTo: ['cc', 'c', '<unk>'] }]);
    const three = merge(extension, { targetSize: BASE.pieces.length + 3 });
    expect(newTexts(three)).toEqual(['cc', 'bc', 'abc']);
    expect(three.dropped).toEqual([
      { piece: 'ccc中', reason: 'unreachable', encodesTo: ['cc', 'c', '<unk>'] },
      { piece: 'ca', reason: 'rank' },
    ]);
  });

  it('takes a piece back when the next-ranked one makes it reachable', () => {
    const extension = [
      ['cccc', -1],
      ['中中', -2],
      ['bbb', -3],
      ['cc', -4],
    ] as const;
    const merged = merge(extension, { targetSize: BASE.pieces.length + 3 });
    expect(newTexts(merged)).toEqual(['cccc', '中中', 'cc']);
    expect(merged.dropped).toEqual([{ piece: 'bbb', reason: 'unreachable', encodesTo: ['b', 'b', 'b'] }]);
  });

  it('says what is feasible when there are not enough', () => {
    const extension = [
      ['bbb', -3],
      ['cc', -4],
    ] as const;
    expect(() => merge(extension, { targetSize: BASE.pieces.length + 2 })).toThrow(
      new OptionError(
        'targetSize: 7 is out of reach: the base has 5 pieces, and the extension has 1 new ones that can be emitted',
        { hint: 'Feasible target sizes are 5 to 6.' },
      ),
    );
  });

  it('fills a target that has no room for the best-ranked pieces and what they are merged from', () => {
    const base = smallBpe([['a', 0]]);
    const extension = smallBpe([
      ['aa', -4],
      ['baa', 0],
      ['aaa', 0],
    ]);
    const options = { base, extension, scores: 'zero', dropUnreachable: true } as const;
    expect(newTexts(mergeVocab(options))).toEqual(['aa', 'baa', 'aaa']);
    const some = mergeVocab({ ...options, targetSize: base.pieces.length + 2 });
    expect(newTexts(some)).toEqual(['aa', 'baa']);
    expect(some.dropped).toEqual([{ piece: 'aaa', reason: 'rank' }]);
  });

  it('keeps added tokens, whatever they are', () => {
    const merged = merge([['cc', -1]], { addTokens: ['[PAD]'], preset: 'chinese-llama' });
    expect(newTexts(merged)).toEqual(['cc', '[PAD]']);
  });

  it('leaves no new piece dead and fills the target, on random vocabularies and every scoring', () => {
    const piece = fc
      .array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 5 })
      .map((letters) => letters.join(''));
    const vocabulary = fc
      .record({
        pieces: fc.uniqueArray(piece, { minLength: 1, maxLength: 40 }),
        scores: fc.array(fc.integer({ min: -9, max: 0 }), { minLength: 40, maxLength: 40 }),
      })
      .map(({ pieces, scores }) => pieces.map((text, i) => [text, scores[i]!] as const));
    fc.assert(
      fc.property(
        vocabulary,
        vocabulary,
        fc.constantFrom('zero', 'below', 'keep'),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (base, extension, scores, share) => {
          const options = { base: smallBpe(base), extension: smallBpe(extension), scores } as const;
          const candidates = mergeVocab(options).added;
          const all = mergeVocab({ ...options, dropUnreachable: true });
          expect(deadTexts(all, options.base)).toEqual([]);
          expect(all.added + all.dropped.length).toBe(candidates);
          const wanted = Math.floor(share * all.added);
          const targetSize = base.length + 1 + wanted;
          const some = mergeVocab({ ...options, dropUnreachable: true, targetSize });
          expect(some.baseSize + some.added).toBe(targetSize);
          expect(deadTexts(some, options.base)).toEqual([]);
        },
      ),
      runs(10),
    );
  });
});

describe('published vocabularies', needsShared, () => {
  const fixture = (name: string) => parseTokenizerModel(sharedFixture(`${name}`));

  it('drops the 344 dead pieces of Chinese-LLaMA below the base, and backfills a smaller target', () => {
    const base = fixture('llama2.model');
    const extension = fixture('chinese_sp.model');
    const all = mergeVocab({ base, extension, dropUnreachable: true });
    expect(all.added).toBe(17953 - 344);
    expect(all.dropped.filter(({ reason }) => reason === 'unreachable').length).toBe(344);
    expect(all.dropped.find(({ piece }) => piece === '加拿大')?.encodesTo).toEqual(['加', '拿', '大']);
    const some = mergeVocab({ base, extension, dropUnreachable: true, targetSize: 40000 });
    expect(some.baseSize + some.added).toBe(40000);
    expect(deadTexts(some, base)).toEqual([]);
  });
});
