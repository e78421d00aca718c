// Pieces by text and by id, the special ids, and how an uncovered character is written.
// Lookup follows SentencePiece's PieceToId: control, unknown and byte pieces are found before all others.
import {
  ABSENT_PIECE,
  hasPipeline,
  isTextType,
  PIECE_TYPE,
  type PieceUnits,
  type TokenizerModel,
} from '../core/model.ts';
import { pieceTextsOf, textOfId } from '../core/piece-texts.ts';
import { byteSurface } from '../core/unicode/byte-level.ts';
import { isInUtf8, pieceToByte } from '../core/unicode/utf8.ts';
import { FormatError, OptionError } from '../errors.ts';

/** Read-only view of a model's pieces. */
export interface Vocabulary {
  /** Number of pieces; ids run from 0 to `vocabSize - 1`. */
  readonly vocabSize: number;
  /** Id of the unknown piece, -1 when the model needs none. */
  readonly unkId: number;
  /** Id of the begin-of-sentence piece, -1 when the model has none. */
  readonly bosId: number;
  /** Id of the end-of-sentence piece, -1 when the model has none. */
  readonly eosId: number;
  /** Id of the padding piece, -1 when the model has none. */
  readonly padId: number;
  /** Id of each byte's piece, `[256]`; empty when the model has no byte fallback. */
  readonly byteIds: Int32Array;
  /** Ids of user-defined symbols by text. */
  readonly userDefinedIds: ReadonlyMap<string, number>;
  /** Id of `piece`, or {@link Vocabulary.unkId} when no piece has that text. */
  pieceToId(piece: string): number;
  /**
   * Text of piece `id`.
   * @throws OptionError when `id` is outside the vocabulary
   */
  idToPiece(id: number): string;
}

/**
 * Indexes the pieces of `model`.
 *
 * @throws FormatError when the model has no unknown piece, or byte fallback without all 256 byte pieces
 */
export function createVocabulary(model: TokenizerModel): Vocabulary {
  const { pieceTypes } = model;
  const vocabSize = pieceTypes.length;
  const reservedIds = new Map<string, number>();
  const userDefinedIds = new Map<string, number>();
  const byteIds = new Int32Array(model.byteFallback ? 256 : 0).fill(-1);
  let unkId = -1;
  for (let id = 0; id < vocabSize; id++) {
    const type = pieceTypes[id]!;
    if (type === ABSENT_PIECE || type === PIECE_TYPE.normal) continue;
    const piece = textOfId(model, id);
    if (type === PIECE_TYPE.unknown) unkId = id;
    if (type === PIECE_TYPE.userDefined) userDefinedIds.set(piece, id);
    if (type === PIECE_TYPE.byte && model.byteFallback) byteIds[pieceToByte(piece)] = id;
    if (!isTextType(type)) reservedIds.set(piece, id);
  }
  if (unkId < 0 && !hasPipeline(model)) {
    throw new FormatError('model: no piece of type unknown', {
      hint: 'Every SentencePiece model has one, usually <unk>.',
    });
  }
  // SentencePiece wants them all. Elsewhere a byte is needed if it stands in UTF-8 and is no character that has a piece: Gemma
  // has a tab instead of its byte.
  const isNeeded = (byte: number): boolean =>
    !hasPipeline(model) || (isInUtf8(byte) && !(byte < 0x80 && hasCharacter(model, byte)));
  const missing = byteIds.findIndex((id, byte) => id < 0 && isNeeded(byte));
  if (missing >= 0) {
    throw new FormatError(`model: byte fallback is on, but byte 0x${missing.toString(16)} has no piece`, {
      hint: 'All 256 byte pieces <0x00>..<0xFF> must be there, or byte_fallback must be off.',
    });
  }

  // Encoding does not need it, so it is made when it is first asked for.
  let textIds: Map<string, number> | undefined;
  const textId = (piece: string): number | undefined => {
    if (textIds === undefined) {
      textIds = new Map();
      const { pieces } = model;
      for (let id = 0; id < vocabSize; id++) if (isTextType(pieceTypes[id]!)) textIds.set(pieces[id]!, id);
    }
    return textIds.get(piece);
  };
  const pieceToId = (piece: string): number => reservedIds.get(piece) ?? textId(piece) ?? unkId;
  const controlId = (piece: string): number => {
    const id = reservedIds.get(piece) ?? -1;
    return pieceTypes[id] === PIECE_TYPE.control ? id : -1;
  };
  return {
    vocabSize,
    unkId,
    bosId: controlId(model.bosPiece),
    eosId: controlId(model.eosPiece),
    padId: controlId(model.padPiece),
    byteIds,
    userDefinedIds,
    pieceToId,
    idToPiece(id) {
      const piece = model.pieces[id];
      if (piece === undefined) {
        throw new OptionError(`id ${id} is outside the vocabulary of ${vocabSize} pieces`, {
          hint: `Ids run from 0 to ${vocabSize - 1}.`,
        });
      }
      return piece;
    },
  };
}

/** True when a text piece is this one unit. */
function hasCharacter(model: TokenizerModel, unit: number): boolean {
  const { units, starts } = pieceTextsOf(model);
  return model.pieceTypes.some(
    (type, id) => starts[id + 1]! - starts[id]! === 1 && units[starts[id]!] === unit && isTextType(type),
  );
}

/** True for a piece whose UTF-16 units stand for bytes. */
export function isSpelledInBytes(
  { units, pieceTypes }: { readonly units: PieceUnits; readonly pieceTypes: { readonly [id: number]: number } },
  id: number,
): boolean {
  return units === 'byte' && isTextType(pieceTypes[id]!);
}

/** The pieces of a model as a person reads them: those that are spelled in bytes by their surface. */
export function readablePieces(model: TokenizerModel): readonly string[] {
  if (model.units === 'utf16') return model.pieces;
  return model.pieces.map((piece, id) => (isSpelledInBytes(model, id) ? byteSurface(piece) : piece));
}
