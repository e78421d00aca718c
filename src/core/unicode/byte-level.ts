// Byte-level pieces, as GPT-2 and its successors (Llama 3, Qwen) spell them: each byte is one printable character. Not the
// byte pieces of SentencePiece (`<0xE4>`), which utf8.ts knows.
// Pieces of a model whose units are bytes (core/model.ts) are the bytes themselves; here they are also made readable.
// The table: printable Latin-1 stands for itself, the other 68 bytes follow from U+0100 in order.
import { byteToPiece, encodeUtf8, isUtf8, textOfUtf8, utf8CharacterEnd } from './utf8.ts';

/** Character code that spells each byte, `[256]`. */
export const BYTE_LEVEL_UNITS: Uint16Array = new Uint16Array(256);
/** Byte that each character code spells, -1 for codes outside the table, `[324]`. */
export const BYTE_LEVEL_BYTES: Int16Array = new Int16Array(0x144).fill(-1);

for (let byte = 0, next = 0x100; byte < 256; byte++) {
  const isItself = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  const unit = isItself ? byte : next++;
  BYTE_LEVEL_UNITS[byte] = unit;
  BYTE_LEVEL_BYTES[unit] = byte;
}

/**
 * The bytes that a byte-level piece spells; `undefined` when a character is none of the table.
 *
 * @example
 * ```ts
 * byteLevelBytes('ä¸Ń'); // [228, 184, 173]: the bytes of 中
 * ```
 */
export function byteLevelBytes(piece: string): Uint8Array | undefined {
  const bytes = new Uint8Array(piece.length);
  for (let i = 0; i < piece.length; i++) {
    const byte = BYTE_LEVEL_BYTES[piece.charCodeAt(i)] ?? -1;
    if (byte < 0) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/**
 * Spells bytes, given as UTF-16 units U+0000 to U+00FF, in the byte-level alphabet.
 *
 * @example
 * ```ts
 * spellByteLevel(' \xe4\xb8\xad'); // 'Ġä¸Ń'
 * ```
 */
export function spellByteLevel(bytes: string): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(BYTE_LEVEL_UNITS[bytes.charCodeAt(i)]!);
  return text;
}

/**
 * The UTF-8 bytes of a text as UTF-16 units U+0000 to U+00FF: how pieces of models with byte units are written.
 *
 * @example
 * ```ts
 * toByteUnits('中') === '\xe4\xb8\xad'; // true
 * ```
 */
export function toByteUnits(text: string): string {
  // Most pieces and tokens are ASCII, which spells itself.
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  let units = '';
  for (const byte of encodeUtf8(text)) units += String.fromCharCode(byte);
  return units;
}

/** The bytes of a piece whose units are bytes. */
export function unitBytes(piece: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(piece.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = piece.charCodeAt(i);
  return bytes;
}

/**
 * A piece whose units are bytes, as a person reads it: text, and bytes that are no whole character as `<0xE4>`. Not made to be
 * read back: a piece may spell `<0xE4>` in letters.
 *
 * @param piece one character a byte, U+0000 to U+00FF
 * @example
 * ```ts
 * byteSurface('\xe4\xb8\xad\xe6\x96'); // '中<0xE6><0x96>'
 * ```
 */
export function byteSurface(piece: string): string {
  const text = byteUnitsToText(piece);
  if (text !== undefined) return text;
  const bytes = unitBytes(piece);
  let surface = '';
  for (let at = 0; at < bytes.length; ) {
    const end = utf8CharacterEnd(bytes, at, bytes.length);
    if (end < 0) surface += byteToPiece(bytes[at++]!);
    else {
      surface += textOfUtf8(bytes.subarray(at, end));
      at = end;
    }
  }
  return surface;
}

/**
 * The reverse of {@link toByteUnits}; `undefined` when the bytes are not whole characters.
 *
 * @example
 * ```ts
 * byteUnitsToText('\xe4\xb8\xad'); // '中'
 * byteUnitsToText('\xe4\xb8'); // undefined
 * ```
 */
export function byteUnitsToText(piece: string): string | undefined {
  if (/^[\x00-\x7f]*$/.test(piece)) return piece;
  const bytes = unitBytes(piece);
  return isUtf8(bytes, 0, bytes.length) ? textOfUtf8(bytes) : undefined;
}
