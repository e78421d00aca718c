// Protocol Buffers wire format: a reader that trusts nothing and a writer, for proto2 without groups.
// It knows tags, varints, fixed32/64 and length-delimited fields, not messages: those are tables in
// fields.ts. Spec: https://protobuf.dev/programming-guides/encoding/

import { counted } from '../../core/counted.ts';
import { doubled } from '../../core/grown.ts';
import { writeUtf8Units } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';

/** Wire types that occur; 3 and 4 (groups) are refused, 6 and 7 do not exist. */
export const WIRE_TYPE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** Most bytes a varint may have (ten sevens hold 64 bits). */
const MAX_VARINT_BYTES = 10;

/** From this many bytes on, TextDecoder is faster than decoding by hand. */
const LONG_STRING_BYTES = 48;

const TWO_32 = 2 ** 32;

// ignoreBOM keeps a leading U+FEFF, which is an ordinary character of a piece.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one buffer. `position` moves forward; every method checks against `end`, which the caller narrows for a
 * nested message and restores afterwards. All offsets in errors are absolute in the file.
 */
export class WireReader {
  readonly bytes: Uint8Array;
  readonly source: string;
  position = 0;
  end: number;
  /** The low and high halves of the last varint, unsigned. */
  varintLow = 0;
  varintHigh = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, source: string) {
    this.bytes = bytes;
    this.source = source;
    this.end = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Fills `varintLow` and `varintHigh` and returns the value as a number, exact up to 2^53. */
  readVarint(): number {
    const start = this.position;
    let low = 0;
    let high = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (this.position >= this.end) this.#truncated(start, 'varint');
      const byte = this.bytes[this.position++]!;
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 0x80) {
        this.varintLow = low >>> 0;
        this.varintHigh = high >>> 0;
        return this.varintHigh * TWO_32 + this.varintLow;
      }
    }
    return this.fail(start, `varint is longer than ${MAX_VARINT_BYTES} bytes`);
  }

  /** Reads the length of a length-delimited field and proves that the field fits. */
  readLength(): number {
    const start = this.position;
    const length = this.readVarint();
    if (this.varintHigh >= 0x80000000) {
      // A negative length cannot come from a writer: show the signed value.
      const signed = (BigInt(this.varintHigh) << 32n) + BigInt(this.varintLow) - (1n << 64n);
      this.fail(start, `negative length ${signed}, lengths are 0 or more`);
    }
    if (length > this.end - this.position) {
      const what = this.end === this.bytes.length ? `the file has ${this.end}` : `its message ends at ${this.end}`;
      this.fail(start, `length ${length} reaches to byte ${this.position + length}, ${what}`);
    }
    return length;
  }

  readFloat(): number {
    this.#need(4, 'float');
    const value = this.#view.getFloat32(this.position, true);
    this.position += 4;
    return value;
  }

  /** A copy of a `bytes` field. */
  readBytes(): Uint8Array<ArrayBuffer> {
    const length = this.readLength();
    const start = this.position;
    this.position += length;
    // Not slice, which on Node's Buffer is a view into the file.
    return new Uint8Array(this.bytes.subarray(start, this.position));
  }

  /** A `string` field, or `undefined` when its bytes are not UTF-8 (`position` is behind it either way). */
  readString(): string | undefined {
    const length = this.readLength();
    const start = this.position;
    this.position += length;
    if (length < LONG_STRING_BYTES) return decodeShortUtf8(this.bytes, start, this.position);
    try {
      return decoder.decode(this.bytes.subarray(start, this.position));
    } catch {
      return undefined;
    }
  }

  /** Moves behind the value of a field that is not interpreted. */
  skip(wireType: number, tagOffset: number): void {
    switch (wireType) {
      case WIRE_TYPE.varint:
        this.readVarint();
        return;
      case WIRE_TYPE.fixed64:
        this.#need(8, 'fixed64');
        this.position += 8;
        return;
      case WIRE_TYPE.lengthDelimited: {
        const length = this.readLength();
        this.position += length;
        return;
      }
      case WIRE_TYPE.fixed32:
        this.#need(4, 'fixed32');
        this.position += 4;
        return;
      default: {
        const what = wireType < 5 ? 'a group, which SentencePiece models never use' : 'the last one is 5';
        this.fail(tagOffset, `wire type ${wireType}, ${what}`);
      }
    }
  }

  /** Throws a {@link FormatError} that names the file and the offset. */
  fail(offset: number, problem: string): never {
    throw new FormatError(`${this.source}: at byte ${offset}: ${problem}`, {
      hint: 'The file is damaged or not a SentencePiece model: download or copy it again.',
    });
  }

  #need(count: number, what: string): void {
    if (count > this.end - this.position) this.#truncated(this.position, what);
  }

  #truncated(start: number, what: string): never {
    const { end } = this;
    const whole = end === this.bytes.length ? `the file has ${counted(end, 'byte')}` : `its message ends at ${end}`;
    this.fail(start, `${what} is cut off at byte ${end}: ${whole}`);
  }
}

