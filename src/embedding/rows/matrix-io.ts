// A matrix somewhere else (in a file, in memory) as bytes that are read and written in parts, and a cache of its rows.
// Offsets count from the first byte of the matrix. Memory is bounded by the budgets given, whatever the matrix has.
import { createValues, decodeValues, elementBytes, type FloatDtype, type RowValues } from './matrix-values.ts';
import { createKernelRoom, type KernelRoom, PLAIN_ROOM } from './row-kernels.ts';

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

/** Bytes read or written at once in a pass over a matrix: with the numbers beside them, they stay in a processor's cache. */
const CHUNK_BYTES = 1024 * 1024;

// Kernels know no doubles.
function openRoom({ dtype, hiddenSize }: RowFormat, rows: number, bytes: number): KernelRoom {
  return dtype === 'F64' ? PLAIN_ROOM : createKernelRoom({ bytes, rows, hiddenSize });
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

/** The rows from 0 to `rows` - 1 in order, a chunk at a time. The next chunk is being read while one is looked at. */
export async function* readRows(input: MatrixInput, format: RowFormat, rows: number): AsyncGenerator<RowChunk> {
  const { dtype, hiddenSize } = format;
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const limit = Math.min(rows, Math.max(1, Math.floor(CHUNK_BYTES / rowBytes)));
  const room = openRoom(format, limit, limit * (2 * rowBytes + 4 * hiddenSize));
  const values = createValues(dtype, limit * hiddenSize, room);
  const read = async (start: number, buffer: Uint8Array): Promise<Uint8Array> => {
    const part = buffer.subarray(0, Math.min(limit, rows - start) * rowBytes);
    await input.read(start * rowBytes, part);
    return part;
  };
  let [current, spare] = [room.bytes(limit * rowBytes), room.bytes(limit * rowBytes)];
  let pending = rows > 0 ? read(0, current) : undefined;
  try {
    for (let start = 0; start < rows; start += limit) {
      const bytes = await pending!;
      pending = start + limit < rows ? read(start + limit, spare) : undefined;
      // A failed read is reported where it is awaited; until then it must not count as unhandled.
      pending?.catch(() => undefined);
      [current, spare] = [spare, current];
      const count = bytes.length / rowBytes;
      yield { start, count, bytes, values: decodeValues(bytes, dtype, values.subarray(0, count * hiddenSize)) };
    }
  } finally {
    await pending?.catch(() => undefined);
  }
}

/**
 * Waits for all of `works` before the error of one goes on: until then their buffers must not be used again, nor their file
 * be closed.
 */
export async function settle(works: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(works);
  await Promise.all(works);
}

/** Rows by number, the last used ones kept. */
export interface RowCache {
  /** How many different rows one `load` may ask for. */
  readonly capacity: number;
  /** Makes `rowOf` work for these rows until the next call. Resolved at once when all of them are kept. */
  load(rows: ReadonlySet<number>): Promise<void> | undefined;
  /** A row, `[hiddenSize]`. */
  rowOf(row: number): RowValues;
  /** Room for what is made of them: a row of doubles, and `WRITE_BYTES`. */
  readonly room: KernelRoom;
}

/** Memory of a row cache. Chinese-LLaMA's new rows are made of 866 old ones: 14 MB with a hidden size of 4096. */
const CACHE_BYTES = 48 * 1024 * 1024;

/** Bytes of new rows that are written together. */
export const WRITE_BYTES = 4 * 1024 * 1024;

/** Reads of single rows that wait for the disk together. */
const READS_AT_ONCE = 16;

/** A cache over `input`, a matrix of `rows`; `minimum` of them fit into it in any case. */
export function createRowCache(
  input: MatrixInput,
  { dtype, hiddenSize, rows }: RowFormat & { readonly rows: number },
  minimum: number,
): RowCache {
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const affordable = Math.floor(CACHE_BYTES / (hiddenSize * (dtype === 'F64' ? 8 : 4)));
  const capacity = Math.max(minimum, Math.min(rows, affordable));
  const made = 8 * hiddenSize + WRITE_BYTES + rowBytes;
  const room = openRoom({ dtype, hiddenSize }, 0, capacity * hiddenSize * 4 + READS_AT_ONCE * rowBytes + made);
  const values = createValues(dtype, capacity * hiddenSize, room);
  const views: RowValues[] = [];
  // Maps keep the order of insertion, and hits are inserted anew: the first ones are the longest unused.
  const slots = new Map<number, number>();
  const buffer = room.bytes(READS_AT_ONCE * rowBytes);

  async function fetch(missing: readonly number[]): Promise<void> {
    for (let first = 0; first < missing.length; first += READS_AT_ONCE) {
      const rows = missing.slice(first, first + READS_AT_ONCE);
      const parts = rows.map((_, i) => buffer.subarray(i * rowBytes, (i + 1) * rowBytes));
      await settle(rows.map((row, i) => input.read(row * rowBytes, parts[i]!)));
      for (const [i, row] of rows.entries()) {
        let slot = slots.size;
        if (slot === capacity) {
          const [oldest, freed] = slots.entries().next().value!;
          slots.delete(oldest);
          slot = freed;
        }
        slots.set(row, slot);
        const view = views[slot] ?? values.subarray(slot * hiddenSize, (slot + 1) * hiddenSize);
        views[slot] = decodeValues(parts[i]!, dtype, view);
      }
    }
  }

  return {
    capacity,
    room,
    load(rows) {
      const missing: number[] = [];
      for (const row of rows) {
        const slot = slots.get(row);
        if (slot === undefined) missing.push(row);
        else {
          slots.delete(row);
          slots.set(row, slot);
        }
      }
      return missing.length === 0 ? undefined : fetch(missing.sort((a, b) => a - b));
    },
    rowOf: (row) => views[slots.get(row)!]!,
  };
}
