import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRanked } from '../../../src/merge/choice/choose-ranked.ts';

describe('chooseRanked', () => {
  it('takes the best, with the characters they are made of', () => {
    const isPresent = (text: string) => text === '中';
    expect(chooseRanked({ texts: ['中国', '国', '人'], count: 2, isPresent })).toEqual([0, 1]);
    expect(chooseRanked({ texts: ['中国', '人', '国'], count: 2, isPresent })).toEqual([0, 2]);
    // 中国人民 needs three more characters, which do not fit: it is passed over.
    expect(chooseRanked({ texts: ['中国人民', '国', '人', '民'], count: 2, isPresent })).toEqual([1, 2]);
    expect(chooseRanked({ texts: ['𠮷野', '野', '𠮷', 'x'], count: 3, isPresent })).toEqual([0, 1, 2]);
  });

  it('takes a text whose characters are nowhere to be had as it is', () => {
    expect(chooseRanked({ texts: ['ab', 'c'], count: 1, isPresent: () => false })).toEqual([0]);
  });

  it('chooses exactly as many as asked, and no text without its characters unless places are left', () => {
    const texts = fc.uniqueArray(
      fc.array(fc.constantFrom('一', '二', '三', '𠮷'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(texts, fc.nat(30), (ranked, size) => {
        const count = Math.min(size, ranked.length);
        const chosen = chooseRanked({ texts: ranked, count, isPresent: (text) => text === '一' });
        expect(new Set(chosen).size).toBe(count);
        const kept = new Set(chosen.map((rank) => ranked[rank]!));
        const incomplete = [...kept].filter((text) =>
          [...text].some((part) => part !== '一' && ranked.includes(part) && !kept.has(part)),
        );
        const passedOver = ranked.filter((text) => !kept.has(text) && [...text].length === 1);
        // One place at most can be left over per missing character.
        expect(incomplete.length === 0 || passedOver.length > 0).toBe(true);
        if (count === ranked.length) expect(incomplete).toEqual([]);
      }),
    );
  });
});
