// Byte-level pieces, as GPT-2 and its successors (Llama 3, Qwen) spell them: each byte is one printable character. Not the
// byte pieces of SentencePiece (`<0xE4>`), which utf8.ts knows.
// The table: printable Latin-1 stands for itself, the other 68 bytes follow from U+0100 in order.

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
