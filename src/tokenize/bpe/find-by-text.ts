// The merges of a model that scores its pieces: two symbols merge when their texts joined are a piece, and the piece is
// the merge. No list of merges is made: a text needs few of them, and opening a model is to be quick.
import type { PieceTexts } from '../../core/piece-texts.ts';

/** Odd, so that no hash loses its early units. */
const HASH_BASE = 0x01000193;

/** Pieces by text: open addressing. */
export interface TextTable {
  /** The piece that is spelled `units[start..end)`, -1 if there is none. */
  findSpelled(units: Uint16Array | Uint8Array, start: number, end: number): number;
  /** Creates the function from two symbols to the piece whose text is theirs joined, -1 for none. */
  createFinder(): (left: number, right: number) => number;
}

/** A slot has the id of a piece in its low bits (there are 2^21 at most) and ten bits of its hash above; -1 is none. */
const ID_BITS = 21;
const ID_MASK = (1 << ID_BITS) - 1;

/**
 * Builds the table of the pieces `ids`. Hashes are polynomials over UTF-16 units modulo 2^32: that of two texts joined follows
 * from theirs, so that no joined text is ever made.
 *
 * @param texts of the pieces, and behind them of the other symbols
 */
export function createTextTable(texts: PieceTexts, ids: Int32Array, idCount: number): TextTable {
  const { units: ownUnits, starts } = texts;
  let slotCount = 16;
  while (slotCount < idCount * 2) slotCount *= 2;
  const mask = slotCount - 1;
  const slots = new Int32Array(slotCount).fill(-1);
  const hashes = new Int32Array(starts.length - 1);
  const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) & mask;
  const tagOf = (hash: number): number => (hash >>> 1) & ~ID_MASK;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const hash = hashUnits(ownUnits, starts[id]!, starts[id + 1]!);
    hashes[id] = hash;
    let slot = slotOf(hash);
    while (slots[slot]! >= 0) slot = (slot + 1) & mask;
    slots[slot] = tagOf(hash) | id;
  }
  for (let symbol = idCount; symbol < hashes.length; symbol++) {
    hashes[symbol] = hashUnits(ownUnits, starts[symbol]!, starts[symbol + 1]!);
  }

  function createFinder(): (left: number, right: number) => number {
    // What another hash is multiplied by when the text of a symbol comes behind it.
    const factors = new Int32Array(hashes.length);
    const powers = [1];
    for (let symbol = 0; symbol < factors.length; symbol++) {
      const size = starts[symbol + 1]! - starts[symbol]!;
      while (powers.length <= size) powers.push(Math.imul(powers.at(-1)!, HASH_BASE));
      factors[symbol] = powers[size]!;
    }
    // The symbols that a piece was last joined from: nearly always the same ones.
    const joinedLefts = new Int32Array(idCount).fill(-1);
    const joinedRights = new Int32Array(idCount);
    return (left, right) => {
      // Uncovered characters and frozen symbols.
      if ((left | right) < 0) return -1;
      const hash = (Math.imul(hashes[left]!, factors[right]!) + hashes[right]!) | 0;
      const tag = tagOf(hash);
      for (let slot = slotOf(hash); ; slot = (slot + 1) & mask) {
        const value = slots[slot]!;
        if (value < 0) return -1;
        const id = value & ID_MASK;
        if ((value ^ id) !== tag || hashes[id] !== hash) continue;
        if (joinedLefts[id] === left && joinedRights[id] === right) return id;
        const middle = starts[id]! + starts[left + 1]! - starts[left]!;
        const end = middle + starts[right + 1]! - starts[right]!;
        if (end !== starts[id + 1] || !isSame(ownUnits, starts[id]!, ownUnits, starts[left]!, starts[left + 1]!))
          continue;
        if (!isSame(ownUnits, middle, ownUnits, starts[right]!, starts[right + 1]!)) continue;
        joinedLefts[id] = left;
        joinedRights[id] = right;
        return id;
      }
    };
  }

  return {
    findSpelled(units, start, end) {
      const hash = hashUnits(units, start, end);
      const tag = tagOf(hash);
      for (let slot = slotOf(hash); ; slot = (slot + 1) & mask) {
        const value = slots[slot]!;
        if (value < 0) return -1;
        const id = value & ID_MASK;
        if ((value ^ id) !== tag || hashes[id] !== hash) continue;
        if (starts[id + 1]! - starts[id]! === end - start && isSame(ownUnits, starts[id]!, units, start, end))
          return id;
      }
    },
    createFinder,
  };
}

function hashUnits(units: Uint16Array | Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, HASH_BASE) + units[i]! + 1) | 0;
  return hash;
}

/** True when `units[start..end)` stand at `at` in `own`. */
function isSame(own: Uint16Array, at: number, units: Uint16Array | Uint8Array, start: number, end: number): boolean {
  let to = at;
  for (let i = start; i < end; i++) if (own[to++] !== units[i]) return false;
  return true;
}
