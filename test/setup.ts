// What every test file starts with. A property that fails is reported after a minute at most: making its counterexample
// smaller can take hours, and a test that does not yield cannot be stopped from outside.
import fc from 'fast-check';

fc.configureGlobal({ interruptAfterTimeLimit: 60_000 });
