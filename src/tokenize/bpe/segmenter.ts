// BPE segmentation: of all adjacent pairs that merge, make the best merge, the leftmost of equals, until none is left.
//
// Why it is fast: text is cut wherever no piece contains the two neighbouring units side by side, and where the model's
// pre-tokenizer cuts. No merge crosses such a cut, and merges on either side of it do not see each other, so the stretches
// between cuts are independent and give the same symbols in any order. They are short (a word, a few Han characters) and
// repeat, so a small cache answers most, before any character is turned into a symbol or into bytes. A stretch takes O(m^2)
// time up to SHORT symbols and O(m log m) beyond, so a text takes O(n log n) at worst.
//
// Models with unused pieces are not handled here: see unused-segmenter.ts.
import { doubled } from '../../core/grown.ts';
import type { TokenizerModel } from '../../core/model.ts';
import { writeUtf8Units } from '../../core/unicode/utf8.ts';
import type { PrefixMatcher } from '../symbols/prefix-matcher.ts';
import { codePointAt, type Segmenter, uncoveredSymbol } from '../symbols/symbols.ts';
import { ASCII, type JoinFilter, mayJoinParts, pairSlot, SEVERAL, UNSEEN } from './join-filter.ts';
import { createLongMerger } from './long-merger.ts';
import { buildMergeTable, SURROGATE_UNIT } from './merge-table.ts';
import { createShortMerger, SHORT } from './short-merger.ts';
import { CACHED_UNITS, createStretchCache, SHORT_UNITS } from './stretch-cache.ts';

/** Bits of two units that ASCII has not. */
const PAST_ASCII = 0xff80ff80 | 0;

/** End of the pre-token that begins at `start`, above it; `end` is where the text ends. */
export type NextCut = (units: Uint16Array, start: number, end: number) => number;

/** What else a BPE segmenter minds. */
export interface BpeSegmenterOptions {
  /** Finds user-defined symbols, which are never split. */
  readonly matcher?: PrefixMatcher | undefined;
  readonly userDefinedIds?: ReadonlyMap<string, number>;
  /** Cuts text into pre-tokens; without, a text is one. */
  readonly nextCut?: NextCut | undefined;
  /** {@link BpeSegmenter.append} puts this symbol for each run of uncovered ones in a pre-token; none where it is negative. */
  readonly unknownId?: number;
}

/** Symbols of a text that is given in parts. */
export interface BpeSegmenter extends Segmenter {
  /** Forgets the symbols and starts a text. */
  clear(): void;
  /** Segments `units[start..end)` and adds its symbols to those that are there; no merge crosses its ends. */
  append(units: Uint16Array, start: number, end: number): void;
  /** The same for one pre-token, which is not cut by `nextCut`. */
  appendPreToken(units: Uint16Array, start: number, end: number): void;
  /** The same for a pre-token that is given in piece form. */
  appendPiece(piece: string): void;
  /** Adds a symbol. */
  push(symbol: number): void;
  /** Number of symbols since {@link BpeSegmenter.clear}. */
  readonly count: number;
}

/**
 * Creates the segmenter of a BPE model; it owns its buffers, so one segmenter serves one text at a time. Where pieces are
 * spelled in bytes, an uncovered symbol is a byte without a piece.
 */
