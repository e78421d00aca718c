// Fuzzing: some rounds with fixed seeds in `npm test`, ten times as many in `npm run test:all`, and as many as one likes with
//   VOCAB_MERGE_TEST_RUNS=500 FUZZ_SEED=1000000 npx vitest run test/fuzz
// A failure names its seed; with FUZZ_SEED=that it comes first.
import { describe, expect, it } from 'vitest';
import { createMersenneTwister } from '../../src/core/mersenne-twister.ts';
import { scaled } from '../runs.ts';
import { FUZZ_CHECKS } from './checks.ts';

const firstSeed = Number(process.env.FUZZ_SEED ?? 1);

describe('fuzzing', () => {
  it.each(Object.entries(FUZZ_CHECKS))('%s', (_, { round, leastTried }) => {
    const rounds = scaled(100);
    let tried = 0;
    for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
      try {
        if (round(createMersenneTwister(seed))) tried++;
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
    expect(tried / rounds, 'share of the rounds that try the promise').toBeGreaterThanOrEqual(leastTried);
  });
});
