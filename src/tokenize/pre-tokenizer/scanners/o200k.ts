// The patterns of o200k_base and what came of it (GPT-4o, gpt-oss, Llama 4, Mistral since Nemo, Kimi K2), which know of case. With
// U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}], W = [\p{Ll}\p{Lm}\p{Lo}\p{M}], P = [^\r\n\p{L}\p{N}] and C = (?i:'s|'t|'re|'ve|'m|'ll|'d):
// P?U*W+C?|P?U+W*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
// They differ in how many digits stay together; Mistral's have no C, and Kimi's begins with [\p{Han}]+ and has no Han in U and W.
import {
  characterFlags,
  characterFlagsWithoutHan,
  createHanRun,
  LETTER,
  LOWER,
  NEWLINE,
  NUMBER,
  SPACE,
  SURROGATE,
  UPPER,
  WORD,
} from './character-flags.ts';
import {
  APOSTROPHE,
  BLANK,
  behind,
  contractionLength,
  endOfFew,
  endOfLinesOrSpaces,
  endOfOthers,
  endOfRun,
  flagsAt,
  NOTHING_OUTSIDE,
  type Scanner,
} from './runs.ts';

const SLASH = 0x2f;
const LOW_SURROGATES = 0xdc00;

/** How a pattern of this family differs from others. */
export interface O200kVariant {
  /** Most digits of one pre-token. */
  readonly digits: number;
  /** `'s`, `'ll` and their like stay with the word before them. */
  readonly contractions: boolean;
  /** Slashes stay with the signs before them, as line breaks do. */
  readonly slashes: boolean;
  /** Runs of Han come first, and no word has Han in it: `[\p{Han}]+`, `&&[^\p{Han}]`. */
  readonly hanApart: boolean;
}

/** The scanner of a pattern of this family. */
export function createO200kScanner({ digits, contractions, slashes, hanApart }: O200kVariant): Scanner {
  const tables = hanApart ? characterFlagsWithoutHan() : characterFlags();
  const unitFlags = tables.units;
  const endOfHan = createHanRun();

  // The common case, small enough for the compiler to make the most of it: U?W+ of one unit a letter, with a space before it
  // or without, that ends where neither U nor W nor an apostrophe follows.
  return (units, start, end) => {
    let position = start;
    if (units[position] === BLANK) position++;
    if (position < end) {
      let flags = unitFlags[units[position]!]!;
      if ((flags & LETTER) !== 0) {
        if ((flags & WORD) === UPPER && position + 1 < end) flags = unitFlags[units[++position]!]!;
        if ((flags & LOWER) !== 0) {
          do {
            position++;
            if (position >= end) return end;
            flags = unitFlags[units[position]!]!;
          } while ((flags & LOWER) !== 0);
          if ((flags & (WORD | SURROGATE)) === 0 && units[position] !== APOSTROPHE) return position;
        }
      }
    }
    return scan(units, start, end);
  };

  function scan(units: Uint16Array, start: number, end: number): number {
    const first = units[start]!;
    if (hanApart) {
      const hanEnd = endOfHan(units, start, end);
      if (hanEnd > start) return hanEnd;
    }
    const flags = flagsAt(tables, units, start, end);
    let wordStart = start;
    if ((flags & LETTER) === 0) {
      if ((flags & NUMBER) !== 0) return endOfFew(tables, units, start, end, NUMBER, digits);
      const next = behind(start, flags);
      if ((flags & NEWLINE) === 0 && next < end && (flagsAt(tables, units, next, end) & WORD) !== 0) wordStart = next;
      else if ((flags & WORD) === 0) return endOfNoWord(units, start, end, first, flags);
    }
    const wordEnd = endOfWord(units, wordStart, end);
    if (wordEnd > 0) return withContraction(units, wordEnd, end);
    // Only capitals, as the second branch takes them, unless a mark before them was taken for P: then the first branch
    // takes the mark alone.
    if ((flags & LETTER) === 0 && (flags & WORD) !== 0) return withContraction(units, behind(start, flags), end);
    return withContraction(units, -wordEnd, end);
  }

  // End of U*W+ with backtracking. Where there is no W at all: the end of U+, negative.
  function endOfWord(units: Uint16Array, from: number, end: number): number {
    const upperEnd = endOfRun(tables, units, from, end, UPPER);
    if (upperEnd < end && (flagsAt(tables, units, upperEnd, end) & LOWER) !== 0) {
      return endOfRun(tables, units, upperEnd, end, LOWER);
    }
    // U* gives back until its last character that is W too.
    for (let position = upperEnd; position > from; ) {
      let before = position - 1;
      if (before > from && (units[before]! & 0xfc00) === LOW_SURROGATES) before--;
      if ((flagsAt(tables, units, before, end) & LOWER) !== 0) return position;
      position = before;
    }
    return -upperEnd;
  }

  function withContraction(units: Uint16Array, position: number, end: number): number {
    if (!contractions || position === end || units[position] !== APOSTROPHE) return position;
    return position + contractionLength(units, position, end);
  }

  function endOfNoWord(units: Uint16Array, start: number, end: number, first: number, flags: number): number {
    let position = behind(start, flags);
    if ((flags & SPACE) !== 0) {
      const next = first === BLANK && position < end ? flagsAt(tables, units, position, end) : SPACE;
      if ((next & (LETTER | NUMBER | SPACE)) !== 0)
        return endOfLinesOrSpaces(tables, units, start, end, NOTHING_OUTSIDE);
      position = behind(position, next);
    }
    position = endOfOthers(tables, units, position, end, LETTER | NUMBER | SPACE);
    while (position < end && ((slashes && units[position] === SLASH) || (unitFlags[units[position]!]! & NEWLINE) !== 0))
      position++;
    return position;
  }
}
