// Prints every reason for which tests were skipped, then `N passed, N failed, N skipped`, from the JSON reports of the test
// runner given as arguments. A test that several runs have counts once, with the worst that became of it; a file of tests
// that could not be loaded counts as one failure. The status is 1 where a test failed, or was skipped without a reason.
import { readFileSync } from 'node:fs';

const ORDER = ['skipped', 'passed', 'failed'];
const NO_REASON = 'no reason given (use skipUnless of test/skip.ts)';
/** By file and full name: what became of the test, and why it was skipped. */
const tests = new Map();

function add(key, status, reason) {
  const before = tests.get(key);
  if (before === undefined || ORDER.indexOf(status) > ORDER.indexOf(before.status)) tests.set(key, { status, reason });
}

for (const path of process.argv.slice(2)) {
  try {
    for (const { name, status, assertionResults } of JSON.parse(readFileSync(path, 'utf8')).testResults) {
      if (status === 'failed' && assertionResults.length === 0) add(name, 'failed');
      const seen = new Map();
      for (const test of assertionResults) {
        // Tests of the same name are told apart by their order.
        const count = (seen.get(test.fullName) ?? 0) + 1;
        seen.set(test.fullName, count);
        const outcome = test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped';
        add(`${name}\n${test.fullName}\n${count}`, outcome, test.meta?.skipReason ?? NO_REASON);
      }
    }
  } catch (error) {
    console.error(`error: the test runner left no report in ${path}: ${error.message}`);
    add(path, 'failed');
  }
}

const countOf = (status) => [...tests.values()].filter((test) => test.status === status).length;
const reasons = new Map();
for (const { status, reason } of tests.values()) {
  if (status === 'skipped') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
for (const [reason, count] of reasons) console.log(`${count} skipped: ${reason}`);
console.log(`${countOf('passed')} passed, ${countOf('failed')} failed, ${countOf('skipped')} skipped`);
process.exitCode = countOf('failed') > 0 || countOf('passed') === 0 || reasons.has(NO_REASON) ? 1 : 0;
