import { describe, expect, it } from 'vitest';
import { formIds, idTypeOf } from '../../../src/formats/ids/id-form.ts';

const ids = Int32Array.of(0, 9, 10, 99, 100, 65_535, 1_234_567, 2 ** 31 - 1);
const idStarts = Uint32Array.of(0, 3, 3, 8);

describe('ids as bytes', () => {
  it('are JSON lines as JSON.stringify writes them', () => {
    const wanted = [[0, 9, 10], [], [99, 100, 65_535, 1_234_567, 2 ** 31 - 1]];
    const text = new TextDecoder().decode(formIds(ids, idStarts, 'json'));
    expect(text).toBe(wanted.map((list) => `${JSON.stringify(list)}\n`).join(''));
    expect(formIds(ids, Uint32Array.of(0), 'json').length).toBe(0);
  });

  it('are little-endian integers, as wide as the vocabulary needs', () => {
    const bytes = formIds(ids.subarray(0, 6), idStarts, 'uint16');
    expect(Array.from(bytes)).toEqual([0, 0, 9, 0, 10, 0, 99, 0, 100, 0, 255, 255]);
    expect(Array.from(formIds(ids.subarray(5, 7), idStarts, 'uint32'))).toEqual([255, 255, 0, 0, 0x87, 0xd6, 0x12, 0]);
    expect([1, 65_536, 65_537, 200_000].map(idTypeOf)).toEqual(['uint16', 'uint16', 'uint32', 'uint32']);
  });
});
