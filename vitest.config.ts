import { defineConfig } from 'vitest/config';

// Two workers: the machines this is developed on have two cores. Slow suites have their own limit in the file.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
