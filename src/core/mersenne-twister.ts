// MT19937, the 32-bit Mersenne twister, and unbiased whole numbers below a bound drawn from it.
// The bound is applied as libstdc++'s uniform_int_distribution does, so that programs in C++ draw the same numbers.
// Not for secrets. Spec: Matsumoto and Nishimura 1998; Lemire 2019, "Fast random integer generation in an interval".

const STATE_SIZE = 624;
const MIDDLE = 397;
const TWO_32 = 2 ** 32;

/** A seeded generator. */
export interface MersenneTwister {
  /** The next 32 bits, as a whole number in [0, 2^32). */
  next(): number;
  /** A whole number in [0, bound), every one as likely; `bound` is at least 1 and below 2^32. */
  nextBelow(bound: number): number;
}

/**
 * Starts a generator from a 32-bit seed, as `std::mt19937` does.
 *
 * @example
 * ```ts
 * createMersenneTwister(5489).next(); // 3499211612
 * ```
 */
export function createMersenneTwister(seed: number): MersenneTwister {
  const words = new Uint32Array(STATE_SIZE);
  words[0] = seed;
  for (let i = 1; i < STATE_SIZE; i++) {
    const previous = words[i - 1]!;
    words[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
  }
  let index = STATE_SIZE;

  function refill(): void {
    for (let i = 0; i < STATE_SIZE; i++) {
      const mixed = (words[i]! & 0x80000000) | (words[(i + 1) % STATE_SIZE]! & 0x7fffffff);
      words[i] = words[(i + MIDDLE) % STATE_SIZE]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    index = 0;
  }

  function next(): number {
    if (index === STATE_SIZE) refill();
    let word = words[index++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  // The high half of next() * bound is the draw; the low half says whether it must be drawn again.
  let high = 0;
  let low = 0;
  function multiply(a: number, b: number): void {
    const lowProduct = (a & 0xffff) * b;
    const highProduct = (a >>> 16) * b + Math.floor(lowProduct / 0x10000);
    low = ((highProduct % 0x10000) * 0x10000 + (lowProduct % 0x10000)) >>> 0;
    high = Math.floor(highProduct / 0x10000);
  }

  function nextBelow(bound: number): number {
    multiply(next(), bound);
    if (low < bound) {
      const threshold = (TWO_32 - bound) % bound;
      while (low < threshold) multiply(next(), bound);
    }
    return high;
  }

  return { next, nextBelow };
}
