// The end of Unigram training: the required characters, then the best pieces, as many as the vocabulary takes.
// Spec: FinalizeSentencePieces of unigram_model_trainer.cc.

import { compareUtf8 } from '../../core/unicode/utf8.ts';
import { FIRST_CHARACTER_ID } from '../data/training-data.ts';
import { minScoreOf, type PieceForest, pieceTextOf } from './forest/pieces.ts';

/** Characters without a score of their own get the lowest one plus this, times the number of those before them. */
const REQUIRED_CHARACTER_STEP = Math.fround(0.0001);

/** Learnt pieces with their scores: parallel, by score descending, then in UTF-8 order. */
export interface ScoredPieces {
  readonly pieces: string[];
  readonly scores: Float32Array;
}

/**
 * Chooses the learnt pieces of the vocabulary.
 *
 * @param alphabet code points by character id; every character becomes a piece
 * @param size pieces to choose; fewer come back when the forest has not as many
 */
export function finalizePieces(forest: PieceForest, alphabet: Uint32Array, size: number): ScoredPieces {
  const scored = Array.from(forest.order, (node) => ({
    piece: pieceTextOf(forest, node),
    score: forest.scores[node]!,
  }));
  const known = new Map(scored.map(({ piece, score }) => [piece, score]));
  const chosen = new Map<string, number>();
  const minScore = minScoreOf(forest);
  let penalty = 0;
  for (let id = FIRST_CHARACTER_ID; id < alphabet.length; id++) {
    const character = String.fromCodePoint(alphabet[id]!);
    const score = known.get(character);
    if (score !== undefined) chosen.set(character, score);
    else {
      chosen.set(character, Math.fround(minScore + penalty));
      penalty = Math.fround(penalty + REQUIRED_CHARACTER_STEP);
    }
  }
  for (const { piece, score } of scored.sort(byScore)) {
    if (chosen.has(piece)) continue;
    if (chosen.size >= size) break;
    chosen.set(piece, score);
  }
  const sorted = Array.from(chosen, ([piece, score]) => ({ piece, score })).sort(byScore);
  return { pieces: sorted.map(({ piece }) => piece), scores: Float32Array.from(sorted, ({ score }) => score) };
}

type Scored = { readonly piece: string; readonly score: number };

function byScore(a: Scored, b: Scored): number {
  return b.score - a.score || compareUtf8(a.piece, b.piece);
}
