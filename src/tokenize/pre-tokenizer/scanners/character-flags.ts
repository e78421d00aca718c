// What the scanners ask about a character, one byte of flags for each UTF-16 unit: letter, number, white space and so on.
// Surrogate pairs are looked up in a second table; a surrogate without its partner counts as U+FFFD, as it does for
// every engine that reads UTF-8. The sets are those of Unicode 16.0.0 (core/unicode/categories.ts).
import {
  type CodePointRange,
  categoriesNamed,
  categoryRuns,
  NUMBERS_SINCE_UNICODE_17,
  WHITE_SPACE,
} from '../../../core/unicode/categories.ts';
import { EAST_ASIAN_SCRIPTS } from '../../../core/unicode/east-asian-scripts.ts';

/** `\p{L}` */
export const LETTER = 1;
/** `\p{N}` */
export const NUMBER = 2;
/** `\s` */
export const SPACE = 4;
/** `[\r\n]` */
export const NEWLINE = 8;
/** `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]` */
export const UPPER = 16;
/** `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` */
export const LOWER = 32;
/** `[\p{P}\p{S}]` */
export const SYMBOL = 64;
/** In {@link CharacterFlags.units}: half of a pair, ask {@link pairFlags}. In its answer: the character has two units. */
export const SURROGATE = 128;
/** `[\p{L}\p{M}]` */
export const WORD = UPPER | LOWER;

const FIRST_ASTRAL = 0x10000;
const HAN = EAST_ASIAN_SCRIPTS.Han!;
const CODE_POINT_LIMIT = 0x110000;

/** Flags of every character. */
export interface CharacterFlags {
  /**
   * Flags of each UTF-16 unit, of surrogates only {@link SURROGATE}; behind them those of the code points from U+10000 on. Memory
   * is taken for what is touched: about 300 kB.
   */
  readonly units: Uint8Array;
}

let cached: CharacterFlags | undefined;
let cachedForDigits: CharacterFlags | undefined;
let cachedWithoutHan: CharacterFlags | undefined;

/** The tables, built on first use. */
export function characterFlags(): CharacterFlags {
  cached ??= buildFlags([], []);
  return cached;
}

/** The tables with {@link NUMBER} as the pre-tokenizer Digits sees it. */
export function characterFlagsForDigits(): CharacterFlags {
  cachedForDigits ??= buildFlags(NUMBERS_SINCE_UNICODE_17, []);
  return cachedForDigits;
}

/** The tables with no Han in {@link UPPER} and {@link LOWER}. */
export function characterFlagsWithoutHan(): CharacterFlags {
  cachedWithoutHan ??= buildFlags([], HAN);
  return cachedWithoutHan;
}

/** Gives the end of the run of Han from `from` on. */
export function createHanRun(): (units: Uint16Array, from: number, end: number) => number {
  const isHan = new Uint8Array(FIRST_ASTRAL);
  for (const [first, last] of HAN) isHan.fill(1, first, last + 1);
  const astral = HAN.filter(([first]) => first >= FIRST_ASTRAL);
  return (units, from, end) => {
    let position = from;
    for (;;) {
      while (position < end && isHan[units[position]!] === 1) position++;
      if (position + 1 >= end || (units[position]! & 0xfc00) !== 0xd800) return position;
      const low = units[position + 1]!;
      if ((low & 0xfc00) !== 0xdc00) return position;
      const codePoint = FIRST_ASTRAL + ((units[position]! & 0x3ff) << 10) + (low & 0x3ff);
      if (!astral.some(([first, last]) => codePoint >= first && codePoint <= last)) return position;
      position += 2;
    }
  };
}

/**
 * Flags of the character that begins at `position` with a surrogate. {@link SURROGATE} is set when it has two units.
 */
export function pairFlags(tables: CharacterFlags, units: Uint16Array, position: number, end: number): number {
  const high = units[position]!;
  if (high < 0xdc00 && position + 1 < end) {
    const low = units[position + 1]!;
    if ((low & 0xfc00) === 0xdc00) {
      return tables.units[FIRST_ASTRAL + (((high & 0x3ff) << 10) | (low & 0x3ff))]! | SURROGATE;
    }
  }
  return SYMBOL;
}

function buildFlags(moreNumbers: readonly CodePointRange[], noWords: readonly CodePointRange[]): CharacterFlags {
  const flags = new Uint8Array(CODE_POINT_LIMIT);
  const { runStarts, runCategories } = categoryRuns();
  const byCategory = flagsByCategory();
  for (let run = 0; run < runCategories.length; run++) {
    const flag = byCategory[runCategories[run]!]!;
    if (flag !== 0) flags.fill(flag, runStarts[run]!, runStarts[run + 1]!);
  }
  for (const [first, last] of WHITE_SPACE) flags.fill(SPACE, first, last + 1);
  for (const [first, last] of moreNumbers) flags.fill(NUMBER, first, last + 1);
  for (const [first, last] of noWords) for (let one = first; one <= last; one++) flags[one]! &= ~WORD;
  flags[0x0a] = flags[0x0d] = SPACE | NEWLINE;
  flags.fill(SURROGATE, 0xd800, 0xe000);
  return { units: flags };
}

function flagsByCategory(): Uint8Array {
  const flags = new Uint8Array(32);
  const set = (flag: number, names: string): void => {
    for (const name of names.split(' ')) for (const category of categoriesNamed(name)) flags[category]! |= flag;
  };
  set(LETTER, 'L');
  set(NUMBER, 'N');
  set(UPPER, 'Lu Lt Lm Lo M');
  set(LOWER, 'Ll Lm Lo M');
  set(SYMBOL, 'P S');
  return flags;
}
