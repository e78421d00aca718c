import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCharacterStore } from '../../../src/train/data/character-store.ts';
import { runs } from '../../runs.ts';

describe('createCharacterStore', () => {
  it('keeps characters in order, numbers them as they first appear, and sums their counts', () => {
    const codePoint = fc.constantFrom(0x61, 0x4e2d, 0x10ffff, 0);
    const pushed = fc.array(fc.tuple(codePoint, fc.constantFrom(1, 3, 2 ** 40)), { maxLength: 40 });
    fc.assert(
      fc.property(pushed, (characters) => {
        const store = createCharacterStore();
        for (const [each, count] of characters) store.push(each, count);
        expect(store.length).toBe(characters.length);
        expect(store.codePoints).toEqual([...new Set(characters.map(([each]) => each))]);
        expect(characters.map((_, at) => store.codePoints[store.at(at)])).toEqual(characters.map(([each]) => each));
        for (const each of [0, 0x61, 0x62, 0x4e2d, 0x10ffff]) {
          const counts = characters.filter(([found]) => found === each).map(([, count]) => count);
          expect(store.countOf(each)).toBe(counts.reduce((sum, count) => sum + count, 0));
        }
      }),
      runs(30),
    );
  });

  it('goes on where two bytes are too few for the ids, and past a block', () => {
    const store = createCharacterStore();
    const distinct = 0x10000 + 5;
    for (let i = 0; i < distinct; i++) store.push(0x20000 + i, 1);
    const length = 300_000;
    for (let i = distinct; i < length; i++) store.push(0x20000 + (i % distinct), 1);
    for (const at of [0, 1, 0xffff, 0x10000, distinct - 1, distinct, 262_143, 262_144, length - 1]) {
      expect(store.at(at)).toBe(at % distinct);
    }
  });
});
