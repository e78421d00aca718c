// The order of new pieces in a repaired model: moves pieces down the order where they stand in the way of others.
// A greedy search with a limit on its tries. It merges the texts of single pieces by scores that change as it goes; the
// caller checks the outcome with the repaired model.
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { buildMergeTable } from '../../tokenize/bpe/merge-table.ts';
import { createShortMerger } from '../../tokenize/bpe/short-merger.ts';
import { findScoreGap } from '../choice/score-ladder.ts';

/** Input of {@link improveOrder}. */
export interface ImproveOrderOptions {
  readonly base: TokenizerModel;
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
  const { encode, rankOf, setRank } = createRankedEncoder(ranks);
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
  return [...order].sort((a, b) => rankOf(a) - rankOf(b));

  function isReachable(text: string): boolean {
    return encode(text).parts === 1;
  }

  // Moves what joins characters across the boundary behind all merges of both sides, if more pieces gain than lose.
  function tryToReach(piece: string, boundary: number): boolean {
    const before = new Map<string, number>();
    const needed = [...encode(piece.slice(0, boundary)).merges, ...encode(piece.slice(boundary)).merges].map((merge) =>
      rankOf(merge.piece),
    );
    let isReached = false;
    for (let move = 0; move <= MAX_MOVES; move++) {
      const { parts, merges } = encode(piece);
      if (parts === 1) {
        isReached = true;
        break;
      }
      const wrong = merges.find(({ piece: text, start }) => start < boundary && start + text.length > boundary);
      if (wrong === undefined || !isNew.has(wrong.piece) || before.has(wrong.piece)) break;
      before.set(wrong.piece, rankOf(wrong.piece));
      setRank(wrong.piece, Math.max(NEW_RANKS, ...needed) + ++moves * 2 ** -24);
    }
    if (isReached && before.size > 0 && countGain([...before.keys()]) > 0) return true;
    for (const [text, rank] of before) setRank(text, rank);
    return false;
  }

  // Only pieces that contain a moved one can have changed. Keeps `unreachable` up to date when the gain is positive.
  function countGain(moved: readonly string[]): number {
    const lost: string[] = [];
    const won: string[] = [];
    for (const piece of order) {
      if (!moved.some((text) => piece.includes(text))) continue;
      const isDead = encode(piece).parts !== 1;
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
function rankBase(base: TokenizerModel): Map<string, number> {
  const { pieces, pieceScores, pieceTypes } = base;
  const { lowest } = findScoreGap(base);
  const ids = [...pieces.keys()].filter((id) => pieceTypes[id] === PIECE_TYPE.normal);
  ids.sort((a, b) => pieceScores[b]! - pieceScores[a]!);
  const ranks = new Map<string, number>();
  let rank = -1;
  let previous = Number.NaN;
  for (const id of ids) {
    const score = pieceScores[id]!;
    if (score !== previous) rank++;
    previous = score;
    ranks.set(pieces[id]!, score >= lowest ? rank : LAST_RANKS + rank);
  }
  return ranks;
}

/** Merges the characters of single pieces, by ranks that can be changed. */
interface RankedEncoder {
  /** Number of parts that are left of the text, and the merges in the order in which they were made. */
  encode(text: string): { readonly parts: number; readonly merges: readonly Merge[] };
  rankOf(piece: string): number;
  setRank(piece: string, rank: number): void;
}

function createRankedEncoder(ranks: ReadonlyMap<string, number>): RankedEncoder {
  const pieces = [...ranks.keys()];
  const idOf = new Map(pieces.map((piece, id) => [piece, id]));
  const { unitSymbols, astralSymbols, extraCodePoints, find, mergeResults } = buildMergeTable({
    pieces,
    pieceTypes: new Uint8Array(pieces.length).fill(PIECE_TYPE.normal),
    pieceScores: new Float32Array(pieces.length),
  });
  const textOf = (symbol: number): string =>
    pieces[symbol] ?? String.fromCodePoint(extraCodePoints[symbol - pieces.length]!);
  const mergeScores = Float64Array.from(ranks.values(), (rank) => -rank);
  let symbols = new Int32Array(0);
  let merges: Merge[] = [];
  const merge = createShortMerger({ find, mergeResults, mergeScores }, (id, at) => {
    let start = 0;
    for (let i = 0; i < at; i++) start += textOf(symbols[i]!).length;
    merges.push({ piece: pieces[id]!, start });
  });
  return {
    encode(text) {
      symbols = Int32Array.from(text, (character) => {
        const codePoint = character.codePointAt(0)!;
        return codePoint > 0xffff ? astralSymbols.get(codePoint)! : unitSymbols[codePoint]!;
      });
      merges = [];
      return { parts: merge(symbols, symbols.length), merges };
    },
    rankOf: (piece) => -mergeScores[idOf.get(piece)!]!,
    setRank(piece, rank) {
      mergeScores[idOf.get(piece)!] = -rank;
    },
  };
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
