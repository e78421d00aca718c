// Known outputs of std::mt19937, and bounded draws.
import { expect, it } from 'vitest';
import { createMersenneTwister } from '../../src/core/mersenne-twister.ts';

it('gives the known first and ten-thousandth word of the default seed', () => {
  const random = createMersenneTwister(5489);
  expect(random.next()).toBe(3499211612);
  for (let i = 2; i < 10_000; i++) random.next();
  expect(random.next()).toBe(4123659995);
});

it('draws below a bound as std::uniform_int_distribution of libstdc++ does', () => {
  const random = createMersenneTwister(12345678);
  const draws = Array.from({ length: 10 }, (_, i) => random.nextBelow(102 + i));
  expect(draws).toEqual([25, 82, 62, 33, 38, 20, 40, 45, 2, 39]);
});

it('draws every number below any bound', () => {
  const random = createMersenneTwister(1);
  expect(new Set(Array.from({ length: 200 }, () => random.nextBelow(7))).size).toBe(7);
  expect(random.nextBelow(1)).toBe(0);
  for (const bound of [3_000_000_000, 2 ** 32 - 1]) {
    for (let i = 0; i < 1000; i++) {
      const draw = random.nextBelow(bound);
      expect(draw >= 0 && draw < bound && Number.isInteger(draw)).toBe(true);
    }
  }
});
