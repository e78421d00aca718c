// BPE segmentation with SentencePiece's rules: of all adjacent pairs whose texts joined are a piece, merge the one with
// the highest score, the leftmost of equals, until none is left.
//
// Why it is fast: text is cut wherever no piece contains the two characters side by side. No merge crosses such a cut,
// and merges on either side of it do not see each other, so the stretches between cuts are independent and give the
// same symbols in any order. They are short (a word, a few Han characters) and repeat, so a small cache answers most.
// A stretch takes O(m^2) time up to SMALL symbols and O(m log m) beyond, so a text takes O(n log n) at worst.
//
// Models with unused pieces are not handled here: see bpe-unused.ts.
import { createLongMerger } from './bpe-long-merger.ts';
import { type BpePairs, NO_RANK, SURROGATE_UNIT } from './bpe-pairs.ts';
import type { PrefixMatcher } from './prefix-matcher.ts';
import { codePointAt, grow, type Segmenter, uncoveredSymbol } from './symbols.ts';

/** Up to this many symbols the quadratic scan beats the heap. */
const SMALL = 48;
/** Longest stretch kept in the cache, in characters. */
const CACHED = 16;
/** Slots of the direct-mapped cache; 2^15 of them take 4.3 MB. */
const CACHE_SLOTS = 1 << 15;

/** Creates a segmenter; it owns its buffers, so one segmenter serves one text at a time. */
export function createBpeSegmenter(
  pairs: BpePairs,
  matcher: PrefixMatcher | undefined,
  userDefinedIds: ReadonlyMap<string, number>,
): Segmenter {
  const { unitSymbols, astralSymbols, vocabSize, extraCodePoints, pieceRanks, find, mayJoin } = pairs;
  let symbols: Int32Array = new Int32Array(1024);
  let count = 0;
  let stretch: Int32Array = new Int32Array(64);

  const cacheLengths = new Uint8Array(CACHE_SLOTS);
  const cacheCounts = new Uint8Array(CACHE_SLOTS);
  const cacheKeys = new Int32Array(CACHE_SLOTS * CACHED);
  const cacheValues = new Int32Array(CACHE_SLOTS * CACHED);

  const scanRanks = new Int32Array(SMALL);
  const scanMerged = new Int32Array(SMALL);
  const mergeLong = createLongMerger(pairs);

  function segment(units: Uint16Array, length: number): number {
    // A stretch never yields more symbols than it has characters, so one growth up front serves the whole text.
    if (symbols.length < length) symbols = grow(symbols, length);
    count = 0;
    let position = 0;
    while (position < length) {
      const unit = units[position]!;
      if (matcher?.startUnits[unit] === 1) {
        const symbol = matchUserDefined(units, position, length);
        if (symbol !== '') {
          symbols[count++] = userDefinedIds.get(symbol)!;
          position += symbol.length;
          continue;
        }
      }
      let character = unitSymbols[unit]!;
      let width = 1;
      if (character === SURROGATE_UNIT) {
        const codePoint = codePointAt(units, position);
        character = astralSymbols.get(codePoint) ?? -1;
        width = 2;
        if (character < 0) {
          symbols[count++] = uncoveredSymbol(codePoint);
          position += 2;
          continue;
        }
      } else if (character < 0) {
        symbols[count++] = uncoveredSymbol(unit);
        position++;
        continue;
      }

      stretch[0] = character;
      let size = 1;
      let hash = character;
      position += width;
      while (position < length) {
        const next = units[position]!;
        let right = unitSymbols[next]!;
        width = 1;
        if (right === SURROGATE_UNIT) {
          right = astralSymbols.get(codePointAt(units, position)) ?? -1;
          width = 2;
        }
        if (right < 0 || !mayJoin(character, right)) break;
        if (matcher?.startUnits[next] === 1 && matchUserDefined(units, position, length) !== '') break;
        if (size === stretch.length) stretch = grow(stretch, size + 1);
        stretch[size++] = right;
        hash = (Math.imul(hash, 0x01000193) ^ right) | 0;
        character = right;
        position += width;
      }
      if (size === 1) pushSymbol(character);
      else if (size <= CACHED) pushCached(size, hash);
      else if (size <= SMALL) pushMerged(size);
      else pushLong(size);
    }
    return count;
  }

  function matchUserDefined(units: Uint16Array, position: number, length: number): string {
    // Symbols are short; a window as long as the longest plausible one is enough, and keeps this linear.
    const window = String.fromCharCode(...units.subarray(position, Math.min(length, position + matcher!.maxLength)));
    return matcher!.match(window, 0);
  }

  function pushSymbol(symbol: number): void {
    symbols[count++] = symbol < vocabSize ? symbol : uncoveredSymbol(extraCodePoints[symbol - vocabSize]!);
  }

  function pushCached(size: number, hash: number): void {
    const slot = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1);
    const base = slot * CACHED;
    if (cacheLengths[slot] === size) {
      let i = 0;
      while (i < size && cacheKeys[base + i] === stretch[i]) i++;
      if (i === size) {
        const found = cacheCounts[slot]!;
        for (let k = 0; k < found; k++) symbols[count + k] = cacheValues[base + k]!;
        count += found;
        return;
      }
    }
    for (let i = 0; i < size; i++) cacheKeys[base + i] = stretch[i]!;
    const before = count;
    pushMerged(size);
    cacheLengths[slot] = size;
    cacheCounts[slot] = count - before;
    for (let k = before; k < count; k++) cacheValues[base + k - before] = symbols[k]!;
  }

  function pushMerged(size: number): void {
    for (let i = 0; i + 1 < size; i++) {
      const piece = find(stretch[i]!, stretch[i + 1]!);
      scanMerged[i] = piece;
      scanRanks[i] = piece < 0 ? NO_RANK : pieceRanks[piece]!;
    }
    let pairCount = size - 1;
    while (pairCount > 0) {
      let best = 0;
      let bestRank = scanRanks[0]!;
      for (let i = 1; i < pairCount; i++) {
        if (scanRanks[i]! < bestRank) {
          bestRank = scanRanks[i]!;
          best = i;
        }
      }
      if (bestRank === NO_RANK) break;
      stretch[best] = scanMerged[best]!;
      pairCount--;
      for (let i = best + 1; i <= pairCount; i++) stretch[i] = stretch[i + 1]!;
      for (let i = best; i < pairCount; i++) {
        scanRanks[i] = scanRanks[i + 1]!;
        scanMerged[i] = scanMerged[i + 1]!;
      }
      if (best > 0) setPair(best - 1);
      if (best < pairCount) setPair(best);
    }
    for (let i = 0; i <= pairCount; i++) pushSymbol(stretch[i]!);
  }

  function setPair(at: number): void {
    const piece = find(stretch[at]!, stretch[at + 1]!);
    scanMerged[at] = piece;
    scanRanks[at] = piece < 0 ? NO_RANK : pieceRanks[piece]!;
  }

  function pushLong(size: number): void {
    const left = mergeLong(stretch, size);
    for (let i = 0; i < left; i++) pushSymbol(stretch[i]!);
  }

  return {
    segment,
    get symbols() {
      return symbols;
    },
  };
}
