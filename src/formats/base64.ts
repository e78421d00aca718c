// Base64 of bytes, as tokenizer.json stores a charsmap. Plain loops, so that it runs in every JavaScript engine.
// Reads and writes the standard alphabet with padding only. Spec: RFC 4648, section 4.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

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
  if (text.length % 4 !== 0) return undefined;
  if (text.endsWith('===')) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = i >= digits ? 0 : code < 128 ? VALUES[code]! : 255;
    if (value === 255) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    if (i % 4 === 3) {
      if (at < bytes.length) bytes[at++] = bits >> 16;
      if (at < bytes.length) bytes[at++] = (bits >> 8) & 255;
      if (at < bytes.length) bytes[at++] = bits & 255;
    }
  }
  return bytes;
}
