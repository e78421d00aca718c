// Stable order of numbers from high to low, by radix sort: the order in which the reference keeps seeds and pieces.

/** Half of a float64 that holds the sign, as an index into its two uint32: depends on the machine's byte order. */
const HIGH_HALF = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
const DIGITS = 0x10000;

/**
 * Indexes of `keys` by key descending; equal keys keep their order. Linear.
 *
 * @param keys no NaN; -0 counts as 0
 */
export function descendingOrder(keys: Float64Array): Uint32Array {
  const size = keys.length;
  const halves = new Uint32Array(keys.buffer, keys.byteOffset, size * 2);
  const low = new Uint32Array(size);
  const high = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    const lowHalf = halves[2 * i + 1 - HIGH_HALF]!;
    const highHalf = halves[2 * i + HIGH_HALF]!;
    // Bits of a positive number ascend with it; inverted they descend. Those of a negative number already do.
    const isNegative = highHalf >= 0x80000000 && keys[i] !== 0;
    low[i] = isNegative ? lowHalf : ~lowHalf;
    high[i] = isNegative ? highHalf : ~(highHalf & 0x7fffffff) & 0x7fffffff;
  }
  let from = new Uint32Array(size);
  let to = new Uint32Array(size);
  for (let i = 0; i < size; i++) from[i] = i;
  const ends = new Uint32Array(DIGITS);
  for (const [digits, shift] of [[low, 0] as const, [low, 16] as const, [high, 0] as const, [high, 16] as const]) {
    ends.fill(0);
    for (let i = 0; i < size; i++) ends[(digits[i]! >>> shift) & 0xffff]!++;
    if (size > 0 && ends[(digits[0]! >>> shift) & 0xffff] === size) continue;
    let sum = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const count = ends[digit]!;
      ends[digit] = sum;
      sum += count;
    }
    for (let i = 0; i < size; i++) {
      const index = from[i]!;
      to[ends[(digits[index]! >>> shift) & 0xffff]!++] = index;
    }
    [from, to] = [to, from];
  }
  return from;
}
