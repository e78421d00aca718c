import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPairTable } from '../../../src/train/merges/pair-table.ts';
import { runs } from '../../runs.ts';

describe('createPairTable', () => {
  it('finds what was put in, by the number that it got, and nothing else', () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.nat(60), fc.nat(60)), {
      selector: ([left, right]) => left * 61 + right,
      maxLength: 200,
    });
    fc.assert(
      fc.property(pairs, (all) => {
        const [known, unknown] = [all.slice(0, all.length / 2), all.slice(all.length / 2)];
        const table = createPairTable();
        expect(known.map(([left, right]) => table.insert(left, right))).toEqual(known.map((_, pair) => pair));
        expect(known.map(([left, right]) => table.find(left, right))).toEqual(known.map((_, pair) => pair));
        expect(unknown.map(([left, right]) => table.find(left, right))).toEqual(unknown.map(() => -1));
      }),
      runs(50),
    );
  });

  it('keeps all columns when it grows', () => {
    const table = createPairTable();
    const capacity = table.pairLefts.length;
    for (let pair = 0; pair < capacity; pair++) {
      table.insert(pair, pair + 1);
      table.pairCounts[pair] = 2 ** 40 + pair;
      table.pairPositionBlocks[pair] = pair % 7;
      table.pairPositionStarts[pair] = 3 * pair;
      table.pairPositionLengths[pair] = 5 * pair;
    }
    expect(table.insert(capacity, 0)).toBe(capacity);
    expect(table.pairLefts.length).toBe(2 * capacity);
    for (const pair of [0, 1, capacity - 1]) {
      expect(table.find(pair, pair + 1)).toBe(pair);
      expect(table.pairCounts[pair]).toBe(2 ** 40 + pair);
      expect(table.pairPositionBlocks[pair]).toBe(pair % 7);
      expect(table.pairPositionStarts[pair]).toBe(3 * pair);
      expect(table.pairPositionLengths[pair]).toBe(5 * pair);
    }
    expect(table.pairCounts[capacity]).toBe(0);
  });
});
