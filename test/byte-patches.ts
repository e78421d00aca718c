// Patches of byte-level vocabularies for tests that are not about learning: each text becomes a piece, by merges of the tokens
// that it has by then. Parts of characters and of words become pieces on the way, whatever else they may begin.
import { PIECE_TYPE, type TokenizerModel } from '../src/core/model.ts';
import type { NewMerge, NewPiece, VocabularyPatch } from '../src/core/patch.ts';
import { toByteUnits } from '../src/core/unicode/byte-level.ts';
import { createTokenizer } from '../src/tokenize/tokenizer.ts';

const NO_FLAGS = { singleWord: false, lstrip: false, rstrip: false, normalized: false };

/** A patch that makes every one of the texts one token, and adds tokens behind them. */
export function patchOfTexts(
  model: TokenizerModel,
  texts: readonly string[],
  tokens: readonly string[] = [],
): VocabularyPatch {
  // As parts of longer pre-tokens they go through the merges, so that whole pieces must not be taken first here.
  const tokenizer = createTokenizer({ ...model, wholePieceFirst: false });
  const known = new Set(model.pieces);
  const pieces: NewPiece[] = [];
  const merges: NewMerge[] = [];
  const textOf = (id: number): string => pieces[id - model.pieces.length]?.piece ?? model.pieces[id]!;
  const resultOf = new Map<string, number>();
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    if (ids.map(textOf).join('') !== (model.units === 'byte' ? toByteUnits(text) : text)) continue;
    for (const { leftId, rightId, resultId } of merges) {
      for (let i = 0; i + 1 < ids.length; i++) {
        if (ids[i] === leftId && ids[i + 1] === rightId) ids.splice(i, 2, resultId);
      }
    }
    while (ids.length > 1) {
      const [leftId, rightId] = [ids[0]!, ids[1]!];
      const piece = textOf(leftId) + textOf(rightId);
      if (known.has(piece) || resultOf.has(`${leftId} ${rightId}`)) break;
      const id = model.pieces.length + pieces.length;
      pieces.push({ id, piece, score: model.merges === undefined ? -id : 0, type: PIECE_TYPE.normal });
      merges.push({ leftId, rightId, resultId: id });
      known.add(piece);
      resultOf.set(`${leftId} ${rightId}`, id);
      ids.splice(0, 2, id);
    }
  }
  const addedTokens = tokens.map((content, i) => ({
    id: model.pieces.length + pieces.length + i,
    content,
    special: true,
    ...NO_FLAGS,
  }));
  const tokenPieces = addedTokens.map(({ id, content }) => ({
    id,
    piece: content,
    score: 0,
    type: PIECE_TYPE.control,
  }));
  return {
    pieces: [...pieces, ...tokenPieces],
    merges: model.merges === undefined ? [] : merges,
    addedTokens,
  };
}
