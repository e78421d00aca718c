// What a segmenter works on and what it returns.
// Input: UTF-16 units of normalized text in a reused Uint16Array. Output: symbols, one int32 each:
//   id >= 0   that piece of the vocabulary
//   < 0       -1 - codePoint: one character that no piece covers
// The caller turns uncovered characters into byte pieces or unknown ids; lengths follow from the symbols alone.

/** Splits normalized text into symbols. */
export interface Segmenter {
  /**
   * Segments `units[0..length)`.
   * @returns the number of symbols, found in {@link Segmenter.symbols} until the next call
   */
  segment(units: Uint16Array, length: number): number;
  /** The same for a stretch that no piece goes past, and which is not worth remembering; not every segmenter has stretches. */
  segmentStretch?(units: Uint16Array, length: number): number;
  /** Output of the last call; replaced by a larger array when a text needs it. */
  readonly symbols: Int32Array;
}

/** Symbol of a character that no piece covers. */
export function uncoveredSymbol(codePoint: number): number {
  return -1 - codePoint;
}

/** Code point behind an uncovered symbol. */
export function uncoveredCodePoint(symbol: number): number {
  return -1 - symbol;
}

/** Code point at `units[position]`; normalized text has no lone surrogates. */
export function codePointAt(units: Uint16Array, position: number): number {
  const unit = units[position]!;
  if (unit < 0xd800 || unit >= 0xdc00) return unit;
  return 0x10000 + ((unit - 0xd800) << 10) + (units[position + 1]! - 0xdc00);
}
