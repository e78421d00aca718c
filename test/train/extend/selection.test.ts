import { describe, expect, it } from 'vitest';
import type { LearnedMerge } from '../../../src/train/extend/merges.ts';
import { createPowerMean, relearnBest, type ValuedCharacter } from '../../../src/train/extend/selection.ts';
import { WEIGHT_UNITS } from '../../../src/train/extend/source-weights.ts';

describe('createPowerMean', () => {
  const whole = [WEIGHT_UNITS, WEIGHT_UNITS];

  it('is the weighted count with the exponent 1', () => {
    const worthOf = createPowerMean([1000, 10], [WEIGHT_UNITS, 3 * WEIGHT_UNITS], 1);
    expect(worthOf(Float64Array.of(7, 2))).toBeCloseTo(7 + 3 * 2, 9);
  });

  it('prefers what occurs evenly where the exponent is below 1', () => {
    const worthOf = createPowerMean([100, 100], whole, 0.5);
    const even = worthOf(Float64Array.of(5, 5));
    expect(even).toBeCloseTo(10, 9);
    expect(worthOf(Float64Array.of(9, 1))).toBeLessThan(even);
    expect(worthOf(Float64Array.of(10, 0))).toBeCloseTo(5, 9);
  });

  it('leaves out sources without text', () => {
    expect(createPowerMean([100, 0], whole, 0.5)(Float64Array.of(4, 0))).toBeCloseTo(4, 9);
  });
});

describe('relearnBest', () => {
  const merge = (text: string, value: number): LearnedMerge => ({
    ...{ text, saved: value, value },
    ...{ characters: [], halves: [], isPart: false },
  });
  const character: ValuedCharacter = { text: '龘', saved: 4, worth: 4, value: 4 };
  const pool = [merge('中国', 9), merge('人民', 5), merge('我们', 4), merge('你们', 3)];

  it('learns once more with the most valuable candidates; of equals, characters come first', async () => {
    const asked: (ReadonlySet<string> | undefined)[] = [];
    const ranked = await relearnBest(3, [character], pool, async ({ only }) => {
      asked.push(only);
      return pool.filter(({ text }) => only!.has(text));
    });
    expect(asked).toEqual([new Set(['中国', '人民', '龘'])]);
    expect(ranked.pieces).toEqual(['中国', '人民', '龘']);
  });

  it('takes more candidates where merges are not found again, until there are none', async () => {
    const sizes: number[] = [];
    const ranked = await relearnBest(3, [], pool, async ({ only }) => {
      sizes.push(only!.size);
      return pool.filter(({ text }) => only!.has(text) && text !== '人民');
    });
    expect(sizes).toEqual([3, 4]);
    expect(ranked.pieces).toEqual(['中国', '我们', '你们']);
  });
});
