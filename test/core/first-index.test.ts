// Binary search against looking at every index.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstIndex } from '../../src/core/first-index.ts';
import { runs } from '../runs.ts';

it('finds what looking at every index finds', () => {
  const sorted = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 }).map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(sorted, fc.integer({ min: -1, max: 21 }), (list, least) => {
      const found = list.findIndex((value) => value >= least);
      expect(firstIndex(list.length, (i) => list[i]! >= least)).toBe(found < 0 ? list.length : found);
    }),
    runs(300),
  );
});
