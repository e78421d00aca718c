// What every test file starts with.
import fc from 'fast-check';
import { expect } from 'vitest';
import { isLongRun } from './runs.ts';

// A property that fails is reported after some minutes at most: making its counterexample smaller can take hours, and a
// test that does not yield cannot be stopped from outside.
fc.configureGlobal({ interruptAfterTimeLimit: (isLongRun ? 20 : 5) * 60_000 });

// Bytes that are equal are equal: vitest compares typed arrays key by key, which takes a second a megabyte.
expect.addEqualityTesters([
  (a: unknown, b: unknown) =>
    ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && a.constructor === b.constructor && bytesOf(a).equals(bytesOf(b))
      ? true
      : undefined,
]);

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
