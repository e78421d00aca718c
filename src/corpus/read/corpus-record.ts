// What the readers of all formats share: records on their way out, how a field is found in one, and the errors for a field
// that is not there or a file that its library cannot read. It reads nothing itself.

import { isObject } from '../../core/json-object.ts';
import { InputError, VocabMergeError } from '../../errors.ts';
import type { CorpusFormat } from './corpus-format.ts';
import type { CorpusStats } from './corpus-stats.ts';
import type { DecodeOptions } from './decode-text.ts';

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

/** The value that names the document of a record; numbers do as well. */
export function documentKeyOf(record: unknown, field: string | undefined): string | undefined {
  if (field === undefined) return undefined;
  const key = pick(record, field, field.split('.'));
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' ? String(key) : undefined;
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

/** Any error of a library that reads a format, as an InputError that names the file. */
export function asInputError(error: unknown, shown: string, format: string): VocabMergeError {
  if (error instanceof VocabMergeError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new InputError(`${shown}: cannot be read as ${format} (${detail})`, {
    cause: error,
    hint: 'The file is damaged or of another format.',
  });
}
