// Typed arrays that grow: their length is fixed, so a larger array takes the values over. And parts that become one.

type NumberArray = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** A copy of `array` with `length` elements, which are more than it has; zeros behind its own. */
export function grown<T extends NumberArray>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}

/** A copy of `array` with room for `length` elements at least, and twice its own: growing by steps takes linear time in all. */
export function doubled<T extends NumberArray>(array: T, length = 0): T {
  return grown(array, Math.max(length, array.length * 2));
}

/** The parts one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let to = 0;
  for (const part of parts) {
    joined.set(part, to);
    to += part.length;
  }
  return joined;
}
