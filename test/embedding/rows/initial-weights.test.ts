import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  coveredCharacters,
  INIT_METHODS,
  isSourceMethod,
  mixtureKey,
  sourceWeights,
  tieBreakWeights,
} from '../../../src/embedding/rows/initial-weights.ts';
import { runs } from '../../runs.ts';

const uniform = (length: number): number[] => Array.from({ length }, () => 1 / length);
const sources = fc.array(fc.nat(5), { minLength: 1, maxLength: 8 });

describe('sourceWeights', () => {
  it('sums to 1 and is never negative, whatever the method', () => {
    const methods = fc.constantFrom(...INIT_METHODS.filter(isSourceMethod));
    const roles = fc.constantFrom('input' as const, 'output' as const, 'tied' as const);
    fc.assert(
      fc.property(sources, methods, roles, (ids, method, role) => {
        const row = { sources: ids, weights: uniform(ids.length) };
        const weights = sourceWeights(row, method, role, (id) => ['', '甲', '▁ab', '<0xE4>', '<0x80>', 'x'][id]);
        expect(weights.length).toBe(ids.length);
        expect(weights.every((weight) => weight >= 0)).toBe(true);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      }),
    );
  });

  it('counts characters, a byte piece as its part of one', () => {
    const pieces = ['▁中国', '<0xE4>', '<0xB8>', '<0xAD>', 'a', '<0x41>', '<0xF0>', '<0x9F>', '<0xC3>', '<0xA9>'];
    const ids = pieces.map((_, id) => id);
    const third = 1 / 3;
    expect(coveredCharacters(ids, (id) => pieces[id])).toEqual([3, third, third, third, 1, 1, 0.25, 0.25, 0.5, 0.5]);
  });
});

describe('tieBreakWeights', () => {
  it('tells every order of the same tokens from every other', () => {
    fc.assert(
      fc.property(sources, fc.infiniteStream(fc.nat(1000)), (ids, random) => {
        const numbers = random[Symbol.iterator]();
        const other = ids
          .map((id) => [numbers.next().value, id] as const)
          .sort(([a], [b]) => a - b)
          .map(([, id]) => id);
        const weights = tieBreakWeights(uniform(ids.length));
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
        expect(mixtureKey(ids, weights) === mixtureKey(other, weights)).toBe(ids.join() === other.join());
      }),
      runs(2000),
    );
  });
});
