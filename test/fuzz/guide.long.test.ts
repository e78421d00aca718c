// The guide finds a fault that changes at random do not: in a reader made for it, where each step to the fault is other code.
import { expect, it } from 'vitest';
import { createMersenneTwister } from '../../src/core/mersenne-twister.ts';
import { openCoverage } from './coverage.ts';
import { guide } from './guide.ts';
import { readWithFault } from './planted-fault.ts';

it('finds a planted fault, which the same changes without a guide do not', async () => {
  const coverage = await openCoverage('/planted-fault.ts');
  const target = { seeds: () => [Buffer.from('V-----')], read: readWithFault };
  const search = async (isGuided: boolean): Promise<{ found: string[]; tried: number }> => {
    const found: string[] = [];
    const { tried } = await guide(target, {
      ...{ random: createMersenneTwister(3), coverage, cases: 200_000, isGuided },
      onFault: (_, { message }) => {
        found.push(message);
        return false;
      },
    });
    return { found, tried };
  };
  try {
    // First: what ran before is no news.
    const { found, tried } = await search(true);
    expect(found).toEqual(['the planted fault']);
    console.log(`found after ${tried} cases`);
    expect((await search(false)).found).toEqual([]);
  } finally {
    await coverage.close();
  }
});
