// Bytes to text, chunk by chunk: UTF-8 with invalid sequences replaced by U+FFFD and counted (or refused), UTF-16 when a
// byte order mark says so, and any other encoding by name. The byte order mark itself is not text.
// It deliberately does not guess encodings: a file that is plainly not UTF-8 is refused with the command that converts it.

import { isUtf8 } from 'node:buffer';
import { InputError, OptionError } from '../../errors.ts';
import { refuseUtf16 } from './corpus-format.ts';

/** Options of {@link decodeText}. */
export interface DecodeOptions {
  /** A label of the Encoding Standard, such as `utf-8`, `gb18030`, `big5`, `utf-16le`. */
  readonly encoding: string;
  /** What to do about bytes that are not valid UTF-8. */
  readonly invalidUtf8: 'replace' | 'error';
  /** The text is from inside of a file: it has no byte order mark, and its first lines say nothing of the others. */
  readonly isInside?: boolean | undefined;
}

/** Replacements in the first chunk, and their share of its characters, above which a file is not taken for UTF-8. */
const MAX_REPLACED = 64;
const MAX_REPLACED_SHARE = 0.1;

const REPLACEMENT = '\uFFFD';

/**
 * Decodes a stream of bytes.
 *
 * @param shown name of the file, for messages
 * @param onInvalid told the number of sequences that were replaced
 * @throws InputError when the text is not in the encoding
 */
export async function* decodeText(
  chunks: AsyncIterable<Uint8Array>,
  shown: string,
  options: DecodeOptions,
  onInvalid: (sequences: number) => void,
): AsyncGenerator<string> {
  const { label, skip, rest } = options.isInside
    ? { label: createDecoder(options.encoding).encoding, skip: 0, rest: chunks }
    : await findEncoding(chunks, options.encoding);
  if (label !== 'utf-8') {
    const decoder = createDecoder(label);
    for await (const chunk of rest) yield stripMark(decoder.decode(chunk, { stream: true }));
    yield decoder.decode();
    return;
  }
  let carried = new Uint8Array(0);
  let offset = skip;
  const decode = createUtf8Decoder(shown, options, onInvalid);
  for await (const chunk of rest) {
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    const end = lastBoundary(bytes);
    // Copied: the reader may use its buffer again.
    carried = Uint8Array.from(bytes.subarray(end));
    if (end > 0) {
      yield decode(bytes.subarray(0, end), offset);
    }
    offset += end;
  }
  if (carried.length > 0) yield decode(carried, offset);
}

/**
 * Decodes UTF-8 that comes in parts of whole characters. The first part is refused when it is plainly something else.
 *
 * @returns a function of a part and its place in the file, which throws as {@link decodeText}
 */
export function createUtf8Decoder(
  shown: string,
  options: Pick<DecodeOptions, 'invalidUtf8' | 'isInside'>,
  onInvalid: (sequences: number) => void,
): (bytes: Uint8Array, offset: number) => string {
  let first = !options.isInside;
  return (bytes, offset) => {
    const isFirst = first;
    first = false;
    if (isUtf8(bytes)) return asBuffer(bytes).toString('utf8');
    const text = createDecoder('utf-8').decode(bytes);
    const replaced = countReplaced(text, bytes);
    if (options.invalidUtf8 === 'error') throw invalid(shown, bytes, offset);
    if (isFirst && replaced > MAX_REPLACED && replaced > text.length * MAX_REPLACED_SHARE) {
      refuseUtf16(bytes, shown);
      throw new InputError(
        `${shown}: is not UTF-8 text (${replaced} invalid sequences in its first ${bytes.length} bytes)`,
        { hint: `Convert it first, Chinese text for instance with: iconv -f GB18030 -t UTF-8` },
      );
    }
    onInvalid(replaced);
    return text;
  };
}

interface FoundEncoding {
  readonly label: string;
  /** Bytes of the mark that was skipped. */
  readonly skip: number;
  readonly rest: AsyncIterable<Uint8Array>;
}

// Looks for a byte order mark, which overrules the option, and skips the one of UTF-8.
async function findEncoding(chunks: AsyncIterable<Uint8Array>, encoding: string): Promise<FoundEncoding> {
  const iterator = chunks[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array(0);
  while (start.length < 3) {
    const next = await iterator.next();
    if (next.done) break;
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
  }
  const [a, b, c] = start;
  const utf8Mark = a === 0xef && b === 0xbb && c === 0xbf;
  const label = utf8Mark
    ? 'utf-8'
    : a === 0xff && b === 0xfe
      ? 'utf-16le'
      : a === 0xfe && b === 0xff
        ? 'utf-16be'
        : createDecoder(encoding).encoding;
  const skip = utf8Mark ? 3 : 0;
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      if (start.length > skip) yield start.subarray(skip);
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { label, skip, rest: rest() };
}

function createDecoder(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { ignoreBOM: true });
  } catch (cause) {
    throw new OptionError(`encoding: ${JSON.stringify(encoding)} is not known`, {
      cause,
      hint: 'Examples are utf-8, gb18030, big5, utf-16le.',
    });
  }
}

function stripMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// End of the last sequence that is certainly complete; at most three bytes are left over.
function lastBoundary(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

// Replacement characters that the text itself has are not replacements.
function countReplaced(text: string, bytes: Uint8Array): number {
  let count = 0;
  for (let at = text.indexOf(REPLACEMENT); at >= 0; at = text.indexOf(REPLACEMENT, at + 1)) count++;
  const own = Buffer.from(REPLACEMENT);
  const buffer = asBuffer(bytes);
  for (let at = buffer.indexOf(own); at >= 0; at = buffer.indexOf(own, at + 3)) count--;
  return count;
}

function invalid(shown: string, bytes: Uint8Array, offset: number): InputError {
  // The first invalid byte: the end of the longest valid beginning.
  let low = 0;
  let high = bytes.length;
  while (high - low > 4) {
    const middle = (low + high) >> 1;
    const end = lastBoundary(bytes.subarray(0, middle));
    if (end > low && isUtf8(bytes.subarray(0, end))) low = end;
    else high = middle;
  }
  while (low < bytes.length) {
    const byte = bytes[low]!;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (!isUtf8(bytes.subarray(low, low + length))) break;
    low += length;
  }
  const shownByte = `0x${(bytes[low] ?? 0).toString(16).padStart(2, '0')}`;
  return new InputError(`${shown}: invalid UTF-8 at byte ${offset + low} (${shownByte})`, {
    hint: 'Repair the file, or let invalid sequences be replaced by U+FFFD.',
  });
}
