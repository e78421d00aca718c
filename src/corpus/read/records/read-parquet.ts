// The columns with text of a Parquet file, as texts, row group by row group, by hyparquet. Pages in every codec but LZO.
// A Parquet file is read from its end, so one that comes compressed as a whole, or through standard input, is
// collected in memory first, up to a limit.

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type Compressors,
  cachedAsyncBuffer,
  parquetMetadataAsync,
  parquetReadObjects,
  type RowGroup,
} from 'hyparquet';
import { joinBytes } from '../../../core/grown.ts';
import { InputError } from '../../../errors.ts';
import { isDatasetAddress, openDatasetFile } from '../../hub/dataset-files.ts';
import type { ByteSource } from '../byte-source.ts';
import type { ByteRange, CorpusFile } from '../expand-inputs.ts';
import { hashFile } from '../input-hash.ts';
import {
  asInputError,
  documentKeyOf,
  missingField,
  type RecordBatch,
  type RecordOptions,
  textPathsOf,
} from './corpus-record.ts';
import { parseFieldPath, textAt } from './field-path.ts';
import { checkPages } from './parquet-pages.ts';

/** Bytes of Parquet kept in memory when the file cannot be read from its end. */
const MAX_COLLECTED_BYTES = 1 << 30;

/**
 * By the names of the Parquet format. A page says how long it is when unpacked: what goes on beyond that is damaged, or meant
 * to fill the memory.
 */
async function loadCompressors(): Promise<Compressors> {
  const { decompressLz4, decompressLz4Raw } = await import('hyparquet-compressors');
  return {
    GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
    BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
    ZSTD: (input, length) => decompress(input, new Uint8Array(length)),
    LZ4: decompressLz4,
    LZ4_RAW: decompressLz4Raw,
  };
}

/**
 * Reads the columns `options.fields`; `a.b` is the field `b` of the struct column `a`, `a[].b` that of each entry of a list.
 *
 * @param bytesBefore what `stats.bytesRead` was before this file
 */
export async function* readParquetColumn(
  file: CorpusFile,
  source: ByteSource,
  shown: string,
  bytesBefore: number,
  options: RecordOptions,
): AsyncGenerator<RecordBatch> {
  const { stats } = options;
  const paths = textPathsOf(options);
  try {
    const buffer = await openBuffer(file, source, shown);
    const metadata = await parquetMetadataAsync(buffer);
    const columns = metadata.schema[0]?.num_children === undefined ? [] : topColumns(metadata.schema);
    const textColumns = paths.map(({ field }) => columnOf(columns, field)).filter((name) => name !== undefined);
    if (textColumns.length === 0) throw missingField(`${shown}: the schema`, 'column', options, { present: columns });
    const keyColumn = options.documentField === undefined ? undefined : columnOf(columns, options.documentField);
    const compressors = await loadCompressors();
    const columnsRead = [...new Set([...textColumns, ...(keyColumn === undefined ? [] : [keyColumn])])];
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      if (!isInRange(group, file.range)) {
        rowStart = rowEnd;
        continue;
      }
      // What the check has read, hyparquet does not read again: the file may be on a hub.
      const held = cachedAsyncBuffer(buffer, { minSize: 0 });
      await checkPages(held, group, { metadata, columns: columnsRead, compressors, shown });
      const rows = await parquetReadObjects({
        file: held,
        metadata,
        columns: columnsRead,
        rowStart,
        rowEnd,
        compressors,
      });
      const values = rows.map((row) => textAt(row, paths));
      const texts = values.filter((value) => value !== undefined);
      if (texts.length === 0 && rowStart === 0) {
        const record = rows.find((row) => textColumns.some((name) => row[name] != null));
        if (record) throw missingField(`${shown}: the file`, 'column', options, { present: columns, record });
      }
      stats.withoutText += values.length - texts.length;
      const documentKeys = rows
        .filter((_, row) => values[row] !== undefined)
        .map((row) => documentKeyOf(row, options.documentField));
      if (texts.length > 0) yield { texts, documentKeys };
      rowStart = rowEnd;
      // Pages are fetched by hyparquet itself; progress goes by rows.
      if (isReadInPlace(file, source)) {
        stats.bytesRead = Math.max(
          stats.bytesRead,
          bytesBefore + progressOf(rowEnd, Number(metadata.num_rows), file.size),
        );
      }
    }
    // Otherwise it has been collected, and hashed on the way.
    if (isReadInPlace(file, source) && file.range === undefined) stats.inputs.push(await hashFile(file));
  } catch (error) {
    const codec = error instanceof Error ? /unsupported compression codec: (\w+)/.exec(error.message)?.[1] : undefined;
    if (codec === undefined) throw asInputError(error, shown, 'Parquet');
    throw new InputError(`${shown}: its pages are compressed with ${codec}, which cannot be read here`, {
      cause: error,
      hint: 'Write it again with snappy, gzip, zstd, brotli or lz4.',
    });
  }
}

// By the byte where its first column begins.
function isInRange({ columns }: RowGroup, range: ByteRange | undefined): boolean {
  if (range === undefined) return true;
  const first = columns[0]?.meta_data;
  const place = Number(first?.dictionary_page_offset ?? first?.data_page_offset ?? 0);
  return place >= range.start && place < range.end;
}

/** The column that a field is in, if the file has it. */
function columnOf(columns: readonly string[], field: string): string | undefined {
  return [field, parseFieldPath(field).steps[0]!.name].find((name) => columns.includes(name));
}

function progressOf(rows: number, allRows: number, size: number): number {
  return allRows === 0 ? 0 : Math.floor((rows / allRows) * size);
}

// The schema is a tree written in depth-first order; the columns of a table are the children of its root.
function topColumns(schema: readonly { name: string; num_children?: number | undefined }[]): string[] {
  const names: string[] = [];
  let i = 1;
  const skip = (): void => {
    const children = schema[i++]?.num_children ?? 0;
    for (let child = 0; child < children; child++) skip();
  };
  while (i < schema.length) {
    names.push(schema[i]!.name);
    skip();
  }
  return names;
}

function isReadInPlace(file: CorpusFile, source: ByteSource): boolean {
  return file.size > 0 && source.compression === 'none';
}

async function bufferOf(path: string): Promise<AsyncBuffer> {
  if (!isDatasetAddress(path)) return asyncBufferFromFile(path);
  const { size, read } = await openDatasetFile(path);
  return { byteLength: size, slice: async (start, end = size) => Uint8Array.from(await read(start, end)).buffer };
}

async function openBuffer(file: CorpusFile, source: ByteSource, shown: string): Promise<AsyncBuffer> {
  if (isReadInPlace(file, source)) {
    // Only the head has been read; the rest is read where it is needed.
    await source.chunks[Symbol.asyncIterator]().return?.();
    return bufferOf(file.path);
  }
  const collected: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source.chunks) {
    length += chunk.length;
    if (length > MAX_COLLECTED_BYTES) {
      throw new InputError(`${shown}: more than ${MAX_COLLECTED_BYTES} bytes of Parquet that cannot be read in place`, {
        hint: 'Save and unpack the .parquet file first.',
      });
    }
    collected.push(Uint8Array.from(chunk));
  }
  const bytes = joinBytes(collected);
  return { byteLength: length, slice: (start, end) => bytes.slice(start, end).buffer };
}
