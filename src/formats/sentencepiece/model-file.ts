// Reads and writes SentencePiece .model files: bytes <-> ModelProto, driven by the tables in fields.ts.
// Parsing then serializing gives the same bytes for every file a Protocol Buffers library wrote: fields in number
// order, unknown fields last. It checks the encoding only; whether the vocabulary makes sense is model-from-proto.ts.
// Spec: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto

import { groupDigits } from '../../core/counted.ts';
import { joinBytes } from '../../core/grown.ts';
import type { PieceType } from '../../core/model.ts';
import { FormatError } from '../../errors.ts';
import { describeSignature } from '../file-signature.ts';
import { MAX_VOCAB_SIZE } from '../piece-table.ts';
import {
  type Field,
  type FieldKind,
  type MessageSchema,
  MODEL_PROTO_SCHEMA,
  MODEL_TYPE_NUMBER,
  type ModelProto,
  SENTENCE_PIECE_SCHEMA,
  type SentencePieceEntry,
} from './fields.ts';
import { type PieceRun, readPieceRun } from './piece-run.ts';
import { WIRE_TYPE, WireReader, WireWriter } from './protobuf.ts';

/** Field numbers end at 2^29 - 1, so a tag (number and wire type) ends below 2^32. */
const MAX_TAG = 2 ** 32 - 1;

/** Enum values of `SentencePiece.Type` are 1..6. */
const MAX_PIECE_TYPE = 6;

const MODEL_TYPE_NAME = new Map(Object.entries(MODEL_TYPE_NUMBER).map(([name, number]) => [number, name]));

const WIRE_TYPE_OF: { readonly [K in FieldKind]: number } = {
  string: WIRE_TYPE.lengthDelimited,
  bytes: WIRE_TYPE.lengthDelimited,
  message: WIRE_TYPE.lengthDelimited,
  float: WIRE_TYPE.fixed32,
  bool: WIRE_TYPE.varint,
  int32: WIRE_TYPE.varint,
  uint64: WIRE_TYPE.varint,
  modelType: WIRE_TYPE.varint,
  pieceType: WIRE_TYPE.varint,
};

type Message = Record<string, unknown>;

/** A `.model` file as it was read: its pieces in two parts, see {@link protoFromFile} for the whole. */
export interface ModelFile {
  /** The pieces at the start of the file, of most files all. */
  readonly run: PieceRun;
  /** Everything behind them; `pieces` holds those that are not in the run. */
  readonly rest: ModelProto;
}

/**
 * Parses the bytes of a `.model` file.
 *
 * Fields the schema does not know, enum values it does not know and integers a number cannot hold are kept as raw bytes
 * in `unknownFields` and written back.
 *
 * @param bytes the whole file
 * @throws FormatError with the file's name and the byte offset when the encoding is broken, or saying what the file
 *   looks like when it is another kind of file
 * @example
 * ```ts
 * const proto = parseModelProto(serializeModelProto({ pieces: [{ piece: '<unk>', type: 2 }] }));
 * proto.pieces; // [{ piece: '<unk>', type: 2 }]
 * ```
 */
export function parseModelProto(bytes: Uint8Array, options: { readonly source?: string } = {}): ModelProto {
  return protoFromFile(parseModelFile(bytes, options));
}

/**
 * Parses the bytes of a `.model` file without making an object of each piece, for those who only want to encode.
 *
 * @throws FormatError as {@link parseModelProto}
 */
export function parseModelFile(bytes: Uint8Array, { source = 'model' } = {}): ModelFile {
  if (bytes.length === 0) throw notAModel(source, 'is empty (0 bytes)');
  const run = readPieceRun(bytes);
  // Before the rest is read: it makes an object of each piece.
  checkPieceCount(run.pieces.length, source);
  const rest: Message = { pieces: [] };
  try {
    const reader = new WireReader(bytes, source);
    reader.position = run.end;
    readMessage(reader, MODEL_PROTO_SCHEMA, rest);
  } catch (error) {
    const looksLike = describeSignature(bytes);
    throw looksLike === undefined ? error : notAModel(source, looksLike, error);
  }
  const file = { run, rest: rest as unknown as ModelProto };
  checkPieceCount(run.pieces.length + file.rest.pieces.length, source);
  if (run.pieces.length === 0 && file.rest.pieces.length === 0) {
    const looksLike = describeSignature(bytes);
    if (looksLike !== undefined) throw notAModel(source, looksLike);
  }
  return file;
}

