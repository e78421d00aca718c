// Opens a corpus file as a stream of decompressed bytes, and says how far the file has been read. gzip and brotli are
// node:zlib's, Zstandard is fzstd's, one block at a time; concatenated gzip members and Zstandard frames follow each
// other. What the bytes mean is not its business.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { groupDigits } from '../../core/counted.ts';
import { InputError, messageOf, VocabMergeError } from '../../errors.ts';
import { isDatasetAddress, openDatasetFile } from '../hub/dataset-files.ts';
import { type Compression, compressionOfHead, formatOfName, HEAD_BYTES } from './corpus-format.ts';
import { type ByteRange, type CorpusFile, unreadable } from './expand-inputs.ts';

/** A stream of bytes whose beginning has been looked at. */
export interface ByteSource {
  /** The first bytes, at most a few thousand; fewer only when the whole stream is shorter. */
  readonly head: Uint8Array;
  readonly compression: Compression;
  /** All bytes, the head included; to be consumed once. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Options of {@link openByteSource}. */
export interface ByteSourceOptions {
  /** What `-` reads, default `process.stdin`. */
  readonly stdin?: AsyncIterable<Uint8Array | string> | undefined;
  /** Told the number of bytes read from the file (as it lies on the disk). */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** Bytes read from the disk at once. */
const READ_BYTES = 1 << 18;

/**
 * Opens a file and decompresses it as its name or its first bytes say.
 *
 * @param file its path, or `-` for standard input; of a range of lines only these are read
 * @throws InputError, from here or while the chunks are read, when the file cannot be read or is damaged
 */
export async function openByteSource(
  { path, range }: Pick<CorpusFile, 'path' | 'range'>,
  options: ByteSourceOptions = {},
): Promise<ByteSource> {
  const shown = path === '-' ? 'standard input' : path;
  if (range !== undefined && range.format !== 'parquet') {
    const lines = range.members === undefined ? readLinesWithin : readLinesOfMembers;
    const opened = await lookAhead(lines(path, range, options));
    return { ...opened, compression: 'none' };
  }
  const stored = await lookAhead(readRaw(path, shown, options));
  const byHead = compressionOfHead(stored.head);
  // A name that promises compression is believed only if the bytes agree: `zh.txt.gz` may have been unpacked by a proxy.
  const compression = byHead === 'none' && formatOfName(path).compression === 'brotli' ? 'brotli' : byHead;
  if (compression === 'none') return { ...stored, compression };
  return { ...(await lookAhead(decompress(stored.chunks, compression, shown))), compression };
}

async function* readRaw(path: string, shown: string, { stdin, onRead }: ByteSourceOptions): AsyncGenerator<Uint8Array> {
  let size = 0;
  let read = 0;
  try {
    size = path === '-' ? 0 : await sizeOf(path);
    const stream = path === '-' ? (stdin ?? process.stdin) : readFrom(path, 0);
    for await (const chunk of stream as AsyncIterable<Uint8Array | string>) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      read += bytes.length;
      onRead?.(bytes.length);
      yield bytes;
    }
  } catch (error) {
    throw error instanceof VocabMergeError ? error : unreadable(shown, error);
  }
  if (read >= size) return;
  throw new InputError(
    `${shown}: had ${groupDigits(size)} bytes when it was opened, and ended after ${groupDigits(read)}: somebody has cut it`,
    { hint: 'Run it again when the file is whole and nobody writes it.' },
  );
}

// The lines that begin in the range. A line begins behind a line feed: the byte before the range is read to see whether it is one,
// and the last line is read to its end, wherever that is.
async function* readLinesWithin(
  path: string,
  { start, end, size }: ByteRange,
  { onRead }: ByteSourceOptions,
): AsyncGenerator<Uint8Array> {
  let isInside = start === 0;
  let place = Math.max(0, start - 1);
  try {
    await refuseGrown(path, size);
    for await (const chunk of readFrom(path, place)) {
      let from = 0;
      if (!isInside) {
        const lineEnd = chunk.indexOf(0x0a);
        from = lineEnd + 1;
        if (lineEnd < 0 && place + chunk.length < end) {
          place += chunk.length;
          onRead?.(chunk.length);
          continue;
        }
        // The first line that begins behind the start begins behind the end as well.
        if (lineEnd < 0 || place + from >= end) return;
        isInside = true;
      }
      const lineEnd = place + chunk.length < end ? -1 : chunk.indexOf(0x0a, Math.max(from, end - 1 - place));
      const to = lineEnd < 0 ? chunk.length : lineEnd + 1;
      onRead?.(to);
      if (to > from) yield chunk.subarray(from, to);
      if (lineEnd >= 0) return;
      place += chunk.length;
    }
  } catch (error) {
    throw error instanceof VocabMergeError ? error : unreadable(path, error);
  }
}

// As readLinesWithin, where a line begins in a member if its first byte does. The member before tells whether the first one
// begins a line, those behind have the rest of the last line.
async function* readLinesOfMembers(
  path: string,
  { start, end, size, members }: ByteRange,
  { onRead }: ByteSourceOptions,
): AsyncGenerator<Uint8Array> {
  const { compression, starts } = members!;
  const first = starts.findIndex((offset) => offset >= start);
  const [from, to] = [starts[first], starts.find((offset) => offset >= end) ?? size];
  if (from === undefined || from >= end) return;
  await refuseGrown(path, size);
  async function* unpack(begin: number, stop: number, isOwn: boolean): AsyncGenerator<Uint8Array> {
    async function* stored(): AsyncGenerator<Uint8Array> {
      for await (const chunk of readFrom(path, begin, stop)) {
        if (isOwn) onRead?.(chunk.length);
        yield chunk;
      }
    }
    yield* decompress(stored(), compression, path);
  }
  let before = 0x0a;
  for (let at = first, isKnown = false; at > 0 && !isKnown; at--) {
    for await (const chunk of unpack(starts[at - 1]!, starts[at]!, false)) {
      before = chunk.at(-1) ?? before;
      isKnown ||= chunk.length > 0;
    }
  }
  let isInside = before === 0x0a;
  for await (const chunk of unpack(from, to, true)) {
    const skipped = isInside ? 0 : chunk.indexOf(0x0a) + 1;
    if (!isInside && skipped === 0) continue;
    isInside = true;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
    before = chunk.at(-1) ?? before;
  }
  if (!isInside || before === 0x0a || to === size) return;
  for await (const chunk of unpack(to, size, false)) {
    const lineEnd = chunk.indexOf(0x0a);
    yield lineEnd < 0 ? chunk : chunk.subarray(0, lineEnd + 1);
    if (lineEnd >= 0) return;
  }
}

async function refuseGrown(path: string, size: number): Promise<void> {
  const now = await sizeOf(path);
  if (now === size) return;
  throw new InputError(`${path}: had ${groupDigits(size)} bytes and has ${groupDigits(now)}: somebody is writing it`, {
    hint: 'Count its shards when the file is whole.',
  });
}

// Bytes that there are; 0 where that is not known.
async function sizeOf(path: string): Promise<number> {
  if (isDatasetAddress(path)) return (await openDatasetFile(path)).size;
  const place = await stat(path);
  return place.isFile() ? place.size : 0;
}

async function* readFrom(path: string, start: number, end = Infinity): AsyncGenerator<Uint8Array> {
  if (isDatasetAddress(path)) yield* (await openDatasetFile(path)).stream(start);
  else {
    // A pipe has no places: it is read as it comes.
    const range = { ...(start > 0 && { start }), end: end - 1 };
    yield* createReadStream(path, { highWaterMark: READ_BYTES, ...range }) as AsyncIterable<Uint8Array>;
  }
}

async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  compression: Exclude<Compression, 'none'>,
  shown: string,
): AsyncGenerator<Uint8Array> {
  try {
    if (compression === 'zstd') yield* unzstd(chunks);
    else {
      const inflate = compression === 'gzip' ? createGunzip() : createBrotliDecompress();
      const source = Readable.from(chunks);
      // An error of the source ends the reader as well; a reader that stops early closes the source.
      source.once('error', (error) => inflate.destroy(error));
      try {
        for await (const chunk of source.pipe(inflate)) yield chunk;
      } finally {
        source.destroy();
      }
    }
  } catch (error) {
    if (error instanceof VocabMergeError) throw error;
    throw new InputError(`${shown}: damaged ${compression} data (${messageOf(error)})`, {
      cause: error,
      hint: 'The file is cut off or broken: get it again.',
    });
  }
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  let ready: Uint8Array[] = [];
  const inflate = new Decompress((data) => {
    if (data.length > 0) ready.push(data);
  });
  for await (const chunk of chunks) {
    // fzstd keeps what it is given: the reader's buffer may be used again.
    inflate.push(Uint8Array.from(chunk));
    yield* ready;
    ready = [];
  }
  inflate.push(new Uint8Array(0), true);
  yield* ready;
}

async function lookAhead(
  source: AsyncGenerator<Uint8Array>,
): Promise<{ head: Uint8Array; chunks: AsyncGenerator<Uint8Array> }> {
  const first: Uint8Array[] = [];
  for (let length = 0; length < HEAD_BYTES; ) {
    const next = await source.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* first;
      yield* source;
    } finally {
      await source.return(undefined);
    }
  }
  return { head: Buffer.concat(first).subarray(0, HEAD_BYTES), chunks: chunks() };
}
