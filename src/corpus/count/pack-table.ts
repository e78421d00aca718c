// Compresses a table file as its name says, in memory that does not grow with it. A .gz file is one gzip member (RFC 1952)
// whose DEFLATE blocks are made slice by slice, so that several threads can do it; each slice has the end of the one before as
// its dictionary. The bytes depend neither on the number of threads nor on how the text comes. It knows nothing of entries.

import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompressSync, constants, crc32, createBrotliCompress, deflateRaw, deflateRawSync } from 'node:zlib';
import { encodeUtf8 } from '../../core/unicode/utf8.ts';
import { type FrequencyTable, serializeFrequencyTable } from '../read/frequency-table.ts';

/** Of a table, level 9 saves 0.05 % more than zlib's default level and takes four times as long. */
const SLICE_OPTIONS = { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: 1 << 18 };

/** Bytes that are compressed at a time, each by a thread of its own; a matter of the bytes written. */
const SLICE_BYTES = 1 << 20;

/** How far back DEFLATE looks. */
const WINDOW_BYTES = 1 << 15;

/** Slices under way: zlib has four threads, unless told otherwise. */
const MOST_SLICES = 6;

const BROTLI = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  },
};

/**
 * The bytes of a table file, compressed as the extension of `name` says (.gz, .br; anything else is plain text).
 *
 * @example
 * ```ts
 * const { table } = await buildFrequencyTable({ inputs: ['news.txt.gz'] });
 * await writeFile('news.tsv.br', packFrequencyTable(table, 'news.tsv.br'));
 * ```
 */
export function packFrequencyTable(table: FrequencyTable, name: string): Uint8Array {
  const bytes = encodeUtf8(serializeFrequencyTable(table));
  if (name.endsWith('.gz')) return gzipBytes(bytes);
  if (name.endsWith('.br')) return brotliCompressSync(bytes, BROTLI);
  return bytes;
}

type ByteChunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Chunks of a file, compressed as {@link packFrequencyTable} compresses a table: of a table the same bytes, in memory that does
 * not grow with it.
 *
 * @example
 * ```ts
 * const stream = await streamFrequencyTable({ inputs: ['news.txt.gz'] });
 * await writeFile('news.tsv.gz', packTableChunks(stream.chunks, 'news.tsv.gz'));
 * stream.close();
 * ```
 */
export async function* packTableChunks(chunks: ByteChunks, name: string): AsyncGenerator<Uint8Array> {
  if (name.endsWith('.gz')) yield* gzipChunks(chunks);
  else if (name.endsWith('.br')) yield* brotliChunks(chunks);
  else yield* chunks;
}

async function* brotliChunks(chunks: ByteChunks): AsyncGenerator<Uint8Array> {
  const packer = createBrotliCompress(BROTLI);
  const source = Readable.from(chunks);
  source.once('error', (error) => packer.destroy(error));
  try {
    for await (const packed of source.pipe(packer)) yield packed as Uint8Array;
  } finally {
    source.destroy();
  }
}

/** Method 8 (DEFLATE), no name, no date, written on an unknown system. */
const GZIP_HEAD = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

/** An empty block that says that it is the last. */
const LAST_BLOCK = Uint8Array.of(3, 0);

const deflateSlice = promisify<Uint8Array, object, Uint8Array>(deflateRaw);

/** What each slice is compressed with, and what comes behind all of them. */
function createGzipFrame() {
  let dictionary: Uint8Array | undefined;
  let crc = 0;
  let size = 0;
  return {
    add(slice: Uint8Array): object {
      const options = { ...SLICE_OPTIONS, ...(dictionary && { dictionary }) };
      dictionary = slice.subarray(-WINDOW_BYTES);
      crc = crc32(slice, crc);
      size += slice.length;
      return options;
    },
    tail(): Uint8Array {
      const tail = new Uint8Array(LAST_BLOCK.length + 8);
      tail.set(LAST_BLOCK);
      const view = new DataView(tail.buffer, LAST_BLOCK.length);
      view.setUint32(0, crc, true);
      // Its lowest 32 bits, as the format has it.
      view.setUint32(4, size % 2 ** 32, true);
      return tail;
    },
  };
}

function gzipBytes(bytes: Uint8Array): Uint8Array {
  const frame = createGzipFrame();
  const packed: Uint8Array[] = [GZIP_HEAD];
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    const slice = bytes.subarray(at, at + SLICE_BYTES);
    packed.push(deflateRawSync(slice, frame.add(slice)));
  }
  return Buffer.concat([...packed, frame.tail()]);
}

async function* gzipChunks(chunks: ByteChunks): AsyncGenerator<Uint8Array> {
  const frame = createGzipFrame();
  const pending: Promise<Uint8Array>[] = [];
  yield GZIP_HEAD;
  for await (const slice of slicesOf(chunks)) {
    pending.push(deflateSlice(slice, frame.add(slice)));
    if (pending.length === MOST_SLICES) yield await pending.shift()!;
  }
  for (const packed of pending) yield await packed;
  yield frame.tail();
}

async function* slicesOf(chunks: ByteChunks): AsyncGenerator<Uint8Array> {
  let slice = new Uint8Array(SLICE_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + SLICE_BYTES - filled);
      slice.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < SLICE_BYTES) continue;
      yield slice;
      slice = new Uint8Array(SLICE_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield slice.subarray(0, filled);
}
