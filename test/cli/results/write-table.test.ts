// What is said of a table; that it is written is in the tests of `count`.
import { describe, expect, it } from 'vitest';
import { describeLeftOut, shareLeftOut } from '../../../src/cli/results/write-table.ts';

describe('what a least count has left out', () => {
  it('is said where it has left out something, and is a number without characters', () => {
    expect(describeLeftOut(0, 1000)).toBe('');
    expect(describeLeftOut(5, 1000)).toBe('; 0.50 % of the characters were in rarer ones, which are left out');
    expect(shareLeftOut(0, 0)).toBe('0.00 %');
  });
});
