import { describe, expect, it } from 'vitest';
import { NPY_HEADER_BYTES, npyHeader } from '../../../src/formats/ids/npy.ts';

describe('npyHeader', () => {
  it('is as long for any length, aligned, and says type and shape', () => {
    for (const length of [0, 1, 2 ** 40]) {
      const header = npyHeader('uint16', length);
      expect([header.length, header.length % 64]).toEqual([NPY_HEADER_BYTES, 0]);
      expect(Array.from(header.subarray(0, 10))).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
      const text = new TextDecoder().decode(header.subarray(10));
      expect(text).toMatch(/^\{'descr': '<u2', 'fortran_order': False, 'shape': \(\d+,\), \} +\n$/);
      expect(text).toContain(`(${length},)`);
    }
  });
});
