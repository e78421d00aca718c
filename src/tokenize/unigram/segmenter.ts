// Unigram segmentation: the path of pieces with the highest total score (Viterbi), as SentencePiece's optimized encoder
// finds it. Scores are accumulated in float32, and the first of equal paths stays, so near-ties fall the same way.
// Linear in the length of the text times the longest piece.
import { doubled } from '../../core/grown.ts';
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { buildTrie } from '../../core/trie.ts';
import { utf8Length } from '../../core/unicode/utf8.ts';
import { type Segmenter, uncoveredSymbol } from '../symbols/symbols.ts';

/** SentencePiece puts an unknown character this far below the worst piece. */
const UNKNOWN_PENALTY = 10;
/** FLT_MIN, where SentencePiece starts its search for the highest score. */
const SMALLEST_FLOAT = 1.1754943508222875e-38;
/** FLT_MAX, where it starts its search for the lowest. */
const LARGEST_FLOAT = 3.4028234663852886e38;

/** Creates the segmenter of a Unigram model; it owns its buffers, so it serves one text at a time. */
export function createUnigramSegmenter(model: TokenizerModel): Segmenter {
  const { pieces, pieceTypes, pieceScores } = model;
  let minScore = LARGEST_FLOAT;
  let maxScore = SMALLEST_FLOAT;
  const keys: string[] = [];
  const ids: number[] = [];
  for (let id = 0; id < pieces.length; id++) {
    const type = pieceTypes[id]!;
    if (type === PIECE_TYPE.normal) {
      minScore = Math.min(minScore, pieceScores[id]!);
      maxScore = Math.max(maxScore, pieceScores[id]!);
    }
    // Unused pieces are never used in a path, so they need not be in the trie.
    if (type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined) {
      keys.push(pieces[id]!);
      ids.push(id);
    }
  }
  const unknownScore = Math.fround(minScore - UNKNOWN_PENALTY);
  // What a piece adds to a path. User-defined symbols get a bonus that makes them win over any split.
  const pathScores = new Float64Array(pieces.length);
  for (const id of ids) {
    pathScores[id] =
      pieceTypes[id] === PIECE_TYPE.userDefined
        ? Math.fround(utf8Length(pieces[id]!) * maxScore) - 0.1
        : pieceScores[id]!;
  }
  const trie = buildTrie(keys, ids);
  const { rootNodes, nodeValues } = trie;

  let symbols: Int32Array = new Int32Array(1024);
  let bestScores = new Float32Array(0);
  // Where the best path into each position came from (-1: not reached), and by which piece (-1: unknown character).
  let bestStarts = new Int32Array(0);
  let bestPieces = new Int32Array(0);

  function segment(units: Uint16Array, length: number): number {
    if (bestScores.length <= length) {
      const capacity = Math.max(length + 1, bestScores.length * 2, 1024);
      bestScores = new Float32Array(capacity);
      bestStarts = new Int32Array(capacity);
      bestPieces = new Int32Array(capacity);
    }
    bestStarts.fill(-1, 0, length + 1);
    bestScores[0] = 0;

    for (let start = 0; start < length; ) {
      const unit = units[start]!;
      const width = unit >= 0xd800 && unit < 0xdc00 ? 2 : 1;
      const scoreHere = bestScores[start]!;
      let hasSingle = false;
      let node = rootNodes[unit]!;
      let end = start + 1;
      while (node !== 0) {
        const id = nodeValues[node]!;
        if (id >= 0) {
          const score = Math.fround(pathScores[id]! + scoreHere);
          if (bestStarts[end]! < 0 || score > bestScores[end]!) {
            bestScores[end] = score;
            bestStarts[end] = start;
            bestPieces[end] = id;
          }
          if (end - start === width) hasSingle = true;
        }
        if (end >= length) break;
        node = trie.child(node, units[end]!);
        end++;
      }
      if (!hasSingle) {
        end = start + width;
        const score = Math.fround(unknownScore + scoreHere);
        if (bestStarts[end]! < 0 || score > bestScores[end]!) {
          bestScores[end] = score;
          bestStarts[end] = start;
          bestPieces[end] = -1;
        }
      }
      start += width;
    }

    let count = 0;
    for (let end = length; end > 0; end = bestStarts[end]!) count++;
    if (symbols.length < count) symbols = doubled(symbols, count);
    let at = count;
    for (let end = length; end > 0; end = bestStarts[end]!) {
      const piece = bestPieces[end]!;
      symbols[--at] = piece >= 0 ? piece : uncoveredSymbol(codePointBefore(units, end));
    }
    return count;
  }

  return {
    segment,
    get symbols() {
      return symbols;
    },
  };
}

function codePointBefore(units: Uint16Array, end: number): number {
  const unit = units[end - 1]!;
  if (unit < 0xdc00 || unit >= 0xe000) return unit;
  return 0x10000 + ((units[end - 2]! - 0xd800) << 10) + (unit - 0xdc00);
}
