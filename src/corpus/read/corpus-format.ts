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
};

/** What is packed in ways that are not read here, by extension: programs that unpack a file to standard output. */
const UNPACKERS: Readonly<Record<string, string>> = {
  zip: 'unzip -p',
  '7z': '7z x -so',
  rar: 'unrar p -inul',
  bz2: 'bzip2 -dc',
  xz: 'xz -dc',
  lzma: 'xz -dc',
  lz4: 'lz4 -dc',
  tar: 'tar -xOf',
  tgz: 'tar -xOf',
  txz: 'tar -xOf',
  tbz2: 'tar -xOf',
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
  // A frame of Zstandard, or one to skip, which pzstd puts in front of each.
  const isSkippable = (head[0]! & 0xf0) === 0x50 && startsWith(head, [undefined, 0x2a, 0x4d, 0x18]);
  if (isSkippable || startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return 'zstd';
  return 'none';
}

/** What {@link formatOfHead} is told besides. */
export interface HeadOptions {
  /** The name to use in messages. */
  readonly shown: string;
  /** The text is said to be in another encoding than UTF-8, whose bytes may look like anything. */
  readonly isEncoded: boolean;
  /** A field was asked for: what looks like JSON and has no extension that says otherwise is read as JSON Lines. */
  readonly hasFields: boolean;
}

/**
 * The format of a file by its name and its first (decompressed) bytes.
 *
 * @param name file name, for its extensions; `-` for standard input
 * @throws InputError for a format that cannot be read, and for binary data
 */
export function formatOfHead(name: string, head: Uint8Array, options: HeadOptions): CorpusFormat {
  const { shown, isEncoded, hasFields } = options;
  const { format, compression } = formatOfName(name);
  if (startsWith(head, [0x50, 0x41, 0x52, 0x31])) return 'parquet';
  if (format === 'parquet') {
    throw new InputError(`${shown}: is not a Parquet file (it does not start with PAR1)`, {
      hint: 'Check the file, or give it the extension of its real format.',
    });
  }
  const extensions = name.toLowerCase().split('.').slice(1);
  if (compression !== undefined) extensions.pop();
  const extension = extensions.at(-1);
  const unpacker = lookUp(UNPACKERS, extension);
  const wayOut =
    lookUp(DOCUMENT_EXTENSIONS, extension) ?? (unpacker === undefined ? undefined : unpackHint(unpacker, name, shown));
  refuseSignatures(head, name, { shown, wayOut });
  if (!isEncoded) refuseControls(head, shown);
  const start = Buffer.from(head.subarray(0, 64))
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '');
  if (start.startsWith(TABLE_MAGIC)) return 'counts';
  if (format !== undefined) return format;
  if (wayOut !== undefined) throw new InputError(`${shown}: .${extension} files cannot be read`, { hint: wayOut });
  if (extension === 'json') return formatOfJson(start, shown);
  return hasFields && /^\s*[{[]/.test(start) ? 'jsonl' : 'text';
}

function unpackHint(unpacker: string, name: string, shown: string): string {
  if (name === '-') return `Unpack it in front of this command, for instance with ${unpacker}.`;
  const { format } = formatOfName(name.slice(0, Math.max(0, name.lastIndexOf('.'))));
  // Of tables the name alone says that they are some.
  if (format === 'csv' || format === 'tsv') return 'Unpack it first.';
  return `Unpack it on the way: ${unpacker} ${shown} | vocab-merge … --input -${format === 'jsonl' ? ' --field text' : ''}`;
}

function formatOfJson(start: string, shown: string): CorpusFormat {
  if (start.trimStart().startsWith('{')) return 'jsonl';
  throw new InputError(`${shown}: is one JSON document, not one JSON value a line`, {
    hint: `Turn an array into JSON Lines on the way: jq -c '.[]' ${shown} | vocab-merge … --input - --field text`,
  });
}

/** Bytes that files of some kinds begin with; `undefined` is any byte. */
type Signature = readonly (number | undefined)[];

const SIGNATURES: readonly (readonly [signature: Signature, what: string, unpacker?: string])[] = [
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG image'],
  [[0xff, 0xd8, 0xff], 'a JPEG image'],
  [[0x47, 0x49, 0x46, 0x38], 'a GIF image'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF document'],
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive (also .docx, .xlsx, .epub)', 'unzip -p'],
  [[0x7f, 0x45, 0x4c, 0x46], 'a program'],
  [[0x47, 0x47, 0x55, 0x46], 'a GGUF model'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'an SQLite database'],
  [[0x42, 0x5a, 0x68, undefined, 0x31, 0x41, 0x59], 'a bzip2 archive', 'bzip2 -dc'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'an xz archive', 'xz -dc'],
  [[0x04, 0x22, 0x4d, 0x18], 'an lz4 archive', 'lz4 -dc'],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 'a 7z archive', '7z x -so'],
  [[0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], 'a RAR archive', 'unrar p -inul'],
  [[...new Array<undefined>(257), 0x75, 0x73, 0x74, 0x61, 0x72], 'a tar archive', 'tar -xOf'],
];

/** Share of control characters above which a file is taken for binary data; text with a few NUL bytes is below. */
const MAX_CONTROL_SHARE = 0.1;

const READABLE = 'Give text, .jsonl, .csv, .tsv or .parquet files, plain or as .gz or .zst.';

interface RefusalOptions {
  readonly shown: string;
  /** What the name says is to be done with such a file. */
  readonly wayOut: string | undefined;
}

function refuseSignatures(head: Uint8Array, name: string, { shown, wayOut }: RefusalOptions): void {
  for (const [signature, what, unpacker] of SIGNATURES) {
    if (!startsWith(head, signature)) continue;
    const hint = wayOut ?? (unpacker === undefined ? READABLE : unpackHint(unpacker, name, shown));
    throw new InputError(`${shown}: is ${what}, not text`, { hint });
  }
}

/** True for text that begins with the byte order mark of UTF-16: its line ends are no single bytes. */
export function hasUtf16Mark(head: Uint8Array): boolean {
  return startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff]);
}

