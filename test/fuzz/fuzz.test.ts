// Fuzzing: some rounds with fixed seeds in `npm test`, ten times as many in `npm run test:all`, and as many as one likes with
//   VOCAB_MERGE_TEST_RUNS=500 FUZZ_SEED=1000000 npx vitest run test/fuzz
// A failure names its seed; with FUZZ_SEED=that it comes first. `npm run fuzz` feeds the readers, guided by coverage; the files
// that once broke one lie in findings/, and are read here.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMersenneTwister } from '../../src/core/mersenne-twister.ts';
import { VocabMergeError } from '../../src/errors.ts';
import { scaled } from '../runs.ts';
import { FUZZ_CHECKS } from './checks.ts';
import { FUZZ_TARGETS } from './targets.ts';

const firstSeed = Number(process.env.FUZZ_SEED ?? 1);

describe('fuzzing', () => {
  it.each(Object.entries(FUZZ_CHECKS))('%s', (_, { round, leastTried }) => {
    const rounds = scaled(25);
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

describe('readers', () => {
  it.each(Object.entries(FUZZ_TARGETS))('%s: sound files are read', async (_, { seeds, read }) => {
    for (const seed of seeds()) await read(seed);
  });

  const folder = new URL('findings/', import.meta.url);
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  it.each(names.sort())('past finding %s is refused, or works', async (name) => {
    const { read } = FUZZ_TARGETS[name.slice(0, name.lastIndexOf('-'))]!;
    const refusal = await Promise.resolve(readFileSync(new URL(name, folder)))
      .then((bytes) => read(bytes))
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    if (refusal !== undefined) expect(refusal).toBeInstanceOf(VocabMergeError);
  });
});
