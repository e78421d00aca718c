// What the readers of all formats share: records on their way out, how a field is found in one, and the errors for a field
// that is not there or a file that its library cannot read. It reads nothing itself.

import { isObject } from '../../../core/json-object.ts';
import { InputError, messageOf, VocabMergeError } from '../../../errors.ts';
import type { CorpusFormat } from '../corpus-format.ts';
import type { CorpusStats } from '../corpus-stats.ts';
import type { DecodeOptions } from '../decode-text.ts';
import type { FrequencyTableHeader } from '../frequency-table.ts';
import type { RareEntries } from '../rare-entries.ts';
import { type FieldPath, parseFieldPath, textFieldsOf, valueAt } from './field-path.ts';

/** Some records, in order. */
export interface RecordBatch {
  /** Instead of texts: whole lines, in UTF-8, with the buffer to themselves; see {@link RecordOptions.asBytes}. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly texts: readonly string[];
  /** Count of each record, `[texts]`; left out when all are 1. */
  readonly counts?: readonly number[];
  /** The texts are entries of a frequency table with fronts: see `hasFronts`. */
  readonly hasFronts?: boolean;
  /** The last text is only the beginning of a line that goes on with the first text of the next batch. */
  readonly open?: boolean;
  /** For formats with records: the value of `documentField` in each, `undefined` where there is none. `[texts]` */
  readonly documentKeys?: readonly (string | undefined)[];
}

/** Where the text of a record is, and what to do on the way. */
export interface RecordOptions extends DecodeOptions {
  /** Instead of what the name and the bytes say. */
  readonly format: CorpusFormat | undefined;
  /** Fields of JSON objects, columns of tables, see field-path.ts; undefined for `text`. */
  readonly fields: readonly string[] | undefined;
  /** Field or column that says to which document a record belongs. */
  readonly documentField?: string | undefined;
  /** What `-` reads, default `process.stdin`. */
  readonly stdin?: AsyncIterable<Uint8Array | string> | undefined;
  readonly stats: CorpusStats;
  /** Hand out very long lines of text files in fragments, see {@link RecordBatch.open}. */
  readonly fragments: boolean;
  /** Hand out the lines of text files as bytes where they are UTF-8, for those who decode them elsewhere. Default false. */
  readonly asBytes?: boolean | undefined;
  /** Told the header of each frequency table before its entries come. */
  readonly onTable?: ((path: string, header: FrequencyTableHeader) => void) | undefined;
  /** Entries of frequency tables that are not handed out, where the tables are UTF-8. Default: all are. */
  readonly rare?: RareEntries | undefined;
}

/** The value that names the document of a record; numbers do as well. */
export function documentKeyOf(record: unknown, field: string | undefined): string | undefined {
  if (field === undefined) return undefined;
  const key = valueAt(record, parseFieldPath(field));
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' ? String(key) : undefined;
}

/** Names of the fields of an object, for messages. */
export function keysOf(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}

/** The fields that hold the text, ready to be looked up. */
export function textPathsOf({ fields = ['text'] }: Pick<RecordOptions, 'fields'>): FieldPath[] {
  return fields.map(parseFieldPath);
}

/**
 * The error for fields or columns that are not there, with those that are.
 *
 * @param record the record that has no text; of its fields, those with text are named in the hint
 */
export function missingField(
  where: string,
  kind: 'field' | 'column',
  { fields = ['text'] }: Pick<RecordOptions, 'fields'>,
  { present, record }: { readonly present: readonly string[]; readonly record?: unknown },
): InputError {
  const wanted = fields.map((name) => JSON.stringify(name)).join(', ');
  const what = `the ${kind}${fields.length === 1 ? '' : 's'} ${wanted}`;
  const texts = textFieldsOf(record);
  const asList = fields.length === 1 ? texts.filter((name) => name.startsWith(`${fields[0]}[]`)) : [];
  if (asList.length > 0) {
    return new InputError(`${where} has a list in ${what}`, { hint: `Name the text in it: --field ${quote(asList)}.` });
  }
  const names = present.slice(0, 12).map((name) => JSON.stringify(name));
  const list = names.length === 0 ? '' : `; it has ${names.join(', ')}${present.length > names.length ? ', ...' : ''}`;
  const separator = kind === 'column' && present.length === 1 ? /[;|\t]/.exec(present[0]!)?.[0] : undefined;
  if (separator !== undefined) {
    return new InputError(`${where} has no text in ${what}${list}`, {
      hint: `Its columns are separated by ${JSON.stringify(separator)}: write commas instead, or tabs in a .tsv file.`,
    });
  }
  const example = texts.length === 0 ? '' : `, such as --field ${quote(texts.slice(0, 4))}`;
  return new InputError(`${where} has no text in ${what}${list}`, {
    hint: `Name the ${kind} that holds the text, with --field${example}.`,
  });
}

// Brackets mean something to shells.
function quote(fields: readonly string[]): string {
  const value = fields.join(',');
  return value.includes('[') ? `'${value}'` : value;
}

/** Any error of a library that reads a format, as an InputError that names the file. */
export function asInputError(error: unknown, shown: string, format: string): VocabMergeError {
  if (error instanceof VocabMergeError) return error;
  return new InputError(`${shown}: cannot be read as ${format} (${messageOf(error)})`, {
    cause: error,
    hint: 'The file is damaged or of another format.',
  });
}
