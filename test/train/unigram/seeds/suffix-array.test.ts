import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildPermutedLcp,
  buildSuffixArray,
  suffixArraySteps,
} from '../../../../src/train/unigram/seeds/suffix-array.ts';
import { runs } from '../../../runs.ts';

function sortNaively(text: Int32Array): number[] {
  const order = Array.from(text, (_, i) => i);
  return order.sort((a, b) => {
    for (; a < text.length && b < text.length; a++, b++) {
      if (text[a] !== text[b]) return text[a]! - text[b]!;
    }
    return b - a;
  });
}

function sharedPrefix(text: Int32Array, a: number, b: number): number {
  let length = 0;
  while (Math.max(a, b) + length < text.length && text[a + length] === text[b + length]) length++;
  return length;
}

function check(text: Int32Array, alphabetSize: number): void {
  const suffixes = buildSuffixArray(text, alphabetSize);
  expect(Array.from(suffixes)).toEqual(sortNaively(text));
  const plcp = buildPermutedLcp(text, suffixes);
  suffixes.forEach((suffix, i) => {
    expect(plcp[suffix]).toBe(i === 0 ? 0 : sharedPrefix(text, suffixes[i - 1]!, suffix));
  });
}

const textOver = (symbols: number, maxLength: number) =>
  fc.array(fc.nat(symbols - 1), { maxLength, size: 'max' }).map((list) => Int32Array.from(list));

describe('buildSuffixArray', () => {
  it('sorts the suffixes of banana', () => {
    expect(Array.from(buildSuffixArray(Int32Array.of(1, 0, 2, 0, 2, 0), 3))).toEqual([5, 3, 1, 0, 4, 2]);
  });

  it('handles texts of no and one symbol', () => {
    expect(buildSuffixArray(new Int32Array(0), 1)).toHaveLength(0);
    expect(Array.from(buildSuffixArray(Int32Array.of(3), 4))).toEqual([0]);
  });

  it.each([1, 2, 3, 5, 40])('agrees with a naive sort over %i symbols, prefix lengths included', (symbols) => {
    fc.assert(
      fc.property(textOver(symbols, 60), (text) => check(text, symbols)),
      runs(100),
    );
  });

  it('agrees with a naive sort on repetitive texts, where the recursion is deep', () => {
    const repeated = fc
      .tuple(textOver(2, 6), fc.integer({ min: 1, max: 30 }), textOver(2, 4))
      .map(([unit, times, rest]) =>
        Int32Array.from([...Array.from({ length: times }, () => [...unit]).flat(), ...rest]),
      );
    fc.assert(
      fc.property(repeated, (text) => check(text, 2)),
      runs(100),
    );
    const fibonacci = [[0], [0, 1]];
    while (fibonacci.at(-1)!.length < 600) fibonacci.push([...fibonacci.at(-1)!, ...fibonacci.at(-2)!]);
    check(Int32Array.from(fibonacci.at(-1)!), 2);
  });

  it('stays linear on one symbol repeated two million times', () => {
    const text = new Int32Array(2_000_000);
    const suffixes = buildSuffixArray(text, 1);
    expect(suffixes[0]).toBe(text.length - 1);
    expect(suffixes.at(-1)).toBe(0);
    const plcp = buildPermutedLcp(text, suffixes);
    expect(plcp[0]).toBe(text.length - 1);
  });

  it('comes in steps that can be left at any point', () => {
    const steps = suffixArraySteps(new Int32Array(2_000_000).fill(1), 2);
    const first = steps.next();
    expect(first.done).toBe(false);
    expect(first.value).toBeGreaterThan(1);
    expect(steps.return(new Int32Array(0)).done).toBe(true);
  });
});
