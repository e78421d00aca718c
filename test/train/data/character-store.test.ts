import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CharacterStore, createCharacterStore } from '../../../src/train/data/character-store.ts';
import { runs } from '../../runs.ts';

/** Provisional ids from `start` to `end`. */
function idsOf(store: CharacterStore, start: number, end: number): Uint32Array {
  const ids = new Uint32Array(end - start + 1);
  store.copy(start, end, Uint32Array.from(store.codePoints.keys()), ids, 1);
  return ids.subarray(1);
}

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
        expect([...idsOf(store, 0, store.length)].map((id) => store.codePoints[id])).toEqual(
          characters.map(([each]) => each),
        );
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
    expect(idsOf(store, 0, length).every((id, at) => id === at % distinct)).toBe(true);
    const from = 262_140;
    expect(idsOf(store, from, from + 10).every((id, at) => id === (from + at) % distinct)).toBe(true);
  });
});
