// The order of new pieces in a repaired model: moves pieces down the order where they stand in the way of others.
// A greedy search with a limit on its tries. It works on the texts of single pieces with a plain BPE encoder of its own,
// which is quick enough for a few characters and lets single ranks change; the caller checks the outcome.
import { PIECE_TYPE } from '../../core/model.ts';
import type { ModelProto } from '../../formats/sentencepiece/fields.ts';
import { findScoreGap } from '../choice/score-ladder.ts';

/** Input of {@link improveOrder}. */
export interface ImproveOrderOptions {
  readonly base: ModelProto;
  /** Texts of the new pieces, best-ranked first. */
  readonly order: readonly string[];
  /** Those that are dead in this order. */
  readonly dead: readonly string[];
}

/** Ways of making a piece reachable that are tried in all; each takes some milliseconds. */
const MAX_TRIES = 4000;
/** Pieces moved out of the way of one. */
const MAX_MOVES = 4;
/** Where the ranks of new pieces begin: behind any base, before its runs of spaces. */
const NEW_RANKS = 2 ** 24;
const LAST_RANKS = 2 ** 26;

interface Merge {
  readonly piece: string;
  /** UTF-16 offset of the piece in the text. */
  readonly start: number;
}

/** The same pieces in an order in which at least as many are reachable. */
export function improveOrder({ base, order, dead }: ImproveOrderOptions): string[] {
  if (dead.length === 0) return [...order];
  const ranks = rankBase(base);
  const isNew = new Set(order);
  order.forEach((piece, i) => {
    ranks.set(piece, NEW_RANKS + i);
  });
  const unreachable = new Set(dead);
  // Moved pieces go between whole ranks, each a little behind the one before.
  let moves = 0;
  let tries = 0;

  for (const piece of dead) {
    // A move for an earlier one may have helped this one too.
    if (!unreachable.has(piece)) continue;
    for (const boundary of boundariesOf(piece)) {
      if (tries >= MAX_TRIES) break;
      const left = piece.slice(0, boundary);
      const right = piece.slice(boundary);
      if (!isReachable(left) || !isReachable(right)) continue;
      tries++;
      if (tryToReach(piece, boundary)) break;
    }
  }
  return [...order].sort((a, b) => ranks.get(a)! - ranks.get(b)!);

  function isReachable(text: string): boolean {
    return encode(text, ranks).parts === 1;
  }

  // Moves what joins characters across the boundary behind all merges of both sides, if more pieces gain than lose.
  function tryToReach(piece: string, boundary: number): boolean {
    const before = new Map<string, number>();
    const needed = [
      ...encode(piece.slice(0, boundary), ranks).merges,
      ...encode(piece.slice(boundary), ranks).merges,
    ].map((merge) => ranks.get(merge.piece)!);
    let isReached = false;
    for (let move = 0; move <= MAX_MOVES; move++) {
      const { parts, merges } = encode(piece, ranks);
      if (parts === 1) {
        isReached = true;
        break;
      }
      const wrong = merges.find(({ piece: text, start }) => start < boundary && start + text.length > boundary);
      if (wrong === undefined || !isNew.has(wrong.piece) || before.has(wrong.piece)) break;
      before.set(wrong.piece, ranks.get(wrong.piece)!);
      ranks.set(wrong.piece, Math.max(NEW_RANKS, ...needed) + ++moves * 2 ** -24);
    }
    if (isReached && before.size > 0 && countGain([...before.keys()]) > 0) return true;
    for (const [text, rank] of before) ranks.set(text, rank);
    return false;
  }

  // Only pieces that contain a moved one can have changed. Keeps `unreachable` up to date when the gain is positive.
  function countGain(moved: readonly string[]): number {
    const lost: string[] = [];
    const won: string[] = [];
    for (const piece of order) {
      if (!moved.some((text) => piece.includes(text))) continue;
      const isDead = encode(piece, ranks).parts !== 1;
      if (isDead && !unreachable.has(piece)) lost.push(piece);
      if (!isDead && unreachable.has(piece)) won.push(piece);
    }
    if (won.length <= lost.length) return 0;
    for (const piece of won) unreachable.delete(piece);
    for (const piece of lost) unreachable.add(piece);
    return won.length - lost.length;
  }
}

/** Rank of each piece of the base that merges, best 0; runs of spaces that are set apart come after new pieces. */
function rankBase(base: ModelProto): Map<string, number> {
  const { lowest } = findScoreGap(base);
  const entries = base.pieces.filter(({ type = PIECE_TYPE.normal }) => type === PIECE_TYPE.normal);
  entries.sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  const ranks = new Map<string, number>();
  let rank = -1;
  let previous = Number.NaN;
  for (const { piece, score = 0 } of entries) {
    if (score !== previous) rank++;
    previous = score;
    ranks.set(piece, score >= lowest ? rank : LAST_RANKS + rank);
  }
  return ranks;
}

/** Plain BPE: again and again the best-ranked pair, the leftmost of equals. */
function encode(text: string, ranks: ReadonlyMap<string, number>): { parts: number; merges: Merge[] } {
  const parts = [...text];
  const merges: Merge[] = [];
  for (;;) {
    let best = -1;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(parts[i]! + parts[i + 1]!);
      if (rank === undefined || rank >= bestRank) continue;
      best = i;
      bestRank = rank;
    }
    if (best < 0) return { parts: parts.length, merges };
    const piece = parts[best]! + parts[best + 1]!;
    parts.splice(best, 2, piece);
    let start = 0;
    for (let i = 0; i < best; i++) start += parts[i]!.length;
    merges.push({ piece, start });
  }
}

/** UTF-16 offsets between the characters of a text. */
function boundariesOf(text: string): number[] {
  const boundaries: number[] = [];
  let at = 0;
  for (const character of text) {
    if (at > 0) boundaries.push(at);
    at += character.length;
  }
  return boundaries;
}
