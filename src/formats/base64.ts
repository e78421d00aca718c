// Base64 of bytes, as tokenizer.json stores a charsmap. Plain loops, so that it runs in every JavaScript engine.
// Reads and writes the standard alphabet with padding only. Spec: RFC 4648, section 4.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const PADDING = 0x3d;

/** Value of each ASCII code, 255 where it is not in the alphabet: `[128]`. */
const VALUES = new Uint8Array(128).fill(255);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** Base64 text of `bytes`, padded with `=`. */
export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i]!;
    const b = bytes[i + 1];
    const c = bytes[i + 2];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    parts.push(
      ALPHABET[bits >> 18]! +
        ALPHABET[(bits >> 12) & 63]! +
        (b === undefined ? '=' : ALPHABET[(bits >> 6) & 63]!) +
        (c === undefined ? '=' : ALPHABET[bits & 63]!),
    );
  }
  return parts.join('');
}

/** Bytes of a Base64 text, or `undefined` when it is not one. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const codes = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i);
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 3);
  const length = decodeBase64Into(codes, 0, codes.length, bytes);
  return length < 0 ? undefined : bytes.slice(0, length);
}

/**
 * Decodes the Base64 text whose character codes are `codes[from, to)` into `target`, which must have room for three numbers
 * for each four codes.
 *
 * @returns how many bytes there are, -1 when it is not Base64
 */
export function decodeBase64Into(
  codes: Uint8Array | Uint16Array,
  from: number,
  to: number,
  target: Uint8Array | Uint16Array,
): number {
  if ((to - from) % 4 !== 0) return -1;
  const isPad = (at: number): boolean => at >= from && codes[at] === PADDING;
  const padding = isPad(to - 1) ? (isPad(to - 2) ? 2 : 1) : 0;
  let length = 0;
  for (let i = from; i < to; i += 4) {
    const isLast = i + 4 === to;
    const a = digitOf(codes[i]!);
    const b = digitOf(codes[i + 1]!);
    const c = isLast && padding > 1 ? 0 : digitOf(codes[i + 2]!);
    const d = isLast && padding > 0 ? 0 : digitOf(codes[i + 3]!);
    if ((a | b | c | d) > 63) return -1;
    const bits = (a << 18) | (b << 12) | (c << 6) | d;
    target[length++] = bits >> 16;
    target[length++] = (bits >> 8) & 255;
    target[length++] = bits & 255;
  }
  return length - padding;
}

function digitOf(code: number): number {
  return code < 128 ? VALUES[code]! : 255;
}
