// BPE segmentation as its definition says, in quadratic time: the oracle of bpe/segmenter.ts and bpe/long-merger.ts.
// Characters, then again and again the adjacent pair whose text is the piece with the highest score, leftmost of equals;
// where merges are listed, the pair that stands first in the list.
import { PIECE_TYPE, type TokenizerModel } from '../../src/core/model.ts';

/** Pieces and uncovered characters of `text`, which is already normalized. No unused pieces. */
export function segmentPlainly(model: TokenizerModel, text: string): string[] {
  const scores = new Map<string, number>();
  const symbols: string[] = [];
  for (const [id, piece] of model.pieces.entries()) {
    const type = model.pieceTypes[id];
    if (type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined) scores.set(piece, model.pieceScores[id]!);
    if (type === PIECE_TYPE.userDefined) symbols.push(piece);
  }
  const { merges } = model;
  const ranks = new Map<string, number>();
  merges?.resultIds.forEach((_, rank) => {
    ranks.set(JSON.stringify([model.pieces[merges.leftIds[rank]!], model.pieces[merges.rightIds[rank]!]]), rank);
  });
  const scoreOf = (left: string, right: string): number | undefined => {
    if (merges === undefined) return scores.get(left + right);
    const rank = ranks.get(JSON.stringify([left, right]));
    return rank === undefined ? undefined : -rank;
  };
  symbols.sort((a, b) => b.length - a.length);
  const parts: { text: string; isFrozen: boolean }[] = [];
  for (let at = 0; at < text.length; ) {
    const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
    const part = symbol ?? String.fromCodePoint(text.codePointAt(at)!);
    parts.push({ text: part, isFrozen: symbol !== undefined });
    at += part.length;
  }
  for (;;) {
    let best = -1;
    let bestScore = 0;
    for (let i = 0; i + 1 < parts.length; i++) {
      if (parts[i]!.isFrozen || parts[i + 1]!.isFrozen) continue;
      const score = scoreOf(parts[i]!.text, parts[i + 1]!.text);
      if (score !== undefined && (best < 0 || score > bestScore)) {
        best = i;
        bestScore = score;
      }
    }
    if (best < 0) return parts.map((part) => part.text);
    parts.splice(best, 2, { text: parts[best]!.text + parts[best + 1]!.text, isFrozen: false });
  }
}
