// The merge rules of a BPE model, read off its pieces: two adjacent symbols merge when their texts joined are a piece.
// A symbol is a piece or a single character. Rules are worked out when two symbols first meet and remembered, because a
// text needs few of them and opening a model is to be quick. A filter over the neighbouring UTF-16 units inside pieces
// tells where no merge can ever cross.
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { OptionError } from '../../errors.ts';

/** Score of "these two do not merge", below that of every piece. */
export const NO_SCORE = Number.NEGATIVE_INFINITY;

/** Marks units that are half of a surrogate pair in {@link BpePairs.unitSymbols}. */
export const SURROGATE_UNIT = -2;

/** ASCII characters are below this. */
const ASCII = 128;

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
  /** Scores of the pieces in an order that `>` gives, all of them above {@link NO_SCORE}: `[vocabSize]`. */
  readonly pieceScores: Float32Array;
  /** The same as ranks, best first; equal scores share one: `[vocabSize]`. Made on first use, since few texts need them. */
  readonly pieceRanks: Int32Array;
  /** Piece that two adjacent symbols merge into, or -1. */
  find(left: number, right: number): number;
  /**
   * False when no piece contains the two UTF-16 units side by side, so that nothing merges across them. Of no use between
   * the halves of a surrogate pair.
   */
  mayJoin(leftUnit: number, rightUnit: number): boolean;
}

/** Ranks are sorted as score and id in one float64, and the long merger keeps rank and place in one. */
const MAX_PIECES = 2 ** 21;

/** Odd, so that no hash loses its early units. */
const HASH_BASE = 0x01000193;

/** Slots of the direct-mapped memory of rules; 2^16 of them take 0.8 MB. */
const RULE_SLOTS = 1 << 16;

/** Builds the merge rules of `model`. Time and memory are linear in the total length of the pieces. */
export function buildBpePairs(model: TokenizerModel): BpePairs {
  const { pieces, pieceTypes } = model;
  const vocabSize = pieces.length;
  if (vocabSize > MAX_PIECES) throw new OptionError(`model: ${vocabSize} pieces, the limit is ${MAX_PIECES}`);
  let unitCount = 0;
  let longest = 2;
  for (let id = 0; id < vocabSize; id++) {
    const { length } = pieces[id]!;
    unitCount += length;
    if (length > longest) longest = length;
  }

  const unitSymbols = new Int32Array(0x10000).fill(-1);
  unitSymbols.fill(SURROGATE_UNIT, 0xd800, 0xe000);
  const astralSymbols = new Map<number, number>();
  const extraCodePoints: number[] = [];
  const texts = createTextTable(model);
  const joins = createJoinFilter(unitCount);

  for (let id = 0; id < vocabSize; id++) {
    const type = pieceTypes[id]!;
    if (type !== PIECE_TYPE.normal && type !== PIECE_TYPE.userDefined && type !== PIECE_TYPE.unused) continue;
    const piece = pieces[id]!;
    let hash = 0;
    let previous = 0;
    for (let i = 0; i < piece.length; i++) {
      const unit = piece.charCodeAt(i);
      hash = (Math.imul(hash, HASH_BASE) + unit + 1) | 0;
      if ((unit & 0xfc00) === 0xdc00) {
        const codePoint = piece.codePointAt(i - 1)!;
        if (!astralSymbols.has(codePoint))
          astralSymbols.set(codePoint, vocabSize + extraCodePoints.push(codePoint) - 1);
      } else {
        if (unitSymbols[unit] === -1) unitSymbols[unit] = vocabSize + extraCodePoints.push(unit) - 1;
        if (i > 0) joins.add(previous, unit);
      }
      previous = unit;
    }
    texts.add(id, hash);
    // A piece that is one character stands for it, also where a longer piece has named it before.
    if (piece.length === 1) unitSymbols[previous] = id;
    else if (piece.length === 2 && (previous & 0xfc00) === 0xdc00) astralSymbols.set(piece.codePointAt(0)!, id);
  }

  let pieceRanks: Int32Array | undefined;
  return {
    vocabSize,
    unitSymbols,
    astralSymbols,
    extraCodePoints,
    pieceScores: comparableScores(model.pieceScores),
    get pieceRanks() {
      pieceRanks ??= rankByScore(model.pieceScores);
      return pieceRanks;
    },
    find: createRuleFinder({ pieces, longest, texts, extraCodePoints }),
    mayJoin: joins.has,
  };
}

/** Pieces by text: open addressing by a polynomial hash over UTF-16 units modulo 2^32. */
interface TextTable {
  /** Hash of each added piece, `[vocabSize]`. */
  readonly hashes: Int32Array;
  add(id: number, hash: number): void;
  /** Id of the piece whose text is the two joined, -1 if there is none; `hash` is that of the joined text. */
  findJoined(hash: number, left: string, right: string): number;
}

