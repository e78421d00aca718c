// Unigram segmentation as its definition says: of all ways to write a text as pieces (a character without a piece costs a
// penalty), the one with the highest sum of scores. Every start and every end up to the longest piece, no trie. Sums are rounded to float32 after
// every step and the first of equal sums stays, so that near-ties fall as in the reference's encoder.
import { PIECE_TYPE, type TokenizerModel } from '../../src/core/model.ts';

const FLT_MIN = 1.1754943508222875e-38;

/** Pieces and uncovered characters of `text`, which is already normalized. */
export function segmentUnigramPlainly(model: TokenizerModel, text: string): string[] {
  const scores = new Map<string, number>();
  let lowest = 3.4028234663852886e38;
  let highest = FLT_MIN;
  model.pieces.forEach((piece, id) => {
    if (model.pieceTypes[id] !== PIECE_TYPE.normal) return;
    scores.set(piece, model.pieceScores[id]!);
    lowest = Math.min(lowest, model.pieceScores[id]!);
    highest = Math.max(highest, model.pieceScores[id]!);
  });
  model.pieces.forEach((piece, id) => {
    if (model.pieceTypes[id] !== PIECE_TYPE.userDefined) return;
    scores.set(piece, Math.fround(new TextEncoder().encode(piece).length * highest) - 0.1);
  });
  const longest = Math.max(1, ...Array.from(scores.keys(), (piece) => [...piece].length));
  const characters = [...text];
  const best: ({ score: number; start: number; part: string } | undefined)[] = [{ score: 0, start: -1, part: '' }];
  for (let start = 0; start < characters.length; start++) {
    const before = best[start]!.score;
    const offer = (part: string, end: number, cost: number): void => {
      const score = Math.fround(cost + before);
      if (best[end] === undefined || score > best[end].score) best[end] = { score, start, part };
    };
    for (let end = start + 1; end <= Math.min(characters.length, start + longest); end++) {
      const part = characters.slice(start, end).join('');
      const score = scores.get(part);
      if (score !== undefined) offer(part, end, score);
      else if (end === start + 1) offer(part, end, Math.fround(lowest - 10));
    }
  }
  const parts: string[] = [];
  for (let at = characters.length; at > 0; at = best[at]!.start) parts.unshift(best[at]!.part);
  return parts;
}
