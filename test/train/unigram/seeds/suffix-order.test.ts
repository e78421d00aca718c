import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSuffixSorter,
  listByFirstSymbol,
  type Symbols,
} from '../../../../src/train/unigram/seeds/suffix-order.ts';
import { runs } from '../../../runs.ts';

/** Suffixes by their first `depth` symbols, in the order of the text where these are equal. */
function sortNaively(text: Symbols, depth: number): number[] {
  const symbolsOf = (start: number): number[] => [...text.subarray(start, start + depth)];
  const keys = Array.from(text, (_, start) => symbolsOf(start));
  return [...keys.keys()].sort((a, b) => {
    const at = keys[a]!.findIndex((symbol, i) => symbol !== keys[b]![i]);
    return at < 0 ? keys[a]!.length - keys[b]!.length || a - b : keys[a]![at]! - (keys[b]![at] ?? -1);
  });
}

function sortByBuckets(text: Symbols, alphabetSize: number, depth: number) {
  const suffixes = new Int32Array(text.length);
  const starts = listByFirstSymbol(text, alphabetSize, suffixes);
  const sorter = createSuffixSorter(text, alphabetSize, depth);
  for (let symbol = 0; symbol < alphabetSize; symbol++) sorter.sort(suffixes, starts[symbol]!, starts[symbol + 1]!);
  return { suffixes, starts, sorter };
}

/** Where the symbols that were looked at are equal, any order will do. */
function check(text: Symbols, alphabetSize: number, depth: number): void {
  const { suffixes, starts, sorter } = sortByBuckets(text, alphabetSize, depth);
  const expected = sortNaively(text, depth);
  const texts = (order: Iterable<number>) =>
    Array.from(order, (start) => [...text.subarray(start, start + depth)].join());
  expect(texts(suffixes)).toEqual(texts(expected));
  expect([...suffixes].sort((a, b) => a - b)).toEqual([...text.keys()]);
  for (let symbol = 0; symbol < alphabetSize; symbol++) {
    expect(suffixes.subarray(starts[symbol], starts[symbol + 1]).every((start) => text[start] === symbol)).toBe(true);
  }
  for (let i = 1; i < suffixes.length; i++) {
    const [one, other] = [suffixes[i - 1]!, suffixes[i]!];
    const left = [...text.subarray(one, one + depth)];
    const different = left.findIndex((symbol, at) => symbol !== text[other + at]);
    expect(sorter.shared(one, other)).toBe(different < 0 ? left.length : different);
  }
}

const textOver = (symbols: number, maxLength: number) =>
  fc.array(fc.nat(symbols - 1), { maxLength, size: 'max' }).map((list) => Uint16Array.from(list));

describe('createSuffixSorter', () => {
  it('sorts the suffixes of banana, the end of the text first', () => {
    const { suffixes, starts } = sortByBuckets(Uint16Array.of(1, 0, 2, 0, 2, 0), 3, 6);
    expect([...suffixes]).toEqual([5, 3, 1, 0, 4, 2]);
    expect([...starts]).toEqual([0, 3, 4, 6]);
  });

  it('handles texts of no and one symbol', () => {
    expect(sortByBuckets(new Uint16Array(0), 1, 4).suffixes).toHaveLength(0);
    expect([...sortByBuckets(Uint16Array.of(3), 4, 4).suffixes]).toEqual([0]);
  });

  it.each([1, 2, 3, 5, 40])('agrees with a naive sort over %i symbols, prefix lengths included', (symbols) => {
    fc.assert(
      fc.property(textOver(symbols, 200), fc.integer({ min: 1, max: 9 }), (text, depth) => check(text, symbols, depth)),
      runs(100),
    );
  });

  it('agrees with a naive sort where long stretches are repeated', () => {
    const repeated = fc
      .tuple(textOver(40, 90), fc.integer({ min: 2, max: 4 }), textOver(3, 5))
      .map(([text, copies, end]) =>
        Uint16Array.from([...Array.from({ length: copies }, () => [...text]).flat(), ...end]),
      );
    fc.assert(
      fc.property(repeated, fc.integer({ min: 60, max: 300 }), (text, depth) => check(text, 40, depth)),
      runs(30),
    );
  });

  it('compares a text that is there twice no more than once', () => {
    // To the end from each place it would be 10^11 comparisons.
    const length = 400_000;
    const text = new Uint16Array(2 * length);
    let state = 1;
    for (let i = 0; i < length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      text[i] = state >>> 20;
    }
    text.copyWithin(length, 0, length);
    const { sorter } = sortByBuckets(text, 1 << 12, 2 * length);
    for (let start = 0; start < length; start++) {
      if (sorter.shared(start + length, start) !== length - start) throw new Error(`wrong at ${start}`);
    }
  });

  it('agrees with a naive sort where symbols take more than 16 bits', () => {
    const shifted = fc.tuple(textOver(3, 200), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(shifted, ([text, depth]) => {
        const wide = Uint32Array.from(text, (symbol) => symbol * 0x10000);
        const { suffixes } = sortByBuckets(wide, 3 * 0x10000, depth);
        const narrow = sortByBuckets(text, 3, depth);
        const symbolsAt = (start: number) => [...text.subarray(start, start + depth)];
        expect(Array.from(suffixes, symbolsAt)).toEqual(Array.from(narrow.suffixes, symbolsAt));
      }),
      runs(10),
    );
  });

  it('sorts more suffixes of one symbol than 16 bits can number', () => {
    const text = new Uint16Array(200_000);
    for (let i = 0; i < text.length; i++) text[i] = (Math.imul(i, 0x9e3779b1) >>> 30) & 1;
    const depth = 7;
    const { suffixes } = sortByBuckets(text, 2, depth);
    // The end of the text stands for less than a 0.
    const keyOf = (start: number): number => {
      let key = 0;
      for (let i = 0; i < depth; i++) key = key * 3 + (start + i < text.length ? text[start + i]! + 1 : 0);
      return key;
    };
    const keys = suffixes.map(keyOf);
    expect(keys).toEqual(keys.slice().sort());
    expect(new Set(suffixes).size).toBe(text.length);
  });
});
