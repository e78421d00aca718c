// Standard normal numbers from a seed, the same on every machine and for every order of the rows.
// Marsaglia's polar method over MT19937; Math.log and Math.sqrt are V8's own, not the system's.
import { createMersenneTwister } from '../../core/mersenne-twister.ts';

/** Gives one standard normal number a call. */
export type NormalSource = () => number;

/**
 * Starts a source.
 *
 * @param seed a whole number; 32 bits of it count
 * @param stream tells apart the sources of one seed, such as the id of a row
 */
export function createNormalSource(seed: number, stream = 0): NormalSource {
  // The multiplier (2^32 over the golden ratio) keeps neighbouring streams far apart.
  const { next } = createMersenneTwister((seed ^ Math.imul(stream, 0x9e3779b1)) >>> 0);
  const uniform = (): number => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 2 ** 53;
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * scale;
      return x * scale;
    }
  };
}
