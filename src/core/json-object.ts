// What JSON gives where an object is expected: anything. Files from elsewhere are looked at with this before their fields are.

/** Whether a parsed value is an object with fields: no list, no null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
