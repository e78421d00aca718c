import { describe, expect, it } from 'vitest';
import { counted, groupDigits } from '../../src/core/counted.ts';

describe('numbers in sentences', () => {
  it('group thousands', () => {
    expect([0, 7, 999, 1000, 49_953, 1_234_567, -12_345].map(groupDigits)).toEqual([
      '0',
      '7',
      '999',
      '1,000',
      '49,953',
      '1,234,567',
      '-12,345',
    ]);
  });

  it('say one piece, and any other number of pieces', () => {
    expect([0, 1, 2, 17_953].map((value) => counted(value, 'piece'))).toEqual([
      '0 pieces',
      '1 piece',
      '2 pieces',
      '17,953 pieces',
    ]);
    expect([1, 2].map((value) => counted(value, 'match', 'matches'))).toEqual(['1 match', '2 matches']);
    expect([1, 2].map((value) => counted(value, 'line is', 'lines are'))).toEqual(['1 line is', '2 lines are']);
  });
});
