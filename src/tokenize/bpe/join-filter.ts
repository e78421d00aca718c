// Which UTF-16 units stand side by side inside pieces: nothing merges across two that never do. A filter may say yes to
// a pair that it has not seen, which costs time only, never no to one that it has.

/** ASCII characters are below this. */
const ASCII = 128;

/** Pairs of neighbouring units: a table for ASCII, and for all others a Bloom filter with one hash, 16 bits a pair. */
export interface JoinFilter {
  add(left: number, right: number): void;
  /** False when the pair was never added. */
  has(left: number, right: number): boolean;
}

/** An empty filter for up to `pairCount` pairs. */
export function createJoinFilter(pairCount: number): JoinFilter {
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

/** Hash of two small whole numbers; its low bits are mixed. */
export function hashPair(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
