// Finds dead pieces: those that the encoder can never emit, whatever the text.
//
// The test is exact and needs no text: a piece is dead unless encoding its own text (in piece form, `▁` for space,
// nothing put in front) gives that one piece back. Why this is enough, for BPE: suppose the encoder forms the piece
// somewhere in a text. All merges inside its span are then made between symbols of the span only, and each was the best
// of all pairs of the text, so it is also the best, and the leftmost of equals, of the pairs within the span. Alone, the
// same text therefore goes through the same merges and ends as that piece. The other way round, a piece that survives
// alone is emitted in a text that puts characters around it which no piece joins. So a symbol that is dead is never even
// formed on the way to another: taking dead pieces out changes no encoding. User-defined symbols are cut out first, in
// both cases alike. For Unigram the best path through a text contains the best path through each of its spans; equal up
// to the rounding of float32 sums, which can let a piece win that is behind by less than 1e-6 of the sum.
//
// Not counted here: control, unknown and byte pieces, which no text is merged into; unused pieces, which are switched off;
// pieces that the normalizer keeps out of reach (audit/pieces.ts: `normalizer`).
import { PIECE_TYPE } from '../../core/model.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';

/** A piece that is never emitted. */
export interface DeadPiece {
  readonly id: number;
  readonly piece: string;
  /** Ids that its text is encoded to. */
  readonly encodesTo: readonly number[];
}

/**
 * All dead pieces of a tokenizer, in id order. Takes about 0.3 s for 50,000 pieces.
 *
 * @param options.from first id to look at
 * @example
 * ```ts
 * const [first] = findDeadPieces(chineseLlama);
 * // What the text of the first dead piece becomes.
 * first.encodesTo.map(chineseLlama.idToPiece); // ['▁cr', 'eat', 'e']
 * ```
 */
export function findDeadPieces(tokenizer: Tokenizer, { from = 0 } = {}): DeadPiece[] {
  const { pieces } = tokenizer.model;
  const dead: DeadPiece[] = [];
  for (let id = from; id < pieces.length; id++) {
    if (!isTextPiece(tokenizer, id)) continue;
    const encodesTo = tokenizer.encodePieceText(pieces[id]!);
    if (encodesTo.length !== 1 || encodesTo[0] !== id) dead.push({ id, piece: pieces[id]!, encodesTo });
  }
  return dead;
}

/** True for the pieces that text is split into: normal and user-defined ones. */
export function isTextPiece(tokenizer: Tokenizer, id: number): boolean {
  const type = tokenizer.model.pieceTypes[id];
  return type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined;
}
