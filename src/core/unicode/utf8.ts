// UTF-8 byte order and byte pieces. SentencePiece orders and measures strings by their UTF-8 bytes, while
// JavaScript compares UTF-16 code units; the two differ where surrogates meet U+E000..U+FFFF.

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Compares two strings in UTF-8 byte order (which is code point order).
 *
 * @returns a negative number, zero or a positive number, as `Array.prototype.sort` wants.
 * @example
 * ```ts
 * compareUtf8('\u{10000}', '\uFFFD') > 0; // true, although '\u{10000}' < '\uFFFD' in JavaScript
 * ```
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x !== y) {
      // Surrogates stand for code points above every other code unit: move them past U+FFFF.
      if (x >= 0xd800 && y >= 0xd800) {
        x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
        y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
      }
      return x - y;
    }
  }
  return a.length - b.length;
}

/** Number of UTF-8 bytes of one code point. */
export function codePointBytes(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

/** Number of UTF-8 bytes of `text`; a lone surrogate counts as U+FFFD, three bytes. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

/** Number of code points of `text`; a lone surrogate counts as one. */
export function codePointLength(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) i++;
    count++;
  }
  return count;
}

/** True for the second half of a surrogate pair. */
export function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/**
 * Writes `text[start..end)`, a string or its UTF-16 units, as UTF-8 to `bytes` from `at` on; a lone surrogate becomes U+FFFD.
 * @returns where it ends
 */
export function writeUtf8Units(
  text: string | Uint16Array,
  start: number,
  end: number,
  bytes: Uint8Array,
  at: number,
): number {
  const isString = typeof text === 'string';
  for (let i = start; i < end; i++) {
    const unit = isString ? text.charCodeAt(i) : text[i]!;
    if (unit < 0x80) bytes[at++] = unit;
    else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else {
      let codePoint = unit;
      if ((unit & 0xf800) === 0xd800) {
        const next = i + 1 < end ? (isString ? text.charCodeAt(i + 1) : text[i + 1]!) : 0;
        const isPair = unit < 0xdc00 && isLowSurrogate(next);
        codePoint = isPair ? 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff) : 0xfffd;
        if (isPair) i++;
      }
      if (codePoint < 0x10000) bytes[at++] = 0xe0 | (codePoint >> 12);
      else {
        bytes[at++] = 0xf0 | (codePoint >> 18);
        bytes[at++] = 0x80 | ((codePoint >> 12) & 0x3f);
      }
      bytes[at++] = 0x80 | ((codePoint >> 6) & 0x3f);
      bytes[at++] = 0x80 | (codePoint & 0x3f);
    }
  }
  return at;
}

/** Reads `bytes[start..end)`, which must be UTF-8, as UTF-16 units to `units` from `at` on, and returns where they end. */
export function readUtf8Units(bytes: Uint8Array, start: number, end: number, units: Uint16Array, at: number): number {
  for (let from = start; from < end; ) {
    const byte = bytes[from++]!;
    if (byte < 0x80) units[at++] = byte;
    else if (byte < 0xe0) units[at++] = ((byte & 0x1f) << 6) | (bytes[from++]! & 0x3f);
    else {
      const rest = ((bytes[from]! & 0x3f) << 6) | (bytes[from + 1]! & 0x3f);
      from += 2;
      if (byte < 0xf0) units[at++] = ((byte & 0x0f) << 12) | rest;
      else {
        const codePoint = ((byte & 0x07) << 18) | (rest << 6) | (bytes[from++]! & 0x3f);
        units[at++] = 0xd7c0 + (codePoint >> 10);
        units[at++] = 0xdc00 | (codePoint & 0x3ff);
      }
    }
  }
  return at;
}

/** The text of UTF-8; a byte order mark stays, and what is not UTF-8 becomes U+FFFD. */
export function textOfUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The byte piece of a byte value: 10 -> `<0x0A>`. */
export function byteToPiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** The byte value of a byte piece, or -1 if `piece` is not spelled as one (`<0x0A>`, upper case). */
export function pieceToByte(piece: string): number {
  return /^<0x[0-9A-F]{2}>$/.test(piece) ? Number.parseInt(piece.slice(3, 5), 16) : -1;
}

/** Where the character that begins at `at` ends, -1 when the bytes up to `end` are no UTF-8 there. */
export function utf8CharacterEnd(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return at + 1;
  const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > end) return -1;
  const second = bytes[at + 1]!;
  if ((second & 0xc0) !== 0x80 || !isSecondByte(lead, second)) return -1;
  for (let i = at + 2; i < at + size; i++) if ((bytes[i]! & 0xc0) !== 0x80) return -1;
  return at + size;
}

/** Bounds of a second byte that is 80..BF (Unicode 16, table 3-7): no overlong forms, no surrogates, nothing past U+10FFFF. */
function isSecondByte(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second < 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second < 0x90;
}

/** True when `bytes[from, to)` is UTF-8. */
export function isUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at >= 0 && at < to) at = utf8CharacterEnd(bytes, at, to);
  return at === to;
}

/** True for a byte that goes on with a character of several bytes. */
export function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** True for bytes that occur in UTF-8: all but C0, C1, and those from F5 on. */
export function isInUtf8(byte: number): boolean {
  return byte !== 0xc0 && byte !== 0xc1 && byte < 0xf5;
}
