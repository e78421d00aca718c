// A matrix somewhere else (in a file, in memory) as bytes that are read and written in parts, and a cache of its rows.
// Offsets count from the first byte of the matrix. Memory is bounded by the budgets given, whatever the matrix has.
import { createValues, decodeValues, elementBytes, type FloatDtype, type RowValues } from './matrix-values.ts';

/** Reads part of a matrix. */
export interface MatrixInput {
  /** Fills `bytes` from `offset` on. */
  read(offset: number, bytes: Uint8Array): Promise<void>;
}

/** Writes part of a matrix. */
export interface MatrixOutput {
  /** Writes all of `bytes` at `offset`; the buffer may be reused when the promise is done. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
}

/** Size and format of the rows. */
export interface RowFormat {
  readonly dtype: FloatDtype;
  /** Elements of one row. */
  readonly hiddenSize: number;
}

/** Bytes read or written at once in a pass over a matrix. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** Rows of `format` that are handled at once. */
export function rowsPerChunk({ dtype, hiddenSize }: RowFormat): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / (elementBytes(dtype) * hiddenSize)));
}

/** Some rows of a pass, in the matrix's own format and as numbers; both buffers are reused. */
export interface RowChunk {
  readonly start: number;
  readonly count: number;
  /** `[count, hiddenSize]` */
  readonly bytes: Uint8Array;
  /** `[count, hiddenSize]` */
  readonly values: RowValues;
}

/** The rows from 0 to `rows` - 1 in order, a chunk at a time. */
export async function* readRows(input: MatrixInput, format: RowFormat, rows: number): AsyncGenerator<RowChunk> {
  const { dtype, hiddenSize } = format;
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const limit = Math.min(rows, rowsPerChunk(format));
  const bytes = new Uint8Array(limit * rowBytes);
  const values = createValues(dtype, limit * hiddenSize);
  for (let start = 0; start < rows; start += limit) {
    const count = Math.min(limit, rows - start);
    const part = bytes.subarray(0, count * rowBytes);
    await input.read(start * rowBytes, part);
    yield { start, count, bytes: part, values: decodeValues(part, dtype, values.subarray(0, count * hiddenSize)) };
  }
}

/** Rows by number, the last used ones kept. */
export interface RowCache {
  /** Makes `get` work for these rows until the next call. Resolved at once when all of them are kept. */
  load(rows: readonly number[]): Promise<void> | undefined;
  /** `[hiddenSize]` */
  get(row: number): RowValues;
}

/** Memory of a row cache. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** A cache over `input`. */
export function createRowCache(input: MatrixInput, { dtype, hiddenSize }: RowFormat): RowCache {
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const capacity = Math.max(1, Math.floor(CACHE_BYTES / createValues(dtype, hiddenSize).byteLength));
  const kept = new Map<number, RowValues>();

  async function fetch(missing: readonly number[], wanted: number): Promise<void> {
    const sorted = [...missing].sort((a, b) => a - b);
    for (let i = 0; i < sorted.length; ) {
      let end = i + 1;
      while (end < sorted.length && sorted[end] === sorted[end - 1]! + 1) end++;
      const bytes = new Uint8Array((end - i) * rowBytes);
      await input.read(sorted[i]! * rowBytes, bytes);
      for (let k = i; k < end; k++) {
        const part = bytes.subarray((k - i) * rowBytes, (k - i + 1) * rowBytes);
        kept.set(sorted[k]!, decodeValues(part, dtype, createValues(dtype, hiddenSize)));
      }
      i = end;
    }
    // Maps keep the order of insertion, and hits are inserted anew: the first ones are the longest unused.
    const limit = Math.max(capacity, wanted);
    for (const row of kept.keys()) {
      if (kept.size <= limit) break;
      kept.delete(row);
    }
  }

  return {
    load(rows) {
      const missing = new Set<number>();
      for (const row of rows) {
        const values = kept.get(row);
        if (values === undefined) missing.add(row);
        else {
          kept.delete(row);
          kept.set(row, values);
        }
      }
      return missing.size === 0 ? undefined : fetch([...missing], rows.length);
    },
    get: (row) => kept.get(row)!,
  };
}
