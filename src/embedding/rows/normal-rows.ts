// New rows drawn from the normal distribution that has the mean and the covariance of the old rows (`mean-normal`), without
// ever forming the covariance: for a hidden size of 8192 that matrix and its Cholesky factor would take 1 GB and hours.
//
// With old rows x(i), their mean m, independent standard normal g(i) and signs s(i), the sum of s(i) g(i) (x(i) - m) / √n is
// exactly normal with the old covariance. The signs of all new rows come from the rows of a Hadamard matrix, so that all
// sums of a column are one fast Walsh-Hadamard transform: n log n additions for n new rows. Two of them share the g(i) but
// their signs agree in half the places, so that they are uncorrelated up to 1/√n. Every n rows a new set of g(i) is drawn.
// A block of columns is in memory at a time; the matrix is read once for every block.

import { type MatrixInput, type MatrixOutput, type RowFormat, readRows, settle } from './matrix-io.ts';
import { createValues, elementBytes, encodeValues } from './matrix-values.ts';
import { createNormalSource } from './normal-numbers.ts';

/** Input of {@link writeNormalRows}. */
export interface NormalRowsOptions extends RowFormat {
  readonly input: MatrixInput;
  /** Norms of the old rows; those that are NaN do not count. */
  readonly oldNorms: Float64Array;
  /** Their mean, `[hiddenSize]`. */
  readonly mean: Float64Array;
  readonly output: MatrixOutput;
  /** Rows to write. */
  readonly ids: readonly number[];
  readonly seed: number;
  /** Told the norms at the end, `[ids]`. */
  readonly norms: Float64Array;
  /** Told the rows that it has ids for, `[hiddenSize]` each. */
  readonly vectors: ReadonlyMap<number, Float64Array>;
}

/** Memory for one block of columns. */
const BLOCK_BYTES = 128 * 1024 * 1024;

/** Writes at once; each waits for the disk or the page cache. */
const WRITES_AT_ONCE = 64;

/** Draws the rows `ids` and writes them. */
export async function writeNormalRows(options: NormalRowsOptions): Promise<void> {
  const { input, dtype, hiddenSize, oldNorms, mean, output, ids, seed, norms, vectors } = options;
  const rows = oldNorms.length;
  const tokens = oldNorms.reduce((count, norm) => count + (Number.isNaN(norm) ? 0 : 1), 0);
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, rows)));
  const width = Math.max(1, Math.min(hiddenSize, Math.floor(BLOCK_BYTES / (size * 4))));
  const elementSize = elementBytes(dtype);
  const scale = 1 / Math.sqrt(tokens);
  for (let round = 0; round * size < ids.length; round++) {
    const normal = createNormalSource(seed, round);
    const factors = Float64Array.from({ length: rows }, normal);
    const roundIds = ids.slice(round * size, (round + 1) * size);
    for (let first = 0; first < hiddenSize; first += width) {
      const columns = Math.min(width, hiddenSize - first);
      const block = new Float32Array(size * columns);
      for await (const { start, count, values } of readRows(input, { dtype, hiddenSize }, rows)) {
        for (let row = 0; row < count; row++) {
          const from = row * hiddenSize + first;
          const to = (start + row) * columns;
          if (Number.isNaN(oldNorms[start + row]!)) continue;
          const factor = factors[start + row]! * scale;
          for (let k = 0; k < columns; k++) block[to + k] = factor * (values[from + k]! - mean[first + k]!);
        }
      }
      transform(block, size, columns);
      const values = createValues(dtype, columns);
      let writes: Promise<void>[] = [];
      for (const [i, id] of roundIds.entries()) {
        let squares = 0;
        for (let k = 0; k < columns; k++) {
          const value = mean[first + k]! + block[i * columns + k]!;
          values[k] = value;
          squares += value * value;
        }
        vectors.get(id)?.set(values, first);
        norms[round * size + i]! += squares;
        const bytes = new Uint8Array(columns * elementSize);
        encodeValues(values, dtype, bytes);
        writes.push(output.write((id * hiddenSize + first) * elementSize, bytes));
        if (writes.length === WRITES_AT_ONCE) {
          await settle(writes);
          writes = [];
        }
      }
      await settle(writes);
    }
  }
  for (let i = 0; i < ids.length; i++) norms[i] = Math.sqrt(norms[i]!);
}

/** Walsh-Hadamard transform along the first dimension of `block`, `[size, columns]`, in place and not scaled. */
function transform(block: Float32Array, size: number, columns: number): void {
  for (let half = columns; half < size * columns; half *= 2) {
    for (let start = 0; start < size * columns; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = block[i]!;
        const b = block[i + half]!;
        block[i] = a + b;
        block[i + half] = a - b;
      }
    }
  }
}
