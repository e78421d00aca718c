// What work throws, for tests that look at more of an error than its message.
import { expect } from 'vitest';

/** The error of `work`, which must be one of `kind`. */
export async function errorOf<E extends Error>(
  work: Promise<unknown>,
  kind: abstract new (...args: never[]) => E,
): Promise<E> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(kind);
  return error as E;
}