function checkPieceCount(count: number, source: string): void {
  if (count < MAX_VOCAB_SIZE) return;
  throw new FormatError(
    `${source}: has ${groupDigits(count)} pieces or more, fewer than ${groupDigits(MAX_VOCAB_SIZE)} are read`,
    { hint: 'No published model has as many: check where the file comes from.' },
  );
}

/** The whole of a file as one message. */
export function protoFromFile({ run, rest }: ModelFile): ModelProto {
  const { pieces, scores, hasScores, types } = run;
  const entries: SentencePieceEntry[] = new Array(pieces.length);
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!;
    const entry: SentencePieceEntry = hasScores[i] === 1 ? { piece, score: scores[i]! } : { piece };
    if (types[i] !== 0) entry.type = types[i] as PieceType;
    entries[i] = entry;
  }
  return { ...rest, pieces: rest.pieces.length === 0 ? entries : entries.concat(rest.pieces) };
}

/**
 * Serializes a model. Absent fields stay absent; present ones are written even where they equal their default.
 *
 * @returns the bytes of the `.model` file
 * @throws FormatError when a string holds a lone surrogate or a number does not fit its field
 * @example
 * ```ts
 * const proto = parseModelProto(bytes);
 * Buffer.compare(serializeModelProto(proto), bytes); // 0: the same bytes again
 * ```
 */
export function serializeModelProto(proto: ModelProto): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter();
  writeMessage(writer, MODEL_PROTO_SCHEMA, proto as unknown as Message, '');
  return writer.finish();
}

function notAModel(source: string, looksLike: string, cause?: unknown): FormatError {
  const hint = looksLike.includes('Git LFS')
    ? 'Fetch the real file, for example with `git lfs pull`.'
    : 'Give a SentencePiece file, usually named tokenizer.model.';
  return new FormatError(`${source}: ${looksLike}, so it is not a SentencePiece model`, { hint, cause });
}

// The field of a nested message whose type says "always there": the text of a piece.
function newMessage(schema: MessageSchema): Message {
  return schema === SENTENCE_PIECE_SCHEMA ? { piece: '' } : {};
}

// Reads fields up to reader.end into `message`, where a second copy of a field replaces the first, as in proto2.
function readMessage(reader: WireReader, schema: MessageSchema, message: Message): void {
  const unknown: Uint8Array[] = [];
  while (reader.position < reader.end) {
    const tagOffset = reader.position;
    const tag = reader.readVarint();
    const wireType = tag & 7;
    const number = Math.floor(tag / 8);
    if (number === 0 || tag > MAX_TAG) reader.fail(tagOffset, `field number ${number}, allowed are 1 to 536870911`);
    const field = schema.byNumber.get(number);
    if (field !== undefined && WIRE_TYPE_OF[field.kind] === wireType) {
      if (readField(reader, schema, field, message)) continue;
    } else reader.skip(wireType, tagOffset);
    unknown.push(reader.bytes.subarray(tagOffset, reader.position));
  }
  if (unknown.length > 0) {
    const { unknownFields: before } = message;
    message.unknownFields = joinBytes(before instanceof Uint8Array ? [before, ...unknown] : unknown);
  }
}

// Returns false when the value cannot be held and must be kept as bytes; the reader is behind it either way.
function readField(reader: WireReader, schema: MessageSchema, field: Field, message: Message): boolean {
  const { key, repeated } = field;
  if (field.schema !== undefined) {
    const nested = repeated || message[key] === undefined ? newMessage(field.schema) : (message[key] as Message); // proto2 merges
    const length = reader.readLength();
    const outerEnd = reader.end;
    reader.end = reader.position + length;
    readMessage(reader, field.schema, nested);
    reader.end = outerEnd;
    setField(message, key, repeated, nested);
    return true;
  }
  const offset = reader.position;
  const value = readScalar(reader, field.kind);
  if (value === undefined) {
    if (field.strict) reader.fail(offset, `${schema.name}.${key} is not valid UTF-8`);
    return false;
  }
  setField(message, key, repeated, value);
  return true;
}

