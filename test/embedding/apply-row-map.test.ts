import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowMap } from '../../src/core/row-map.ts';
import { applyRowMap } from '../../src/embedding/apply-row-map.ts';
import { float16ToNumber, numberToBfloat16, numberToFloat16 } from '../../src/embedding/rows/half-float.ts';
import { FormatError, InputError, OptionError } from '../../src/errors.ts';
import { rowMaps } from '../row-maps.ts';

const MAP: RowMap = {
  format: 'vocab-merge/row-map',
  version: 2,
  base: { idCount: 2, rows: 3, sha256: '0'.repeat(64) },
  target: { idCount: 4, rows: 5, sha256: '1'.repeat(64) },
  copy: [[1, 0, 2]],
  new: [
    { id: 0, piece: 'x', sources: [1], weights: [1] },
    { id: 3, piece: 'ab', sources: [0, 1], weights: [0.5, 0.5] },
  ],
  padding: [4],
};

it('copies, averages and pads', () => {
  const matrix = Float32Array.of(1, 2, 3, 5, 99, 99);
  const output = applyRowMap({ rowMap: MAP, matrix, hiddenSize: 2 });
  expect(Array.from(output)).toEqual([3, 5, 1, 2, 3, 5, 2, 3.5, 0, 0]);
  expect(Array.from(matrix)).toEqual([1, 2, 3, 5, 99, 99]);
});

it('averages F16 and BF16 in their own format', () => {
  const values = [1, 2, 3, 5, 99, 99];
  const f16 = applyRowMap({
    rowMap: MAP,
    matrix: Uint16Array.from(values, numberToFloat16),
    dtype: 'F16',
    hiddenSize: 2,
  });
  expect(Array.from(f16, float16ToNumber)).toEqual([3, 5, 1, 2, 3, 5, 2, 3.5, 0, 0]);
  const matrix = Uint16Array.from(values, numberToBfloat16);
  const bf16 = applyRowMap({ rowMap: MAP, matrix, dtype: 'BF16', hiddenSize: 2 });
  expect(Array.from(bf16)).toEqual([3, 5, 1, 2, 3, 5, 2, 3.5, 0, 0].map(numberToBfloat16));
});

it('rounds a mean to nearest, ties to even', () => {
  // Two neighboring bit patterns: their mean is the tie between them.
  const matrix = Uint16Array.of(0x3f80, 0x3f81, 0x3f81, 0x3f82, 0, 0);
  const output = applyRowMap({ rowMap: MAP, matrix: matrix.slice(), dtype: 'BF16', hiddenSize: 2 });
  expect(Array.from(output.subarray(6, 8))).toEqual([0x3f80, 0x3f82]);
});

it('keeps the bits of copied rows: NaN payloads, negative zeros, infinities, denormals', () => {
  const odd = Uint32Array.of(0x7fa00001, 0xffc12345, 0x80000000, 0x7f800000, 0x00000001, 0xff800000);
  const output = applyRowMap({ rowMap: MAP, matrix: new Float32Array(odd.buffer), hiddenSize: 2 });
  const bits = new Uint32Array(output.buffer);
  expect(bits.subarray(2, 6)).toEqual(odd.subarray(0, 4));
  // A new row of one source is that row, too.
  expect(bits.subarray(0, 2)).toEqual(odd.subarray(2, 4));
});

it('keeps negative zero in a mean of negative zeros', () => {
  const output = applyRowMap({ rowMap: MAP, matrix: Float32Array.of(-0, 1, -0, 1, 0, 0), hiddenSize: 2 });
  expect(Object.is(output[6], -0)).toBe(true);
});

it('sums in float64: float32 would lose the small terms', () => {
  const rowMap: RowMap = {
    ...MAP,
    base: { idCount: 3, rows: 3, sha256: MAP.base.sha256 },
    target: { idCount: 1, rows: 1, sha256: MAP.target.sha256 },
    copy: [],
    new: [{ id: 0, piece: 'x', sources: [0, 1, 2], weights: [0.25, 0.5, 0.25] }],
    padding: [],
  };
  expect(applyRowMap({ rowMap, matrix: Float32Array.of(2 ** 30, 1, -(2 ** 30)), hiddenSize: 1 })).toEqual(
    Float32Array.of(0.5),
  );
});

it('reads a matrix that is a view into a larger buffer', () => {
  const matrix = Float32Array.of(7, 7, 1, 2, 3, 5, 99, 99, 7).subarray(2, 8);
  expect(Array.from(applyRowMap({ rowMap: MAP, matrix, hiddenSize: 2 }).subarray(0, 4))).toEqual([3, 5, 1, 2]);
});

