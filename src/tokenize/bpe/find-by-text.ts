// The merges of a model that scores its pieces: two symbols merge when their texts joined are a piece, and the piece is
// the merge. No list of merges is made: a text needs few of them, and opening a model is to be quick.
import { grown } from '../../core/grown.ts';

/** Odd, so that no hash loses its early units. */
const HASH_BASE = 0x01000193;

/** Polynomial hash over UTF-16 units modulo 2^32: the hash of two texts joined follows from their hashes. */
export function extendHash(hash: number, unit: number): number {
  return (Math.imul(hash, HASH_BASE) + unit + 1) | 0;
}

/** The hash of a text. */
export function hashOfText(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = extendHash(hash, text.charCodeAt(i));
  return hash;
}

/** Pieces by text: open addressing. */
export interface TextTable {
  /** Hash of each added piece, `[idCount]`. */
  readonly hashes: Int32Array;
  /** Adds piece `id`; `hash` is that of its text. */
  add(id: number, hash: number): void;
  /**
   * Id of the piece whose text is the two joined, -1 if there is none; `hash` is that of the joined text. `left` and `right` are
   * symbols, and `textOf` gives their texts, which are asked for when a piece is found for the first time.
   */
  findJoined(hash: number, left: number, right: number, textOf: (symbol: number) => string): number;
  /** Id of the piece that is spelled `units[start..end)`, -1 if there is none. */
  findSpelled(units: Uint16Array | Uint8Array, start: number, end: number): number;
}

/** A slot has the id of a piece in its low bits (there are 2^21 at most) and ten bits of its hash above; -1 is none. */
const ID_BITS = 21;
const ID_MASK = (1 << ID_BITS) - 1;

/** An empty table with room for the pieces of a model. */
export function createTextTable(pieces: readonly string[]): TextTable {
  let slotCount = 16;
  while (slotCount < pieces.length * 2) slotCount *= 2;
  const mask = slotCount - 1;
  const slots = new Int32Array(slotCount).fill(-1);
  const hashes = new Int32Array(pieces.length);
  const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) & mask;
  const tagOf = (hash: number): number => (hash >>> 1) & ~ID_MASK;
  // The symbols that a piece was last joined from: nearly always the same ones.
  const joinedLefts = new Int32Array(pieces.length).fill(-1);
  const joinedRights = new Int32Array(pieces.length);
  return {
    hashes,
    add(id, hash) {
      hashes[id] = hash;
      let slot = slotOf(hash);
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = tagOf(hash) | id;
    },
    findJoined(hash, left, right, textOf) {
      const tag = tagOf(hash);
      for (let slot = slotOf(hash); ; slot = (slot + 1) & mask) {
        const value = slots[slot]!;
        if (value < 0) return -1;
        const id = value & ID_MASK;
        if ((value ^ id) !== tag || hashes[id] !== hash) continue;
        if (joinedLefts[id] === left && joinedRights[id] === right) return id;
        const piece = pieces[id]!;
        const leftText = textOf(left);
        const rightText = textOf(right);
        if (piece.length !== leftText.length + rightText.length) continue;
        if (!piece.startsWith(leftText) || !piece.endsWith(rightText)) continue;
        joinedLefts[id] = left;
        joinedRights[id] = right;
        return id;
      }
    },
    findSpelled(units, start, end) {
      let hash = 0;
      for (let i = start; i < end; i++) hash = extendHash(hash, units[i]!);
      const tag = tagOf(hash);
      for (let slot = slotOf(hash); ; slot = (slot + 1) & mask) {
        const value = slots[slot]!;
        if (value < 0) return -1;
        const id = value & ID_MASK;
        if ((value ^ id) === tag && hashes[id] === hash && isSpelled(pieces[id]!, units, start, end)) return id;
      }
    },
  };
}

function isSpelled(piece: string, units: Uint16Array | Uint8Array, start: number, end: number): boolean {
  if (piece.length !== end - start) return false;
  for (let i = start; i < end; i++) if (piece.charCodeAt(i - start) !== units[i]) return false;
  return true;
}

/** What {@link createTextFinder} looks at. */
interface TextFinderParts {
  readonly pieces: readonly string[];
  readonly texts: TextTable;
  /** Code points of the symbols behind the pieces. */
  readonly extraCodePoints: readonly number[];
}

/** Creates the function from two symbols to the piece they make, -1 for none. No joined string is ever made. */
export function createTextFinder(parts: TextFinderParts): (left: number, right: number) => number {
  const { pieces, texts, extraCodePoints } = parts;
  const idCount = pieces.length;
  const textOf = (symbol: number): string =>
    symbol < idCount ? pieces[symbol]! : String.fromCodePoint(extraCodePoints[symbol - idCount]!);
  // The hash of each symbol's text, and what another hash is multiplied by when the text comes behind it.
  const hashes = grown(texts.hashes, idCount + extraCodePoints.length);
  const factors = new Int32Array(hashes.length);
  const powers = [1];
  for (let symbol = 0; symbol < hashes.length; symbol++) {
    const length = symbol < idCount ? pieces[symbol]!.length : textOf(symbol).length;
    while (powers.length <= length) powers.push(Math.imul(powers.at(-1)!, HASH_BASE));
    factors[symbol] = powers[length]!;
  }
  extraCodePoints.forEach((_, i) => {
    hashes[idCount + i] = hashOfText(textOf(idCount + i));
  });
  return (left, right) => {
    // Uncovered characters and frozen symbols.
    if ((left | right) < 0) return -1;
    const hash = Math.imul(hashes[left]!, factors[right]!) + hashes[right]!;
    return texts.findJoined(hash | 0, left, right, textOf);
  };
}
