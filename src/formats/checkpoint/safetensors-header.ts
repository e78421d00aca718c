// The header of a safetensors file: JSON to tensors with byte ranges, and back. Nothing is believed: sizes, offsets and
// dtypes are checked against the size of the file before anybody allocates or reads. It never touches tensor data.
// Spec: https://github.com/huggingface/safetensors#format
import { counted, groupDigits } from '../../core/counted.ts';
import { isObject } from '../../core/json-object.ts';
import { FormatError, OptionError } from '../../errors.ts';

/** Bits of one element of every dtype of the format. */
export const DTYPE_BITS: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
};

/** Name, element type and shape of a tensor. */
export interface TensorSpec {
  readonly name: string;
  /** A key of {@link DTYPE_BITS}. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** A tensor in a file; `start` and `end` are bytes from the first byte after the header. */
export interface TensorEntry extends TensorSpec {
  readonly start: number;
  readonly end: number;
}

/** A parsed header. */
export interface SafetensorsHeader {
  /** Ascending by `start`, without gaps. */
  readonly tensors: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>> | undefined;
  /** Bytes before the tensor data: the length field and the JSON. */
  readonly dataStart: number;
  /** Bytes of tensor data. */
  readonly dataSize: number;
}

/** The file that a header is from. */
export interface HeaderContext {
  /** Bytes of the whole file. */
  readonly fileSize: number;
  /** Name of the file, for error messages. */
  readonly source: string;
}

/** Bytes of the length field in front of the header. */
export const HEADER_LENGTH_BYTES = 8;

/** The reference implementation refuses longer headers too; a real one has some 100 bytes a tensor. */
const MAX_HEADER_BYTES = 100_000_000;

/** Headers are padded with spaces so that the data starts at a multiple of this. */
const ALIGNMENT = 8;

const AGAIN = { hint: 'The file is damaged or cut off: download or copy it again.' };

/**
 * Number of bytes of JSON that follow the first eight.
 *
 * @param prefix the first 8 bytes of the file, fewer when it is shorter
 * @throws FormatError when the file cannot hold such a header
 */
export function parseHeaderLength(prefix: Uint8Array, { fileSize, source }: HeaderContext): number {
  if (fileSize < HEADER_LENGTH_BYTES || prefix.length < HEADER_LENGTH_BYTES) {
    throw new FormatError(`${source}: has ${counted(fileSize, 'byte')}, a safetensors file at least 8`, AGAIN);
  }
  if (new TextDecoder().decode(prefix.subarray(0, HEADER_LENGTH_BYTES)) === 'version ') {
    throw new FormatError(`${source}: is a Git LFS pointer of ${fileSize} bytes, not the file itself`, {
      hint: 'Run `git lfs pull` in the repository, or download the file.',
    });
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, HEADER_LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new FormatError(`${source}: its header would have ${length} bytes, the limit is ${MAX_HEADER_BYTES}`, {
      hint: 'This is not a safetensors file, or its first bytes are damaged.',
    });
  }
  const end = HEADER_LENGTH_BYTES + Number(length);
  if (end > fileSize) {
    throw new FormatError(`${source}: its header ends at byte ${end}, the file has ${fileSize}`, AGAIN);
  }
  return Number(length);
}

/**
 * Parses and checks the JSON of a header.
 *
 * @param json the bytes after the first eight, as many as {@link parseHeaderLength} said
 * @throws FormatError naming the tensor: a name that occurs twice, unknown dtype, a shape whose product overflows, offsets
 *   outside the file, a length that is not what dtype and shape need, two tensors that overlap, bytes that belong to no tensor
 */
export function parseSafetensorsHeader(json: Uint8Array, context: HeaderContext): SafetensorsHeader {
  const { fileSize, source } = context;
  const dataStart = HEADER_LENGTH_BYTES + json.length;
  const dataSize = fileSize - dataStart;
  const document = parseJson(json, source);
  let metadata: Record<string, string> | undefined;
  const tensors: TensorEntry[] = [];
  for (const [name, value] of Object.entries(document)) {
    if (name === '__metadata__') metadata = checkMetadata(value, source);
    else tensors.push(checkTensor(name, value, { dataSize, source }));
  }
  // An empty tensor shares its offset with the next one and comes before it.
  tensors.sort((a, b) => a.start - b.start || a.end - b.end);
  let end = 0;
  let previous = '';
  for (const tensor of tensors) {
    if (tensor.start < end) {
      throw new FormatError(
        `${source}: tensor ${quote(tensor.name)} starts at byte ${tensor.start}, inside tensor ${quote(previous)}, which ends at ${end}`,
        AGAIN,
      );
    }
    if (tensor.start > end) throw unowned(source, end, tensor.start, `before tensor ${quote(tensor.name)}`);
    end = tensor.end;
    previous = tensor.name;
  }
  if (end < dataSize) throw unowned(source, end, dataSize, `after the last tensor, ${quote(previous)}`);
  return { tensors, metadata, dataStart, dataSize };
}

/** Bytes that a tensor of this dtype and shape takes. The dtype is one of {@link DTYPE_BITS}. */
export function tensorBytes({ dtype, shape }: Pick<TensorSpec, 'dtype' | 'shape'>): number {
  return (shape.reduce((product, size) => product * size, 1) * DTYPE_BITS[dtype]!) / 8;
}

/** Result of {@link buildSafetensorsHeader}. */
export interface BuiltHeader extends SafetensorsHeader {
  /** Length field, JSON and padding: the first `dataStart` bytes of the file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Lays tensors out in the order given and writes the header. Where that order would put a tensor at an offset that is no
 * multiple of its element size, they are sorted by element size instead, the largest first, as the reference writer does.
 *
 * @throws OptionError when a tensor does not fill whole bytes or a name occurs twice
 * @example
 * ```ts
 * const header = buildSafetensorsHeader([{ name: 'w', dtype: 'F32', shape: [1, 2] }]);
 * header.dataStart; // 64
 * header.tensors[0]; // { name: 'w', dtype: 'F32', shape: [1, 2], start: 0, end: 8 }
 * ```
 */
export function buildSafetensorsHeader(
  specs: readonly TensorSpec[],
  metadata?: Readonly<Record<string, string>>,
): BuiltHeader {
  if (new Set(specs.map(({ name }) => name)).size < specs.length) {
    throw new OptionError('safetensors header: two tensors have one name');
  }
  let tensors = layOut(specs);
  if (tensors.some(({ dtype, start }) => (start * 8) % DTYPE_BITS[dtype]! !== 0)) {
    tensors = layOut([...specs].sort((a, b) => DTYPE_BITS[b.dtype]! - DTYPE_BITS[a.dtype]!));
  }
  const members = tensors.map(
    ({ name, dtype, shape, start, end }) =>
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join()}],"data_offsets":[${start},${end}]}`,
  );
  if (metadata !== undefined) members.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const json = new TextEncoder().encode(`{${members.join()}}`);
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(HEADER_LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, HEADER_LENGTH_BYTES);
  return { bytes, tensors, metadata, dataStart: bytes.length, dataSize: tensors.at(-1)?.end ?? 0 };
}

function layOut(specs: readonly TensorSpec[]): TensorEntry[] {
  let end = 0;
  return specs.map(({ name, dtype, shape }) => {
    const start = end;
    end += tensorBytes({ dtype, shape });
    if (!Number.isSafeInteger(end)) {
      throw new OptionError(
        `tensor ${quote(name)}: ${dtype} of shape [${shape.join(', ')}] is no whole number of bytes`,
      );
    }
    return { name, dtype, shape, start, end };
  });
}

function parseJson(json: Uint8Array, source: string): Record<string, unknown> {
  let document: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(json);
    document = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${source}: its header is not JSON: ${(cause as Error).message}`, {
      cause,
      hint: 'This is not a safetensors file, or its header is damaged.',
    });
  }
  if (!isObject(document)) throw new FormatError(`${source}: its header is JSON, but no object`, AGAIN);
  const twice = findTwice(text);
  if (twice !== undefined) throw new FormatError(`${source}: its header describes ${quote(twice)} twice`, AGAIN);
  return document;
}

