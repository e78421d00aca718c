import { describe, expect, it } from 'vitest';
import { createMersenneTwister } from '../../../src/core/mersenne-twister.ts';
import { createReservoir } from '../../../src/train/data/reservoir.ts';

function sample(size: number, total: number, seed: number): number[] {
  const reservoir = createReservoir<number>(size, createMersenneTwister(seed));
  for (let item = 0; item < total; item++) reservoir.add(item);
  return [...reservoir.items];
}

describe('createReservoir', () => {
  it('keeps everything in order while there is room, and nothing where there is none', () => {
    expect(sample(5, 4, 1)).toEqual([0, 1, 2, 3]);
    expect(sample(0, 4, 1)).toEqual([]);
  });

  it('keeps distinct items, the same for the same seed', () => {
    const items = sample(20, 1000, 7);
    expect(new Set(items).size).toBe(20);
    expect(sample(20, 1000, 7)).toEqual(items);
    expect(sample(20, 1000, 8)).not.toEqual(items);
  });

  it('takes each item as often as any other', () => {
    const taken = new Uint32Array(20);
    const rounds = 4000;
    for (let seed = 0; seed < rounds; seed++) for (const item of sample(5, 20, seed)) taken[item]!++;
    // A quarter of the rounds each; five standard deviations of the binomial distribution either way.
    const deviation = Math.sqrt(rounds * 0.25 * 0.75);
    for (const count of taken) expect(Math.abs(count - rounds / 4)).toBeLessThan(5 * deviation);
  });
});
