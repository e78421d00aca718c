import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bfloat16ToNumber,
  float16ToNumber,
  halvesToFloat32,
  numberToBfloat16,
  numberToFloat16,
} from '../../../src/embedding/rows/half-float.ts';
import { runs } from '../../runs.ts';

const FORMATS = [
  { format: 'F16', toNumber: float16ToNumber, fromNumber: numberToFloat16, infinity: 0x7c00, digits: 10, bias: 15 },
  { format: 'BF16', toNumber: bfloat16ToNumber, fromNumber: numberToBfloat16, infinity: 0x7f80, digits: 7, bias: 127 },
] as const;

const double = new Float64Array(1);
const doubleBits = new BigInt64Array(double.buffer);

/** The next double away from zero (step 1) or towards it (step -1); `value` is not 0. */
function neighbor(value: number, step: 1n | -1n): number {
  double[0] = value;
  doubleBits[0]! += step;
  return double[0]!;
}

describe.each(FORMATS)('$format', ({ format, toNumber, fromNumber, infinity, digits, bias }) => {
  it('decodes all 65,536 bit patterns as the standard defines them', () => {
    const fractionMask = 2 ** digits - 1;
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const sign = bits >= 0x8000 ? -1 : 1;
      const exponent = (bits & 0x7fff) >> digits;
      const fraction = bits & fractionMask;
      let expected = sign * 2 ** (exponent - bias) * (1 + fraction / 2 ** digits);
      if (exponent === 0) expected = sign * 2 ** (1 - bias) * (fraction / 2 ** digits);
      if (exponent === 2 * bias + 1) expected = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
      if (!Object.is(toNumber(bits), expected)) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('encodes the value of every bit pattern to that pattern, and NaN to a NaN of its sign or the quiet one', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const encoded = fromNumber(toNumber(bits));
      const isNan = (bits & 0x7fff) > infinity;
      if (isNan ? (encoded & 0x7fff) <= infinity : encoded !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('rounds to nearest, ties to even, between all neighbors', () => {
    // Encoding is monotonic, so the point halfway and the doubles beside it settle every value in between.
    const wrong: number[] = [];
    for (let bits = 0; bits < infinity; bits++) {
      const low = toNumber(bits);
      // Above the greatest finite value the next step would be 2^(bias + 1).
      const high = bits + 1 === infinity ? 2 ** (bias + 1) : toNumber(bits + 1);
      const middle = low / 2 + high / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      for (const [sign, signBit] of [
        [1, 0],
        [-1, 0x8000],
      ] as const) {
        if (fromNumber(sign * middle) !== (even | signBit)) wrong.push(bits);
        if (fromNumber(sign * neighbor(middle, -1n)) !== (bits | signBit)) wrong.push(bits);
        if (fromNumber(sign * neighbor(middle, 1n)) !== ((bits + 1) | signBit)) wrong.push(bits);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is monotonic', () => {
    const finite = fc.double({ noNaN: true, min: 0 });
    fc.assert(
      fc.property(finite, finite, (a, b) => fromNumber(Math.min(a, b)) <= fromNumber(Math.max(a, b))),
      runs(1000),
    );
  });

  it('decodes arrays as it decodes single values', () => {
    const halves = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
    const values = halvesToFloat32(halves, format);
    const wrong: number[] = [];
    for (const bits of halves) if (!Object.is(values[bits], toNumber(bits))) wrong.push(bits);
    expect(wrong).toEqual([]);
    const reused = new Float32Array(3);
    expect(halvesToFloat32(halves.subarray(1, 4), format, reused)).toBe(reused);
    expect(reused[0]).toBe(toNumber(1));
  });
});

it('agrees with numpy on all F16 values that are numbers', () => {
  // sha256 of np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32) without the NaNs
  const values = Float32Array.from({ length: 0x10000 }, (_, bits) => float16ToNumber(bits)).filter(
    (value) => !Number.isNaN(value),
  );
  expect(values.length).toBe(63490);
  expect(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')).toBe(
    '680bbc22915f61aa1bbfc7265bc3882a6aa42d299bfd2c571807196e5544de2e',
  );
});

it('rounds a double once: through float32 these would tie and go the wrong way', () => {
  const aboveTie = 1 + 2 ** -8 + 2 ** -40;
  expect(numberToBfloat16(aboveTie)).toBe(0x3f81);
  expect(numberToBfloat16(Math.fround(aboveTie))).toBe(0x3f80);
  const aboveTie16 = 1 + 2 ** -11 + 2 ** -40;
  expect(numberToFloat16(aboveTie16)).toBe(0x3c01);
  expect(numberToFloat16(Math.fround(aboveTie16))).toBe(0x3c00);
});

it('keeps a NaN whose payload lies in the lower half a NaN', () => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, 0x7fc00001);
  expect(numberToBfloat16(view.getFloat32(0)) & 0x7fff).toBeGreaterThan(0x7f80);
});
