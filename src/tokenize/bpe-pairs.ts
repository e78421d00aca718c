// The merge rules of a BPE model, read off its pieces: two adjacent symbols merge when their texts joined are a piece.
// Every piece contributes one rule for each of its splits into two symbols; a symbol is a piece or a single character.
// A Bloom filter over the character pairs inside pieces tells where no merge can ever cross.
import { PIECE_TYPE, type TokenizerModel } from '../core/model.ts';

/** Rank of "these two do not merge". Ranks order pieces by score, best first; equal scores share a rank. */
export const NO_RANK = 0x7fffffff;

/** Marks units that are half of a surrogate pair in {@link BpePairs.unitSymbols}. */
export const SURROGATE_UNIT = -2;

/**
 * Merge rules over symbol ids. Ids below vocabSize are pieces; ids from vocabSize on stand for single characters that
 * occur inside pieces without being pieces themselves.
 */
export interface BpePairs {
  readonly vocabSize: number;
  /** Symbol of each BMP character, -1 if no piece contains it, {@link SURROGATE_UNIT}: `[65536]`. */
  readonly unitSymbols: Int32Array;
  /** Symbol of each character past the BMP that some piece contains. */
  readonly astralSymbols: ReadonlyMap<number, number>;
  /** Code point of the symbols from vocabSize on. */
  readonly extraCodePoints: readonly number[];
  /** Rank of each piece, `[vocabSize]`. */
  readonly pieceRanks: Int32Array;
  /** Piece that two adjacent symbols merge into, or -1. */
  find(left: number, right: number): number;
  /** False when no piece contains the two characters side by side, so that nothing merges across them. */
  mayJoin(leftCharacter: number, rightCharacter: number): boolean;
}

/** Builds the merge rules of `model`. Time and memory are linear in the number of (piece, split) pairs. */
export function buildBpePairs(model: TokenizerModel): BpePairs {
  const { pieces, pieceTypes } = model;
  const vocabSize = pieces.length;

  const ids = new Map<string, number>();
  for (let id = 0; id < vocabSize; id++) {
    const type = pieceTypes[id]!;
    if (type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined || type === PIECE_TYPE.unused) {
      ids.set(pieces[id]!, id);
    }
  }

  const unitSymbols = new Int32Array(0x10000).fill(-1);
  unitSymbols.fill(SURROGATE_UNIT, 0xd800, 0xe000);
  const astralSymbols = new Map<number, number>();
  const extraCodePoints: number[] = [];
  const characterSymbol = (character: string): number => {
    const codePoint = character.codePointAt(0)!;
    const known = codePoint < 0x10000 ? unitSymbols[codePoint]! : (astralSymbols.get(codePoint) ?? -1);
    if (known >= 0) return known;
    let symbol = ids.get(character);
    if (symbol === undefined) {
      symbol = vocabSize + extraCodePoints.length;
      extraCodePoints.push(codePoint);
    }
    if (codePoint < 0x10000) unitSymbols[codePoint] = symbol;
    else astralSymbols.set(codePoint, symbol);
    return symbol;
  };

  const lefts: number[] = [];
  const rights: number[] = [];
  const merged: number[] = [];
  const joins: number[] = [];
  const characters: number[] = [];
  const starts: number[] = [];
  for (const [piece, id] of ids) {
    characters.length = 0;
    starts.length = 0;
    for (let i = 0; i < piece.length; ) {
      const unit = piece.charCodeAt(i);
      const width = unit >= 0xd800 && unit < 0xdc00 ? 2 : 1;
      const known = width === 1 ? unitSymbols[unit]! : -1;
      characters.push(known >= 0 ? known : characterSymbol(piece.slice(i, i + width)));
      starts.push(i);
      i += width;
    }
    const last = characters.length - 1;
    for (let k = 1; k <= last; k++) {
      joins.push(characters[k - 1]!, characters[k]!);
      const left = k === 1 ? characters[0] : ids.get(piece.slice(0, starts[k]));
      if (left === undefined) continue;
      const right = k === last ? characters[last] : ids.get(piece.slice(starts[k]));
      if (right === undefined) continue;
      lefts.push(left);
      rights.push(right);
      merged.push(id);
    }
  }

  const table = createPairTable(lefts, rights, merged);
  const filter = createJoinFilter(joins);
  return {
    vocabSize,
    unitSymbols,
    astralSymbols,
    extraCodePoints,
    pieceRanks: rankByScore(model.pieceScores),
    find: table,
    mayJoin: filter,
  };
}

/** Ranks by descending float32 score; equal scores share a rank, so that ties fall to the leftmost pair. */
function rankByScore(scores: Float32Array): Int32Array {
  const order = Float32Array.from(scores).sort().reverse();
  const rankOf = new Map<number, number>();
  for (let i = 0; i < order.length; i++) if (!rankOf.has(order[i]!)) rankOf.set(order[i]!, rankOf.size);
  const ranks = new Int32Array(scores.length);
  for (let id = 0; id < scores.length; id++) ranks[id] = rankOf.get(scores[id]!)!;
  return ranks;
}

function hashPair(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/** Open addressing over [left, right, merged] triples, at most half full. */
function createPairTable(lefts: number[], rights: number[], merged: number[]): BpePairs['find'] {
  let slots = 16;
  while (slots < lefts.length * 2) slots *= 2;
  const mask = slots - 1;
  const table = new Int32Array(slots * 3).fill(-1);
  for (let i = 0; i < lefts.length; i++) {
    let slot = hashPair(lefts[i]!, rights[i]!) & mask;
    while (table[slot * 3 + 2]! >= 0) slot = (slot + 1) & mask;
    table[slot * 3] = lefts[i]!;
    table[slot * 3 + 1] = rights[i]!;
    table[slot * 3 + 2] = merged[i]!;
  }
  return (left, right) => {
    let at = (hashPair(left, right) & mask) * 3;
    for (;;) {
      const found = table[at + 2]!;
      if (found < 0 || (table[at] === left && table[at + 1] === right)) return found;
      at += 3;
      if (at === table.length) at = 0;
    }
  };
}

/** A Bloom filter with one hash and 16 bits a pair: small enough to stay in the processor's cache. */
function createJoinFilter(joins: number[]): BpePairs['mayJoin'] {
  let bits = 1 << 12;
  while (bits < joins.length * 8) bits *= 2;
  const mask = bits - 1;
  const words = new Int32Array(bits >>> 5);
  for (let i = 0; i < joins.length; i += 2) {
    const bit = hashPair(joins[i]!, joins[i + 1]!) & mask;
    words[bit >>> 5]! |= 1 << (bit & 31);
  }
  return (left, right) => {
    const bit = hashPair(left, right) & mask;
    return ((words[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
  };
}
