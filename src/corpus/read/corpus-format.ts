// Which format a corpus file has: by the extension of its name, then by its first bytes. Extensions are peeled from the
// right, so `wiki.jsonl.gz` is gzip around JSON Lines. A name that says nothing is text when its bytes look like text.
// It never guesses at documents (PDF, Word, HTML): markup is not training text, and saying so beats learning it.

import { counted, groupDigits } from '../../core/counted.ts';
import { InputError } from '../../errors.ts';
import { TABLE_MAGIC } from './frequency-table.ts';

/**
 * How records are told apart in a file: `text` one a line; `jsonl` one JSON value a line; `csv` and `tsv` with a header
 * row; `parquet`; `counts` lines of `text<tab>count`, which frequency tables are as well.
 */
export type CorpusFormat = 'text' | 'jsonl' | 'csv' | 'tsv' | 'parquet' | 'counts';

/** What a file is wrapped in. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'brotli';

const FORMAT_EXTENSIONS: Readonly<Record<string, CorpusFormat>> = {
  txt: 'text',
  text: 'text',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  csv: 'csv',
  tsv: 'tsv',
  parquet: 'parquet',
};

const COMPRESSION_EXTENSIONS: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  gzip: 'gzip',
  zst: 'zstd',
  zstd: 'zstd',
  br: 'brotli',
};

/** Formats people have text in that cannot be read here, with the way out. */
const DOCUMENT_EXTENSIONS: Readonly<Record<string, string>> = {
  html: 'Extract its text to a .txt file first.',
  htm: 'Extract its text to a .txt file first.',
  xml: 'Extract its text to a .txt file first.',
  epub: 'Extract its text to a .txt file first.',
  pdf: 'Extract its text to a .txt file first.',
  doc: 'Save it as plain text (UTF-8) first.',
  docx: 'Save it as plain text (UTF-8) first.',
  rtf: 'Save it as plain text (UTF-8) first.',
  odt: 'Save it as plain text (UTF-8) first.',
  xls: 'Save it as CSV (UTF-8) first.',
  xlsx: 'Save it as CSV (UTF-8) first.',
  ods: 'Save it as CSV (UTF-8) first.',
  zip: 'Unpack it first.',
  tar: 'Unpack it first.',
  tgz: 'Unpack it first.',
  '7z': 'Unpack it first.',
  rar: 'Unpack it first.',
  bz2: 'Unpack it first, or use .gz or .zst.',
  xz: 'Unpack it first, or use .gz or .zst.',
};

/** Bytes of the head of a file that {@link formatOfHead} wants to see. */
export const HEAD_BYTES = 4096;

/** What a file name says; each part `undefined` when it says nothing. */
export interface NamedFormat {
  readonly format: CorpusFormat | undefined;
  readonly compression: Compression | undefined;
}

/** Format and compression by the extensions of a file name. */
export function formatOfName(name: string): NamedFormat {
  const extensions = name.toLowerCase().split('.').slice(1);
  const compression = lookUp(COMPRESSION_EXTENSIONS, extensions.at(-1));
  if (compression !== undefined) extensions.pop();
  return { format: lookUp(FORMAT_EXTENSIONS, extensions.at(-1)), compression };
}

/** True for files that are taken from a folder: the name has an extension that is known to hold a corpus. */
export function isCorpusName(name: string): boolean {
  return formatOfName(name).format !== undefined;
}

/** Compression by the first bytes; brotli has no mark. */
export function compressionOfHead(head: Uint8Array): Compression {
  if (startsWith(head, [0x1f, 0x8b])) return 'gzip';
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return 'zstd';
  return 'none';
}

/**
 * The format of a file by its name and its first (decompressed) bytes.
 *
 * @param name file name, for its extensions; `-` for standard input
 * @param shown the name to use in messages
 * @throws InputError for a format that cannot be read, and for binary data
 */
export function formatOfHead(name: string, head: Uint8Array, shown: string): CorpusFormat {
  const { format, compression } = formatOfName(name);
  if (startsWith(head, [0x50, 0x41, 0x52, 0x31])) return 'parquet';
  if (format === 'parquet') {
    throw new InputError(`${shown}: is not a Parquet file (it does not start with PAR1)`, {
      hint: 'Check the file, or give it the extension of its real format.',
    });
  }
  refuseBinary(head, shown);
  const start = Buffer.from(head.subarray(0, 64))
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '');
  if (start.startsWith(TABLE_MAGIC)) return 'counts';
  if (format !== undefined) return format;
  const extensions = name.toLowerCase().split('.').slice(1);
  if (compression !== undefined) extensions.pop();
  const extension = extensions.at(-1) ?? '';
  const wayOut = lookUp(DOCUMENT_EXTENSIONS, extension);
  if (wayOut !== undefined) throw new InputError(`${shown}: .${extension} files cannot be read`, { hint: wayOut });
  if (extension === 'json') return formatOfJson(start, shown);
  return 'text';
}

function formatOfJson(start: string, shown: string): CorpusFormat {
  if (start.trimStart().startsWith('{')) return 'jsonl';
  throw new InputError(`${shown}: is one JSON document, not one JSON value a line`, {
    hint: "Turn an array into JSON Lines first, for instance with: jq -c '.[]'",
  });
}

const SIGNATURES: readonly (readonly [signature: readonly number[], what: string])[] = [
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG image'],
  [[0xff, 0xd8, 0xff], 'a JPEG image'],
  [[0x47, 0x49, 0x46, 0x38], 'a GIF image'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF document'],
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive (also .docx, .xlsx, .epub)'],
  [[0x7f, 0x45, 0x4c, 0x46], 'a program'],
  [[0x47, 0x47, 0x55, 0x46], 'a GGUF model'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'an SQLite database'],
  [[0x42, 0x5a, 0x68], 'a bzip2 archive'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'an xz archive'],
];

/** Share of control characters above which a file is taken for binary data; text with a few NUL bytes is below. */
const MAX_CONTROL_SHARE = 0.1;

function refuseBinary(head: Uint8Array, shown: string): void {
  const hint = 'Give text, .jsonl, .csv, .tsv or .parquet files, plain or as .gz or .zst.';
  for (const [signature, what] of SIGNATURES) {
    if (startsWith(head, signature)) throw new InputError(`${shown}: is ${what}, not text`, { hint });
  }
  // UTF-16 has a NUL in every ASCII character, and says so with a byte order mark.
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) return;
  let controls = 0;
  for (const byte of head) if (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b) controls++;
  if (controls > head.length * MAX_CONTROL_SHARE) {
    throw new InputError(
      `${shown}: is binary data, not text (${counted(controls, 'control byte')} in the first ${groupDigits(head.length)})`,
      {
        hint,
      },
    );
  }
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

function lookUp<T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
