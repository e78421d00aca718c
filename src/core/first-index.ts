// Binary search where entries that pass stand behind all that do not. What the entries are is the caller's business.

/**
 * The first index from 0 on that passes, `length` when none does. O(log length).
 *
 * @param passes true for an index and all behind it, or false for it and all before it
 * @example
 * ```ts
 * firstIndex(4, (i) => [2, 3, 5, 7][i]! >= 4); // 2
 * ```
 */
export function firstIndex(length: number, passes: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
