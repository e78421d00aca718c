// Prints after a run which tests were skipped and why, a line for each reason. Counting for CI is scripts/test-summary.mjs.
import type { Reporter, TestModule } from 'vitest/node';
import './skip.ts';

/** A reporter for vitest.config.ts, beside vitest's own. */
export const skipReporter: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        // What a filter such as -t leaves out has no reason, and needs none.
        const reason = test.meta().skipReason;
        if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    }
    for (const [reason, count] of counts) console.log(`${count} skipped: ${reason}`);
  },
};
