// How many cases a property test tries: few in `npm test`, the same in every run, ten times as many in `npm run test:all`, others
// in every run, and any multiple with VOCAB_MERGE_TEST_RUNS in the environment.

/** The multiple; vitest.config.ts sets it where the environment does not. */
const FACTOR = Number(process.env.VOCAB_MERGE_TEST_RUNS ?? 1);

/** True in `npm run test:all`, and wherever more cases than in `npm test` are asked for. */
export const isLongRun: boolean = FACTOR > 1;

/** `quick` cases in `npm test`, scaled with the multiple elsewhere. */
export function scaled(quick: number): number {
  return Math.max(1, Math.ceil(quick * FACTOR));
}

/**
 * Options of a property test.
 *
 * @param quick cases in `npm test`: what takes about half a second at most
 * @example
 * fc.assert(property, runs(100));
 * fc.assert(property, { ...runs(100), seed: 7 });
 */
export function runs(quick: number): { numRuns: number; seed?: number } {
  // Few cases may by chance not meet what a test counts, so that it would fail on one machine in twenty.
  return { numRuns: scaled(quick), ...(!isLongRun && { seed: 1 }) };
}
