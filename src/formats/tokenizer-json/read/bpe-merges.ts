// The merge list of a SentencePiece BPE model: tokenizer.json has ranked pairs where SentencePiece has scored pieces.
// Every way to split a piece into two pieces becomes a merge, ranked by the piece's score. Engines that use pairs agree
// with SentencePiece where scores are distinct. Where they tie, SentencePiece takes the leftmost pair in the text and
// a ranked list cannot, so the order of ties below is only a convention: that of transformers' LLaMA converter.
import { type MergeList, PIECE_TYPE, type TokenizerModel } from '../../../core/model.ts';

/**
 * Derives the merges of a BPE model.
 *
 * Order: score of the resulting piece, highest first; then the longer left part, then the longer right part (code
 * points), then the smaller ids of result, left and right. Only normal pieces take part: control, unknown and byte
 * pieces never come from text, user-defined ones are cut out before, unused ones must not appear.
 *
 * Time is O(total piece length + merges × log merges), but for the hashing of the parts of very long pieces.
 */
export function deriveMerges(model: Pick<TokenizerModel, 'pieces' | 'pieceScores' | 'pieceTypes'>): MergeList {
  const { pieces, pieceScores, pieceTypes } = model;
  const idOfPiece = new Map<string, number>();
  for (let id = 0; id < pieces.length; id++) {
    if (pieceTypes[id] !== PIECE_TYPE.normal) continue;
    idOfPiece.set(pieces[id]!, id);
  }

  const results: number[] = [];
  const lefts: number[] = [];
  const rights: number[] = [];
  // Part lengths in code points, to break ties.
  const leftLengths: number[] = [];
  const rightLengths: number[] = [];
  for (let id = 0; id < pieces.length; id++) {
    if (pieceTypes[id] !== PIECE_TYPE.normal) continue;
    const piece = pieces[id]!;
    const firstMerge = results.length;
    let codePoints = 1;
    for (let cut = unitsAt(piece, 0); cut < piece.length; cut += unitsAt(piece, cut), codePoints++) {
      const left = idOfPiece.get(piece.slice(0, cut));
      if (left === undefined) continue;
      const right = idOfPiece.get(piece.slice(cut));
      if (right === undefined) continue;
      results.push(id);
      lefts.push(left);
      rights.push(right);
      leftLengths.push(codePoints);
    }
    for (let i = firstMerge; i < results.length; i++) rightLengths.push(codePoints - leftLengths[i]!);
  }

  const order = Uint32Array.from(results, (_, i) => i).sort(
    (a, b) =>
      pieceScores[results[b]!]! - pieceScores[results[a]!]! ||
      leftLengths[b]! - leftLengths[a]! ||
      rightLengths[b]! - rightLengths[a]! ||
      results[a]! - results[b]! ||
      lefts[a]! - lefts[b]! ||
      rights[a]! - rights[b]!,
  );
  return {
    leftIds: Int32Array.from(order, (i) => lefts[i]!),
    rightIds: Int32Array.from(order, (i) => rights[i]!),
    resultIds: Int32Array.from(order, (i) => results[i]!),
  };
}

// UTF-16 units of the code point that starts at `at`.
function unitsAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00 && at + 1 < text.length ? 2 : 1;
}
