// Reads the metadata at the start of a GGUF file: what stands there under names, the vocabulary among it. It reads no tensor.
// It works on the first bytes of a file of any size, and says how many it needs when those it has do not hold everything.
// Spec: ggml-org/ggml docs/gguf.md, versions 2 and 3, little-endian.
import { counted, groupDigits } from '../../core/counted.ts';
import { FormatError } from '../../errors.ts';

/** Value types by number, as the file gives them. */
export const GGUF_TYPE = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

/** Bytes of a value of each type of {@link GGUF_TYPE}; of strings and arrays the least they take. */
const TYPE_BYTES: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8];

/** Published files have some 50 entries; each takes a place in a map. */
const MAX_ENTRIES = 65_536;
/** The longest key that the specification allows, in bytes. */
const MAX_KEY_BYTES = 65_535;
/** Arrays in arrays are allowed but not used. */
const MAX_DEPTH = 4;

/** A list of the metadata; its values stay bytes until they are asked for. */
export interface GgufArray {
  /** One of {@link GGUF_TYPE}. */
  readonly elementType: number;
  readonly length: number;
  /** Where the elements lie in the bytes that were given. */
  readonly start: number;
  readonly end: number;
}

/** A value of the metadata; numbers of 64 bits may have lost digits beyond 2^53. */
export type GgufValue = number | boolean | string | GgufArray;

/** What a GGUF file says in front of its tensors. */
export interface GgufMetadata {
  readonly version: number;
  readonly tensorCount: number;
  readonly entries: ReadonlyMap<string, GgufValue>;
  /** The bytes that were given, which {@link GgufArray} points into. */
  readonly bytes: Uint8Array;
}

/** Options of {@link parseGgufMetadata}. */
export interface ParseGgufOptions {
  /** Name of the file, for error messages. */
  readonly source?: string;
  /** Size of the whole file; default the number of bytes that are given. */
  readonly fileBytes?: number;
}

/** Thrown inside, when the bytes that were given end before those of the file. */
class NeedBytes {
  readonly bytes: number;
  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

/** True when the bytes begin as a GGUF file does. */
export function isGguf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x47 && bytes[1] === 0x47 && bytes[2] === 0x55 && bytes[3] === 0x46;
}

/**
 * Parses the metadata.
 *
 * @param bytes the file, or its beginning
 * @returns the metadata, or `{ neededBytes }`: more than were given, at most the size of the file
 * @throws FormatError when it is not GGUF, of another version, cut off, or says sizes that the file does not have
 * @example
 * ```ts
 * const metadata = parseGgufMetadata(await readFile('vocab.gguf'));
 * 'entries' in metadata && metadata.entries.get('tokenizer.ggml.pre'); // 'llama-bpe'
 * ```
 */
export function parseGgufMetadata(
  bytes: Uint8Array,
  options: ParseGgufOptions = {},
): GgufMetadata | { readonly neededBytes: number } {
  const { source = 'GGUF file', fileBytes = bytes.length } = options;
  try {
    return parse(bytes, source, fileBytes);
  } catch (error) {
    if (error instanceof NeedBytes) return { neededBytes: error.bytes };
    throw error;
  }
}

