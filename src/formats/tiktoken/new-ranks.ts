// What a patch adds to a list of ranks. A rank is two things there, the place of a piece among the merges and its id, so that
// only a patch whose better pieces have the lower ids can be written.
import type { TokenizerModel } from '../../core/model.ts';
import type { VocabularyPatch } from '../../core/patch.ts';
import { unitBytes } from '../../core/unicode/byte-level.ts';
import { FormatError } from '../../errors.ts';
import { encodeBase64 } from '../base64.ts';

/** A piece to list. */
export interface NewRank {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** The bytes in Base64. */
  readonly base64: string;
}

/**
 * The pieces of a patch by id, without added tokens.
 *
 * @throws FormatError when the ids are in another order than the merges
 */
export function newRanks(model: Pick<TokenizerModel, 'merges'>, patch: VocabularyPatch): NewRank[] {
  const tokenIds = new Set(patch.addedTokens.map(({ id }) => id));
  const pieces = patch.pieces.filter(({ id }) => !tokenIds.has(id));
  const isRanked =
    model.merges === undefined
      ? pieces.every(({ score }, i) => i === 0 || score < pieces[i - 1]!.score)
      : patch.merges.every(({ resultId }, i) => i === 0 || resultId >= patch.merges[i - 1]!.resultId);
  if (!isRanked) throw new FormatError('ranks are ids, and the new pieces are not in the order of their merges');
  return pieces.map(({ id, piece }) => {
    const bytes = unitBytes(piece);
    return { id, bytes, base64: encodeBase64(bytes) };
  });
}
