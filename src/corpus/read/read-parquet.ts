// One column of a Parquet file, as texts, row group by row group, by hyparquet. Snappy, gzip, Zstandard and brotli pages.
// A Parquet file is read from its end, so one that comes compressed as a whole, or through standard input, is
// collected in memory first, up to a limit.

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import { type AsyncBuffer, asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { InputError } from '../../errors.ts';
import type { ByteSource } from './byte-source.ts';
import {
  asInputError,
  documentKeyOf,
  missingField,
  pick,
  type RecordBatch,
  type RecordOptions,
} from './corpus-record.ts';
import type { CorpusFile } from './expand-inputs.ts';
import { hashFile } from './input-hash.ts';

/** Bytes of Parquet kept in memory when the file cannot be read from its end. */
const MAX_COLLECTED_BYTES = 1 << 30;

const compressors = {
  GZIP: (input: Uint8Array) => gunzipSync(input),
  ZSTD: (input: Uint8Array) => decompress(input),
  BROTLI: (input: Uint8Array) => brotliDecompressSync(input),
};

/**
 * Reads the column `options.field`; `a.b` is the field `b` of the struct column `a`.
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
  const { field, stats } = options;
  const path = field.split('.');
  try {
    const buffer = await openBuffer(file, source, shown);
    const metadata = await parquetMetadataAsync(buffer);
    const columns = metadata.schema[0]?.num_children === undefined ? [] : topColumns(metadata.schema);
    const column = columns.includes(field) ? field : path[0]!;
    if (!columns.includes(column)) throw missingField(shown, 'the schema', 'column', field, columns);
    const keyColumn = documentColumn(columns, options.documentField);
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await parquetReadObjects({
        file: buffer,
        metadata,
        columns: keyColumn === undefined || keyColumn === column ? [column] : [column, keyColumn],
        rowStart,
        rowEnd,
        compressors,
      });
      const values = rows.map((row) => pick(row, field, path));
      const texts = values.filter((value) => typeof value === 'string');
      if (texts.length === 0 && rows.length > 0 && rowStart === 0 && values.some((value) => value != null)) {
        throw missingField(shown, 'the file', 'column', field, columns);
      }
      stats.withoutText += values.length - texts.length;
      const documentKeys = rows
        .filter((_, row) => typeof values[row] === 'string')
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
    if (isReadInPlace(file, source)) stats.inputs.push(await hashFile(file.path));
  } catch (error) {
    throw asInputError(error, shown, 'Parquet');
  }
}

/** The column that a document field is in, if the file has it. */
function documentColumn(columns: readonly string[], field: string | undefined): string | undefined {
  if (field === undefined) return undefined;
  return [field, field.split('.')[0]!].find((name) => columns.includes(name));
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

async function openBuffer(file: CorpusFile, source: ByteSource, shown: string): Promise<AsyncBuffer> {
  if (isReadInPlace(file, source)) {
    // Only the head has been read; the rest is read where it is needed.
    await source.chunks[Symbol.asyncIterator]().return?.();
    return asyncBufferFromFile(file.path);
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
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of collected) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { byteLength: length, slice: (start, end) => bytes.slice(start, end).buffer };
}
