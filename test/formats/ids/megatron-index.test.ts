import { describe, expect, it } from 'vitest';
import { megatronIndex, megatronTypeOf, offsetsOf } from '../../../src/formats/ids/megatron-index.ts';

describe('megatronIndex', () => {
  it('has magic, version, type, counts, lengths, places and document ends', () => {
    const bytes = Buffer.concat([...megatronIndex('uint16', [Uint32Array.of(3, 0), Uint32Array.of(5)])]);
    expect(bytes.subarray(0, 9).toString('latin1')).toBe('MMIDIDX\0\0');
    expect([bytes.readBigUInt64LE(9), bytes[17], bytes.readBigUInt64LE(18), bytes.readBigUInt64LE(26)]).toEqual([
      1n,
      8,
      3n,
      4n,
    ]);
    const lengths = [0, 1, 2].map((i) => bytes.readInt32LE(34 + 4 * i));
    const places = [0, 1, 2].map((i) => bytes.readBigInt64LE(46 + 8 * i));
    const ends = [0, 1, 2, 3].map((i) => bytes.readBigInt64LE(70 + 8 * i));
    expect([lengths, places, ends, bytes.length]).toEqual([[3, 0, 5], [0n, 6n, 6n], [0n, 1n, 2n, 3n], 102]);
    const wide = Buffer.concat([...megatronIndex('int32', [Uint32Array.of(3, 1)])]);
    expect([wide[17], wide.readBigInt64LE(50)]).toEqual([4, 12n]);
    expect(Buffer.concat([...megatronIndex('int32', [])]).length).toBe(42);
  });

  it('takes the type that Megatron-LM takes', () => {
    expect([32_000, 65_499, 65_500, 128_256].map(megatronTypeOf)).toEqual(['uint16', 'uint16', 'int32', 'int32']);
  });
});

describe('offsetsOf', () => {
  it('sums lengths, beyond 2^31 as well', () => {
    const bytes = Buffer.concat([...offsetsOf([Uint32Array.of(2 ** 31, 2 ** 31 - 1, 1)], 4)]);
    expect([0, 8, 16].map((at) => bytes.readBigInt64LE(at))).toEqual([0n, 2n ** 33n, 2n ** 34n - 4n]);
  });
});
