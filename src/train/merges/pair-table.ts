// Pairs of adjacent symbols, numbered as they are put in, with their counts and where they occur.
// One flat hash table with open addressing finds a pair; everything else is parallel arrays by pair number.
// Pairs are never deleted: a count of REMOVED_PAIR or below marks those that are out of the game.

import { grown } from '../../core/grown.ts';
/** Count of a pair that was merged, or whose merge was refused. */
export const REMOVED_PAIR = -1;

const INITIAL_CAPACITY = 1 << 12;

/** The table: see {@link createPairTable}. Arrays are replaced when they grow, so read them through the table. */
export interface PairTable {
  /** Pairs in the table. */
  readonly size: number;
  readonly pairLefts: Int32Array;
  readonly pairRights: Int32Array;
  /** Occurrences times the counts of their sequences; whole numbers, which may exceed 2^32. */
  readonly pairCounts: Float64Array;
  /** Which block of the position lists has the positions of a pair, and where in it they begin. */
  readonly pairPositionBlocks: Uint16Array;
  readonly pairPositionStarts: Uint32Array;
  readonly pairPositionLengths: Uint32Array;
  /** Number of the pair, or -1. */
  find(left: number, right: number): number;
  /** Number of a new pair with a count of 0; the pair must not be in the table. */
  insert(left: number, right: number): number;
}

/** An empty table. */
export function createPairTable(): PairTable {
  // Pair number + 1 in each slot, 0 where it is free; half of the slots stay free.
  let slots = new Int32Array(2 * INITIAL_CAPACITY);
  const table = {
    size: 0,
    pairLefts: new Int32Array(INITIAL_CAPACITY),
    pairRights: new Int32Array(INITIAL_CAPACITY),
    pairCounts: new Float64Array(INITIAL_CAPACITY),
    pairPositionBlocks: new Uint16Array(INITIAL_CAPACITY),
    pairPositionStarts: new Uint32Array(INITIAL_CAPACITY),
    pairPositionLengths: new Uint32Array(INITIAL_CAPACITY),
    find(left: number, right: number): number {
      const mask = slots.length - 1;
      const { pairLefts, pairRights } = table;
      for (let slot = hashSymbols(left, right) & mask; ; slot = (slot + 1) & mask) {
        const pair = slots[slot]! - 1;
        if (pair < 0 || (pairLefts[pair] === left && pairRights[pair] === right)) return pair;
      }
    },
    insert(left: number, right: number): number {
      if (table.size === table.pairLefts.length) grow();
      const pair = table.size++;
      table.pairLefts[pair] = left;
      table.pairRights[pair] = right;
      link(pair);
      return pair;
    },
  };

  function link(pair: number): void {
    const mask = slots.length - 1;
    let slot = hashSymbols(table.pairLefts[pair]!, table.pairRights[pair]!) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = pair + 1;
  }

  function grow(): void {
    const length = 2 * table.size;
    table.pairLefts = grown(table.pairLefts, length);
    table.pairRights = grown(table.pairRights, length);
    table.pairCounts = grown(table.pairCounts, length);
    table.pairPositionBlocks = grown(table.pairPositionBlocks, length);
    table.pairPositionStarts = grown(table.pairPositionStarts, length);
    table.pairPositionLengths = grown(table.pairPositionLengths, length);
    slots = new Int32Array(2 * length);
    for (let pair = 0; pair < table.size; pair++) link(pair);
  }

  return table;
}
function hashSymbols(left: number, right: number): number {
  let hash = Math.imul(left, 0x2c1b3c6d) ^ Math.imul(right, 0x297a2d39);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
