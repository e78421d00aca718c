// The checks that sentencepiece makes on the pieces of a model before it encodes anything.
// Spec: https://github.com/google/sentencepiece/blob/master/src/model_interface.cc
import { isTextType, PIECE_TYPE, type PieceType } from '../core/model.ts';
import { byteToPiece, pieceToByte } from '../core/unicode/utf8.ts';
import { FormatError } from '../errors.ts';

/** True for a value of `SentencePiece.Type`. */
export function isPieceType(type: number): type is PieceType {
  return Number.isInteger(type) && type >= PIECE_TYPE.normal && type <= PIECE_TYPE.byte;
}

/** What {@link validatePieces} looks at; `pieces` and `pieceTypes` are `[vocabSize]`. */
export interface PiecesToCheck {
  readonly pieces: readonly string[];
  readonly pieceTypes: Uint8Array;
  readonly byteFallback: boolean;
  readonly source: string;
}

/**
 * The checks sentencepiece makes on the pieces of a model before it encodes anything.
 *
 * @throws FormatError naming the id and the piece
 */
export function validatePieces({ pieces, pieceTypes, byteFallback, source }: PiecesToCheck): void {
  const fail = (problem: string, hint?: string): never => {
    throw new FormatError(`${source}: ${problem}`, hint === undefined ? {} : { hint });
  };
  if (pieces.length === 0) fail('the model has no pieces', 'The file may be cut off or of another kind.');
  // Control, unknown and byte pieces have names of their own: `<s>` may also be a normal piece.
  const distinct = new Set(pieces);
  const areDistinct = distinct.size === pieces.length && !distinct.has('');
  const normalIds = new Map<string, number>();
  const reservedIds = new Map<string, number>();
  const bytesFound = new Uint8Array(256);
  let unkId = -1;
  for (let id = 0; id < pieces.length; id++) {
    const type = pieceTypes[id]!;
    // Nearly all pieces of nearly all models.
    if (areDistinct && type === PIECE_TYPE.normal) continue;
    const piece = pieces[id]!;
    if (piece === '') fail(`piece ${id} is empty`);
    if (!isPieceType(type)) fail(`piece ${id} ${JSON.stringify(piece)} has no valid type, valid are 1 to 6`);
    const ids = isTextType(type) ? normalIds : reservedIds;
    const earlier = ids.get(piece);
    if (earlier !== undefined) {
      fail(`piece ${JSON.stringify(piece)} occurs twice, as id ${earlier} and ${id}`, 'Remove one of the two pieces.');
    }
    ids.set(piece, id);
    if (type === PIECE_TYPE.unknown) {
      if (unkId >= 0) fail(`two unknown pieces, ids ${unkId} and ${id}; a model has exactly one`);
      unkId = id;
    } else if (type === PIECE_TYPE.byte) {
      if (!byteFallback) fail(`byte piece ${JSON.stringify(piece)} (id ${id}), although byte_fallback is false`);
      const byte = pieceToByte(piece);
      if (byte < 0) fail(`byte piece ${JSON.stringify(piece)} (id ${id}) is not spelled <0x00> to <0xFF>`);
      bytesFound[byte] = 1;
    }
  }
  if (unkId < 0) fail('no piece has the type "unknown"; a model has exactly one');
  const missing = byteFallback ? bytesFound.indexOf(0) : -1;
  if (missing >= 0)
    fail(`byte_fallback is true, but byte piece ${byteToPiece(missing)} is missing; all 256 are needed`);
}
