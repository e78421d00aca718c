// What each way of making new rows gives, on matrices in memory, against plain arithmetic.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowMap } from '../../../src/core/row-map.ts';
import { applyRowMap } from '../../../src/embedding/apply-row-map.ts';
import { float16ToNumber } from '../../../src/embedding/rows/half-float.ts';
import { INIT_METHODS, type InitMethod } from '../../../src/embedding/rows/initial-weights.ts';
import type { FloatDtype } from '../../../src/embedding/rows/matrix-values.ts';
import { createValues, decodeValues, elementBytes, encodeValues } from '../../../src/embedding/rows/matrix-values.ts';
import {
  type MatrixReport,
  type ResizeMatrixOptions,
  resizeMatrix,
} from '../../../src/embedding/rows/resize-matrix.ts';
import { appendingMap } from '../../checkpoints.ts';
import { rowMaps } from '../../row-maps.ts';
import { runs } from '../../runs.ts';

interface Resized {
  readonly report: MatrixReport;
  /** Rows as numbers. */
  readonly rows: number[][];
  readonly bytes: Uint8Array;
}

interface Extra extends Partial<Omit<ResizeMatrixOptions, 'input' | 'output'>> {
  readonly rowMap: RowMap;
}

/** Resizes `bytes`, in `dtype` with `hiddenSize` columns; every byte of the result must be written. */
async function resize(bytes: Uint8Array, hiddenSize: number, extra: Extra): Promise<Resized> {
  const { rowMap, dtype = 'F32' } = extra;
  const size = rowMap.target.rows * hiddenSize * elementBytes(dtype);
  const result = new Uint8Array(size).fill(0xaa);
  let written = 0;
  const report = await resizeMatrix({
    role: 'input',
    method: 'subword-mean',
    ...extra,
    dtype,
    hiddenSize,
    input: {
      async read(offset, target) {
        target.set(bytes.subarray(offset, offset + target.length));
      },
    },
    output: {
      async write(offset, data) {
        result.set(data, offset);
      },
    },
    onBytes: (count) => {
      written += count;
    },
  });
  expect(written).toBe(size);
  const values = decodeValues(result, dtype, createValues(dtype, size / elementBytes(dtype)));
  const rows = Array.from({ length: rowMap.target.rows }, (_, i) => [
    ...values.subarray(i * hiddenSize, (i + 1) * hiddenSize),
  ]);
  return { report, rows, bytes: result };
}

function matrixBytes(rows: readonly (readonly number[])[], dtype: FloatDtype = 'F32'): Uint8Array {
  const values = createValues(dtype, rows.flat().length);
  values.set(rows.flat());
  const bytes = new Uint8Array(values.length * elementBytes(dtype));
  encodeValues(values, dtype, bytes);
  return bytes;
}

const OLD = [
  [1, 0, 0, 2],
  [0, 1, 0, 4],
  [0, 0, 1, 8],
  [4, 4, 4, 4],
];
const normOf = (row: readonly number[]): number => Math.hypot(...row);