// The format forbids duplicate keys, since readers differ in which one they take; JSON.parse takes the last without a word.
function findTwice(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  let last = '';
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token !== ':') last = token;
    else if (depth === 1) {
      const name = JSON.parse(last) as string;
      if (seen.has(name)) return name;
      seen.add(name);
    }
  }
  return undefined;
}

function checkMetadata(value: unknown, source: string): Record<string, string> {
  if (isObject(value) && Object.values(value).every((text) => typeof text === 'string')) {
    return value as Record<string, string>;
  }
  throw new FormatError(`${source}: "__metadata__" in its header is not an object of strings`, AGAIN);
}

function checkTensor(
  name: string,
  value: unknown,
  { dataSize, source }: { readonly dataSize: number; readonly source: string },
): TensorEntry {
  const where = `${source}: tensor ${quote(name)}`;
  if (!isObject(value)) throw new FormatError(`${where} is described by ${JSON.stringify(value)}, no object`, AGAIN);
  const { dtype, shape, data_offsets: offsets } = value;
  const bits = typeof dtype === 'string' && Object.hasOwn(DTYPE_BITS, dtype) ? DTYPE_BITS[dtype]! : undefined;
  if (bits === undefined) {
    throw new FormatError(`${where} has the unknown dtype ${JSON.stringify(dtype)}`, {
      hint: `Known are ${Object.keys(DTYPE_BITS).join(', ')}; use a newer vocab-merge if the format has grown.`,
    });
  }
  if (!isCounts(shape)) {
    throw new FormatError(`${where} has the shape ${JSON.stringify(shape)}, it must be an array of sizes`, AGAIN);
  }
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw new FormatError(`${where} has data_offsets ${JSON.stringify(offsets)}, they must be [start, end]`, AGAIN);
  }
  const [start, end] = offsets as [number, number];
  if (end > dataSize) {
    throw new FormatError(`${where} ends at byte ${end} of the data, the file has ${dataSize}`, AGAIN);
  }
  let elements = 1;
  for (const size of shape) elements *= size;
  const needed = (elements * bits) / 8;
  if (!shape.includes(0) && !Number.isSafeInteger(elements * bits)) {
    throw new FormatError(`${where}: its shape [${shape.join(', ')}] overflows`, AGAIN);
  }
  if (needed !== end - start) {
    throw new FormatError(
      `${where} has ${counted(end - start, 'byte')}, ${dtype as string} of shape [${shape.join(', ')}] needs ${groupDigits(needed)}`,
      AGAIN,
    );
  }
  return { name, dtype: dtype as string, shape, start, end };
}

function unowned(source: string, start: number, end: number, where: string): FormatError {
  return new FormatError(`${source}: bytes ${start} to ${end} of the data belong to no tensor, ${where}`, AGAIN);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
