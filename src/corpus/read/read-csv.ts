// The columns with text of a CSV or TSV file with a header row, as texts. Rows are parsed by fast-csv, as they stream in.
// CSV follows RFC 4180 (quotes, line feeds in cells). TSV has no quoting: a quotation mark in it is a character.

import { Readable } from 'node:stream';
import { parse } from 'fast-csv';
import {
  asInputError,
  documentKeyOf,
  keysOf,
  missingField,
  type RecordBatch,
  type RecordOptions,
  textPathsOf,
} from './corpus-record.ts';
import { type FieldPath, textAt } from './field-path.ts';

/** Rows handed out at once. */
const BATCH_ROWS = 512;

/** Reads the columns `options.fields`, found by their names in the header row. */
export async function* readCsvColumn(
  text: AsyncIterable<string>,
  shown: string,
  delimiter: ',' | '\t',
  options: RecordOptions,
): AsyncGenerator<RecordBatch> {
  const source = Readable.from(text);
  const rows = parse<Record<string, string | undefined>, Record<string, string | undefined>>({
    headers: true,
    delimiter,
    quote: delimiter === ',' ? '"' : null,
    discardUnmappedColumns: true,
  });
  source.once('error', (error) => rows.destroy(error));
  let paths: FieldPath[] | undefined;
  let texts: string[] = [];
  let documentKeys: (string | undefined)[] = [];
  try {
    for await (const row of source.pipe(rows) as AsyncIterable<Record<string, string | undefined>>) {
      paths ??= chooseColumns(row, shown, options);
      const cell = textAt(row, paths);
      if (cell === undefined) options.stats.withoutText++;
      else {
        texts.push(cell);
        documentKeys.push(documentKeyOf(row, options.documentField));
      }
      if (texts.length === BATCH_ROWS) {
        yield { texts, documentKeys };
        texts = [];
        documentKeys = [];
      }
    }
  } catch (error) {
    throw asInputError(error, shown, delimiter === ',' ? 'CSV' : 'TSV');
  } finally {
    source.destroy();
  }
  if (texts.length > 0) yield { texts, documentKeys };
}

function chooseColumns(row: Record<string, unknown>, shown: string, options: RecordOptions): FieldPath[] {
  const paths = textPathsOf(options).filter(({ field }) => Object.hasOwn(row, field));
  if (paths.length > 0) return paths;
  throw missingField(`${shown}: the header`, 'column', options, { present: keysOf(row), record: row });
}
