// Remembers what stretches of text became: tables by the UTF-16 units of the stretch, two rows for each hash. Most stretches
// are words and have rows of half a cache line, whose units are compared two at a time. Longer ones have larger rows.

/** Longest stretch that is remembered, in UTF-16 units. */
export const CACHED_UNITS = 32;

/** Longest stretch in the table of short ones. */
export const SHORT_UNITS = 8;
/** Most symbols of a short stretch. */
const SHORT_SYMBOLS = 3;
/** Rows of 8 int32: header, 3 symbols, 4 pairs of units. 2^16 of them take 2 MB. */
const SHORT_ROWS = 1 << 16;

/** Most units of a stretch in the table of middle ones: rows of 16 int32; 2^15 of them take 2 MB. */
const MIDDLE_UNITS = 16;
const MIDDLE_ROWS = 1 << 15;
/** Rows of 32 int32 for all others; 2^12 of them take 0.5 MB. */
const LONG_ROWS = 1 << 12;

/** For each number of units in a short stretch, the bits of 4 pairs that belong to them. */
const PAIR_MASKS = Int32Array.from({ length: (SHORT_UNITS + 1) * 4 }, (_, i) => {
  const units = (i >> 2) - 2 * (i & 3);
  return units <= 0 ? 0 : units === 1 ? 0xffff : -1;
});

/**
 * What a segmenter remembers. A stretch that is a whole pre-token can become something else than a part of one.
 * Headers are the number of units * 64, + 32 for a whole pre-token, + the number of symbols; 0 where a row is empty. A short
 * stretch of many symbols has a row without symbols, and another in the table of middle ones.
 */
export interface StretchCache {
  /**
   * As {@link StretchCache.recall}, of the table for short stretches only: 1 to {@link SHORT_UNITS} units, with at least
   * {@link SHORT_UNITS} units of the array from `start` on.
   *
   * @returns the number of symbols; 0 when the table of middle ones may have them, -1 when nobody has
   * @param key the header without the number of symbols
   * @param refused bits of two units: a stretch that has any of them is not looked up
   */
  recallShort(
    units: Uint16Array,
    start: number,
    size: number,
    key: number,
    refused: number,
    symbols: Int32Array,
    at: number,
  ): number;
  /**
   * Writes the symbols of `units[start..start + size)`, 1 to {@link CACHED_UNITS} units, to `symbols[at..)`.
   * @returns their number, -1 when the stretch is not remembered
   */
  recall(units: Uint16Array, start: number, size: number, isWhole: boolean, symbols: Int32Array, at: number): number;
  /** Remembers `count` symbols for the stretch that {@link StretchCache.recall} was last asked for and did not know. */
  remember(units: Uint16Array, start: number, size: number, symbols: Int32Array, at: number, count: number): void;
}

