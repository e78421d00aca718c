import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addExp, expNear, logSumExp } from '../../../../src/train/unigram/lattice/lattice-math.ts';
import { runs } from '../../../runs.ts';

const { fround } = Math;
const float = (min: number, max: number) => fc.float({ min: fround(min), max: fround(max), noNaN: true });

function logSumExpSlowly(a: number, b: number): number {
  const [min, max] = a < b ? [a, b] : [b, a];
  return max > fround(min + 50) ? max : fround(max + Math.log(Math.exp(fround(min - max)) + 1));
}

describe('logSumExp', () => {
  it('is the float32 that exp and log lead to', () => {
    const pair = fc.tuple(float(-4000, -0.001), fc.oneof(float(0, 60), float(0, 1e-3), float(31, 33)));
    fc.assert(
      fc.property(pair, ([a, distance]) => {
        const b = fround(a - distance);
        expect(logSumExp(a, b)).toBe(logSumExpSlowly(a, b));
        expect(logSumExp(b, a)).toBe(logSumExpSlowly(a, b));
      }),
      runs(4_000),
    );
  });

  it('is right near 0, where even tiny terms count', () => {
    fc.assert(
      fc.property(float(-1e-5, 1e-5), float(0, 49), (a, distance) => {
        const b = fround(a - distance);
        expect(logSumExp(a, b)).toBe(logSumExpSlowly(a, b));
      }),
      runs(2_000),
    );
  });

  it('takes -Infinity as the empty sum', () => {
    expect(logSumExp(-Infinity, -3)).toBe(-3);
    expect(logSumExp(-3, -Infinity)).toBe(-3);
    expect(logSumExp(-Infinity, -Infinity)).toBe(-Infinity);
  });
});

describe('addExp', () => {
  it('is the float32 that exp leads to', () => {
    fc.assert(
      fc.property(float(0, 1e6), float(1, 1e5), fc.oneof(float(-100, 0.5), float(-0.02, 0.02)), (sum, factor, x) => {
        expect(addExp(sum, factor, x, expNear(x))).toBe(fround(sum + factor * Math.exp(x)));
      }),
      runs(4_000),
    );
  });
});

describe('expNear', () => {
  it('has the relative error it promises', () => {
    fc.assert(
      fc.property(float(-80, 1), (x) => {
        expect(Math.abs(expNear(x) / Math.exp(x) - 1)).toBeLessThan(5e-13);
      }),
      runs(2_000),
    );
  });
});
