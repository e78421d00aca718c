// Collects sentences as ids of characters while the corpus is read, with the count of each character.
// Ids are given in the order of first appearance; the alphabet is known only at the end, so the caller renumbers.
// Blocks instead of one doubling array: the peak stays at the corpus itself, two bytes a character.

import type { StoredCharacters } from '../runtime/text-parts.ts';

const BLOCK_BITS = 18;
const BLOCK_SIZE = 1 << BLOCK_BITS;
const CODE_POINT_LIMIT = 0x110000;
const MAX_NARROW_IDS = 0x10000;

/** Sentences under construction. */
export interface CharacterStore {
  /** Characters stored so far. */
  readonly length: number;
  /** Code point of each provisional id. */
  readonly codePoints: readonly number[];
  /** Appends one character that occurs `count` times. */
  push(codePoint: number, count: number): void;
  /** Appends what another store has handed out, as if its characters were pushed. */
  append(stored: StoredCharacters): void;
  /** Hands out what it holds; it must not change any more. */
  handOut(): StoredCharacters;
  /** Occurrences of a code point, 0 when it was never pushed. */
  countOf(codePoint: number): number;
  /** Writes the characters from `start` to `end` to `target`, from `to` on: to each provisional id its one of `ids`. */
  copy(start: number, end: number, ids: Uint32Array, target: Uint16Array | Uint32Array, to: number): void;
}

/** An empty store. */
export function createCharacterStore(): CharacterStore {
  // Provisional id + 1 of each code point; 0 where it has not occurred.
  const idsByCodePoint = new Uint32Array(CODE_POINT_LIMIT);
  const codePoints: number[] = [];
  /** Occurrences of each provisional id. */
  const counts: number[] = [];
  let blocks: (Uint16Array | Uint32Array)[] = [];
  let block: Uint16Array | Uint32Array = new Uint16Array(0);
  let used = BLOCK_SIZE;
  let length = 0;
  let wide = false;

  function widen(): void {
    wide = true;
    blocks = blocks.map((narrow) => Uint32Array.from(narrow));
    block = blocks.at(-1) ?? block;
  }

  function idOf(codePoint: number): number {
    const known = idsByCodePoint[codePoint]!;
    if (known !== 0) return known - 1;
    counts.push(0);
    const size = codePoints.push(codePoint);
    idsByCodePoint[codePoint] = size;
    if (size > MAX_NARROW_IDS && !wide) widen();
    return size - 1;
  }

  function addBlock(): void {
    block = wide ? new Uint32Array(BLOCK_SIZE) : new Uint16Array(BLOCK_SIZE);
    blocks.push(block);
    used = 0;
  }

  return {
    get length() {
      return length;
    },
    codePoints,
    push(codePoint, count) {
      const id = idOf(codePoint);
      counts[id] = counts[id]! + count;
      if (used === BLOCK_SIZE) addBlock();
      block[used++] = id;
      length++;
    },
    append(stored) {
      const ids = Uint32Array.from(stored.codePoints, idOf);
      for (let i = 0; i < ids.length; i++) counts[ids[i]!]! += stored.counts[i]!;
      let left = stored.length;
      for (const source of stored.blocks) {
        for (let from = 0, end = Math.min(left, source.length); from < end; ) {
          if (used === BLOCK_SIZE) addBlock();
          const size = Math.min(end - from, BLOCK_SIZE - used);
          for (let i = 0; i < size; i++) block[used + i] = ids[source[from + i]!]!;
          from += size;
          used += size;
        }
        left -= source.length;
      }
      length += stored.length;
    },
    handOut: () => ({ codePoints, counts, blocks, length }),
    countOf: (codePoint) => counts[idsByCodePoint[codePoint]! - 1] ?? 0,
    copy(start, end, ids, target, to) {
      for (let position = start, at = to; position < end; ) {
        const source = blocks[Math.floor(position / BLOCK_SIZE)]!;
        const first = position % BLOCK_SIZE;
        const last = Math.min(BLOCK_SIZE, first + end - position);
        for (let i = first; i < last; i++) target[at++] = ids[source[i]!]!;
        position += last - first;
      }
    },
  };
}
