// Which characters stand side by side inside pieces: nothing merges across two that never do. Pairs are of UTF-16 units of
// text, also for pieces that are spelled in bytes (byte-joins.ts fills the filter for these, and then it may say yes to a pair
// that no piece has, which costs time only). A pair has room for what it becomes alone: most stretches of Chinese are pairs.

/** ASCII characters are below this. */
export const ASCII = 128;

/** Some piece goes on behind this character with a part of the next one. */
const BEFORE_PART = 1;
/** Some piece begins with a part of a character and goes on with this one. */
const AFTER_PART = 2;
/** Half of a surrogate pair, where pieces are spelled in bytes: such characters are never cut off. */
const HALF = 4;

/** Stand for parts of characters among units: surrogates are in no pair of their own. */
const FIRST_BYTE = 0xd800;
const LAST_BYTE = 0xdc00;

/** What is known of a character or a pair that stands alone, besides its symbol: not looked up yet, or it has several. */
export const UNSEEN = -0x80000000;
export const SEVERAL = -0x7fffffff;

/** Pairs of neighbours: a table for ASCII, for all others open addressing. */
export interface JoinFilter {
  readonly asciiJoins: Uint8Array;
  /**
   * Two int32 a slot: the units, 0 where it is empty, and the symbol of the two as a stretch, {@link UNSEEN} or {@link SEVERAL},
   * xor {@link UNSEEN}, so that a new array needs no filling.
   */
  pairs: Int32Array;
  pairCount: number;
  /** What else is known of each unit, `[65536]`. */
  readonly unitFlags: Uint8Array;
  /** Some piece ends a character and begins the next, and holds neither. */
  joinsParts: boolean;
}

/** An empty filter; one for this many pieces mostly need not grow. */
export function createJoinFilter(pieceCount: number): JoinFilter {
  let slots = 1 << 10;
  while (slots < pieceCount) slots *= 2;
  return {
    asciiJoins: new Uint8Array(ASCII * ASCII),
    pairs: new Int32Array(slots * 2),
    pairCount: 0,
    unitFlags: new Uint8Array(0x10000),
    joinsParts: false,
  };
}

/** Where the slot of two units, not both ASCII, is in `pairs`; it is empty when they stand side by side nowhere. */
export function pairSlot(pairs: Int32Array, left: number, right: number): number {
  const key = (left << 16) | right;
  const hash = Math.imul(key, 0x9e3779b1);
  const mask = pairs.length - 2;
  let at = (hash ^ (hash >>> 15)) & mask;
  for (let found = pairs[at]!; found !== key && found !== 0; found = pairs[at]!) at = (at + 2) & mask;
  return at;
}

/** Adds two units that stand side by side. */
export function addJoin(filter: JoinFilter, left: number, right: number): void {
  if (left < ASCII && right < ASCII) {
    filter.asciiJoins[left * ASCII + right] = 1;
    return;
  }
  const { pairs } = filter;
  const at = pairSlot(pairs, left, right);
  if (pairs[at] !== 0) return;
  pairs[at] = (left << 16) | right;
  filter.pairCount++;
  if (filter.pairCount * 8 > pairs.length) growPairs(filter);
}

// At most a quarter of the slots is taken, so that a pair that is not there mostly finds its own slot empty.
function growPairs(filter: JoinFilter): void {
  const { pairs } = filter;
  const grown = new Int32Array(pairs.length * 2);
  for (let at = 0; at < pairs.length; at += 2) {
    const key = pairs[at]!;
    if (key !== 0) grown[pairSlot(grown, key >>> 16, key & 0xffff)] = key;
  }
  filter.pairs = grown;
}

/** Adds a unit and the first byte of a character that a piece breaks off in. */
export function addJoinBeforePart(filter: JoinFilter, left: number, firstByte: number): void {
  filter.unitFlags[left]! |= BEFORE_PART;
  addJoin(filter, left, FIRST_BYTE | firstByte);
}

/** Adds the last byte of a character that a piece begins in, and the unit behind it. */
export function addJoinAfterPart(filter: JoinFilter, lastByte: number, right: number): void {
  filter.unitFlags[right]! |= AFTER_PART;
  addJoin(filter, LAST_BYTE | lastByte, right);
}

/** Adds the last byte of one character and the first byte of the next. */
export function addJoinOfParts(filter: JoinFilter, lastByte: number, firstByte: number): void {
  filter.joinsParts = true;
  addJoin(filter, LAST_BYTE | lastByte, FIRST_BYTE | firstByte);
}

/** Says that characters past the BMP are never cut off, whatever is added. */
export function keepSurrogates(filter: JoinFilter): void {
  filter.unitFlags.fill(HALF, 0xd800, 0xe000);
}

/** Where pieces are spelled in bytes, of two units that are in no slot: false when no piece joins parts of the two either. */
export function mayJoinParts(filter: JoinFilter, left: number, right: number): boolean {
  const leftFlags = filter.unitFlags[left]!;
  const rightFlags = filter.unitFlags[right]!;
  if ((leftFlags | rightFlags) === 0 && !filter.joinsParts) return false;
  if (((leftFlags | rightFlags) & HALF) !== 0) return true;
  const lastByte = LAST_BYTE | 0x80 | (left & 0x3f);
  const firstByte = FIRST_BYTE | (right < 0x800 ? 0xc0 | (right >> 6) : 0xe0 | (right >> 12));
  if (right >= ASCII && (leftFlags & BEFORE_PART) !== 0 && has(filter, left, firstByte)) return true;
  if (left < ASCII) return false;
  if ((rightFlags & AFTER_PART) !== 0 && has(filter, lastByte, right)) return true;
  return right >= ASCII && filter.joinsParts && has(filter, lastByte, firstByte);
}

function has({ pairs }: JoinFilter, left: number, right: number): boolean {
  return pairs[pairSlot(pairs, left, right)] !== 0;
}

/** Hash of two small whole numbers; its low bits are mixed. */
export function hashPair(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
