import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/errors.ts';
import { serializeSafetensors } from '../../../src/formats/checkpoint/safetensors.ts';

describe('serializeSafetensors', () => {
  it('writes header size, padded JSON header and data without gaps', () => {
    const bytes = serializeSafetensors(
      new Map([
        ['权重', { dtype: 'F32', shape: [2, 1], data: Float32Array.of(1, -0) }],
        ['half', { dtype: 'BF16', shape: [3], data: Uint16Array.of(1, 2, 0xffff) }],
      ] as const),
    );
    const view = new DataView(bytes.buffer);
    const size = Number(view.getBigUint64(0, true));
    expect(size % 8).toBe(0);
    expect(bytes.length).toBe(8 + size + 8 + 6);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)))).toEqual({
      权重: { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] },
      half: { dtype: 'BF16', shape: [3], data_offsets: [8, 14] },
    });
    expect(view.getFloat32(8 + size, true)).toBe(1);
    expect(view.getUint32(8 + size + 4, true)).toBe(0x80000000);
    expect(view.getUint16(8 + size + 12, true)).toBe(0xffff);
  });

  it('refuses data of another size or type than the shape says', () => {
    const write = (data: Float32Array | Uint16Array) =>
      serializeSafetensors(new Map([['w', { dtype: 'F32', shape: [2, 2], data }]]));
    expect(() => write(new Float32Array(3))).toThrow('needs 4 elements of a Float32Array, got 3 of a Float32Array');
    expect(() => write(new Uint16Array(4))).toThrow(OptionError);
  });
});
