// What a table of pieces looks a text up by: a hash of its bytes, and the last eight of them. It is taken while the text is copied.
// Hash: FNV-1a, 32 bits (Fowler, Noll, Vo; draft-eastlake-fnv).

/** No byte: a text that is one part. */
export const NO_SEPARATOR = -1;

const HASH_START = 0x811c9dc5 | 0;

/** Texts that lie one after the other, and what a table looks them up by. */
export interface HashedTexts {
  readonly bytes: Uint8Array;
  /** Where each ends, behind a 0. */
  readonly ends: Int32Array;
  readonly hashes: Int32Array;
  /** The last eight bytes of each. */
  readonly lows: Int32Array;
  readonly highs: Int32Array;
}

/** What a text is looked up by: FNV-1a of its bytes, and the last eight of them. Of the last text that was copied. */
export const textKey = { hash: 0, low: 0, high: 0 };

/** Copies a text up to a separator, and says where that is, or `to`; its key is in {@link textKey} then. */
export function copyText(
  bytes: Uint8Array,
  from: number,
  to: number,
  separator: number,
  own: Uint8Array,
  start: number,
): number {
  let hash = HASH_START;
  let low = 0;
  let high = 0;
  let at = from;
  for (let next = start; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === separator) break;
    own[next++] = byte;
    hash = Math.imul(hash ^ byte, 0x01000193);
    high = (high << 8) | (low >>> 24);
    low = (low << 8) | byte;
  }
  textKey.hash = hash;
  textKey.low = low;
  textKey.high = high;
  return at;
}

/** A hash whose low bits depend on all of `hash`: FNV's do not. */
export function mixed(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
