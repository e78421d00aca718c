// The beginning of a NumPy file with one array of one dimension, format 1.0 (numpy.lib.format in NumPy's documentation). The
// values follow as they are; numpy.load reads it, with mmap_mode without loading it.
import { encodeUtf8 } from '../../core/unicode/utf8.ts';

/** Types of ids in such a file. */
export type NpyIdType = 'uint16' | 'uint32';

/** Bytes of every header that {@link npyHeader} makes, so that it can be written when the length is known. */
export const NPY_HEADER_BYTES = 128;

/**
 * The header, {@link NPY_HEADER_BYTES} long.
 *
 * @param type little-endian type of the values
 * @param length number of values
 */
export function npyHeader(type: NpyIdType | 'int64', length: number): Uint8Array<ArrayBuffer> {
  const descr = { uint16: '<u2', uint32: '<u4', int64: '<i8' }[type];
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${length},), }`;
  const header = new Uint8Array(NPY_HEADER_BYTES).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, NPY_HEADER_BYTES - 10, 0]);
  header.set(encodeUtf8(dictionary), 10);
  header[NPY_HEADER_BYTES - 1] = 0x0a;
  return header;
}
