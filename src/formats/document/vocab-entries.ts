// What a patch adds to an object of ids by piece, as tokenizer.json and vocab.json have one. Added tokens that the object lacks
// are listed in it too, under their own ids, where pieces are added: engines that count ids on from the vocabulary's size
// would give them the ids of the new pieces.
import type { TokenizerModel } from '../../core/model.ts';
import type { VocabularyPatch } from '../../core/patch.ts';
import { spellByteLevel } from '../../core/unicode/byte-level.ts';

/**
 * The entries to add, by id.
 *
 * @param isPresent whether the object has an entry of this name
 */
export function newVocabEntries(
  model: TokenizerModel,
  patch: VocabularyPatch,
  isPresent: (name: string) => boolean,
): (readonly [id: number, name: string])[] {
  const tokens = [...model.addedTokens, ...patch.addedTokens];
  const tokenIds = new Set(tokens.map(({ id }) => id));
  const entries = new Map<number, string>();
  for (const { id, piece } of patch.pieces) {
    if (!tokenIds.has(id)) entries.set(id, model.units === 'byte' ? spellByteLevel(piece) : piece);
  }
  if (patch.pieces.length > 0) {
    for (const { id, content } of tokens) if (!isPresent(content)) entries.set(id, content);
  }
  return [...entries].sort(([a], [b]) => a - b);
}
