// Pieces of an extension in the spelling of the base: characters with `▁` for a space, or bytes of UTF-8.
import { PIECE_TYPE, type PieceUnits, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { byteUnitsToText, toByteUnits } from '../../core/unicode/byte-level.ts';

/**
 * The texts of an extension's pieces in the units of a base, `[idCount]`; undefined for parts of characters that the base
 * cannot spell. Pieces that text is not split into, such as control ones, are left as they are.
 */
export function respellPieces(
  { pieces, pieceTypes, units }: Pick<TokenizerModel, 'pieces' | 'pieceTypes' | 'units'>,
  baseUnits: PieceUnits,
): readonly (string | undefined)[] {
  if (units === baseUnits) return pieces;
  const isText = (type: number | undefined): boolean =>
    type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined || type === PIECE_TYPE.unused;
  return pieces.map((piece, id) => {
    if (!isText(pieceTypes[id])) return piece;
    return baseUnits === 'byte'
      ? toByteUnits(piece.replaceAll(SPACE_SYMBOL, ' '))
      : byteUnitsToText(piece)?.replaceAll(' ', SPACE_SYMBOL);
  });
}

/** The text of a piece with `▁` for a space, as filters ask for it; undefined for a part of a character. */
export function pieceToText(piece: string, units: PieceUnits): string | undefined {
  return units === 'utf16' ? piece : byteUnitsToText(piece)?.replaceAll(' ', SPACE_SYMBOL);
}
