// The records of one corpus file as batches of texts, whatever its format: lines, JSON values, table cells, counted
// entries. A record is given as it is; splitting, filtering and counting happen in read-corpus.ts.

import { InputError, messageOf } from '../../../errors.ts';
import { type ByteSource, openByteSource } from '../byte-source.ts';
import { formatOfHead } from '../corpus-format.ts';
import { decodeText } from '../decode-text.ts';
import type { CorpusFile } from '../expand-inputs.ts';
import { cutOffPart, hasFronts, parseTableHeader, TABLE_END, TABLE_MAGIC } from '../frequency-table.ts';
import { hashChunks } from '../input-hash.ts';
import { withoutRareEntries } from '../rare-entries.ts';
import {
  documentKeyOf,
  keysOf,
  missingField,
  type RecordBatch,
  type RecordOptions,
  textPathsOf,
} from './corpus-record.ts';
import { textAt } from './field-path.ts';
import { isUtf8Text, textBlocks } from './text-blocks.ts';
import { type LineBatch, textLines } from './text-lines.ts';

/**
 * Reads one file.
 *
 * @throws InputError when it is missing, damaged, not a corpus, or has no such field or column
 */
export async function* readRecords(file: CorpusFile, options: RecordOptions): AsyncGenerator<RecordBatch> {
  const { stats } = options;
  const { range } = file;
  const isInside = range !== undefined && range.start > 0;
  const shown = file.path === '-' ? 'standard input' : `${file.path}${isInside ? ` from byte ${range.start}` : ''}`;
  stats.files++;
  const bytesBefore = stats.bytesRead;
  const opened = await openByteSource(file, {
    stdin: options.stdin,
    onRead: (bytes) => {
      stats.bytesRead += bytes;
    },
  });
  const chunks = hashChunks(opened.chunks, file.path, (hash) => stats.inputs.push(hash));
  const source: ByteSource = { ...opened, chunks };
  const format =
    range?.format ??
    options.format ??
    formatOfHead(file.path, source.head, {
      shown,
      isEncoded: options.encoding !== 'utf-8',
      hasFields: options.fields !== undefined,
    });
  // The readers of tables bring packages with them that other formats need not wait for.
  if (format === 'parquet') {
    const { readParquetColumn } = await import('./read-parquet.ts');
    yield* readParquetColumn(file, source, shown, bytesBefore, options);
    return;
  }
  const decoding = { ...options, isInside };
  if (format === 'text' && options.asBytes && isUtf8Text(source, options)) {
    yield* textBlocks(source.chunks, shown, decoding);
    return;
  }
  const { rare } = options;
  const hasRare = rare !== undefined && format === 'counts' && options.encoding === 'utf-8';
  const wanted = hasRare ? withoutRareEntries(source.chunks, rare) : source.chunks;
  const text = decodeText(wanted, shown, decoding, (sequences) => {
    stats.invalidUtf8 += sequences;
  });
  if (format === 'csv' || format === 'tsv') {
    const { readCsvColumn } = await import('./read-csv.ts');
    yield* readCsvColumn(text, shown, format === 'csv' ? ',' : '\t', options);
    return;
  }
  const batches = textLines(text, { shown, fragments: options.fragments && format === 'text' });
  if (format === 'text') for await (const { lines, open } of batches) yield { texts: lines, open };
  else if (format === 'jsonl') yield* readJsonLines(batches, shown, decoding);
  else yield* readCounts(batches, shown, options.onTable);
}

async function* readJsonLines(
  batches: AsyncIterable<LineBatch>,
  shown: string,
  options: RecordOptions & { readonly isInside: boolean },
): AsyncGenerator<RecordBatch> {
  const paths = textPathsOf(options);
  let lineNumber = 0;
  // Whether the field is there is asked of the first record of a file, not of every part of it.
  let found = options.isInside;
  for await (const { lines } of batches) {
    const texts: string[] = [];
    const documentKeys: (string | undefined)[] = [];
    for (const line of lines) {
      lineNumber++;
      if (line.trim() === '') continue;
      const value = parseJson(line, shown, lineNumber);
      const text = typeof value === 'string' ? value : textAt(value, paths);
      if (text !== undefined) {
        texts.push(text);
        documentKeys.push(documentKeyOf(value, options.documentField));
      } else if (found) options.stats.withoutText++;
      else
        throw missingField(`${shown}: line ${lineNumber}`, 'field', options, { present: keysOf(value), record: value });
      found = true;
    }
    if (texts.length > 0) yield { texts, documentKeys };
  }
}

function parseJson(line: string, shown: string, lineNumber: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw new InputError(`${shown}: line ${lineNumber} is not JSON (${messageOf(cause)})`, {
      cause,
      hint: 'Each line must be a JSON string or an object; plain text belongs in a .txt file.',
    });
  }
}

async function* readCounts(
  batches: AsyncIterable<LineBatch>,
  shown: string,
  onTable: RecordOptions['onTable'],
): AsyncGenerator<RecordBatch> {
  let lineNumber = 0;
  let fronts = {};
  let end: 'none' | 'missing' | 'there' = 'none';
  for await (const { lines } of batches) {
    const texts: string[] = [];
    const counts: number[] = [];
    for (const line of lines) {
      lineNumber++;
      if (lineNumber === 1 && line.startsWith(TABLE_MAGIC)) {
        const header = parseTableHeader(line, shown);
        onTable?.(shown, header);
        if (hasFronts(header)) fronts = { hasFronts: true };
        if (header.part !== undefined) end = 'missing';
        continue;
      }
      if (line === '') continue;
      if (end === 'missing' && line === TABLE_END) {
        end = 'there';
        continue;
      }
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
    if (texts.length > 0) yield { texts, counts, ...fronts };
  }
  if (end === 'missing') throw cutOffPart(shown);
}
