// Weights of sources: the share holds, nobody gains, and impossible shares are refused.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildSourceWeights, WEIGHT_UNITS } from '../../../src/train/extend/source-weights.ts';

it('brings every source down to its share and leaves the rest alone', () => {
  expect(buildSourceWeights([900, 50, 50], 0.5)).toEqual([114, 1024, 1024]);
  expect(buildSourceWeights([900, 50, 50], 1)).toEqual([1024, 1024, 1024]);
  expect(buildSourceWeights([100, 400, 200], 1 / 3)).toEqual([1024, 256, 512]);
  expect(buildSourceWeights([5, 0], 1)).toEqual([1024, 1024]);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 20_000, max: 1_000_000 }), { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (sizes, place) => {
        const share = 1 / sizes.length + place * (1 - 1 / sizes.length);
        const weights = buildSourceWeights(sizes, Math.max(share, 1e-3));
        const weighted = sizes.map((size, i) => (size * weights[i]!) / WEIGHT_UNITS);
        const total = weighted.reduce((sum, size) => sum + size, 0);
        // Weights are rounded to 1024ths, the least of them here is 20.
        for (const size of weighted) expect(size / total).toBeLessThanOrEqual(share * 1.05);
        for (const weight of weights) expect(weight).toBeLessThanOrEqual(WEIGHT_UNITS);
      },
    ),
  );
});

it('refuses a share that cannot be', () => {
  expect(() => buildSourceWeights([1, 1, 1], 0.3)).toThrow('3 sources cannot all have at most 0.3');
});
