// The records of one corpus file as batches of texts, whatever its format: lines, JSON values, table cells, counted
// entries. A record is given as it is; splitting, filtering and counting happen in read-corpus.ts.

import { isObject } from '../../core/json-object.ts';
import { InputError, VocabMergeError } from '../../errors.ts';
import { type ByteSource, openByteSource } from './byte-source.ts';
import { type CorpusFormat, formatOfHead } from './corpus-format.ts';
import type { CorpusStats } from './corpus-stats.ts';
import { type DecodeOptions, decodeText } from './decode-text.ts';
import type { CorpusFile } from './expand-inputs.ts';
import { TABLE_MAGIC } from './frequency-table.ts';
import { hashChunks } from './input-hash.ts';
import { readCsvColumn } from './read-csv.ts';
import { readParquetColumn } from './read-parquet.ts';
import { type LineBatch, textLines } from './text-lines.ts';

/** Some records, in order. */
export interface RecordBatch {
  readonly texts: readonly string[];
  /** Count of each record, `[texts]`; left out when all are 1. */
  readonly counts?: readonly number[];
  /** The last text is only the beginning of a line that goes on with the first text of the next batch. */
  readonly open?: boolean;
  /** For formats with records: the value of `documentField` in each, `undefined` where there is none. `[texts]` */
  readonly documentKeys?: readonly (string | undefined)[];
}

/** Where the text of a record is, and what to do on the way. */
export interface RecordOptions extends DecodeOptions {
  /** Instead of what the name and the bytes say. */
  readonly format: CorpusFormat | undefined;
  /** Field of JSON objects, column of tables; `a.b` goes into nested objects. */
  readonly field: string;
  /** Field or column that says to which document a record belongs. */
  readonly documentField?: string | undefined;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stats: CorpusStats;
  /** Hand out very long lines of text files in fragments, see {@link RecordBatch.open}. */
  readonly fragments: boolean;
}

/**
 * Reads one file.
 *
 * @throws InputError when it is missing, damaged, not a corpus, or has no such field or column
 */
export async function* readRecords(file: CorpusFile, options: RecordOptions): AsyncGenerator<RecordBatch> {
  const { stats } = options;
  const shown = file.path === '-' ? 'standard input' : file.path;
  stats.files++;
  const bytesBefore = stats.bytesRead;
  const opened = await openByteSource(file.path, options.stdin, (bytes) => {
    stats.bytesRead += bytes;
  });
  const chunks = hashChunks(opened.chunks, file.path, (hash) => stats.inputs.push(hash));
  const source: ByteSource = { ...opened, chunks };
  const format = options.format ?? formatOfHead(file.path, source.head, shown);
  if (format === 'parquet') {
    yield* readParquetColumn(file, source, shown, bytesBefore, options);
    return;
  }
  const text = decodeText(source.chunks, shown, options, (sequences) => {
    stats.invalidUtf8 += sequences;
  });
  if (format === 'csv' || format === 'tsv') {
    yield* readCsvColumn(text, shown, format === 'csv' ? ',' : '\t', options);
    return;
  }
  const batches = textLines(text, { shown, fragments: options.fragments && format === 'text' });
  if (format === 'text') for await (const { lines, open } of batches) yield { texts: lines, open };
  else if (format === 'jsonl') yield* readJsonLines(batches, shown, options);
  else yield* readCounts(batches, shown);
}

async function* readJsonLines(
  batches: AsyncIterable<LineBatch>,
  shown: string,
  options: RecordOptions,
): AsyncGenerator<RecordBatch> {
  const path = options.field.split('.');
  let lineNumber = 0;
  let found = false;
  for await (const { lines } of batches) {
    const texts: string[] = [];
    const documentKeys: (string | undefined)[] = [];
    for (const line of lines) {
      lineNumber++;
      if (line.trim() === '') continue;
      const value = parseJson(line, shown, lineNumber);
      const text = typeof value === 'string' ? value : pick(value, options.field, path);
      if (typeof text === 'string') {
        texts.push(text);
        documentKeys.push(documentKeyOf(value, options.documentField));
      } else if (found) options.stats.withoutText++;
      else throw missingField(shown, `line ${lineNumber}`, 'field', options.field, keysOf(value));
      found = true;
    }
    if (texts.length > 0) yield { texts, documentKeys };
  }
}

/** The value that names the document of a record; numbers do as well. */
export function documentKeyOf(record: unknown, field: string | undefined): string | undefined {
  if (field === undefined) return undefined;
  const key = pick(record, field, field.split('.'));
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' ? String(key) : undefined;
}

function parseJson(line: string, shown: string, lineNumber: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${shown}: line ${lineNumber} is not JSON (${detail})`, {
      cause,
      hint: 'Each line must be a JSON string or an object; plain text belongs in a .txt file.',
    });
  }
}

/** The value at a path of field names; a field whose name has dots in it is found as well. */
export function pick(value: unknown, field: string, path: readonly string[]): unknown {
  if (isObject(value) && Object.hasOwn(value, field)) return value[field];
  let inner = value;
  for (const name of path) {
    if (!isObject(inner) || !Object.hasOwn(inner, name)) return undefined;
    inner = inner[name];
  }
  return inner;
}

/** Names of the fields of an object, for messages. */
export function keysOf(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}

/** The error for a field or column that is not there, with those that are. */
export function missingField(
  shown: string,
  where: string,
  kind: 'field' | 'column',
  field: string,
  present: readonly string[],
): InputError {
  const names = present.slice(0, 12).map((name) => JSON.stringify(name));
  const list = names.length === 0 ? '' : `; it has ${names.join(', ')}${present.length > names.length ? ', ...' : ''}`;
  return new InputError(`${shown}: ${where} has no text in the ${kind} ${JSON.stringify(field)}${list}`, {
    hint: `Name the ${kind} that holds the text, with --field.`,
  });
}

async function* readCounts(batches: AsyncIterable<LineBatch>, shown: string): AsyncGenerator<RecordBatch> {
  let lineNumber = 0;
  for await (const { lines } of batches) {
    const texts: string[] = [];
    const counts: number[] = [];
    for (const line of lines) {
      lineNumber++;
      if (line === '' || (lineNumber === 1 && line.startsWith(TABLE_MAGIC))) continue;
      const tab = line.lastIndexOf('\t');
      const count = Number(line.slice(tab + 1));
      if (tab < 0 || !/^\d+$/.test(line.slice(tab + 1)) || !Number.isSafeInteger(count) || count < 1) {
        throw new InputError(`${shown}: line ${lineNumber} is not text, a tab and a count of at least 1`, {
          hint: 'For a table with a header row, leave the format to the extension .tsv and name the column.',
        });
      }
      texts.push(line.slice(0, tab));
      counts.push(count);
    }
    if (texts.length > 0) yield { texts, counts };
  }
}

/** Any error of a library that reads a format, as an InputError that names the file. */
export function asInputError(error: unknown, shown: string, format: string): VocabMergeError {
  if (error instanceof VocabMergeError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new InputError(`${shown}: cannot be read as ${format} (${detail})`, {
    cause: error,
    hint: 'The file is damaged or of another format.',
  });
}
