import { defineConfig } from 'vitest/config';
import { skipReporter } from './test/skip-reporter.ts';

// `npm test` leaves out the files named *.long.test.ts; `npm run test:all` (--mode all) runs everything, with ten times the
// cases in property tests. `npm run test:engines` runs what needs an engine such as Slurm, and nothing else. Two workers: the
// machines this is developed on have two cores. Time limits are there to end what hangs: a machine may be many times slower
// than ours. test/README.md tells more.
const INCLUDED: Readonly<Record<string, string[]>> = {
  fuzz: ['test/fuzz/*.fuzz.ts'],
  engines: ['test/engines/*.engines.ts'],
};

export default defineConfig(({ mode }) => {
  const isAll = mode === 'all';
  const minutes = 60_000;
  return {
    test: {
      include: INCLUDED[mode] ?? ['test/**/*.test.ts'],
      exclude: isAll ? [] : ['test/**/*.long.test.ts'],
      env: { VOCAB_MERGE_TEST_RUNS: process.env.VOCAB_MERGE_TEST_RUNS ?? (isAll ? '10' : '1') },
      setupFiles: ['test/setup.ts'],
      reporters: ['default', skipReporter],
      testTimeout: mode === 'fuzz' ? 0 : (isAll ? 30 : 10) * minutes,
      hookTimeout: 10 * minutes,
      maxWorkers: 2,
      // Modules are loaded once a worker, not once a file: what a helper module makes, its tests share. So a helper that
      // registers afterAll does so in a function.
      isolate: false,
    },
  };
});
