// The two 16-bit float formats of checkpoints, as bit patterns in a Uint16Array: IEEE binary16 (F16) and bfloat16 (BF16).
// Conversion to 16 bits takes a double and rounds once, to nearest with ties to even; going through float32 first would
// round twice. There is no arithmetic here.
// Spec: IEEE 754-2019, 3.6 and 4.3.1; bfloat16 is the upper half of a binary32.

const bits32 = new Uint32Array(1);
const float32 = new Float32Array(bits32.buffer);

/** The quiet bit of a NaN and infinity's bits, for each format. */
const F16_INFINITY = 0x7c00;
const F16_QUIET = 0x0200;
const BF16_QUIET = 0x0040;

/** Bits of float32 infinity, of 2^16, which no F16 reaches, and of 2^-14, the least normal F16. */
const FLOAT32_INFINITY = 0x7f800000;
const FLOAT32_2_16 = 0x47800000;
const FLOAT32_F16_NORMAL = 0x38800000;
/** 127 - 15, in the place of a float32's exponent. */
const FLOAT32_BIAS_CHANGE = 112 << 23;

/** Value of a bfloat16 bit pattern, exact. */
export function bfloat16ToNumber(bits: number): number {
  bits32[0] = bits << 16;
  return float32[0]!;
}

/**
 * Bit pattern of the bfloat16 nearest to `value`, ties to even. Too great a value becomes infinity; a NaN stays a NaN.
 *
 * @example
 * ```ts
 * numberToBfloat16(1) === 0x3f80; // true
 * bfloat16ToNumber(numberToBfloat16(0.1)); // 0.10009765625
 * ```
 */
export function numberToBfloat16(value: number): number {
  float32[0] = value;
  const bits = bits32[0]!;
  // The NaN's payload may lie wholly in the half that is cut off: the quiet bit keeps it from becoming infinity.
  if (Number.isNaN(value)) return (bits >>> 16) | BF16_QUIET;
  const upper = bits >>> 16;
  const lower = bits & 0xffff;
  if (lower !== 0x8000) return lower > 0x8000 ? upper + 1 : upper;
  return breakTie(value, upper);
}

/** Value of an F16 bit pattern, exact. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Bit pattern of the F16 nearest to `value`, ties to even. From 65520 on it becomes infinity; a NaN becomes the quiet NaN.
 *
 * @example
 * ```ts
 * numberToFloat16(1) === 0x3c00; // true
 * float16ToNumber(numberToFloat16(65504.1)); // 65504, the greatest finite value
 * ```
 */
export function numberToFloat16(value: number): number {
  float32[0] = value;
  const bits = bits32[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > FLOAT32_INFINITY) return F16_INFINITY | F16_QUIET;
  if (magnitude >= FLOAT32_2_16) return sign | F16_INFINITY;
  if (magnitude < FLOAT32_F16_NORMAL) return sign | roundHalfEven(Math.abs(value) * 2 ** 24);
  // The fraction keeps 10 of its 23 bits; the exponent's bias goes from 127 to 15. Rounding up carries into the exponent
  // as it should, from 65520 on up to infinity.
  const upper = (magnitude - FLOAT32_BIAS_CHANGE) >>> 13;
  const lower = magnitude & 0x1fff;
  if (lower !== 0x1000) return sign | (lower > 0x1000 ? upper + 1 : upper);
  return sign | breakTie(value, upper);
}

// `float32` holds `value` rounded and lies halfway between `upper` and its neighbor; the double itself may be to either
// side of that.
function breakTie(value: number, upper: number): number {
  const rounded = float32[0]!;
  if (value === rounded) return upper + (upper & 1);
  return Math.abs(value) > Math.abs(rounded) ? upper + 1 : upper;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** Values of `halves`, which are bit patterns of one format, exact in float32. A reused `output` spares the allocation. */
export function halvesToFloat32(
  halves: Uint16Array,
  format: 'BF16' | 'F16',
  output: Float32Array = new Float32Array(halves.length),
): Float32Array {
  if (format === 'BF16') {
    const outputBits = new Uint32Array(output.buffer, output.byteOffset, output.length);
    for (let i = 0; i < halves.length; i++) outputBits[i] = halves[i]! << 16;
  } else {
    const values = float16Values();
    for (let i = 0; i < halves.length; i++) output[i] = values[halves[i]!]!;
  }
  return output;
}

// All 65,536 values, on first use: 256 KB, and several times faster than decoding each.
let float16Table: Float32Array | undefined;
function float16Values(): Float32Array {
  if (float16Table === undefined) {
    float16Table = new Float32Array(0x10000);
    for (let bits = 0; bits < 0x10000; bits++) float16Table[bits] = float16ToNumber(bits);
  }
  return float16Table;
}