// Strict UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF); `undefined` when it is not.
function decodeShortUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = '';
  let i = start;
  while (i < end) {
    const a = bytes[i++]!;
    if (a < 0x80) {
      text += String.fromCharCode(a);
      continue;
    }
    const more = a >= 0xf0 ? 3 : a >= 0xe0 ? 2 : 1;
    if (a < 0xc2 || a > 0xf4 || i + more > end) return undefined;
    let codePoint = a & (0x3f >> more);
    for (const last = i + more; i < last; i++) {
      const b = bytes[i]!;
      if ((b & 0xc0) !== 0x80) return undefined;
      codePoint = (codePoint << 6) | (b & 0x3f);
    }
    if (more === 1) text += String.fromCharCode(codePoint);
    else if (more === 2) {
      if (codePoint < 0x800 || (codePoint >= 0xd800 && codePoint < 0xe000)) return undefined;
      text += String.fromCharCode(codePoint);
    } else {
      if (codePoint < 0x10000 || codePoint > 0x10ffff) return undefined;
      text += String.fromCodePoint(codePoint);
    }
  }
  return text;
}

/** Writes into one buffer that doubles; nested messages get their length when they are closed. */
export class WireWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  writeTag(number: number, wireType: number): void {
    this.#writeUnsigned(number * 8 + wireType);
  }

  /** A negative value is sign-extended to 64 bits, as int32 is: ten bytes. */
  writeVarint(value: number): void {
    if (value >= 0) {
      this.#writeUnsigned(value);
      return;
    }
    this.#reserve(MAX_VARINT_BYTES);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#length++] = Number(rest);
  }

  writeFloat(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  writeBytes(bytes: Uint8Array): void {
    this.#writeUnsigned(bytes.length);
    this.writeRaw(bytes);
  }

  /** Bytes without a length: fields that were kept as they came. */
  writeRaw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Length and UTF-8 bytes of `text`; returns false, having written nothing, for a lone surrogate. */
  writeString(text: string): boolean {
    if (!text.isWellFormed()) return false;
    const start = this.openMessage();
    this.#reserve(text.length * 3);
    this.#length = writeUtf8Units(text, 0, text.length, this.#bytes, this.#length);
    this.closeMessage(start);
    return true;
  }

  /** Leaves one byte for the length; what is written until {@link closeMessage} is the content. */
  openMessage(): number {
    this.#reserve(1);
    return ++this.#length;
  }

  /** Writes the length in front of the content, moving the content when one byte is not enough. */
  closeMessage(start: number): void {
    const length = this.#length - start;
    const extra = varintSize(length) - 1;
    if (extra > 0) {
      this.#reserve(extra);
      this.#bytes.copyWithin(start + extra, start, this.#length);
    }
    this.#length = start - 1;
    this.#writeUnsigned(length);
    this.#length += length;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #writeUnsigned(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    this.#bytes = doubled(this.#bytes, needed);
    this.#view = new DataView(this.#bytes.buffer);
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}
