// Room for more than the memory should hold: blocks of bytes, the first of them in memory, the rest in one temporary file. The
// file has no name: it is taken out of its folder as soon as it is open, so nothing is left of it after success, failure,
// Ctrl-C or the end of the machine. Reading and writing are synchronous: both go in large blocks, one after the other.

import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { OutputError } from '../../../errors.ts';

/** Blocks by number. */
export interface Spill {
  /** Keeps a copy of a block; returns its number. */
  write(block: Uint8Array): number;
  /** The block of that number, not to be changed. */
  read(number: number): Uint8Array;
  /** Copies the block of that number to `at`, where there must be room; returns where it ends. */
  readInto(number: number, bytes: Uint8Array, at: number): number;
  /** Bytes written to disk. */
  readonly spilledBytes: number;
  /** Gives back memory and disk. */
  close(): void;
  /** What is in it, for `adoptSpill`, on another thread of this process too; nothing may be written to this one any more. */
  detach(): SpillState;
}

/** The contents of a spill. Buffers of blocks may be transferred. */
export interface SpillState {
  readonly folder: string;
  readonly blocks: (Uint8Array | undefined)[];
  readonly lengths: number[];
  readonly places: number[];
  readonly file: number | undefined;
  readonly end: number;
}

/**
 * Empty room.
 *
 * @param folder where the temporary file goes
 * @param memoryBytes blocks stay in memory until they take more than this
 * @throws OutputError, from `write`, when the folder cannot be written or the disk is full
 */
export function createSpill(folder: string, memoryBytes: number): Spill {
  return openSpill({ folder, blocks: [], lengths: [], places: [], file: undefined, end: 0 }, memoryBytes);
}

/** The spill of another thread; what is added goes to its file. */
export function adoptSpill(state: SpillState): Spill {
  return openSpill(state, 0);
}

function openSpill({ folder, blocks, lengths, places, ...state }: SpillState, memoryBytes: number): Spill {
  let kept = 0;
  let { file, end } = state;

  const refuse = (cause: unknown): OutputError => {
    const { code } = cause as NodeJS.ErrnoException;
    const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
    return new OutputError(
      isFull
        ? `${folder}: no space left on the disk for the temporary file, after ${(end / 1e6).toFixed(1)} MB of it`
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
  const writeAt = (block: Uint8Array, place: number): void => {
    try {
      file ??= open();
      for (let done = 0; done < block.length; ) {
        done += writeSync(file, block, done, block.length - done, place + done);
      }
    } catch (error) {
      throw refuse(error);
    }
  };

  const readAt = (bytes: Uint8Array, start: number, end: number, place: number): void => {
    for (let at = start; at < end; ) {
      const count = readSync(file!, bytes, at, end - at, place + at - start);
      if (count === 0) throw new OutputError(`${folder}: the temporary file is shorter than what was written`);
      at += count;
    }
  };

  return {
    write(block) {
      const number = lengths.push(block.length) - 1;
      if (kept + block.length <= memoryBytes) {
        kept += block.length;
        blocks.push(block.slice());
        places.push(0);
        return number;
      }
      writeAt(block, end);
      blocks.push(undefined);
      places.push(end);
      end += block.length;
      return number;
    },
    read(number) {
      const block = blocks[number];
      if (block !== undefined) return block;
      const bytes = new Uint8Array(lengths[number]!);
      readAt(bytes, 0, bytes.length, places[number]!);
      return bytes;
    },
    readInto(number, bytes, at) {
      const block = blocks[number];
      const end = at + lengths[number]!;
      if (block === undefined) readAt(bytes, at, end, places[number]!);
      else bytes.set(block, at);
      return end;
    },
    get spilledBytes() {
      return end;
    },
    close() {
      blocks.length = 0;
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
    detach: () => ({ folder, blocks, lengths, places, file, end }),
  };
}

/** The bytes of an array. */
export function bytesOf(values: Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
