// What a text makes of the new pieces of an extended vocabulary: how many of them carry how much of it, which hardly occur,
// and how much training text it takes until nearly all of them have been seen often enough to learn their rows.
// It knows counts only; which pieces are dead whatever the text is the audit's question.

import { surfaceOf, type TokenCounter } from '../../counters/token-counter.ts';
import { surfaceLength } from './piece-lengths.ts';

/** How far the most frequent new pieces go. */
export interface UsagePoint {
  /** New pieces, the most frequent first. */
  readonly pieces: number;
  /** Their share of all tokens that are new pieces. */
  readonly tokenShare: number;
  /** The characters that they stand for, as a share of the text. */
  readonly characterShare: number;
}

/** A new piece that is rare in the text. */
export interface RarePiece {
  readonly id: number;
  readonly piece: string;
  /** Times that it occurs. */
  readonly count: number;
}

/** How the new pieces of one tokenizer are used. */
export interface NewPieceUsage {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  readonly newPieces: number;
  /** New pieces that occur. */
  readonly used: number;
  /** Tokens of the text that are new pieces, of all its tokens. */
  readonly newTokens: number;
  readonly tokens: number;
  /** Ascending, from 0 pieces to all that occur, about {@link CURVE_POINTS} of them, closer together at the beginning. */
  readonly curve: readonly UsagePoint[];
  /** The fewest new pieces that make up a share of the new tokens, for each of {@link USAGE_SHARES}. */
  readonly piecesForShare: readonly { readonly share: number; readonly pieces: number }[];
  /**
   * Tokens of text like this until 95 % of the new pieces have been seen {@link LEAST_OCCURRENCES} times. Where so many
   * pieces do not occur at all it is a lower bound: a piece that n tokens do not show is, at 95 % confidence, rarer than
   * 3 in n. null where the text has no tokens.
   */
  readonly tokensToLearn: { readonly tokens: number; readonly isLowerBound: boolean } | null;
  /** The rarest, rarest first and the later ids first among equals, at most {@link RARE_PIECES}. */
  readonly rarest: readonly RarePiece[];
}

/** Points of {@link NewPieceUsage.curve}. */
export const CURVE_POINTS = 64;
/** Shares of {@link NewPieceUsage.piecesForShare}. */
export const USAGE_SHARES: readonly number[] = [0.5, 0.8, 0.9, 0.95, 0.99];
/** Pieces of {@link NewPieceUsage.rarest}. */
export const RARE_PIECES = 100;
/**
 * Occurrences in training from which a row counts as learnt: with 100 or more for 95 % of the types, larger vocabularies
 * have been found to pay in translation (Gowda and May 2020, "Finding the Optimal Vocabulary Size for Neural Machine
 * Translation"). Carried over to language models it is a rule of thumb.
 */
export const LEAST_OCCURRENCES = 100;
/** Share of the new pieces that should be seen that often. */
const LEARNT_SHARE = 0.95;

/** What {@link measureNewPieces} works on. */
export interface UsageInput {
  readonly counter: TokenCounter;
  /** Ids from here on are new. */
  readonly firstNewId: number;
  /** Tokens of each id in the texts, `[vocabSize]`. */
  readonly counts: Float64Array;
  readonly tokens: number;
  /** Code points of the texts. */
  readonly characters: number;
}

/** Measures the new pieces of a tokenizer that extends another; there must be one. */
export function measureNewPieces(name: string, input: UsageInput): NewPieceUsage {
  const { counter, firstNewId, counts, tokens, characters } = input;
  const newPieces = counter.vocabSize - firstNewId;
  // Most frequent first; among equals the lower id, which ranking puts first.
  const order = Array.from({ length: newPieces }, (_, i) => firstNewId + i).sort(
    (a, b) => counts[b]! - counts[a]! || a - b,
  );
  let newTokens = 0;
  let used = 0;
  for (const id of order) {
    newTokens += counts[id]!;
    if (counts[id]! > 0) used++;
  }

  const curve: UsagePoint[] = [{ pieces: 0, tokenShare: 0, characterShare: 0 }];
  const piecesForShare: { share: number; pieces: number }[] = [];
  const marks = curveMarks(used);
  let sum = 0;
  let covered = 0;
  for (let i = 0; i < used; i++) {
    const id = order[i]!;
    sum += counts[id]!;
    covered += counts[id]! * surfaceLength(surfaceOf(counter, id) ?? '');
    while (piecesForShare.length < USAGE_SHARES.length && sum >= USAGE_SHARES[piecesForShare.length]! * newTokens) {
      piecesForShare.push({ share: USAGE_SHARES[piecesForShare.length]!, pieces: i + 1 });
    }
    if (marks.has(i + 1)) {
      const characterShare = characters === 0 ? 0 : covered / characters;
      curve.push({ pieces: i + 1, tokenShare: sum / newTokens, characterShare });
    }
  }
  return {
    tokenizer: name,
    newPieces,
    used,
    newTokens,
    tokens,
    curve,
    piecesForShare,
    tokensToLearn: tokensToLearn(order, counts, tokens),
    rarest: order
      .slice(-RARE_PIECES)
      .reverse()
      .map((id) => ({ id, piece: counter.idToPiece(id) ?? '', count: counts[id]! })),
  };
}

/** Steps that grow evenly in the square root: the first pieces carry the most. */
function curveMarks(used: number): Set<number> {
  const marks = new Set<number>();
  for (let i = 1; i <= CURVE_POINTS; i++) marks.add(Math.max(1, Math.round(used * (i / CURVE_POINTS) ** 2)));
  return marks;
}

function tokensToLearn(order: readonly number[], counts: Float64Array, tokens: number): NewPieceUsage['tokensToLearn'] {
  if (tokens === 0 || order.length === 0) return null;
  const count = counts[order[Math.ceil(LEARNT_SHARE * order.length) - 1]!]!;
  return count > 0
    ? { tokens: Math.ceil((LEAST_OCCURRENCES * tokens) / count), isLowerBound: false }
    : { tokens: Math.ceil((LEAST_OCCURRENCES * tokens) / 3), isLowerBound: true };
}