describe('resizeMatrix', () => {
  const rowMap = appendingMap(4, [[0, 1, 2], [3]], { padding: 1 });
  const made = async (method: InitMethod, extra: Partial<Extra> = {}): Promise<number[][]> => {
    const { rows } = await resize(matrixBytes(OLD), 4, { rowMap, method, ...extra });
    expect(rows.slice(0, 4)).toEqual(OLD);
    return rows.slice(4);
  };
  const third = (row: readonly number[]): number[] => row.map((value) => Math.fround(value));

  it('makes rows as each method says', async () => {
    const zeros = [0, 0, 0, 0];
    expect(await made('subword-mean')).toEqual([third([1 / 3, 1 / 3, 1 / 3, 14 / 3]), [4, 4, 4, 4], zeros]);
    expect(await made('mean')).toEqual([[1.25, 1.25, 1.25, 4.5], [1.25, 1.25, 1.25, 4.5], zeros]);
    expect(await made('zero')).toEqual([zeros, zeros, zeros]);
    expect(await made('first')).toEqual([[1, 0, 0, 2], [4, 4, 4, 4], zeros]);
    expect(await made('last')).toEqual([[0, 0, 1, 8], [4, 4, 4, 4], zeros]);
    const pieceOf = (id: number): string => ['甲乙', '<0xE4>', 'x', 'y'][id]!;
    // Two characters, a third of one, one: 6/10, 1/10, 3/10.
    expect((await made('weighted-mean', { pieceOf }))[0]).toEqual(third([0.6, 0.1, 0.3, 1.2 + 0.4 + 2.4]));
  });

  it('fills padding with the mean when asked', async () => {
    expect((await made('zero', { padding: 'mean' }))[2]).toEqual([1.25, 1.25, 1.25, 4.5]);
  });

  it('gives output rows falling weights and both the usual norm under auto', async () => {
    const median = (normOf(OLD[1]!) + normOf(OLD[3]!)) / 2;
    const [input] = await made('auto');
    expect(normOf(input!)).toBeCloseTo(median, 4);
    expect(input![0]! / input![2]!).toBeCloseTo(1, 5);
    const [output] = await made('auto', { role: 'output' });
    expect(normOf(output!)).toBeCloseTo(median, 4);
    expect(output![0]! / output![1]!).toBeCloseTo(2, 5);
    expect(output![1]! / output![2]!).toBeCloseTo(2, 5);
  });

  it('scales to rows of the same script', async () => {
    const old = Array.from({ length: 40 }, (_, i) => (i < 20 ? [3 + i / 100, 0] : [0, 5 + i / 100]));
    const pieceOf = (id: number): string => (id < 20 ? String.fromCodePoint(0x4e00 + id) : `a${id}`);
    const map: RowMap = appendingMap(40, [
      [0, 21],
      [1, 22],
    ]);
    const mixed: RowMap = { ...map, new: map.new.map((row, i) => ({ ...row, piece: i === 0 ? '新' : 'new' })) };
    const { rows, report } = await resize(matrixBytes(old), 2, { rowMap: mixed, method: 'auto', pieceOf });
    expect(normOf(rows[40]!)).toBeCloseTo(3.095, 3);
    expect(normOf(rows[41]!)).toBeCloseTo(5.295, 3);
    expect(report.calibration.map(({ script, rows: count }) => [script, count])).toEqual([
      ['Han', 20],
      ['Latin', 20],
    ]);
  });

  it('writes the same bytes for a seed, others for another, and different rows for different ids', async () => {
    for (const method of ['random-normal', 'mean-normal'] as const) {
      const [a, b, c] = [await made(method), await made(method), await made(method, { seed: 1 })];
      expect(a).toEqual(b);
      expect(a).not.toEqual(c);
      expect(a[0]).not.toEqual(a[1]);
    }
  });

  it('draws other numbers for the head than for the embedding', async () => {
    const [input, output] = [await made('random-normal'), await made('random-normal', { role: 'output' })];
    for (const i of [0, 1]) for (const k of [0, 1, 2, 3]) expect(input[i]![k]).not.toBe(output[i]![k]);
  });

  it('draws from N(0, std²) under random-normal', async () => {
    const map = appendingMap(
      4,
      Array.from({ length: 500 }, () => [0]),
    );
    const { rows } = await resize(matrixBytes(OLD), 4, { rowMap: map, method: 'random-normal', std: 0.5 });
    const values = rows.slice(4).flat();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.04);
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
  });

  it('draws with the mean and the covariance of the old rows under mean-normal', async () => {
    // Columns of variance 1 and 4 with covariance 1.5, about (10, -5); a third column is constant.
    let state = 1;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state / 2 ** 32 - 0.5) * Math.sqrt(12);
    };
    const old = Array.from({ length: 3000 }, () => {
      const [a, b] = [next(), next()];
      return [10 + a, -5 + 1.5 * a + Math.sqrt(1.75) * b, 7];
    });
    const moments = (rows: readonly number[][]) => {
      const mean = [0, 1].map((k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);
      const covariance = (i: number, k: number): number =>
        rows.reduce((sum, row) => sum + (row[i]! - mean[i]!) * (row[k]! - mean[k]!), 0) / rows.length;
      return [...mean, covariance(0, 0), covariance(1, 1), covariance(0, 1)];
    };
    const map = appendingMap(
      3000,
      Array.from({ length: 4000 }, () => [0]),
    );
    const { rows, report } = await resize(matrixBytes(old), 3, { rowMap: map, method: 'mean-normal' });
    const drawn = rows.slice(3000);
    const [expected, got] = [moments(old), moments(drawn)];
    for (const [i, value] of got.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(0.25);
    expect(drawn.every((row) => row[2] === 7)).toBe(true);
    expect(new Set(drawn.map(String)).size).toBe(4000);
    expect(report.samples.length).toBe(5);
    expect(report.samples[0]!.norm).toBeCloseTo(normOf(drawn[0]!), 3);
  });

  it('tells apart rows that would be the same, each in its own way', async () => {
    const permuted = appendingMap(4, [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 1, 2], [3], [3]]);
    const { rows, report } = await resize(matrixBytes(OLD), 4, { rowMap: permuted });
    expect(new Set(rows.slice(4).map(String)).size).toBe(6);
    expect(report).toMatchObject({ tiesBrokenByOrder: 3, tiesBrokenByNoise: 1, identicalRows: 0 });
    // The first of its kind is the plain mean, the later ones are close to it.
    expect(rows[4]).toEqual(third([1 / 3, 1 / 3, 1 / 3, 14 / 3]));
    for (const row of rows.slice(5, 8)) {
      expect(normOf(row.map((value, k) => value - rows[4]![k]!))).toBeLessThan(0.2 * normOf(rows[4]!));
    }
    expect(rows[5]![2]).toBeGreaterThan(rows[5]![0]!);
    const plain = await resize(matrixBytes(OLD), 4, { rowMap: permuted, method: 'mean' });
    expect(plain.report).toMatchObject({ tiesBrokenByOrder: 0, tiesBrokenByNoise: 0, identicalRows: 5 });
  });

  it('tells a piece that repeats one token from that token, where the row would be the token’s own', async () => {
    const rowMap = appendingMap(4, [[2, 2], [2, 2, 2], [3]]);
    for (const method of ['subword-mean', 'auto'] as const) {
      const { rows, report } = await resize(matrixBytes(OLD), 4, { rowMap, method, role: 'output' });
      expect(report).toMatchObject({ tiesBrokenByOrder: 0, tiesBrokenByNoise: 2, identicalRows: 0 });
      expect(new Set(rows.map(String)).size).toBe(method === 'auto' ? 7 : 6);
      for (const row of rows.slice(4, 6)) {
        const cosine = row.reduce((sum, value, k) => sum + value * OLD[2]![k]!, 0) / normOf(row) / normOf(OLD[2]!);
        expect(cosine).toBeGreaterThan(0.99);
        expect(cosine).toBeLessThan(1 - 1e-7);
      }
    }
    // One token alone, and the first of several, are that token by the method's own words.
    const { rows, report } = await resize(matrixBytes(OLD), 4, { rowMap, method: 'first' });
    expect([rows[4], rows[6]]).toEqual([OLD[2], OLD[3]]);
    expect(report).toMatchObject({ tiesBrokenByNoise: 1 });
  });

  it('names the nearest old rows', async () => {
    const { report } = await resize(matrixBytes(OLD), 4, {
      rowMap: appendingMap(4, [[3, 3, 3, 2]]),
      pieceOf: (id) => 'abcd'[id],
    });
    const [sample] = report.samples;
    expect(sample!.neighbours.map(({ id, piece }) => [id, piece])).toEqual([
      [3, 'd'],
      [0, 'a'],
      [1, 'b'],
    ]);
    expect(sample!.neighbours[0]!.cosine).toBeGreaterThan(0.9);
  });

  // Float32 rows are estimated in float32 first, where there are kernels; float64 rows never.
  it('names the same ones however the numbers lie: close together, too large or too small for a float', async () => {
    const drawn = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.float({ min: -4, max: 4, noNaN: true }));
    const row = (number: fc.Arbitrary<number>) => fc.array(number, { minLength: 8, maxLength: 8 });
    const close = fc.constantFrom(1, 1 + 2 ** -23);
    // The last row is the second nearest, but adding up floats comes to an infinity below zero first.
    const overflowing = [
      Array.from({ length: 8 }, () => 1.5),
      ...Array.from({ length: 6 }, () => [1, -1, 1, -1, 1, -1, 1, -1]),
      [-1.5, 1.3, 0.6, 0.6, -1.5, 1.3, 0.6, 0.6],
    ];
    const matrix = fc.array(fc.oneof(row(drawn), row(close)), { minLength: 8, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(matrix, fc.constantFrom(1, 2 ** -80, 2 ** 63), async (numbers, scale) => {
        const old = numbers.map((values) => values.map((value) => Math.fround(value * scale)));
        const rowMap = appendingMap(old.length, [[0]]);
        const found = await resize(matrixBytes(old), 8, { rowMap });
        const wanted = await resize(matrixBytes(old, 'F64'), 8, { rowMap, dtype: 'F64' });
        expect(found.report.samples).toEqual(wanted.report.samples);
      }),
      { ...runs(100), examples: [[overflowing, 2 ** 63]] },
    );
  });

  it('keeps NaN payloads, infinities and negative zeros of old rows, in every format', async () => {
    for (const dtype of ['F64', 'F32', 'F16', 'BF16'] as const) {
      const bytes = new Uint8Array(4 * 2 * elementBytes(dtype));
      for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 37 + 0x7f) & 0xff;
      bytes.fill(0xff, 0, elementBytes(dtype));
      for (const method of INIT_METHODS) {
        const { bytes: result } = await resize(bytes, 2, { rowMap, dtype, method, pieceOf: () => 'x' });
        expect(Buffer.from(result.subarray(0, bytes.length)).equals(Buffer.from(bytes)), `${dtype} ${method}`).toBe(
          true,
        );
      }
    }
  });

  it('computes in the precision of F64, and rounds once to F16', async () => {
    const fine = [[1 + 2 ** -40], [1 + 2 ** -41]];
    const map = appendingMap(2, [[0, 1]]);
    const { rows } = await resize(matrixBytes(fine, 'F64'), 1, { rowMap: map, dtype: 'F64' });
    expect(rows[2]).toEqual([1 + 2 ** -41 + 2 ** -42]);
    const halves = await resize(new Uint8Array(Uint16Array.of(0x3c00, 0x3c01).buffer), 1, {
      rowMap: map,
      dtype: 'F16',
    });
    // Halfway between two halves: to the even one.
    expect(new Uint16Array(halves.bytes.buffer)[2]).toBe(0x3c00);
    expect(float16ToNumber(0x3c00)).toBe(1);
  });

  it('gives the same over many chunks, and with more sources than the row cache holds', async () => {
    const hiddenSize = 2 ** 18;
    const old = new Uint16Array(60 * hiddenSize);
    for (let i = 0; i < old.length; i++) old[i] = 0x3c00 + ((i * 2654435761) >>> 23);
    const sources = Array.from({ length: 40 }, (_, i) => [(i * 7) % 60, (i * 11 + 1) % 60, (59 - i) % 60]);
    const rowMap = appendingMap(60, sources);
    const expected = applyRowMap({ rowMap, matrix: old, dtype: 'BF16', hiddenSize });
    const result = new Uint8Array(expected.byteLength);
    await resizeMatrix({
      rowMap,
      dtype: 'BF16',
      hiddenSize,
      role: 'input',
      method: 'subword-mean',
      samples: 0,
      input: {
        async read(offset, target) {
          target.set(new Uint8Array(old.buffer, offset, target.length));
        },
      },
      output: {
        async write(offset, data) {
          result.set(data, offset);
        },
      },
    });
    expect(Buffer.from(result.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  });

  it('puts every row where the map says, for any map', async () => {
    await fc.assert(
      fc.asyncProperty(rowMaps(), fc.constantFrom(...INIT_METHODS), async (map, method) => {
        const old = Array.from({ length: map.base.rows }, (_, i) => [i + 1, Math.sin(i), -i, 1 / (i + 1)]);
        const { rows } = await resize(matrixBytes(old), 4, { rowMap: map, method, pieceOf: (id) => `p${id}` });
        for (const [target, source, count] of map.copy) {
          expect(rows.slice(target, target + count)).toEqual(old.slice(source, source + count).map(third));
        }
        for (const id of map.padding) expect(rows[id]).toEqual([0, 0, 0, 0]);
      }),
      runs(20),
    );
  });
});