function parse(bytes: Uint8Array, source: string, fileBytes: number): GgufMetadata {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let at = 0;

  const fail = (problem: string, hint = 'The file may be cut off or damaged: get it again.'): never => {
    throw new FormatError(`${source}: ${problem}`, { hint });
  };
  /** Steps over `count` bytes, which must be there; where they start. */
  const take = (count: number, what: string): number => {
    const start = at;
    if (start + count > fileBytes) {
      fail(`${what} at byte ${start} takes ${counted(count, 'byte')}, but the file has ${groupDigits(fileBytes)}`);
    }
    if (start + count > bytes.length) throw new NeedBytes(start + count);
    at = start + count;
    return start;
  };
  const readU32 = (what: string): number => view.getUint32(take(4, what), true);
  const readU64 = (what: string): number => {
    const start = take(8, what);
    return view.getUint32(start, true) + view.getUint32(start + 4, true) * 2 ** 32;
  };
  const readString = (what: string): string => {
    const length = readU64(what);
    const start = take(length, what);
    try {
      return decoder.decode(bytes.subarray(start, start + length));
    } catch {
      return fail(`${what} at byte ${start} is not UTF-8`);
    }
  };
  const skipStrings = (count: number, what: string): void => {
    for (let i = 0; i < count; i++) {
      if (at + 8 > bytes.length) take(8, what);
      const length = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
      at += 8;
      take(length, what);
    }
  };
  const readArray = (what: string, depth: number): GgufArray => {
    const elementType = readU32(what);
    const length = readU64(what);
    const size = TYPE_BYTES[elementType] ?? fail(`${what} is a list of the unknown type ${elementType}`);
    if (at + length * size > fileBytes) {
      fail(
        `${what} is a list of ${counted(length, 'value')} from byte ${at} on, but the file has ${counted(fileBytes, 'byte')}`,
      );
    }
    const start = at;
    if (elementType === GGUF_TYPE.string) skipStrings(length, what);
    else if (elementType === GGUF_TYPE.array) {
      if (depth === MAX_DEPTH) fail(`${what} has lists in lists, more than ${MAX_DEPTH} deep`);
      for (let i = 0; i < length; i++) readArray(what, depth + 1);
    } else take(length * size, what);
    return { elementType, length, start, end: at };
  };
  const readValue = (what: string): GgufValue => {
    const type = readU32(what);
    switch (type) {
      case GGUF_TYPE.string:
        return readString(what);
      case GGUF_TYPE.array:
        return readArray(what, 1);
      case GGUF_TYPE.bool:
        return view.getUint8(take(1, what)) !== 0;
      default: {
        const size = TYPE_BYTES[type] ?? fail(`${what} has the unknown type ${type}`);
        return readNumber(view, take(size, what), type);
      }
    }
  };

  if (take(4, 'the signature') !== 0 || !isGguf(bytes)) fail('does not start with "GGUF"', 'Give a .gguf file.');
  const version = readU32('the version');
  if (version !== 2 && version !== 3) {
    const isSwapped = version > 0xffff;
    fail(
      isSwapped ? 'is a GGUF file for big-endian machines' : `is GGUF of version ${version}, versions 2 and 3 are read`,
      'Convert the model again with a current llama.cpp.',
    );
  }
  const tensorCount = readU64('the number of tensors');
  const entryCount = readU64('the number of entries');
  if (entryCount > MAX_ENTRIES) fail(`says it has ${entryCount} entries, more than the ${MAX_ENTRIES} that are read`);
  const entries = new Map<string, GgufValue>();
  for (let i = 0; i < entryCount; i++) {
    const keyStart = at;
    const keyBytes = readU64(`the name of entry ${i}`);
    if (keyBytes > MAX_KEY_BYTES)
      fail(`the name of entry ${i} at byte ${keyStart} has ${keyBytes} bytes, ${MAX_KEY_BYTES} are allowed`);
    at = keyStart;
    const key = readString(`the name of entry ${i}`);
    if (entries.has(key)) fail(`has ${JSON.stringify(key)} twice`);
    entries.set(key, readValue(JSON.stringify(key)));
  }
  return { version, tensorCount, entries, bytes };
}

/** Reads one number of a type of {@link GGUF_TYPE}. */
function readNumber(view: DataView, at: number, type: number): number {
  switch (type) {
    case GGUF_TYPE.uint8:
      return view.getUint8(at);
    case GGUF_TYPE.int8:
      return view.getInt8(at);
    case GGUF_TYPE.uint16:
      return view.getUint16(at, true);
    case GGUF_TYPE.int16:
      return view.getInt16(at, true);
    case GGUF_TYPE.uint32:
      return view.getUint32(at, true);
    case GGUF_TYPE.int32:
      return view.getInt32(at, true);
    case GGUF_TYPE.float32:
      return view.getFloat32(at, true);
    case GGUF_TYPE.uint64:
      return Number(view.getBigUint64(at, true));
    case GGUF_TYPE.int64:
      return Number(view.getBigInt64(at, true));
    default:
      return view.getFloat64(at, true);
  }
}

/** The numbers of a list, `[length]`; undefined when it is a list of something else. */
export function ggufNumbers({ bytes }: GgufMetadata, array: GgufArray): Float64Array | undefined {
  const { elementType, length, start } = array;
  const size = TYPE_BYTES[elementType]!;
  if (elementType === GGUF_TYPE.string || elementType === GGUF_TYPE.array) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float64Array(length);
  for (let i = 0; i < length; i++) numbers[i] = readNumber(view, start + i * size, elementType);
  return numbers;
}

/** Calls `visit` with the place of each string of a list of strings in the metadata's bytes. */
export function forEachGgufString(
  { bytes }: GgufMetadata,
  array: GgufArray,
  visit: (start: number, end: number, i: number) => void,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = array.start;
  for (let i = 0; i < array.length; i++) {
    // The upper half is 0: the list has been stepped over, so that every length fits the file.
    const start = at + 8;
    at = start + view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    visit(start, at, i);
  }
}
