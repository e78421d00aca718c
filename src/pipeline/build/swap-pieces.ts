// Constant size: the pieces that a base can best do without leave, and new ones take their ids and rows. What leaves is chosen
// as `prune` does; new pieces are learnt on the base without what leaves, so that none is made of it.
//
// What holds for the result: pieces that stay keep their ids and rows. Text that has no piece which leaves and no character
// of the scripts learnt keeps its ids: by the proofs of prune-pieces.ts it has the same tokens in the base without those
// pieces, and by those of extend.ts new pieces do not touch it. No new piece is dead, and none that stays dies.
import { applyPatch, type NewPiece, type VocabularyPatch } from '../../core/patch.ts';
import { OptionError } from '../../errors.ts';
import type { PrunedPieces } from '../../merge/choice/prune-pieces.ts';
import { roundUpToMultiple } from '../../merge/merge-options.ts';
import type { MergeResult } from '../../merge/merge-vocab.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import { chooseLeaving, type KeepOptions, type LeavingPieces } from './prune-vocabulary.ts';

/** Options of swapping pieces. */
export interface SwapOptions extends KeepOptions {
  /** How many pieces leave, and how many new ones take their places. */
  readonly count: number;
}

/** A base whose least useful pieces have left, with their ids free. */
export interface EmptiedBase extends LeavingPieces {
  readonly base: ExtendableTokenizer;
  /** The base without them; its `document` still has them. */
  readonly emptied: ExtendableTokenizer;
}

/**
 * Takes out the pieces that make room.
 *
 * @throws OptionError unless `count` is a whole number from 1
 * @throws InputError as `pruneVocabulary` does
 */
export async function emptyPlaces(base: ExtendableTokenizer, options: SwapOptions): Promise<EmptiedBase> {
  const { count } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new OptionError(`swap: ${count} is not a number of pieces`, { hint: 'Give a whole number from 1 on.' });
  }
  const { removed, counts } = await chooseLeaving(base, count, options);
  const model = applyPatch(base.model, { removed: removed.ids, pieces: [], merges: [], addedTokens: [] });
  return { base, emptied: { ...base, model, tokenizer: createTokenizer(model) }, removed, counts };
}

/**
 * What was appended to the emptied base, put into its free ids: the best new piece into the first. What is left over stays
 * behind the base, as added tokens do.
 */
export function putInPlaces(
  merge: MergeResult,
  { ids: removed }: Pick<PrunedPieces, 'ids'>,
  padToMultipleOf = 1,
): MergeResult {
  const { patch, baseSize } = merge;
  const tokens = new Set(patch.addedTokens.map(({ id }) => id));
  const newIds = new Map<number, number>();
  // Pieces first, whatever their order: tokens stand behind.
  const ordered = [
    ...patch.pieces.filter(({ id }) => !tokens.has(id)),
    ...patch.pieces.filter(({ id }) => tokens.has(id)),
  ];
  for (const [i, { id }] of ordered.entries()) newIds.set(id, removed[i] ?? baseSize + i - removed.length);
  const idOf = (id: number): number => newIds.get(id) ?? id;
  const pieces = ordered.map((piece): NewPiece => ({ ...piece, id: idOf(piece.id) })).sort((a, b) => a.id - b.id);
  const moved: VocabularyPatch = {
    removed,
    pieces,
    merges: patch.merges.map(({ leftId, rightId, resultId }) => ({
      leftId: idOf(leftId),
      rightId: idOf(rightId),
      resultId: idOf(resultId),
    })),
    addedTokens: patch.addedTokens.map((token) => ({ ...token, id: idOf(token.id) })),
  };
  const size = Math.max(baseSize, (pieces.at(-1)?.id ?? -1) + 1);
  return { ...merge, patch: moved, rows: roundUpToMultiple(size, padToMultipleOf) };
}
