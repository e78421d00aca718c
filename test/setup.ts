// What every test file starts with.
import fc from 'fast-check';
import { expect } from 'vitest';
import { isLongRun } from './runs.ts';

// A property that fails is reported after some minutes at most: making its counterexample smaller can take hours, and a
// test that does not yield cannot be stopped from outside.
fc.configureGlobal({ interruptAfterTimeLimit: (isLongRun ? 20 : 5) * 60_000 });

// What is plainly equal is found so at once. vitest's own comparison takes a second for a megabyte of bytes, and for a hundred
// thousand ids; it decides wherever this one does not say that two values are equal.
expect.addEqualityTesters([(a: unknown, b: unknown) => (isPlainlyEqual(a, b, 0) ? true : undefined)]);

/** Deeper values may be circles. */
const MAX_DEPTH = 50;

/** Whether two values are equal by anybody's reckoning: primitives, typed arrays, lists and records of such. */
function isPlainlyEqual(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || depth > MAX_DEPTH) return false;
  const prototype = Object.getPrototypeOf(a);
  if (prototype !== Object.getPrototypeOf(b)) return false;
  if (ArrayBuffer.isView(a)) return bytesOf(a).equals(bytesOf(b as ArrayBufferView));
  if (prototype === Array.prototype) {
    const [one, other] = [a as readonly unknown[], b as readonly unknown[]];
    return one.length === other.length && one.every((item, i) => isPlainlyEqual(item, other[i], depth + 1));
  }
  if (prototype !== Object.prototype) return false;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isPlainlyEqual(one[key], other[key], depth + 1))
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
