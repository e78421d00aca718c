// What JSON gives where an object or a count is expected: anything. Files from elsewhere are looked at with this before their
// fields are.

/** Whether a parsed value is an object with fields: no list, no null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a whole number from 0 on that is exact. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
