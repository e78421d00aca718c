// Byte-level pieces, as GPT-2 and its successors (Llama 3, Qwen) spell them: each byte is one printable character. Not the
// byte pieces of SentencePiece (`<0xE4>`), which utf8.ts knows.
// Pieces of a model whose units are bytes (core/model.ts) are the bytes themselves; here they are also made readable.
// The table: printable Latin-1 stands for itself, the other 68 bytes follow from U+0100 in order.

import { byteToPiece } from './utf8.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Byte of each character of the table. */
const BYTE_OF: ReadonlyMap<string, number> = buildTable();

function buildTable(): Map<string, number> {
  const byteOf = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isItself = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    byteOf.set(String.fromCharCode(isItself ? byte : next++), byte);
  }
  return byteOf;
}

/**
 * The bytes that a byte-level piece spells; `undefined` when a character is none of the table.
 *
 * @example
 * ```ts
 * byteLevelBytes('ä¸Ń'); // Uint8Array [0xe4, 0xb8, 0xad], the bytes of 中
 * ```
 */
export function byteLevelBytes(piece: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const character of piece) {
    const byte = BYTE_OF.get(character);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** The length of the character that `bytes` spell from `start` on, in bytes; 0 where they are not well-formed UTF-8. */
function characterLength(bytes: string, start: number): number {
  const lead = bytes.charCodeAt(start);
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  for (let i = 1; i < length; i++) {
    const byte = bytes.charCodeAt(start + i);
    // The second byte is bounded further (Unicode 16, table 3-7): no overlong forms, no surrogates, nothing past U+10FFFF.
    const low = i > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = i > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (!(byte >= low && byte <= high)) return 0;
  }
  return length;
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
  let surface = '';
  for (let i = 0; i < piece.length; ) {
    const length = characterLength(piece, i);
    if (length === 0) surface += byteToPiece(piece.charCodeAt(i++));
    else {
      const bytes = Uint8Array.from({ length }, (_, k) => piece.charCodeAt(i + k));
      surface += decoder.decode(bytes);
      i += length;
    }
  }
  return surface;
}
