// What merging and extending produce: pieces, merges and added tokens to put into a vocabulary that exists, and pieces that
// leave it. applyPatch gives the model that results, to encode with; a TokenizerDocument applies it to the files. selectPieces
// leaves out pieces and closes the gaps. Which pieces may leave without harm is merge/choice/prune-pieces.ts' question.
import {
  ABSENT_PIECE,
  type AddedToken,
  isSentencePieceModel,
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
  /** Ids whose pieces leave first, ascending, with every merge that has to do with them. All other ids stay. Default none. */
  readonly removed?: ArrayLike<number> | undefined;
  /** By ascending id; none of the ids has a piece in the base, or the piece leaves. */
  readonly pieces: readonly NewPiece[];
  /** Ranked behind all merges of the base, best first; none where merges follow from scores. */
  readonly merges: readonly NewMerge[];
  /** Tokens found in text as a whole; each is one of `pieces` or a piece of the base. */
  readonly addedTokens: readonly AddedToken[];
}

/** True for a patch that changes nothing. */
export function isEmptyPatch({ removed = [], pieces, merges, addedTokens }: VocabularyPatch): boolean {
  return removed.length === 0 && pieces.length === 0 && merges.length === 0 && addedTokens.length === 0;
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
export function applyPatch(base: TokenizerModel, patch: VocabularyPatch): TokenizerModel {
  const { removed = [] } = patch;
  const model = removed.length === 0 ? base : renumberPieces(base, newIdsWithout(base.pieces.length, removed));
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
    ...(!isSentencePieceModel(model) && {
      addedTokens: [...addedTokens, ...patch.addedTokens].sort((a, b) => a.id - b.id),
    }),
  };
}

/**
 * The model with the pieces of these ids alone: the new id of a piece is its place in the list. Merges that have to do with
 * another piece leave, and so do added tokens with another id. `model` is not changed.
 *
 * @param ids none twice
 * @example
 * ```ts
 * selectPieces(model, [0, 1, 2]).pieces; // ['<unk>', '<s>', '</s>']
 * ```
 */
export function selectPieces(model: TokenizerModel, ids: ArrayLike<number>): TokenizerModel {
  return renumberPieces(model, newIdsOf(model.pieces.length, ids));
}

/** The new id of each old one when only `ids` are kept, in this order; -1 for the others: `[idCount]`. */
export function newIdsOf(idCount: number, ids: ArrayLike<number>): Int32Array {
  const newIds = new Int32Array(idCount).fill(-1);
  for (let i = 0; i < ids.length; i++) newIds[ids[i]!] = i;
  return newIds;
}

/** Each id for itself, -1 for those that leave: `[idCount]`. */
export function newIdsWithout(idCount: number, removed: ArrayLike<number>): Int32Array {
  const newIds = Int32Array.from({ length: idCount }, (_, id) => id);
  for (let i = 0; i < removed.length; i++) newIds[removed[i]!] = -1;
  return newIds;
}

/**
 * The model with its pieces under other ids; an id that none of them gets has no piece. Merges that have to do with a piece
 * that leaves leave too, and so do added tokens.
 *
 * @param newIds of each old id, -1 for those that leave: `[idCount]`
 */
export function renumberPieces(model: TokenizerModel, newIds: Int32Array): TokenizerModel {
  const idCount = newIds.reduce((count, id) => Math.max(count, id + 1), 0);
  const pieces: string[] = new Array(idCount).fill('');
  const pieceScores = new Float32Array(idCount);
  const pieceTypes = new Uint8Array(idCount).fill(ABSENT_PIECE);
  newIds.forEach((newId, id) => {
    if (newId < 0) return;
    pieces[newId] = model.pieces[id]!;
    pieceScores[newId] = model.pieceScores[id]!;
    pieceTypes[newId] = model.pieceTypes[id]!;
  });
  const { merges, addedTokens } = model;
  return {
    ...model,
    pieces,
    pieceScores,
    pieceTypes,
    ...(merges !== undefined && { merges: renumberMerges(merges, newIds) }),
    addedTokens: addedTokens
      .filter(({ id }) => newIds[id]! >= 0)
      .map((token) => ({ ...token, id: newIds[token.id]! }))
      .sort((a, b) => a.id - b.id),
  };
}

function renumberMerges(merges: MergeList, newIds: Int32Array): MergeList {
  const isKept = keptMerges(merges, newIds);
  const renumber = (ids: Int32Array): Int32Array => ids.filter((_, merge) => isKept(merge)).map((id) => newIds[id]!);
  return {
    leftIds: renumber(merges.leftIds),
    rightIds: renumber(merges.rightIds),
    resultIds: renumber(merges.resultIds),
  };
}

/** Whether a merge stays, by its place in the list: all three of its pieces do. */
export function keptMerges(
  { leftIds, rightIds, resultIds }: MergeList,
  newIds: Int32Array,
): (merge: number) => boolean {
  return (merge) => newIds[leftIds[merge]!]! >= 0 && newIds[rightIds[merge]!]! >= 0 && newIds[resultIds[merge]!]! >= 0;
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
