// Distinct float32 scores strictly below a base's last merge, so that every merge of the base is made before any new one.
// A BPE encoder merges the best-scored pair first; a new piece that ties with or beats a base merge changes how text of
// the base is split. It assigns numbers only: which pieces get them is decided in merge-vocab.ts.
import { PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { OptionError } from '../../errors.ts';

const WHITESPACE_ONLY = new RegExp(`^${SPACE_SYMBOL}+$`);

/** Least finite float32. */
const LOWEST_FLOAT32 = -(2 - 2 ** -23) * 2 ** 127;

/** Whole numbers up to here are exact in float32. */
const FLOAT32_WHOLE = 2 ** 24;

/** Least number of float32 scores for new pieces above pieces that are set apart; no merge adds as many. */
const APART = 2 ** 20;

/** Where new scores may go: strictly between the two. */
export interface ScoreGap {
  /** Lowest score of the base's merges; 0 when it has none. */
  readonly lowest: number;
  /** Highest score of the whitespace pieces that are set apart below; `-Infinity` when there are none. */
  readonly floor: number;
}

/**
 * Finds the base's lowest merge score.
 *
 * Pieces of `▁` only that lie further below the other pieces than the base has pieces, with room for a million scores between,
 * are not part of its ranking: LLaMA puts its runs of spaces at -1e9 so that they come last. They stay last, below the new
 * pieces, unless `spacesFirst` is given: a new piece that begins with `▁` must not take one of a run away.
 *
 * @example
 * ```ts
 * findScoreGap(model); // { lowest: -31740, floor: -1000000000 }
 * ```
 */
export function findScoreGap(
  { pieces, pieceScores, pieceTypes }: Pick<TokenizerModel, 'pieces' | 'pieceScores' | 'pieceTypes'>,
  { spacesFirst = false }: { readonly spacesFirst?: boolean } = {},
): ScoreGap {
  let lowest = Number.POSITIVE_INFINITY;
  const whitespaceScores: number[] = [];
  for (let id = 0; id < pieces.length; id++) {
    const score = pieceScores[id]!;
    if (pieceTypes[id] !== PIECE_TYPE.normal && pieceTypes[id] !== PIECE_TYPE.unused) continue;
    if (WHITESPACE_ONLY.test(pieces[id]!)) whitespaceScores.push(score);
    else if (score < lowest) lowest = score;
  }
  if (lowest === Number.POSITIVE_INFINITY) lowest = whitespaceScores.length > 0 ? Math.max(...whitespaceScores) : 0;
  const ranked = lowest;
  let floor = Number.NEGATIVE_INFINITY;
  for (const score of whitespaceScores) {
    const steps = float32Order(ranked) - float32Order(score);
    if (!spacesFirst && score < ranked - pieces.length && steps > APART) floor = Math.max(floor, score);
    else lowest = Math.min(lowest, score);
  }
  return { lowest, floor };
}

/** Options of {@link buildScoresBelow}. */
export interface ScoresBelowOptions extends ScoreGap {
  /** Number of scores wanted. */
  readonly count: number;
  /**
   * `rank`: one apart, as a BPE trainer scores. `neighbor`: as close as float32 allows, for a Unigram base, whose scores
   * are log probabilities: one apart would make the pieces too improbable to be used. `rank` falls back to neighbors where
   * whole steps do not fit.
   */
  readonly spacing: 'rank' | 'neighbor';
}

/**
 * Descending scores, `[count]`, each a float32 of its own, all below `lowest` and above `floor`.
 *
 * @throws OptionError when float32 has too few numbers between the two
 * @example
 * ```ts
 * buildScoresBelow({ lowest: -31740, floor: -1e9, count: 3, spacing: 'rank' }); // [-31741, -31742, -31743]
 * ```
 */
export function buildScoresBelow({ lowest, floor, count, spacing }: ScoresBelowOptions): Float32Array {
  const scores = new Float32Array(count);
  // Whole numbers, also below a fraction: near 2^23 fractions one apart can round to the same float32.
  const first = Math.ceil(lowest) - 1;
  const last = first - count + 1;
  if (spacing === 'rank' && last > floor && last >= -FLOAT32_WHOLE && first <= FLOAT32_WHOLE) {
    for (let i = 0; i < count; i++) scores[i] = first - i;
    return scores;
  }
  const top = float32Order(lowest);
  const room = top - Math.max(float32Order(floor), float32Order(LOWEST_FLOAT32) - 1) - 1;
  if (room < count) {
    throw new OptionError(
      `scores "below": ${count} new pieces need as many distinct float32 scores between the base's lowest merge ` +
        `(${lowest}) and ${floor}, there are ${Math.max(room, 0)}`,
      { hint: 'Use another --scores, or a smaller target size.' },
    );
  }
  for (let i = 0; i < count; i++) scores[i] = fromFloat32Order(top - 1 - i);
  return scores;
}

const orderFloats = new Float32Array(1);
const orderBits = new Int32Array(orderFloats.buffer);

/** Place of a float32 in ascending order; 0 for both zeros, neighbors differ by 1. */
function float32Order(value: number): number {
  orderFloats[0] = value;
  const bits = orderBits[0]!;
  return bits >= 0 ? bits : -(bits & 0x7fffffff);
}

function fromFloat32Order(order: number): number {
  orderBits[0] = order >= 0 ? order : -order | 0x80000000;
  return orderFloats[0]!;
}
