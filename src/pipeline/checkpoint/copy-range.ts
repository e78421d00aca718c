// Bytes from one open file to another: in chunks, the next one being read while the last one is written.
// Memory is two chunks. Also the two sides of resize-matrix.ts, a matrix inside a file.
import type { FileHandle } from 'node:fs/promises';
import type { MatrixInput, MatrixOutput } from '../../embedding/rows/matrix-io.ts';
import { FormatError } from '../../errors.ts';

const CHUNK_BYTES = 8 * 1024 * 1024;

/** A place in an open file. */
export interface FilePlace {
  readonly file: FileHandle;
  /** Byte offset. */
  readonly offset: number;
  /** Name of the file, for error messages. */
  readonly source: string;
}

/** Options of {@link copyRange}. */
export interface CopyRangeOptions {
  readonly from: FilePlace;
  readonly to: Pick<FilePlace, 'file' | 'offset'>;
  readonly length: number;
  /** Told about bytes as they are written. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Copies bytes.
 *
 * @throws FormatError when the source ends too early
 */
export async function copyRange({ from, to, length, onBytes = () => undefined }: CopyRangeOptions): Promise<void> {
  const size = Math.min(CHUNK_BYTES, length);
  let [reading, writing] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(length > size ? size : 0)];
  let pending: Promise<void> | undefined;
  try {
    for (let done = 0; done < length; ) {
      const chunk = reading.subarray(0, Math.min(size, length - done));
      await readFully({ ...from, offset: from.offset + done }, chunk);
      await pending;
      const offset = to.offset + done;
      pending = writeFully(to.file, offset, chunk).then(() => onBytes(chunk.length));
      // A failed write is reported where it is awaited; until then it must not count as unhandled.
      pending.catch(() => undefined);
      done += chunk.length;
      [reading, writing] = [writing, reading];
    }
  } finally {
    await pending;
  }
}

/** The matrix that starts at a place, for reading. */
export function matrixInput(place: FilePlace): MatrixInput {
  return { read: (offset, bytes) => readFully({ ...place, offset: place.offset + offset }, bytes) };
}

/** The matrix that starts at a place, for writing. */
export function matrixOutput({ file, offset: start }: Pick<FilePlace, 'file' | 'offset'>): MatrixOutput {
  return { write: (offset, bytes) => writeFully(file, start + offset, bytes) };
}

async function readFully({ file, offset, source }: FilePlace, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) {
      throw new FormatError(`${source}: ends at byte ${offset + done}; it was longer when it was opened`, {
        hint: 'Another program changed the file meanwhile: run the command again.',
      });
    }
    done += bytesRead;
  }
}

/** Writes all of `bytes` at `offset`. */
export async function writeFully(file: FileHandle, offset: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}
