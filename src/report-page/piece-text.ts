// How a piece is shown: as the vocabulary spells it, with what cannot be seen made visible. Pure.

/** A piece with control characters as escapes; spaces stay `▁`. */
export function showPiece(piece: string): string {
  return piece.replace(/[\u0000-\u001f\u007f-\u00a0\u200b-\u200f\u2028\u2029\ufeff]/g, (character) =>
    character === '\n' ? '⏎' : character === '\t' ? '⇥' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
