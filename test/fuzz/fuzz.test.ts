// Fuzzing: a short slice with fixed seeds in every test run, and as long as one likes with
//   FUZZ_MINUTES=10 npx vitest run test/fuzz
// (seeds then start at FUZZ_SEED, default 1,000,000). A failure names its seed; FUZZ_SEED=that with FUZZ_MINUTES=0.01 repeats it.
import { afterAll, describe, expect, it } from 'vitest';
import { createMersenneTwister } from '../../src/core/mersenne-twister.ts';
import { FUZZ_CHECKS } from './checks.ts';

const minutes = Number(process.env.FUZZ_MINUTES ?? 0);
const firstSeed = Number(process.env.FUZZ_SEED ?? (minutes > 0 ? 1_000_000 : 1));
/** Rounds of each check in an ordinary test run. */
const SLICE = 100;
/** A round takes milliseconds; one that takes this long hangs. */
const HANGS_MS = 20_000;

const checks = Object.entries(FUZZ_CHECKS);
const share = (minutes * 60_000) / checks.length;
const rounds = new Map<string, number>();

describe('fuzzing', () => {
  it.each(checks)('%s', { timeout: share + 120_000 }, (name, check) => {
    const end = performance.now() + share;
    let seed = firstSeed;
    for (; minutes > 0 ? performance.now() < end : seed < firstSeed + SLICE; seed++) {
      const start = performance.now();
      try {
        check(createMersenneTwister(seed));
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
      expect(performance.now() - start, `seed ${seed} takes long`).toBeLessThan(HANGS_MS);
    }
    rounds.set(name, seed - firstSeed);
  });

  afterAll(() => {
    if (minutes > 0) for (const [name, count] of rounds) console.log(`${count} rounds: ${name}`);
  });
});
