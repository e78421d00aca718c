// Remembers what stretches of text became: a direct-mapped table by the UTF-16 units of the stretch. Most stretches are
// words, so short ones have rows of one cache line each; the few longer ones have a smaller table of larger rows.

/** Longest stretch that is remembered, in UTF-16 units. */
export const CACHED_UNITS = 32;

/** Rows for short stretches; 2^16 of them take 4.2 MB. */
const SHORT_ROWS = 1 << 16;
/** Rows for long stretches; 2^13 of them take 1 MB. */
const LONG_ROWS = 1 << 13;

/**
 * Rows of `2 * half` int32: a header, up to `half - 1` symbols, and in the second half up to `2 * half` units. The header is
 * the number of units * 64, + 32 for a whole pre-token, + the number of symbols; 0 where nothing is remembered.
 */
interface Rows {
  readonly half: number;
  readonly mask: number;
  readonly symbols: Int32Array;
  readonly units: Uint16Array;
}

/** What a segmenter remembers. A stretch that is a whole pre-token can become something else than a part of one. */
export interface StretchCache {
  /**
   * Writes the symbols of `units[start..start + size)` to `symbols[at..)`.
   * @returns their number, -1 when the stretch is not remembered
   */
  recall(
    units: Uint16Array,
    start: number,
    size: number,
    hash: number,
    isWhole: boolean,
    symbols: Int32Array,
    at: number,
  ): number;
  /** Remembers that a stretch became `symbols[at..at + count)`, unless they do not fit. */
  remember(
    units: Uint16Array,
    start: number,
    size: number,
    hash: number,
    isWhole: boolean,
    symbols: Int32Array,
    at: number,
    count: number,
  ): void;
}

/** An empty cache. */
export function createStretchCache(): StretchCache {
  const shortRows = createRows(SHORT_ROWS, 8);
  const longRows = createRows(LONG_ROWS, 16);
  return {
    recall(units, start, size, hash, isWhole, symbols, at) {
      const key = size * 64 + (isWhole ? 32 : 0);
      if (size <= 16) {
        const count = recallFrom(shortRows, units, start, size, hash, key, symbols, at);
        if (count >= 0) return count;
      }
      return recallFrom(longRows, units, start, size, hash, key, symbols, at);
    },
    remember(units, start, size, hash, isWhole, symbols, at, count) {
      const { half, mask, symbols: rowSymbols, units: rowUnits } = size <= 16 && count < 8 ? shortRows : longRows;
      if (count >= half) return;
      const base = (hash & mask) * 2 * half;
      rowSymbols[base] = size * 64 + (isWhole ? 32 : 0) + count;
      for (let k = 0; k < count; k++) rowSymbols[base + 1 + k] = symbols[at + k]!;
      const unitBase = (base + half) * 2;
      for (let i = 0; i < size; i++) rowUnits[unitBase + i] = units[start + i]!;
    },
  };
}

function createRows(count: number, half: number): Rows {
  const symbols = new Int32Array(count * 2 * half);
  return { half, mask: count - 1, symbols, units: new Uint16Array(symbols.buffer) };
}

function recallFrom(
  rows: Rows,
  units: Uint16Array,
  start: number,
  size: number,
  hash: number,
  key: number,
  symbols: Int32Array,
  at: number,
): number {
  const { half } = rows;
  const rowSymbols = rows.symbols;
  const base = (hash & rows.mask) * 2 * half;
  const header = rowSymbols[base]!;
  if ((header & ~31) !== key) return -1;
  const rowUnits = rows.units;
  const unitBase = (base + half) * 2;
  for (let i = 0; i < size; i++) if (rowUnits[unitBase + i] !== units[start + i]) return -1;
  const count = header & 31;
  for (let k = 0; k < count; k++) symbols[at + k] = rowSymbols[base + 1 + k]!;
  return count;
}
