// How a piece is shown: as the vocabulary spells it, with what cannot be seen made visible. Pure.
import { byteLevelBytes } from '../../core/unicode/byte-level.ts';
import { pieceToByte } from '../../core/unicode/utf8.ts';

/** The bytes of a token that is no whole characters, as hexadecimal digits: of `<0xE4>`, or of a byte-level piece. */
export function showBytes(piece: string): string[] {
  const byte = pieceToByte(piece);
  const bytes = byte >= 0 ? [byte] : [...(byteLevelBytes(piece) ?? [])];
  return bytes.map((one) => one.toString(16).toUpperCase().padStart(2, '0'));
}

/** A piece with control characters as escapes; spaces stay `▁`. */
export function showPiece(piece: string): string {
  return piece.replace(
    /[\u0000-\u001f\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) =>
      character === '\n'
        ? '⏎'
        : character === '\t'
          ? '⇥'
          : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
