// What every test file starts with. A property that fails is reported after some minutes at most: making its counterexample
// smaller can take hours, and a test that does not yield cannot be stopped from outside.
import fc from 'fast-check';
import { isLongRun } from './runs.ts';

fc.configureGlobal({ interruptAfterTimeLimit: (isLongRun ? 20 : 5) * 60_000 });
