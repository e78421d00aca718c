// BPE segmentation: of all adjacent pairs that merge, make the best merge, the leftmost of equals, until none is left.
//
// Why it is fast: text is cut wherever no piece contains the two neighbouring units side by side. No merge crosses such a
// cut, and merges on either side of it do not see each other, so the stretches between cuts are independent and give the
// same symbols in any order. They are short (a word, a few Han characters) and repeat, so a small cache answers most,
// without looking at any character. A stretch takes O(m^2) time up to SHORT symbols and O(m log m) beyond, so a text
// takes O(n log n) at worst.
//
// Models with unused pieces are not handled here: see unused-segmenter.ts.

import type { PrefixMatcher } from '../symbols/prefix-matcher.ts';
import { codePointAt, grow, type Segmenter, uncoveredSymbol } from '../symbols/symbols.ts';
import { createLongMerger } from './long-merger.ts';
import { type MergeTable, SURROGATE_UNIT } from './merge-table.ts';
import { createShortMerger, SHORT } from './short-merger.ts';

/** Longest stretch kept in the cache, in UTF-16 units. */
const CACHED_UNITS = 32;
/** Most symbols that the cache keeps of a stretch; with their number they fill a cache line. */
const CACHED_SYMBOLS = 15;
/** Slots of the direct-mapped cache; 2^15 of them take 4.2 MB. */
const CACHE_SLOTS = 1 << 15;

/** Creates a segmenter; it owns its buffers, so one segmenter serves one text at a time. */
export function createBpeSegmenter(
  table: MergeTable,
  matcher: PrefixMatcher | undefined,
  userDefinedIds: ReadonlyMap<string, number>,
): Segmenter {
  const { unitSymbols, astralSymbols, idCount, extraCodePoints, mayJoin } = table;
  let symbols: Int32Array = new Int32Array(1024);
  let count = 0;
  let stretch: Int32Array = new Int32Array(64);

  // Of each slot: the stretch's units; its length * 256 + the number of symbols, then these.
  const cacheUnits = new Uint16Array(CACHE_SLOTS * CACHED_UNITS);
  const cacheSymbols = new Int32Array(CACHE_SLOTS * (CACHED_SYMBOLS + 1));

  const mergeShort = createShortMerger(table);
  const mergeLong = createLongMerger(table);

  function segment(units: Uint16Array, length: number): number {
    // A stretch never yields more symbols than it has units, so one growth up front serves the whole text.
    if (symbols.length < length) symbols = grow(symbols, length);
    count = 0;
    let position = 0;
    while (position < length) {
      let unit = units[position]!;
      if (matcher?.startUnits[unit] === 1) {
        const symbol = matcher.matchUnits(units, position, length);
        if (symbol !== '') {
          symbols[count++] = userDefinedIds.get(symbol)!;
          position += symbol.length;
          continue;
        }
      }
      const start = position++;
      let hash = unit;
      while (position < length) {
        const next = units[position]!;
        // Never between the halves of a surrogate pair.
        if (!mayJoin(unit, next) && (next & 0xfc00) !== 0xdc00) break;
        if (matcher?.startUnits[next] === 1 && matcher.matchUnits(units, position, length) !== '') break;
        hash = Math.imul(hash, 0x01000193) ^ next;
        unit = next;
        position++;
      }
      const size = position - start;
      if (size === 1) pushSymbol(characterSymbol(units, start));
      else if (size <= CACHED_UNITS) pushCached(units, start, size, hash);
      else pushMerged(readStretch(units, start, size));
    }
    return count;
  }

  /** Symbol of the character at `position`: negative, and never merged, when no piece contains it. */
  function characterSymbol(units: Uint16Array, position: number): number {
    const unit = units[position]!;
    const known = unitSymbols[unit]!;
    if (known >= 0) return known;
    if (known !== SURROGATE_UNIT) return uncoveredSymbol(unit);
    const codePoint = codePointAt(units, position);
    return astralSymbols.get(codePoint) ?? uncoveredSymbol(codePoint);
  }

  /** Reads a stretch as symbols of its characters and returns their number. */
  function readStretch(units: Uint16Array, start: number, size: number): number {
    if (stretch.length < size) stretch = grow(stretch, size);
    let characters = 0;
    for (let at = start; at < start + size; at++) {
      stretch[characters++] = characterSymbol(units, at);
      if ((units[at]! & 0xfc00) === 0xd800) at++;
    }
    return characters;
  }

  function pushSymbol(symbol: number): void {
    symbols[count++] = symbol < idCount ? symbol : uncoveredSymbol(extraCodePoints[symbol - idCount]!);
  }

  function pushCached(units: Uint16Array, start: number, size: number, hash: number): void {
    const slot = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1);
    const unitBase = slot * CACHED_UNITS;
    const symbolBase = slot * (CACHED_SYMBOLS + 1);
    const header = cacheSymbols[symbolBase]!;
    if (header >> 8 === size) {
      let i = 0;
      while (i < size && cacheUnits[unitBase + i] === units[start + i]) i++;
      if (i === size) {
        const found = header & 0xff;
        for (let k = 1; k <= found; k++) symbols[count++] = cacheSymbols[symbolBase + k]!;
        return;
      }
    }
    const before = count;
    pushMerged(readStretch(units, start, size));
    const found = count - before;
    if (found > CACHED_SYMBOLS) return;
    for (let i = 0; i < size; i++) cacheUnits[unitBase + i] = units[start + i]!;
    cacheSymbols[symbolBase] = size * 256 + found;
    for (let k = 0; k < found; k++) cacheSymbols[symbolBase + 1 + k] = symbols[before + k]!;
  }

  /** Merges the characters in `stretch[0..size)` and adds the result to the symbols. */
  function pushMerged(size: number): void {
    const left = size <= SHORT ? mergeShort(stretch, size) : mergeLong(stretch, size);
    for (let i = 0; i < left; i++) pushSymbol(stretch[i]!);
  }

  return {
    segment,
    get symbols() {
      return symbols;
    },
  };
}
