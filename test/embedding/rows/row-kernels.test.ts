import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createValues, decodeValues, encodeValues } from '../../../src/embedding/rows/matrix-values.ts';
import { createKernelRoom, kernelsOf, PLAIN_ROOM } from '../../../src/embedding/rows/row-kernels.ts';
import { ROW_KERNELS_WASM } from '../../../src/embedding/rows/row-kernels-wasm.ts';
import { addRowNorms, normOf } from '../../../src/embedding/rows/row-norms.ts';
import { compileKernels } from '../../kernels.ts';
import { runs } from '../../runs.ts';

const HIDDEN = 16;
const ROWS = 3;
const open = () => createKernelRoom({ bytes: 4096, rows: ROWS, hiddenSize: HIDDEN });

/** Patterns of bfloat16 and of the bits behind them: ties, the least numbers and the greatest. */
const word = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.constantFrom(0, 0x80000000, 0x00018000, 0x00008000, 0x3f808000, 0x3f818000, 0x7f7f8000),
);
const halves = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: length, maxLength: length });
const bytesOf = (values: ArrayBufferView) => [...new Uint8Array(values.buffer, values.byteOffset, values.byteLength)];

describe('kernels', () => {
  it('are what their source compiles to', async () => {
    expect(ROW_KERNELS_WASM).toBe(await compileKernels('embedding/rows/row-kernels.wat'));
  });

  it('are there for arrays of a room, in rows of whole vectors', () => {
    expect(kernelsOf(open().floats(HIDDEN))).toBeDefined();
    expect(kernelsOf(createKernelRoom({ bytes: 64, rows: 1, hiddenSize: 12 }).floats(12))).toBeUndefined();
    expect(kernelsOf(createKernelRoom({ bytes: 2 ** 40, rows: 1, hiddenSize: 8 }).floats(8))).toBeUndefined();
    expect(kernelsOf(PLAIN_ROOM.floats(HIDDEN))).toBeUndefined();
  });

  it('widen bfloat16 and take norms as TypeScript does, to the bit', () => {
    fc.assert(
      fc.property(halves(ROWS * HIDDEN), (patterns) => {
        const [found, wanted] = [open(), PLAIN_ROOM].map((room) => {
          const bytes = room.bytes(2 * patterns.length);
          new Uint16Array(bytes.buffer, bytes.byteOffset, patterns.length).set(patterns);
          const values = decodeValues(bytes, 'BF16', createValues('BF16', patterns.length, room));
          const norms = new Float64Array(ROWS + 1);
          addRowNorms(values, HIDDEN, norms, 1);
          return [bytesOf(values), [...norms]];
        });
        expect(found).toEqual(wanted);
      }),
      runs(100),
    );
  });

  it('add rows up in the same order', () => {
    const finite = fc.float({ noNaN: true });
    const row = (length: number) => fc.array(finite, { minLength: length, maxLength: length });
    fc.assert(
      fc.property(row(HIDDEN), row(HIDDEN), finite, (vector, other, p) => {
        const room = open();
        const [a, b, sums] = [room.floats(HIDDEN), room.floats(HIDDEN), room.doubles(HIDDEN)];
        a.set(vector);
        b.set(other);
        sums.fill(-0);
        const kernels = kernelsOf(a)!;
        kernels.addTwo(sums, a, p, b, 0.3);
        kernels.addOne(sums, a, -p);
        expect([...sums]).toEqual(vector.map((x, i) => -0 + p * x + 0.3 * other[i]! + -p * x));
      }),
      runs(100),
    );
  });

  it('narrow to bfloat16 with one rounding, as TypeScript does, and take the norm; or say that there are infinities or NaNs', () => {
    const room = open();
    const values = room.doubles(HIDDEN);
    const [bytes, wanted] = [room.bytes(2 * HIDDEN), new Uint8Array(2 * HIDDEN)];
    const shift = fc.constantFrom(0, 2 ** -60, -(2 ** -60), 2 ** -140, 1e-3);
    const drawnRow = fc.array(fc.tuple(word, shift), { minLength: HIDDEN, maxLength: HIDDEN });
    const special = fc.constantFrom(1, 1, 1, Number.POSITIVE_INFINITY, Number.NaN, 1e300);
    fc.assert(
      fc.property(drawnRow, special, (drawn, odd) => {
        const floats = new Float32Array(Uint32Array.from(drawn, ([bits]) => bits).buffer);
        // Doubles at a tie of floats, and just beside it.
        const numbers = Array.from(floats, (value, i) => value + value * drawn[i]![1]);
        numbers[5]! *= odd;
        values.set(numbers);
        const norm = kernelsOf(values)!.narrow(values, bytes);
        encodeValues(values, 'BF16', wanted);
        const isKnown = numbers.every((value) => Number.isFinite(Math.fround(value)));
        expect(norm).toBe(isKnown ? normOf(values) : Number.NaN);
        if (isKnown) expect(bytesOf(bytes)).toEqual(bytesOf(wanted));
      }),
      runs(300),
    );
  });

  it('tell rows from each other by their bytes, wherever they differ', () => {
    const [a, b] = [0, 1].map(() => open().bytes(2 * HIDDEN)) as [Uint8Array, Uint8Array];
    const seen = new Set<number>([kernelsOf(a)!.hash(a)]);
    for (let i = 0; i < b.length; i++) {
      b.fill(0)[i] = 1 + (i % 3);
      const hash = kernelsOf(b)!.hash(b);
      a.set(b);
      expect([kernelsOf(a)!.hash(a), Number.isSafeInteger(hash)]).toEqual([hash, true]);
      seen.add(hash);
    }
    expect(seen.size).toBe(1 + b.length);
  });
});
