// Tells whether a row with the same bytes has been seen: 52 bits of hash a row, so that no rows are kept.
// Two different rows are taken for equal once in 10^7 runs with 30,000 new rows; one of them then gets the weights by order.

import { kernelsOf } from './row-kernels.ts';

/** Remembers rows. */
export interface RowHasher {
  /** True when no row with these bytes was added before. */
  add(bytes: Uint8Array): boolean;
}

/** Creates an empty memory. */
export function createRowHasher(): RowHasher {
  const seen = new Set<number>();
  return {
    add(bytes) {
      const key = kernelsOf(bytes)?.hash(bytes) ?? hashOf(bytes);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    },
  };
}

function hashOf(bytes: Uint8Array): number {
  const { buffer, byteOffset, length } = bytes;
  const isAligned = byteOffset % 4 === 0 && length % 4 === 0;
  const words = isAligned ? new Uint32Array(buffer, byteOffset, length / 4) : bytes;
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    a = Math.imul(a ^ word, 0x01000193) ^ (a >>> 13);
    b = Math.imul(b + word, 0x85ebca6b) ^ (b >>> 15);
  }
  return (a >>> 0) * 0x100000 + (b >>> 12);
}
