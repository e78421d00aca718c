// The merge rules of a BPE model, read off its pieces: two adjacent symbols merge when their texts joined are a piece.
// Every piece contributes one rule for each of its splits into two symbols; a symbol is a piece or a single character.
// A filter over the neighbouring UTF-16 units inside pieces tells where no merge can ever cross.
import { PIECE_TYPE, type TokenizerModel } from '../core/model.ts';
import { OptionError } from '../errors.ts';

/** Rank of "these two do not merge". Ranks order pieces by score, best first; equal scores share a rank. */
export const NO_RANK = 0x7fffffff;

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
  /** Rank of each piece, `[vocabSize]`. */
  readonly pieceRanks: Int32Array;
  /** Piece that two adjacent symbols merge into, or -1. */
  find(left: number, right: number): number;
  /**
   * False when no piece contains the two UTF-16 units side by side, so that nothing merges across them. Of no use between
   * the halves of a surrogate pair.
   */
  mayJoin(leftUnit: number, rightUnit: number): boolean;
}

/** Builds the merge rules of `model`. Time and memory are linear in the number of (piece, split) pairs. */
export function buildBpePairs(model: TokenizerModel): BpePairs {
  const { pieces, pieceTypes } = model;
  const vocabSize = pieces.length;

  const isText = (id: number): boolean => {
    const type = pieceTypes[id]!;
    return type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined || type === PIECE_TYPE.unused;
  };
  const texts = createTextTable(pieces, isText);

  const unitSymbols = new Int32Array(0x10000).fill(-1);
  unitSymbols.fill(SURROGATE_UNIT, 0xd800, 0xe000);
  const astralSymbols = new Map<number, number>();
  const extraCodePoints: number[] = [];
  const characterSymbol = (character: string): number => {
    const codePoint = character.codePointAt(0)!;
    const known = codePoint < 0x10000 ? unitSymbols[codePoint]! : (astralSymbols.get(codePoint) ?? -1);
    if (known >= 0) return known;
    let symbol = texts.find(character);
    if (symbol < 0) {
      symbol = vocabSize + extraCodePoints.length;
      extraCodePoints.push(codePoint);
    }
    if (codePoint < 0x10000) unitSymbols[codePoint] = symbol;
    else astralSymbols.set(codePoint, symbol);
    return symbol;
  };

  let unitCount = 0;
  let longest = 0;
  for (const piece of pieces) {
    unitCount += piece.length;
    longest = Math.max(longest, piece.length);
  }
  // [left, right, merged] of each rule, and the two units of each neighbourhood of characters.
  const rules = new Int32Array(unitCount * 3);
  const joins = new Int32Array(unitCount * 2);
  let ruleEnd = 0;
  let joinEnd = 0;
  const characters = new Int32Array(longest);
  const starts = new Int32Array(longest);
  for (let id = 0; id < vocabSize; id++) {
    if (!isText(id)) continue;
    const piece = pieces[id]!;
    let last = -1;
    for (let i = 0; i < piece.length; ) {
      const unit = piece.charCodeAt(i);
      const width = unit >= 0xd800 && unit < 0xdc00 ? 2 : 1;
      const known = width === 1 ? unitSymbols[unit]! : -1;
      last++;
      characters[last] = known >= 0 ? known : characterSymbol(piece.slice(i, i + width));
      starts[last] = i;
      i += width;
    }
    if (last > 1) texts.open(piece);
    for (let k = 1; k <= last; k++) {
      joins[joinEnd++] = piece.charCodeAt(starts[k]! - 1);
      joins[joinEnd++] = piece.charCodeAt(starts[k]!);
      const left = k === 1 ? characters[0]! : texts.findPrefix(starts[k]!);
      if (left < 0) continue;
      const right = k === last ? characters[last]! : texts.findSuffix(starts[k]!);
      if (right < 0) continue;
      rules[ruleEnd++] = left;
      rules[ruleEnd++] = right;
      rules[ruleEnd++] = id;
    }
  }

  const table = createPairTable(rules.subarray(0, ruleEnd));
  const filter = createJoinFilter(joins.subarray(0, joinEnd));
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

/** Looks up pieces by text, and by the beginnings and ends of an opened text without making strings of them. */
interface TextTable {
  /** Id of the piece with that text, -1 if there is none. */
  find(text: string): number;
  /** Chooses the text that the next two methods refer to. */
  open(text: string): void;
  /** Id of the piece that is the opened text up to `end`. */
  findPrefix(end: number): number;
  /** Id of the piece that is the opened text from `start` on. */
  findSuffix(start: number): number;
}

/** Odd, so that it has an inverse modulo 2^32 and no hash loses its early units. */
const HASH_BASE = 0x01000193;

/**
 * Open addressing by a polynomial hash over UTF-16 units modulo 2^32: the hash of any part of a text follows from the
 * hashes of its beginnings, so that all splits of a piece are looked up in time linear in its length.
 */
function createTextTable(pieces: readonly string[], isText: (id: number) => boolean): TextTable {
  let slots = 16;
  while (slots < pieces.length * 2) slots *= 2;
  const mask = slots - 1;
  const ids = new Int32Array(slots).fill(-1);
  const hashes = new Int32Array(pieces.length);
  let opened = '';
  let prefixHashes = new Int32Array(64);
  let powers = Int32Array.of(1);

  // Texts of the same length have hashes close together; the product spreads them over the table.
  const slotOf = (hash: number): number => (Math.imul(hash, 0x9e3779b1) >>> 8) & mask;
  const hashOf = (text: string): number => {
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, HASH_BASE) + text.charCodeAt(i) + 1) | 0;
    return hash;
  };
  for (let id = 0; id < pieces.length; id++) {
    if (!isText(id)) continue;
    hashes[id] = hashOf(pieces[id]!);
    let slot = slotOf(hashes[id]!);
    while (ids[slot]! >= 0) slot = (slot + 1) & mask;
    ids[slot] = id;
  }
  // The piece that is `text` from `start` on, `length` units long.
  const lookUp = (hash: number, length: number, text: string, start: number): number => {
    for (let slot = slotOf(hash); ; slot = (slot + 1) & mask) {
      const id = ids[slot]!;
      if (id < 0) return -1;
      if (hashes[id] === hash && pieces[id]!.length === length && text.startsWith(pieces[id]!, start)) return id;
    }
  };

  return {
    find: (text) => lookUp(hashOf(text), text.length, text, 0),
    open(text) {
      opened = text;
      if (prefixHashes.length <= text.length) prefixHashes = new Int32Array(2 * text.length);
      if (powers.length <= text.length) {
        powers = new Int32Array(2 * text.length).fill(1);
        for (let i = 1; i < powers.length; i++) powers[i] = Math.imul(powers[i - 1]!, HASH_BASE);
      }
      for (let i = 0; i < text.length; i++) {
        prefixHashes[i + 1] = (Math.imul(prefixHashes[i]!, HASH_BASE) + text.charCodeAt(i) + 1) | 0;
      }
    },
    findPrefix: (end) => lookUp(prefixHashes[end]!, end, opened, 0),
    findSuffix(start) {
      const length = opened.length - start;
      const before = Math.imul(prefixHashes[start]!, powers[length]!);
      return lookUp((prefixHashes[opened.length]! - before) | 0, length, opened, start);
    },
  };
}

