import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pruneLeaves } from '../../../src/merge/choice/prune-leaves.ts';

/** The same by its definition, a leaf at a time. */
function plain(texts: readonly string[], count: number): number[] {
  let kept = texts.map((_, rank) => rank);
  while (kept.length > count) {
    const worst = kept.findLast(
      (rank) => !kept.some((other) => other !== rank && texts[other]!.includes(texts[rank]!)),
    );
    kept = kept.filter((rank) => rank !== worst);
  }
  return kept;
}

describe('pruneLeaves', () => {
  it('keeps what others contain', () => {
    expect(pruneLeaves({ texts: ['abc', 'd', 'ab'], count: 2 })).toEqual([0, 2]);
    expect(pruneLeaves({ texts: ['a', 'b'], count: 2 })).toEqual([0, 1]);
    expect(pruneLeaves({ texts: ['a', 'ab'], count: 0 })).toEqual([]);
  });

  it('does as its definition says on random texts', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', '中', '𠀀'), { minLength: 1, maxLength: 5 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 40 }), fc.nat(40), (texts, count) => {
        expect(pruneLeaves({ texts, count })).toEqual(plain(texts, count));
      }),
    );
  });
});
