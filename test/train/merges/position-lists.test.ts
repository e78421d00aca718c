import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPositionLists } from '../../../src/train/merges/position-lists.ts';
import { runs } from '../../runs.ts';

describe('createPositionLists', () => {
  it('keeps every list as it was written, whatever is reserved after it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(40), fc.nat(3000)), { maxLength: 30 }), (lengths) => {
        const lists = createPositionLists();
        const written = lengths.map((length, number) => {
          const start = lists.reserve(length);
          const block = lists.blocks.length - 1;
          lists.blocks[block]!.fill(number + 1, start, start + length);
          return { block, start, length, number };
        });
        for (const { block, start, length, number } of written) {
          const list = lists.blocks[block]!.subarray(start, start + length);
          expect(list.length).toBe(length);
          expect(list.every((position) => position === number + 1)).toBe(true);
        }
      }),
      runs(50),
    );
  });

  it('begins with little, and makes blocks twice as long each time', () => {
    const lists = createPositionLists();
    for (let i = 0; i < 100; i++) lists.reserve(1000);
    const lengths = lists.blocks.map(({ length }) => length);
    expect(lengths[0]).toBeLessThanOrEqual(1024);
    expect(lengths.slice(1)).toEqual(lengths.slice(0, -1).map((length) => 2 * length));
  });
});