/** Ranks by descending float32 score; equal scores share a rank, so that ties fall to the leftmost pair. */
function rankByScore(scores: Float32Array): Int32Array {
  // One float64 a piece that sorts by score, best first, and carries the id: far faster than a comparison function.
  const ID_RANGE = 2 ** 21;
  if (scores.length > ID_RANGE) throw new OptionError(`model: ${scores.length} pieces, the limit is ${ID_RANGE}`);
  // Adding 0 turns -0 into 0, which compares equal but has other bits.
  const bits = new Int32Array(scores.map((score) => score + 0).buffer);
  const order = new Float64Array(scores.length);
  for (let id = 0; id < scores.length; id++) {
    const ascending = bits[id]! < 0 ? bits[id]! ^ 0x7fffffff : bits[id]!;
    order[id] = -ascending * ID_RANGE + id;
  }
  order.sort();
  const ranks = new Int32Array(scores.length);
  let rank = -1;
  let previous = Number.NaN;
  for (const key of order) {
    const id = key - Math.floor(key / ID_RANGE) * ID_RANGE;
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

/** Open addressing over [left, right, merged] triples, at most half full. */
function createPairTable(rules: Int32Array): BpePairs['find'] {
  let slots = 16;
  while (slots * 3 < rules.length * 2) slots *= 2;
  const mask = slots - 1;
  const table = new Int32Array(slots * 3).fill(-1);
  for (let i = 0; i < rules.length; i += 3) {
    let slot = hashPair(rules[i]!, rules[i + 1]!) & mask;
    while (table[slot * 3 + 2]! >= 0) slot = (slot + 1) & mask;
    table[slot * 3] = rules[i]!;
    table[slot * 3 + 1] = rules[i + 1]!;
    table[slot * 3 + 2] = rules[i + 2]!;
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

/** A table for pairs of ASCII, and for all others a Bloom filter with one hash and some 16 bits a pair. */
function createJoinFilter(joins: Int32Array): BpePairs['mayJoin'] {
  const asciiJoins = new Uint8Array(ASCII * ASCII);
  let bits = 1 << 12;
  while (bits < joins.length * 8) bits *= 2;
  const mask = bits - 1;
  const words = new Int32Array(bits >>> 5);
  for (let i = 0; i < joins.length; i += 2) {
    const left = joins[i]!;
    const right = joins[i + 1]!;
    if (left < ASCII && right < ASCII) asciiJoins[left * ASCII + right] = 1;
    const bit = hashPair(left, right) & mask;
    words[bit >>> 5]! |= 1 << (bit & 31);
  }
  return (left, right) => {
    if (left < ASCII && right < ASCII) return asciiJoins[left * ASCII + right] === 1;
    const bit = hashPair(left, right) & mask;
    return ((words[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
  };
}
