// The columns with text of a CSV or TSV file with a header row, as texts. Rows are parsed by fast-csv, as they stream in.
// CSV follows RFC 4180 (quotes, line feeds in cells). TSV has no quoting: a quotation mark in it is a character.

import { Readable } from 'node:stream';
import { parse } from 'fast-csv';
import { groupDigits } from '../../../core/counted.ts';
import { InputError } from '../../../errors.ts';
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

/**
 * UTF-16 units that may be waiting for the end of a row: fast-csv reads a row again with every chunk until it is whole, which
 * takes the square of the time.
 */
const MAX_ROW_UNITS = 2 ** 23;

/** Reads the columns `options.fields`, found by their names in the header row. */
export async function* readCsvColumn(
  text: AsyncIterable<string>,
  shown: string,
  delimiter: ',' | '\t',
  options: RecordOptions,
): AsyncGenerator<RecordBatch> {
  let waiting = 0;
  async function* watched(): AsyncGenerator<string> {
    for await (const chunk of text) {
      waiting += chunk.length;
      if (waiting > MAX_ROW_UNITS) {
        throw new InputError(`${shown}: a row is longer than ${groupDigits(MAX_ROW_UNITS)} characters`, {
          hint: 'A quotation mark that opens a cell may have none that closes it.',
        });
      }
      yield chunk;
    }
  }
  const source = Readable.from(watched());
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
      waiting = 0;
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
