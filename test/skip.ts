// The one way to skip tests: where what they need is missing, with the reason. The reason goes into the runner's report,
// test/skip-reporter.ts prints it after `npm test`, and scripts/test-summary.mjs counts it for CI.
import { existsSync } from 'node:fs';
import type { TestOptions } from 'vitest';
import { isLongRun } from './runs.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test is skipped, as `skipUnless` was told. */
    skipReason?: string;
  }
}

/**
 * Options for `describe` or `it` that skip the tests unless the condition holds.
 *
 * @param reason what is missing, and what to do where something can be done
 * @example
 * describe('golden texts', skipUnless(existsSync(path), `${path} is missing`), () => { … });
 */
export function skipUnless(condition: boolean, reason: string): TestOptions {
  return condition ? {} : { skip: true, meta: { skipReason: reason } };
}

/** Skips tests that need a folder or file they may not write. */
export const needsPermissions = skipUnless(process.getuid?.() !== 0, 'root may write everywhere: run as another user');

/** Skips tests that need a disk without room. */
export const needsFullDisk = skipUnless(existsSync('/dev/full'), 'there is no /dev/full');

/** Skips tests in `npm test` that take seconds and say little more than others there. */
export const needsLongRun = skipUnless(isLongRun, 'it runs in npm run test:all');
