// Rows of a matrix as numbers, and numbers as rows: the float formats of checkpoints, little-endian.
// Widening is exact; narrowing rounds once, to nearest with ties to even. 8-bit floats are not here: they are only copied.
import { halvesToFloat32, numberToBfloat16, numberToFloat16 } from './half-float.ts';
import { type KernelRoom, kernelsOf } from './row-kernels.ts';

/** Dtypes in which new rows can be computed. */
export type FloatDtype = 'F64' | 'F32' | 'F16' | 'BF16';

/** Values of rows: float32 holds every dtype but F64 exactly. */
export type RowValues = Float32Array | Float64Array;

const ELEMENT_BYTES: Readonly<Record<FloatDtype, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/** True for a dtype in which new rows can be computed. */
export function isFloatDtype(dtype: string): dtype is FloatDtype {
  return Object.hasOwn(ELEMENT_BYTES, dtype);
}

/** Bytes of one element. */
export function elementBytes(dtype: FloatDtype): number {
  return ELEMENT_BYTES[dtype];
}

/** Room for `length` values of `dtype`. */
export function createValues(dtype: FloatDtype, length: number, room?: KernelRoom): RowValues {
  if (dtype === 'F64') return new Float64Array(length);
  return room === undefined ? new Float32Array(length) : room.floats(length);
}

/**
 * Decodes elements into `values`.
 *
 * @param bytes `values.length` elements; its offset in its buffer is a multiple of the element size
 */
export function decodeValues(bytes: Uint8Array, dtype: FloatDtype, values: RowValues): RowValues {
  const { buffer, byteOffset } = bytes;
  if (dtype === 'F64') values.set(new Float64Array(buffer, byteOffset, values.length));
  else if (dtype === 'F32') values.set(new Float32Array(buffer, byteOffset, values.length));
  else if (dtype === 'F16' || !kernelsOf(values)?.widen(bytes, values as Float32Array)) {
    halvesToFloat32(new Uint16Array(buffer, byteOffset, values.length), dtype, values as Float32Array);
  }
  return values;
}

/** Encodes `values` into `bytes`, which is aligned as for {@link decodeValues}. */
export function encodeValues(values: RowValues, dtype: FloatDtype, bytes: Uint8Array): void {
  const { buffer, byteOffset } = bytes;
  const length = values.length;
  if (dtype === 'F64') new Float64Array(buffer, byteOffset, length).set(values);
  else if (dtype === 'F32') new Float32Array(buffer, byteOffset, length).set(values);
  else {
    const halves = new Uint16Array(buffer, byteOffset, length);
    if (dtype === 'BF16') encodeBfloat16(values, halves);
    else for (let i = 0; i < length; i++) halves[i] = numberToFloat16(values[i]!);
  }
}

let scratch = new Float32Array(0);

// As numberToBfloat16, without a call for each and without a branch on the bits that are rounded away, which no processor can
// foresee. Halfway cases need the double, to be rounded once and not twice.
function encodeBfloat16(values: RowValues, halves: Uint16Array): void {
  const { length } = values;
  if (scratch.length < length) scratch = new Float32Array(length);
  scratch.set(values);
  const words = new Uint32Array(scratch.buffer);
  for (let i = 0; i < length; i++) {
    const word = words[i]!;
    // 0x7f800000 and above are infinities and NaNs.
    if ((word & 0xffff) === 0x8000 || (word & 0x7f800000) === 0x7f800000) halves[i] = numberToBfloat16(values[i]!);
    else halves[i] = (word + 0x8000) >>> 16;
  }
}
