// Which merge makes a piece: what is said to be idle can be taken out of the list without changing any text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenizerModel } from '../../../src/core/model.ts';
import { FORMED_SOMEHOW, NEVER_FORMED, SINGLE_SYMBOL, traceFormation } from '../../../src/merge/choice/formation.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { runs } from '../../runs.ts';
import { byteLevelModel } from './byte-models.ts';

const all = (): boolean => true;
const idOf = ({ pieces }: TokenizerModel, piece: string): number => pieces.indexOf(piece);

describe('the last merge of a piece', () => {
  it('is the one that its own text comes to, of several that are listed', () => {
    const model = byteLevelModel({
      merges: [
        ['a', 'b'],
        ['b', 'c'],
        ['ab', 'c'],
        ['a', 'bc'],
      ],
    });
    const { leftIds, rightIds, merges } = traceFormation(model, all);
    const abc = idOf(model, 'abc');
    expect([model.pieces[leftIds[abc]!], model.pieces[rightIds[abc]!], merges[abc]]).toEqual(['ab', 'c', 2]);
    expect(leftIds[idOf(model, 'a')]).toBe(SINGLE_SYMBOL);
  });

  it('is none where an earlier merge takes a part, and where a part is never made', () => {
    const model = byteLevelModel({
      merges: [
        ['b', 'c'],
        ['a', 'b'],
        ['ab', 'c'],
        ['abc', 'd'],
      ],
      pieces: ['xy'],
    });
    const { leftIds } = traceFormation(model, all);
    expect(['bc', 'ab', 'abc', 'abcd', 'xy'].map((piece) => leftIds[idOf(model, piece)] === NEVER_FORMED)).toEqual([
      ...[false, false, true, true, true],
    ]);
  });

  it('is found to exist, and not looked for, in a piece of thousands of bytes', () => {
    const merges: [string, string][] = [];
    for (let length = 1; length < 4096; length *= 2) merges.push(['a'.repeat(length), 'a'.repeat(length)]);
    const model = byteLevelModel({ merges });
    const { leftIds } = traceFormation(model, all);
    expect(leftIds[idOf(model, 'a'.repeat(4096))]).toBe(FORMED_SOMEHOW);
    expect(leftIds[idOf(model, 'a'.repeat(2))]).toBe(idOf(model, 'a'));
  });
});

const word = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((letters) => letters.join(''));
const mergeList = fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 12 });
const texts = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', ' '), { maxLength: 14 }), {
  minLength: 3,
  maxLength: 8,
});

it('in random lists: no text has a piece that merges never form, and idle merges change nothing', () => {
  fc.assert(
    fc.property(mergeList, texts, (merges, lines) => {
      // Parts that are no pieces are made pieces that nothing makes.
      const model = byteLevelModel({ merges, pieces: merges.flat() });
      const formation = traceFormation(model, all);
      const live = new Set(formation.merges);
      const { leftIds, rightIds, resultIds } = model.merges!;
      const keep = (ids: Int32Array): Int32Array => ids.filter((_, merge) => live.has(merge));
      const pruned = { leftIds: keep(leftIds), rightIds: keep(rightIds), resultIds: keep(resultIds) };
      const tokenizer = createTokenizer(model);
      const smaller = createTokenizer({ ...model, merges: pruned });
      for (const line of lines) {
        const ids = tokenizer.encode(line.join(''));
        for (const id of ids) expect(formation.leftIds[id]).not.toBe(NEVER_FORMED);
        expect(smaller.encode(line.join(''))).toEqual(ids);
      }
    }),
    runs(16),
  );
});
