// Which characters stand side by side inside pieces: nothing merges across two that never do. The filter may say yes to a
// pair that no piece has, which costs time only, never no to a pair that some piece has. Pairs are of UTF-16 units of text,
// also for pieces that are spelled in bytes (byte-joins.ts fills it for these).

/** ASCII characters are below this. */
const ASCII = 128;

/** Some piece goes on behind this character with a part of the next one. */
const BEFORE_PART = 1;
/** Some piece begins with a part of a character and goes on with this one. */
const AFTER_PART = 2;
/** Half of a surrogate pair, where pieces are spelled in bytes: such characters are never cut off. */
const HALF = 4;

/** Stand for parts of characters among units: surrogates are in no pair of their own. */
const FIRST_BYTE = 0xd800;
const LAST_BYTE = 0xdc00;

/** Pairs of neighbours: a table for ASCII, for all others a Bloom filter with one hash, 16 bits a pair. */
export interface JoinFilter {
  readonly asciiJoins: Uint8Array;
  readonly words: Int32Array;
  readonly mask: number;
  /** What else is known of each unit, `[65536]`; all 0 where pieces are spelled in UTF-16. */
  readonly unitFlags: Uint8Array;
  /** Some piece ends a character and begins the next, and holds neither. */
  joinsParts: boolean;
}

/** An empty filter for up to `pairCount` pairs that are not both ASCII. */
export function createJoinFilter(pairCount: number): JoinFilter {
  let bits = 1 << 12;
  while (bits < pairCount * 16) bits *= 2;
  return {
    asciiJoins: new Uint8Array(ASCII * ASCII),
    words: new Int32Array(bits >>> 5),
    mask: bits - 1,
    unitFlags: new Uint8Array(0x10000),
    joinsParts: false,
  };
}

/** Adds two units that stand side by side. */
export function addJoin(filter: JoinFilter, left: number, right: number): void {
  if (left < ASCII && right < ASCII) {
    filter.asciiJoins[left * ASCII + right] = 1;
    return;
  }
  const bit = hashPair(left, right) & filter.mask;
  filter.words[bit >>> 5]! |= 1 << (bit & 31);
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

/**
 * False when no piece goes from the left unit to the right one. Of no use between the halves of a surrogate pair.
 */
export function mayJoin(filter: JoinFilter, left: number, right: number): boolean {
  if (left < ASCII && right < ASCII) return filter.asciiJoins[left * ASCII + right] === 1;
  if (has(filter, left, right)) return true;
  const { unitFlags } = filter;
  return (unitFlags[left]! | unitFlags[right]!) !== 0 || filter.joinsParts ? mayJoinParts(filter, left, right) : false;
}

function mayJoinParts(filter: JoinFilter, left: number, right: number): boolean {
  const leftFlags = filter.unitFlags[left]!;
  const rightFlags = filter.unitFlags[right]!;
  if (((leftFlags | rightFlags) & HALF) !== 0) return true;
  const lastByte = LAST_BYTE | 0x80 | (left & 0x3f);
  const firstByte = FIRST_BYTE | (right < 0x800 ? 0xc0 | (right >> 6) : 0xe0 | (right >> 12));
  if (right >= ASCII && (leftFlags & BEFORE_PART) !== 0 && has(filter, left, firstByte)) return true;
  if (left < ASCII) return false;
  if ((rightFlags & AFTER_PART) !== 0 && has(filter, lastByte, right)) return true;
  return right >= ASCII && filter.joinsParts && has(filter, lastByte, firstByte);
}

function has(filter: JoinFilter, left: number, right: number): boolean {
  const bit = hashPair(left, right) & filter.mask;
  return ((filter.words[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
}

/** Hash of two small whole numbers; its low bits are mixed. */
export function hashPair(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
