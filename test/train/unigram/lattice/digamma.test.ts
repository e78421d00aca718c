import { describe, expect, it } from 'vitest';
import { digamma } from '../../../../src/train/unigram/lattice/digamma.ts';

const EULER = 0.5772156649015329;

describe('digamma', () => {
  it('has the known values at whole and half numbers', () => {
    expect(digamma(1)).toBeCloseTo(-EULER, 8);
    expect(digamma(0.5)).toBeCloseTo(-EULER - 2 * Math.LN2, 8);
    let harmonic = 0;
    for (let n = 1; n <= 50; n++) {
      harmonic += 1 / n;
      expect(digamma(n + 1)).toBeCloseTo(harmonic - EULER, 8);
    }
  });

  it('grows by 1/x from x to x + 1, and like the logarithm in the end', () => {
    for (const x of [0.5, 0.75, 3.2, 6.9, 7, 12.5, 1e3, 1e6]) expect(digamma(x + 1) - digamma(x)).toBeCloseTo(1 / x, 8);
    expect(digamma(1e12)).toBeCloseTo(Math.log(1e12), 10);
  });
});