function createTextTable({ pieces }: TokenizerModel): TextTable {
  let slots = 16;
  while (slots < pieces.length * 2) slots *= 2;
  const mask = slots - 1;
  const ids = new Int32Array(slots).fill(-1);
  const hashes = new Int32Array(pieces.length);
  const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) & mask;
  return {
    hashes,
    add(id, hash) {
      hashes[id] = hash;
      let slot = slotOf(hash);
      while (ids[slot]! >= 0) slot = (slot + 1) & mask;
      ids[slot] = id;
    },
    findJoined(hash, left, right) {
      const length = left.length + right.length;
      for (let slot = slotOf(hash); ; slot = (slot + 1) & mask) {
        const id = ids[slot]!;
        if (id < 0) return -1;
        if (hashes[id] !== hash) continue;
        const piece = pieces[id]!;
        if (piece.length === length && piece.startsWith(left) && piece.endsWith(right)) return id;
      }
    },
  };
}

/** The hash of two texts joined follows from their hashes, so that no joined string is ever made. */
function createRuleFinder({
  pieces,
  longest,
  texts,
  extraCodePoints,
}: {
  readonly pieces: readonly string[];
  /** UTF-16 units of the longest piece. */
  readonly longest: number;
  readonly texts: TextTable;
  readonly extraCodePoints: readonly number[];
}): BpePairs['find'] {
  const vocabSize = pieces.length;
  const { hashes } = texts;
  // [left, right, merged] of each slot.
  const rules = new Int32Array(RULE_SLOTS * 3).fill(-1);
  const powers = new Int32Array(longest + 1).fill(1);
  for (let i = 1; i <= longest; i++) powers[i] = Math.imul(powers[i - 1]!, HASH_BASE);

  const textOf = (symbol: number): string =>
    symbol < vocabSize ? pieces[symbol]! : String.fromCodePoint(extraCodePoints[symbol - vocabSize]!);
  const hashOf = (symbol: number, text: string): number => {
    if (symbol < vocabSize) return hashes[symbol]!;
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, HASH_BASE) + text.charCodeAt(i) + 1) | 0;
    return hash;
  };
  const workOut = (left: number, right: number): number => {
    const leftText = textOf(left);
    const rightText = textOf(right);
    const hash = Math.imul(hashOf(left, leftText), powers[rightText.length]!) + hashOf(right, rightText);
    return texts.findJoined(hash | 0, leftText, rightText);
  };

  return (left, right) => {
    // Uncovered characters and frozen symbols are negative and merge with nothing.
    if ((left | right) < 0) return -1;
    const at = (hashPair(left, right) & (RULE_SLOTS - 1)) * 3;
    if (rules[at] === left && rules[at + 1] === right) return rules[at + 2]!;
    const piece = workOut(left, right);
    rules[at] = left;
    rules[at + 1] = right;
    rules[at + 2] = piece;
    return piece;
  };
}

/** Scores whose order two comparisons can trust: as they are, unless one of them is no number or could pass for "none". */
function comparableScores(scores: Float32Array): Float32Array {
  if (!scores.includes(Number.NaN) && !scores.includes(NO_SCORE)) return scores;
  return Float32Array.from(rankByScore(scores), (rank) => -rank);
}

/** Ranks by descending float32 score; equal scores share a rank, so that ties fall to the leftmost pair. */
function rankByScore(scores: Float32Array): Int32Array {
  // One float64 a piece that sorts by score, best first, and carries the id: far faster than a comparison function.
  const withoutMinusZero = new Float32Array(scores.length);
  const bits = new Int32Array(withoutMinusZero.buffer);
  const order = new Float64Array(scores.length);
  for (let id = 0; id < scores.length; id++) {
    // Adding 0 turns -0 into 0, which compares equal but has other bits.
    withoutMinusZero[id] = scores[id]! + 0;
    const ascending = bits[id]! < 0 ? bits[id]! ^ 0x7fffffff : bits[id]!;
    order[id] = -ascending * MAX_PIECES + id;
  }
  order.sort();
  const ranks = new Int32Array(scores.length);
  let rank = -1;
  let previous = Number.NaN;
  for (let i = 0; i < order.length; i++) {
    const key = order[i]!;
    const id = key - Math.floor(key / MAX_PIECES) * MAX_PIECES;
    if (scores[id] !== previous) rank++;
    previous = scores[id]!;
    ranks[id] = rank;
  }
  return ranks;
}

function hashPair(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/** Pairs of neighbouring units: a table for ASCII, and for all others a Bloom filter with one hash, 16 bits a pair. */
function createJoinFilter(pairCount: number): { add(left: number, right: number): void; has: BpePairs['mayJoin'] } {
  const asciiJoins = new Uint8Array(ASCII * ASCII);
  let bits = 1 << 12;
  while (bits < pairCount * 16) bits *= 2;
  const mask = bits - 1;
  const words = new Int32Array(bits >>> 5);
  return {
    add(left, right) {
      if (left < ASCII && right < ASCII) asciiJoins[left * ASCII + right] = 1;
      const bit = hashPair(left, right) & mask;
      words[bit >>> 5]! |= 1 << (bit & 31);
    },
    has(left, right) {
      if (left < ASCII && right < ASCII) return asciiJoins[left * ASCII + right] === 1;
      const bit = hashPair(left, right) & mask;
      return ((words[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
    },
  };
}
