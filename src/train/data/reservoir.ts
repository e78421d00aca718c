// Algorithm R: a uniform sample of fixed size from a stream of unknown length.
// Fills and replaces in the order of the reference's ReservoirSampler; the same seed always gives the same sample.

import type { MersenneTwister } from '../../core/mersenne-twister.ts';

/** A sample under construction. */
export interface Reservoir<T> {
  /** The sample so far. */
  readonly items: readonly T[];
  add(item: T): void;
}

/** An empty sample of at most `size` items; with a size of 0 it stays empty. */
export function createReservoir<T>(size: number, random: MersenneTwister): Reservoir<T> {
  const items: T[] = [];
  let total = 0;
  return {
    items,
    add(item) {
      if (size === 0) return;
      total++;
      if (items.length < size) items.push(item);
      else {
        const slot = random.nextBelow(total);
        if (slot < items.length) items[slot] = item;
      }
    },
  };
}