function setField(message: Message, key: string, repeated: boolean, value: unknown): void {
  if (!repeated) message[key] = value;
  else if (message[key] === undefined) message[key] = [value];
  else (message[key] as unknown[]).push(value);
}

function readScalar(reader: WireReader, kind: FieldKind): unknown {
  switch (kind) {
    case 'string':
      return reader.readString();
    case 'bytes':
      return reader.readBytes();
    case 'float':
      return reader.readFloat();
    case 'bool':
      return reader.readVarint() !== 0;
    case 'int32':
      reader.readVarint();
      return reader.varintLow | 0;
    case 'uint64': {
      const value = reader.readVarint();
      return Number.isSafeInteger(value) ? value : undefined;
    }
    case 'modelType':
      return MODEL_TYPE_NAME.get(reader.readVarint());
    case 'pieceType': {
      const value = reader.readVarint();
      return value >= 1 && value <= MAX_PIECE_TYPE ? value : undefined;
    }
    case 'message':
      return undefined; // handled by readField
  }
}

// `path` names the message in errors: "" for the model, "pieces[3]." for a piece.
function writeMessage(writer: WireWriter, schema: MessageSchema, message: Message, path: string): void {
  for (const field of schema.fields) {
    const value = message[field.key];
    if (value === undefined) continue;
    if (!field.repeated) {
      writeField(writer, field, value, path + field.key);
      continue;
    }
    const items = value as unknown[];
    for (let i = 0; i < items.length; i++) writeField(writer, field, items[i], `${path}${field.key}[${i}]`);
  }
  const unknown = message.unknownFields;
  if (unknown instanceof Uint8Array) writer.writeRaw(unknown);
}

function writeField(writer: WireWriter, field: Field, value: unknown, path: string): void {
  writer.writeTag(field.number, WIRE_TYPE_OF[field.kind]);
  switch (field.kind) {
    case 'message': {
      const start = writer.openMessage();
      writeMessage(writer, field.schema!, value as Message, `${path}.`);
      writer.closeMessage(start);
      return;
    }
    case 'string':
      if (typeof value !== 'string') throw unwritable(path, value, 'a string');
      if (!writer.writeString(value)) throw unwritable(path, value, 'text without lone surrogates, UTF-8 has none');
      return;
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw unwritable(path, value, 'a Uint8Array');
      writer.writeBytes(value);
      return;
    case 'float':
      if (typeof value !== 'number') throw unwritable(path, value, 'a number');
      writer.writeFloat(value);
      return;
    case 'bool':
      if (typeof value !== 'boolean') throw unwritable(path, value, 'true or false');
      writer.writeVarint(value ? 1 : 0);
      return;
    case 'int32':
      if (value !== ((value as number) | 0)) throw unwritable(path, value, 'a 32-bit integer');
      writer.writeVarint(value as number);
      return;
    case 'uint64':
      if (!Number.isSafeInteger(value) || (value as number) < 0) throw unwritable(path, value, '0 to 2^53 - 1');
      writer.writeVarint(value as number);
      return;
    case 'modelType': {
      const number = MODEL_TYPE_NUMBER[value as keyof typeof MODEL_TYPE_NUMBER];
      if (number === undefined) throw unwritable(path, value, Object.keys(MODEL_TYPE_NUMBER).join(', '));
      writer.writeVarint(number);
      return;
    }
    case 'pieceType':
      if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MAX_PIECE_TYPE) {
        throw unwritable(path, value, `1 to ${MAX_PIECE_TYPE}`);
      }
      writer.writeVarint(value as number);
  }
}

function unwritable(path: string, value: unknown, expected: string): FormatError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new FormatError(`cannot write the model: ${path} is ${shown}, expected ${expected}`);
}