function refuseControls(head: Uint8Array, shown: string): void {
  // UTF-16 has a NUL in every ASCII character, and says so with a byte order mark.
  if (hasUtf16Mark(head)) return;
  let controls = 0;
  for (const byte of head) if (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b) controls++;
  if (controls <= head.length * MAX_CONTROL_SHARE) return;
  refuseUtf16(head, shown);
  throw new InputError(
    `${shown}: is binary data, not text (${counted(controls, 'control byte')} in the first ${groupDigits(head.length)})`,
    { hint: READABLE },
  );
}

/** Share of the units that must look like text in a common script. */
const LEAST_PLAUSIBLE_SHARE = 0.9;

/**
 * Refuses what is plainly UTF-16 without a byte order mark: every ASCII character has a NUL in it, always on the same side,
 * and the units read that way are of common scripts. Other encodings have no NUL.
 *
 * @throws InputError with the command that converts it
 */
export function refuseUtf16(bytes: Uint8Array, shown: string): void {
  for (const [encoding, highSide] of [
    ['UTF-16LE', 1],
    ['UTF-16BE', 0],
  ] as const) {
    const units = bytes.length >> 1;
    let [plausible, nuls] = [0, 0];
    for (let i = 0; i < 2 * units; i += 2) {
      const [high, low] = [bytes[i + highSide]!, bytes[i + 1 - highSide]!];
      if (high === 0) nuls++;
      if (isCommonUnit(high, low)) plausible++;
    }
    if (nuls === 0 || plausible < units * LEAST_PLAUSIBLE_SHARE) continue;
    throw new InputError(`${shown}: is UTF-16 text without a byte order mark, not UTF-8`, {
      hint: `Convert it first: iconv -f ${encoding} -t UTF-8 ${shown} > utf8.txt`,
    });
  }
}

// ASCII and Latin to Arabic, Thai, punctuation, kana and CJK punctuation, Han, Hangul, full width.
function isCommonUnit(high: number, low: number): boolean {
  if (high === 0) return low >= 0x20 || low === 0x0a || low === 0x0d || low === 0x09;
  if (high <= 0x06 || high === 0x0e || high === 0x20 || high === 0x30 || high === 0xff) return true;
  return (high >= 0x4e && high <= 0x9f) || (high >= 0xac && high <= 0xd7);
}

function startsWith(bytes: Uint8Array, signature: Signature): boolean {
  return signature.every((byte, i) => byte === undefined || bytes[i] === byte);
}

function lookUp<T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
