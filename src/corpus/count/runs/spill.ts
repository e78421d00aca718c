// Room for more than the memory should hold: bytes one after the other, the first of them in memory, the rest in one temporary
// file. It keeps no list of what was written: who writes remembers the places. The file has no name: it is taken out of its folder
// as soon as it is open, so nothing is left of it after success, failure, Ctrl-C or the end of the machine. Reading and writing
// are synchronous: both go in large blocks, one after the other.

import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { OutputError } from '../../../errors.ts';

/** Bytes by their places. */
export interface Spill {
  /** Keeps a copy of a block behind all before it; returns its place, in bytes. */
  write(block: Uint8Array): number;
  /** Fills `bytes` with what begins at a place. */
  read(place: number, bytes: Uint8Array): void;
  /** Where the next block will begin. */
  readonly end: number;
  /** Forgets what is behind a place, and gives back its disk. */
  cut(place: number): void;
  /** Bytes written to disk. */
  readonly spilledBytes: number;
  /** Gives back memory and disk. */
  close(): void;
  /** What is in it, for `adoptSpill`, on another thread of this process too. */
  detach(): SpillState;
}

/** The contents of a spill. Buffers of pages may be transferred. */
export interface SpillState {
  readonly folder: string;
  /** Bytes that go to pages; those behind are in the file. */
  readonly memoryBytes: number;
  readonly pages: Uint8Array[];
  readonly file: number | undefined;
  readonly end: number;
  readonly spilledBytes: number;
}

const PAGE_BYTES = 1 << 16;

/**
 * Empty room.
 *
 * @param folder where the temporary file goes
 * @param memoryBytes so many stay in memory
 * @throws OutputError, from `write`, when the folder cannot be written or the disk is full
 */
export function createSpill(folder: string, memoryBytes: number): Spill {
  return adoptSpill({
    ...{ folder, memoryBytes: Math.floor(memoryBytes), pages: [], file: undefined },
    ...{ end: 0, spilledBytes: 0 },
  });
}

/** The spill of another thread, to be read; one of the two is to be closed. */
export function adoptSpill({ folder, memoryBytes, pages, ...state }: SpillState): Spill {
  let { file, end, spilledBytes } = state;

  const refuse = (cause: unknown): OutputError => {
    const { code } = cause as NodeJS.ErrnoException;
    const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
    return new OutputError(
      isFull
        ? `${folder}: no space left on the disk for the temporary file, after ${((end - memoryBytes) / 1e6).toFixed(1)} MB of it`
        : `${folder}: the temporary file cannot be written (${code ?? String(cause)})`,
      {
        cause,
        hint: 'Free some space there, write the result to another disk, or raise --max-memory so that less goes to disk.',
      },
    );
  };
  const open = (): number => {
    const path = join(folder, `.vocab-merge-count-${randomUUID()}.tmp`);
    const opened = openSync(path, 'wx+', 0o600);
    try {
      rmSync(path);
    } catch (error) {
      closeSync(opened);
      throw error;
    }
    return opened;
  };
  /** The place up to which bytes are in the same page, and not in the file. */
  const pageEnd = (place: number): number => Math.min(memoryBytes, place - (place % PAGE_BYTES) + PAGE_BYTES);

  return {
    write(block) {
      const place = end;
      let done = 0;
      while (done < block.length && end < memoryBytes) {
        const part = block.subarray(done, done + pageEnd(end) - end);
        const page = Math.floor(end / PAGE_BYTES);
        pages[page] ??= new Uint8Array(Math.min(PAGE_BYTES, memoryBytes - end));
        pages[page].set(part, end % PAGE_BYTES);
        done += part.length;
        end += part.length;
      }
      try {
        if (done < block.length) file ??= open();
        while (done < block.length) {
          const written = writeSync(file!, block, done, block.length - done, end - memoryBytes);
          done += written;
          end += written;
          spilledBytes += written;
        }
      } catch (error) {
        throw refuse(error);
      }
      return place;
    },
    read(place, bytes) {
      let done = 0;
      for (let at = place; done < bytes.length && at < memoryBytes; at = place + done) {
        const page = pages[Math.floor(at / PAGE_BYTES)]!;
        const stop = Math.min(pageEnd(at) - at, bytes.length - done);
        bytes.set(page.subarray(at % PAGE_BYTES, (at % PAGE_BYTES) + stop), done);
        done += stop;
      }
      while (done < bytes.length) {
        const count = readSync(file!, bytes, done, bytes.length - done, place + done - memoryBytes);
        if (count === 0) throw new OutputError(`${folder}: the temporary file is shorter than what was written`);
        done += count;
      }
    },
    get end() {
      return end;
    },
    cut(place) {
      end = place;
      pages.length = Math.min(pages.length, Math.ceil(place / PAGE_BYTES));
      if (file !== undefined) ftruncateSync(file, Math.max(0, place - memoryBytes));
    },
    get spilledBytes() {
      return spilledBytes;
    },
    close() {
      pages.length = 0;
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
    detach: () => ({ folder, memoryBytes, pages, file, end, spilledBytes }),
  };
}

/** The bytes of an array. */
export function bytesOf(values: Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