export function createBpeSegmenter(model: TokenizerModel, options: BpeSegmenterOptions = {}): BpeSegmenter {
  const { matcher, userDefinedIds, nextCut, unknownId } = options;
  const { wholePieceFirst } = model;
  const isByte = model.units === 'byte';
  const table = buildMergeTable(model);
  const { unitSymbols, astralSymbols, idCount, extraCodePoints } = table;
  // Asked for when a text needs it: the table makes it then.
  let joins: JoinFilter | undefined;
  // Models spelled in bytes have a piece for every byte, nearly all of them.
  const mayBeUnknown =
    unknownId !== undefined && (!isByte || unitSymbols.subarray(0, 256).some((symbol) => symbol < 0));
  const cache = createStretchCache();
  const { recallShort } = cache;
  /** Of a pre-token in the header of a remembered stretch. */
  const wholeBit = wholePieceFirst ? 32 : 0;
  // Symbol of each unit that stands alone: `[65536]`.
  const characterSymbols = new Int32Array(0x10000).fill(UNSEEN);
  // Between bytes of ASCII nearly everything joins in byte-level vocabularies, and a pre-token is short.
  const allAsciiJoins = isByte ? new Uint8Array(ASCII * ASCII).fill(1) : undefined;
  const startUnits = matcher?.startUnits;
  const mergeShort = createShortMerger(table);
  const mergeLong = createLongMerger(table);
  /** Most symbols that a UTF-16 unit becomes. */
  const symbolsPerUnit = isByte ? 3 : 1;
  let symbols: Int32Array = new Int32Array(1024);
  let count = 0;
  let stretch: Int32Array = new Int32Array(64);
  let bytes = new Uint8Array(isByte ? 64 : 0);

  function append(units: Uint16Array, from: number, end: number): void {
    if (nextCut === undefined) {
      appendPreToken(units, from, end);
      return;
    }
    const lastShort = units.length - SHORT_UNITS;
    for (let position = from; position < end; ) {
      const cut = nextCut(units, position, end);
      const size = cut - position;
      // A short word of ASCII, which nothing cuts further, is looked up at once.
      if (isByte && size <= SHORT_UNITS && position <= lastShort) {
        if (symbols.length < count + SHORT_UNITS) symbols = doubled(symbols, count + SHORT_UNITS);
        const found = recallShort(units, position, size, size * 64 + wholeBit, PAST_ASCII, symbols, count);
        if (found > 0) {
          count += found;
          position = cut;
          continue;
        }
      }
      const before = count;
      appendPreToken(units, position, cut);
      if (mayBeUnknown) replaceUncovered(before);
      position = cut;
    }
  }

  function replaceUncovered(from: number): void {
    let kept = from;
    for (let i = from; i < count; i++) {
      const symbol = symbols[i]!;
      if (symbol >= 0) symbols[kept++] = symbol;
      else if (unknownId! >= 0 && (i === from || symbols[kept - 1] !== unknownId)) symbols[kept++] = unknownId!;
    }
    count = kept;
  }

  function appendPreToken(units: Uint16Array, from: number, end: number): void {
    const most = count + (end - from) * symbolsPerUnit;
    if (symbols.length < most) symbols = doubled(symbols, most);
    // What nearly every character needs is in variables of this function.
    const found = symbols;
    let foundCount = count;
    const asciiJoins = allAsciiJoins ?? readJoins().asciiJoins;
    let pairs = joins?.pairs;
    let position = from;
    while (position < end) {
      let unit = units[position]!;
      if (startUnits !== undefined && startUnits[unit] === 1) {
        const symbol = matcher!.matchUnits(units, position, end);
        if (symbol !== '') {
          found[foundCount++] = userDefinedIds!.get(symbol)!;
          position += symbol.length;
          continue;
        }
      }
      const start = position++;
      // Of the last two units; -1 for two of ASCII.
      let slot = -1;
      while (position < end) {
        const next = units[position]!;
        let nextSlot = -1;
        if ((unit | next) < ASCII) {
          if (asciiJoins[unit * ASCII + next] === 0) break;
        } else {
          pairs ??= readJoins().pairs;
          nextSlot = pairSlot(pairs, unit, next);
          if (pairs[nextSlot] === 0 && (isByte ? !mayJoinParts(joins!, unit, next) : (next & 0xfc00) !== 0xdc00)) break;
        }
        if (startUnits !== undefined && startUnits[next] === 1 && matcher!.matchUnits(units, position, end) !== '')
          break;
        unit = next;
        slot = nextSlot;
        position++;
      }
      const size = position - start;
      const symbol =
        size === 1 ? characterSymbols[unit]! : size === 2 && slot >= 0 ? pairs![slot + 1]! ^ UNSEEN : SEVERAL;
      if (symbol > SEVERAL) {
        found[foundCount++] = symbol;
        continue;
      }
      count = foundCount;
      const isWhole = wholePieceFirst && size === end - from;
      if (symbol === SEVERAL) pushStretch(units, start, size, isWhole);
      else if (size === 1) characterSymbols[unit] = pushUnseen(units, start, 1, isWhole);
      else if (pairs![slot] === 0) pushStretch(units, start, 2, isWhole);
      else pairs![slot + 1] = pushUnseen(units, start, 2, isWhole) ^ UNSEEN;
      foundCount = count;
    }
    count = foundCount;
  }

  function readJoins(): JoinFilter {
    joins ??= table.joins;
    return joins;
  }

  /**
   * Adds the symbols of one or two units that are met for the first time.
   * @returns their symbol, {@link SEVERAL} for more than one
   */
  function pushUnseen(units: Uint16Array, start: number, size: number, isWhole: boolean): number {
    const before = count;
    pushMerged(units, start, size, false);
    // One symbol by merges is the piece that a whole pre-token is taken for, too.
    if (count === before + 1) return symbols[before]!;
    if (isWhole) {
      count = before;
      pushStretch(units, start, size, true);
    }
    return SEVERAL;
  }

  function pushStretch(units: Uint16Array, start: number, size: number, isWhole: boolean): void {
    if (size > CACHED_UNITS) {
      pushMerged(units, start, size, isWhole);
      return;
    }
    const found = cache.recall(units, start, size, isWhole, symbols, count);
    if (found > 0) {
      count += found;
      return;
    }
    const before = count;
    pushMerged(units, start, size, isWhole);
    cache.remember(units, start, size, symbols, before, count - before);
  }

  function appendPiece(piece: string): void {
    const { length } = piece;
    if (!isByte) {
      const units = new Uint16Array(length);
      for (let i = 0; i < length; i++) units[i] = piece.charCodeAt(i);
      appendPreToken(units, 0, length);
      return;
    }
    if (symbols.length < count + length) symbols = doubled(symbols, count + length);
    if (bytes.length < length) bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = piece.charCodeAt(i);
    const whole = wholePieceFirst ? table.texts.findSpelled(bytes, 0, length) : -1;
    const before = count;
    if (whole >= 0) symbols[count++] = whole;
    else mergeStretch(readByteSymbols(length));
    if (mayBeUnknown) replaceUncovered(before);
  }

  function pushMerged(units: Uint16Array, start: number, size: number, isWhole: boolean): void {
    const byteCount = isByte ? readBytes(units, start, size) : 0;
    if (isWhole) {
      const piece = isByte
        ? table.texts.findSpelled(bytes, 0, byteCount)
        : table.texts.findSpelled(units, start, start + size);
      if (piece >= 0) {
        symbols[count++] = piece;
        return;
      }
    }
    mergeStretch(isByte ? readByteSymbols(byteCount) : readCharacterSymbols(units, start, size));
  }

  /** Merges the symbols in `stretch[0..length)` and adds what is left. */
  function mergeStretch(length: number): void {
    const left = length <= SHORT ? mergeShort(stretch, length) : mergeLong(stretch, length);
    for (let i = 0; i < left; i++) pushSymbol(stretch[i]!);
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
  function readCharacterSymbols(units: Uint16Array, start: number, size: number): number {
    if (stretch.length < size) stretch = doubled(stretch, size);
    let characters = 0;
    for (let at = start; at < start + size; at++) {
      stretch[characters++] = characterSymbol(units, at);
      if ((units[at]! & 0xfc00) === 0xd800) at++;
    }
    return characters;
  }

  function byteSymbol(byte: number): number {
    const known = unitSymbols[byte]!;
    return known < 0 ? uncoveredSymbol(byte) : known;
  }

  function readByteSymbols(size: number): number {
    if (stretch.length < size) stretch = doubled(stretch, size);
    for (let i = 0; i < size; i++) stretch[i] = byteSymbol(bytes[i]!);
    return size;
  }

  /** Writes a stretch as UTF-8 to `bytes` and returns their number. */
  function readBytes(units: Uint16Array, start: number, size: number): number {
    if (bytes.length < size * 3) bytes = new Uint8Array(Math.max(size * 3, bytes.length * 2));
    return writeUtf8Units(units, start, start + size, bytes, 0);
  }

  function pushSymbol(symbol: number): void {
    symbols[count++] = symbol < idCount ? symbol : uncoveredSymbol(extraCodePoints[symbol - idCount]!);
  }

  return {
    clear() {
      count = 0;
    },
    append,
    appendPreToken,
    appendPiece,
    push(symbol) {
      if (symbols.length === count) symbols = doubled(symbols, count + 1);
      symbols[count++] = symbol;
    },
    segment(units, length) {
      count = 0;
      append(units, 0, length);
      return count;
    },
    segmentStretch(units, length) {
      count = 0;
      if (matcher !== undefined) append(units, 0, length);
      else {
        if (symbols.length < length * symbolsPerUnit) symbols = doubled(symbols, length * symbolsPerUnit);
        pushMerged(units, 0, length, wholePieceFirst);
      }
      return count;
    },
    get symbols() {
      return symbols;
    },
    get count() {
      return count;
    },
  };
}
