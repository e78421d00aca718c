// Collects sentences as ids of characters while the corpus is read, with the count of each character.
// Ids are given in the order of first appearance; the alphabet is known only at the end, so the caller renumbers.
// Blocks instead of one doubling array: the peak stays at the corpus itself, two bytes a character.

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

  return {
    get length() {
      return length;
    },
    codePoints,
    push(codePoint, count) {
      let id = idsByCodePoint[codePoint]!;
      if (id === 0) {
        codePoints.push(codePoint);
        counts.push(0);
        id = codePoints.length;
        idsByCodePoint[codePoint] = id;
        if (id > MAX_NARROW_IDS && !wide) widen();
      }
      counts[id - 1] = counts[id - 1]! + count;
      if (used === BLOCK_SIZE) {
        block = wide ? new Uint32Array(BLOCK_SIZE) : new Uint16Array(BLOCK_SIZE);
        blocks.push(block);
        used = 0;
      }
      block[used++] = id - 1;
      length++;
    },
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