describe('refusals', () => {
  const matrix = new Float32Array(6);
  it.each<[string, object, RegExp, typeof OptionError | typeof InputError]>([
    [
      'a matrix of other rows',
      { matrix: new Float32Array(4) },
      /it has 2 rows, the row map needs 3 rows of 2/,
      InputError,
    ],
    ['a broken matrix', { matrix: new Float32Array(5) }, /it has 5 elements, .* 6 elements/, InputError],
    ['a single number', { matrix: new Float32Array(1) }, /it has 1 element, the row map/, InputError],
    ['a single row', { matrix: new Float32Array(2) }, /it has 1 row, the row map/, InputError],
    ['hiddenSize 0', { hiddenSize: 0 }, /hiddenSize: 0/, OptionError],
    ['hiddenSize 1.5', { hiddenSize: 1.5 }, /hiddenSize: 1\.5/, OptionError],
    ['halves without a format', { matrix: new Uint16Array(6) }, /it must be BF16 or F16/, OptionError],
    ['halves as F32', { matrix: new Uint16Array(6), dtype: 'F32' }, /it must be BF16 or F16/, OptionError],
    ['floats as F16', { dtype: 'F16' }, /this is a Float32Array/, OptionError],
    ['other arrays', { matrix: new Float64Array(6) }, /must be a Float32Array or a Uint16Array/, OptionError],
    ['a broken map', { rowMap: { ...MAP, padding: [] } }, /target row 4 is named nowhere/, FormatError],
    [
      'a result beyond memory',
      { rowMap: huge(), hiddenSize: 2 ** 31 - 1, matrix: new Float32Array(0) },
      /fit in memory/,
      InputError,
    ],
  ])('%s', (_, change, message, type) => {
    const call = () => applyRowMap({ rowMap: MAP, matrix, hiddenSize: 2, ...change });
    expect(call).toThrow(message);
    expect(call).toThrow(type);
  });
});

// No base at all, so that an empty matrix fits, and more padding than a typed array can hold at that width.
function huge(): RowMap {
  const target = { idCount: 0, rows: 1 << 20, sha256: MAP.target.sha256 };
  const padding = Array.from({ length: target.rows }, (_, row) => row);
  return { ...MAP, base: { idCount: 0, rows: 0, sha256: MAP.base.sha256 }, target, copy: [], new: [], padding };
}

it('for every map: old rows identical, padding zero, new rows within their sources', () => {
  fc.assert(
    fc.property(
      rowMaps(),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(),
      fc.constantFrom('F32', 'F16', 'BF16'),
      (rowMap, hiddenSize, seed, dtype) => {
        // All bit patterns may occur, in a fixed pseudo-random order.
        const length = rowMap.base.rows * hiddenSize;
        const bits = Uint32Array.from({ length }, (_, i) => Math.imul(seed + i + 1, 0x9e3779b1) ^ ((seed + i) << 13));
        const [output, matrix] =
          dtype === 'F32'
            ? bitsOf(rowMap, new Float32Array(bits.buffer), hiddenSize)
            : halvesOf(
                rowMap,
                Uint16Array.from(bits, (b) => b >>> 16),
                hiddenSize,
                dtype,
              );
        for (const [target, source, count] of rowMap.copy) {
          const old = matrix.subarray(source * hiddenSize, (source + count) * hiddenSize);
          expect(output.subarray(target * hiddenSize, (target + count) * hiddenSize)).toEqual(old);
        }
        for (const row of rowMap.padding) {
          expect(output.subarray(row * hiddenSize, (row + 1) * hiddenSize).every((b) => b === 0)).toBe(true);
        }
      },
    ),
  );
});

function bitsOf(rowMap: RowMap, matrix: Float32Array<ArrayBuffer>, hiddenSize: number): [Uint32Array, Uint32Array] {
  return [new Uint32Array(applyRowMap({ rowMap, matrix, hiddenSize }).buffer), new Uint32Array(matrix.buffer)];
}

function halvesOf(
  rowMap: RowMap,
  matrix: Uint16Array,
  hiddenSize: number,
  dtype: 'F16' | 'BF16',
): [Uint16Array, Uint16Array] {
  return [applyRowMap({ rowMap, matrix, dtype, hiddenSize }), matrix];
}

it('for every map: new rows are the float64 weighted mean, rounded once', () => {
  fc.assert(
    fc.property(rowMaps(), fc.infiniteStream(fc.float({ noNaN: true, min: -1000, max: 1000 })), (rowMap, stream) => {
      const values = Float32Array.from({ length: rowMap.base.rows }, () => stream.next().value as number);
      const output = applyRowMap({ rowMap, matrix: values, hiddenSize: 1 });
      for (const { id, sources, weights } of rowMap.new) {
        const mean = sources.reduce((sum, source, i) => sum + values[source]! * weights[i]!, 0);
        expect(output[id]! + 0).toBe(Math.fround(mean) + 0);
      }
    }),
  );
});