/** An empty cache. */
export function createStretchCache(): StretchCache {
  const shortRows = new Int32Array(SHORT_ROWS * 8);
  const middle = createRows(MIDDLE_ROWS, MIDDLE_UNITS);
  const long = createRows(LONG_ROWS, CACHED_UNITS);
  // Of the last stretch that was not known: its header without symbols, its row and pairs, its hash.
  let missedKey = 0;
  let missedShortRow = 0;
  let missedHash = 0;
  const missedPairs = new Int32Array(4);

  function recallShort(
    units: Uint16Array,
    start: number,
    size: number,
    key: number,
    refused: number,
    symbols: Int32Array,
    at: number,
  ): number {
    const masks = size * 4;
    const pair0 = (units[start]! | (units[start + 1]! << 16)) & PAIR_MASKS[masks]!;
    const pair1 = (units[start + 2]! | (units[start + 3]! << 16)) & PAIR_MASKS[masks + 1]!;
    const pair2 = (units[start + 4]! | (units[start + 5]! << 16)) & PAIR_MASKS[masks + 2]!;
    const pair3 = (units[start + 6]! | (units[start + 7]! << 16)) & PAIR_MASKS[masks + 3]!;
    if (((pair0 | pair1 | pair2 | pair3) & refused) !== 0) return -1;
    const hash =
      Math.imul(pair0, 0x9e3779b1) ^
      Math.imul(pair1, 0x85ebca6b) ^
      Math.imul(pair2, 0xc2b2ae35) ^
      Math.imul(pair3, 0x27d4eb2f);
    let row = ((hash ^ (hash >>> 15)) & (SHORT_ROWS - 1)) * 8;
    // Its own row, then the other of the two that share a cache line.
    for (let way = 0; way < 2; way++, row ^= 8) {
      const header = shortRows[row]!;
      if (
        (header & ~31) !== key ||
        shortRows[row + 4] !== pair0 ||
        shortRows[row + 5] !== pair1 ||
        shortRows[row + 6] !== pair2 ||
        shortRows[row + 7] !== pair3
      ) {
        continue;
      }
      const count = header & 31;
      symbols[at] = shortRows[row + 1]!;
      if (count > 1) {
        symbols[at + 1] = shortRows[row + 2]!;
        if (count > 2) symbols[at + 2] = shortRows[row + 3]!;
      }
      return count;
    }
    missedShortRow = row;
    missedPairs[0] = pair0;
    missedPairs[1] = pair1;
    missedPairs[2] = pair2;
    missedPairs[3] = pair3;
    return -1;
  }

  function recallLong(
    { rowUnits, rows, mask, rowSize }: Rows,
    units: Uint16Array,
    start: number,
    size: number,
    key: number,
    symbols: Int32Array,
    at: number,
  ): number {
    missedHash = hashOf(units, start, size);
    let row = (missedHash & mask) * rowSize;
    for (let way = 0; way < 2; way++, row ^= rowSize) {
      const header = rows[row]!;
      if ((header & ~31) !== key || !isSame(rowUnits, row * 2 + rowSize, units, start, size)) continue;
      const count = header & 31;
      for (let k = 0; k < count; k++) symbols[at + k] = rows[row + 1 + k]!;
      return count;
    }
    return -1;
  }

  return {
    recallShort,
    recall(units, start, size, isWhole, symbols, at) {
      missedKey = size * 64 + (isWhole ? 32 : 0);
      // Pairs are read whole, so the last units of an array are left to the other table.
      if (size <= SHORT_UNITS && start + SHORT_UNITS <= units.length) {
        const count = recallShort(units, start, size, missedKey, 0, symbols, at);
        if (count !== 0) return count;
      }
      missedShortRow = -1;
      return recallLong(size <= MIDDLE_UNITS ? middle : long, units, start, size, missedKey, symbols, at);
    },
    remember(units, start, size, symbols, at, count) {
      const row = missedShortRow;
      if (row >= 0) {
        // What was there moves to the other row of the line.
        for (let k = 0; k < 8; k++) shortRows[(row ^ 8) + k] = shortRows[row + k]!;
        const isLong = count > SHORT_SYMBOLS;
        shortRows[row] = missedKey + (isLong ? 0 : count);
        for (let k = 0; k < 4; k++) shortRows[row + 4 + k] = missedPairs[k]!;
        if (!isLong) {
          for (let k = 0; k < count; k++) shortRows[row + 1 + k] = symbols[at + k]!;
          return;
        }
        missedHash = hashOf(units, start, size);
      }
      const { rowUnits, rows, mask, rowSize } = size <= MIDDLE_UNITS ? middle : long;
      // The first half of a row has the header and the symbols.
      if (count >= rowSize / 2) return;
      const longRow = (missedHash & mask) * rowSize;
      for (let k = 0; k < rowSize; k++) rows[(longRow ^ rowSize) + k] = rows[longRow + k]!;
      rows[longRow] = missedKey + count;
      for (let k = 0; k < count; k++) rows[longRow + 1 + k] = symbols[at + k]!;
      for (let i = 0; i < size; i++) rowUnits[longRow * 2 + rowSize + i] = units[start + i]!;
    },
  };
}

function hashOf(units: Uint16Array, start: number, size: number): number {
  let hash = 0;
  for (let i = start; i < start + size; i++) hash = Math.imul(hash, 0x01000193) ^ units[i]!;
  return hash ^ (hash >>> 15);
}

function isSame(rowUnits: Uint16Array, rowStart: number, units: Uint16Array, start: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (rowUnits[rowStart + i] !== units[start + i]) return false;
  return true;
}

/** Rows of `rowSize` int32: a header, symbols, and in the second half `rowSize` units. */
interface Rows {
  readonly rowSize: number;
  readonly mask: number;
  readonly rows: Int32Array;
  readonly rowUnits: Uint16Array;
}

function createRows(count: number, rowSize: number): Rows {
  const rows = new Int32Array(count * rowSize);
  return { rowSize, mask: count - 1, rows, rowUnits: new Uint16Array(rows.buffer) };
}
