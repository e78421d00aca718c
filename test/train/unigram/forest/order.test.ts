import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { descendingOrder } from '../../../../src/train/unigram/forest/order.ts';
import { runs } from '../../../runs.ts';

describe('descendingOrder', () => {
  it('sorts as a stable comparison sort does', () => {
    const key = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true }), fc.nat(1e15));
    fc.assert(
      fc.property(fc.array(key, { maxLength: 80 }), (keys) => {
        const expected = keys
          .map((_, i) => i)
          .sort((a, b) => (keys[a]! === keys[b]! ? a - b : keys[b]! > keys[a]! ? 1 : -1));
        expect(Array.from(descendingOrder(Float64Array.from(keys)))).toEqual(expected);
      }),
      runs(300),
    );
  });

  it('reads a view in the middle of a buffer', () => {
    const keys = Float64Array.of(9, 1, 3, 2, 9);
    expect(Array.from(descendingOrder(keys.subarray(1, 4)))).toEqual([1, 2, 0]);
  });
});
