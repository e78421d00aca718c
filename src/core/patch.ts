// What merging and extending produce: pieces, merges and added tokens to put into a vocabulary that exists. A patch only
// adds. applyPatch gives the model that results, to encode with; a TokenizerDocument applies it to the files.
import {
  ABSENT_PIECE,
  type AddedToken,
  type MergeList,
  PIECE_TYPE,
  type PieceType,
  type TokenizerModel,
} from './model.ts';

/** A piece to add. */
export interface NewPiece {
  readonly id: number;
  /** Text in the model's units, see {@link TokenizerModel.units}. */
  readonly piece: string;
  /** Float32; 0 where merges are listed. */
  readonly score: number;
  readonly type: PieceType;
}

/** A merge to add, by ids. */
export interface NewMerge {
  readonly leftId: number;
  readonly rightId: number;
  readonly resultId: number;
}

/** Additions to a vocabulary; see `TokenizerDocument.apply`. */
export interface VocabularyPatch {
  /** By ascending id; none of the ids has a piece in the base. */
  readonly pieces: readonly NewPiece[];
  /** Ranked behind all merges of the base, best first; none where merges follow from scores. */
  readonly merges: readonly NewMerge[];
  /** Tokens found in text as a whole; each is one of `pieces` or a piece of the base. */
  readonly addedTokens: readonly AddedToken[];
}

/** True for a patch that adds nothing. */
export function isEmptyPatch({ pieces, merges, addedTokens }: VocabularyPatch): boolean {
  return pieces.length === 0 && merges.length === 0 && addedTokens.length === 0;
}

/**
 * The model with the additions of a patch; `model` is not changed. In a SentencePiece model added tokens are pieces and
 * nothing else: its encoder never finds them in text.
 *
 * @example
 * ```ts
 * const { patch } = mergeVocab({ base: model, extension });
 * const tokenizer = createTokenizer(applyPatch(model, patch));
 * ```
 */
export function applyPatch(model: TokenizerModel, patch: VocabularyPatch): TokenizerModel {
  const idCount = Math.max(model.pieces.length, (patch.pieces.at(-1)?.id ?? -1) + 1);
  const pieces = [...model.pieces];
  const pieceScores = new Float32Array(idCount);
  const pieceTypes = new Uint8Array(idCount).fill(ABSENT_PIECE);
  pieceScores.set(model.pieceScores);
  pieceTypes.set(model.pieceTypes);
  while (pieces.length < idCount) pieces.push('');
  for (const { id, piece, score, type } of patch.pieces) {
    pieces[id] = piece;
    pieceScores[id] = score;
    pieceTypes[id] = type;
  }
  const { merges, addedTokens } = model;
  return {
    ...model,
    pieces,
    pieceScores,
    pieceTypes,
    ...(merges !== undefined && { merges: appendMerges(merges, patch.merges) }),
    ...(!isSentencePiece(model) && {
      addedTokens: [...addedTokens, ...patch.addedTokens].sort((a, b) => a.id - b.id),
    }),
  };
}

function isSentencePiece({ units, merges }: TokenizerModel): boolean {
  return units === 'utf16' && merges === undefined;
}

function appendMerges({ leftIds, rightIds, resultIds }: MergeList, more: readonly NewMerge[]): MergeList {
  const append = (ids: Int32Array, key: keyof NewMerge): Int32Array =>
    Int32Array.from({ length: ids.length + more.length }, (_, i) => ids[i] ?? more[i - ids.length]![key]);
  return {
    leftIds: append(leftIds, 'leftId'),
    rightIds: append(rightIds, 'rightId'),
    resultIds: append(resultIds, 'resultId'),
  };
}

/**
 * New pieces that share their score with another piece that merges: SentencePiece takes the leftmost pair then, a list of
 * merges needs an order, so engines differ. Added tokens are left out: what is cut out of text first never merges.
 */
export function findTiedPieces(base: TokenizerModel, newPieces: readonly NewPiece[]): NewPiece[] {
  if (base.modelType !== 'bpe') return [];
  const counts = new Map<number, number>();
  const count = (score: number, type: number): void => {
    if (type === PIECE_TYPE.normal) counts.set(score, (counts.get(score) ?? 0) + 1);
  };
  for (let id = 0; id < base.pieces.length; id++) count(base.pieceScores[id]!, base.pieceTypes[id]!);
  for (const { score, type } of newPieces) count(score, type);
  return newPieces.filter(({ score, type }) => type === PIECE_TYPE.normal && counts.get(score)! > 1);
}
