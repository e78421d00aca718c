// Where the members of a compressed file begin that says so without being unpacked: the frames of Zstandard (RFC 8878), walked
// block by block, and the blocks of BGZF (SAM specification, section 4.1), which is gzip with the length of each member in its
// header. Other gzip has to be unpacked to find the end of a member, and is not looked into. Lines may go on from one member to
// the next.

import { closeSync, openSync, readSync } from 'node:fs';

const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Sizes in bytes of what a frame header may have, by the bits that say so. */
const DICTIONARY_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/**
 * The offsets at which members begin, ascending from 0; `undefined` where they cannot be told apart, or the file is damaged,
 * which its reader will say. Two thousand small reads for 100 MB.
 *
 * @param size bytes of the file
 */
export function findMembers(path: string, size: number, compression: 'gzip' | 'zstd'): number[] | undefined {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(64);
  // The bytes there; fewer at the end of the file.
  const read = (at: number, length: number): Buffer =>
    buffer.subarray(0, readSync(file, buffer, 0, Math.min(length, buffer.length), at));
  try {
    const starts: number[] = [];
    for (let at = 0; at < size; ) {
      const end = compression === 'gzip' ? bgzfEnd(read, at) : zstdEnd(read, at);
      if (end === undefined || end > size) return undefined;
      // What is skipped before a frame belongs to it; behind the last one, to that.
      if (end === size && starts.length > 0 && isSkippable(read, at)) break;
      starts.push(at);
      at = end;
    }
    return starts;
  } finally {
    closeSync(file);
  }
}

type Read = (at: number, length: number) => Buffer;

function bgzfEnd(read: Read, at: number): number | undefined {
  const head = read(at, 64);
  if (head.length < 18 || head.readUInt32BE(0) !== 0x1f8b0804) return undefined;
  const end = 12 + head.readUInt16LE(10);
  for (let field = 12; field + 6 <= Math.min(end, head.length); field += 4 + head.readUInt16LE(field + 2)) {
    if (head[field] === 0x42 && head[field + 1] === 0x43) return at + head.readUInt16LE(field + 4) + 1;
  }
  return undefined;
}

function isSkippable(read: Read, at: number): boolean {
  const head = read(at, 4);
  return head.length === 4 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC;
}

// Frames that are skipped are taken together with the frame behind them.
function zstdEnd(read: Read, start: number): number | undefined {
  let at = start;
  while (isSkippable(read, at)) {
    const head = read(at, 8);
    if (head.length < 8) return undefined;
    at += 8 + head.readUInt32LE(4);
    if (read(at, 1).length === 0) return at;
  }
  const head = read(at, 5);
  if (head.length < 5 || head.readUInt32LE(0) !== ZSTD_MAGIC) return undefined;
  const descriptor = head[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const contentSize = CONTENT_SIZE_BYTES[descriptor >> 6]!;
  at += 5 + (isSingle ? Math.max(1, contentSize) : 1 + contentSize) + DICTIONARY_BYTES[descriptor & 3]!;
  for (let isLast = false; !isLast; ) {
    const block = read(at, 3);
    if (block.length < 3) return undefined;
    const header = block.readUIntLE(0, 3);
    const type = (header >> 1) & 3;
    if (type === 3) return undefined;
    isLast = (header & 1) === 1;
    at += 3 + (type === 1 ? 1 : header >> 3);
  }
  return at + ((descriptor & 4) === 0 ? 0 : 4);
}
