// What merging and extending produce: pieces, merges and added tokens to put into a vocabulary that exists. A patch only
// adds; applying it to a document keeps everything else as it was read.
import type { AddedToken, PieceType } from './model.ts';

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
