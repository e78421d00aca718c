// General categories as the reference engines see them: Unicode 16.0.0, whatever version this runtime has.
// Pre-tokenizers are patterns over \p{L}, \p{N} and their like, so ids depend on this table.
// It deliberately knows no scripts (scripts.ts) and no case mappings. Data and how it was measured: category-table.ts.
import { CATEGORY_NAMES, CATEGORY_RUNS, CATEGORY_SIGNS } from './category-table.ts';

/** Runs of code points of one category, in order, without gaps from U+0000 to U+10FFFF. */
export interface CategoryRuns {
  /** First code point of each run, and 0x110000 behind the last: `[runs + 1]`. */
  readonly runStarts: Uint32Array;
  /** Number of the category of each run, `[runs]`. */
  readonly runCategories: Uint8Array;
}

/** First and last code point. */
export type CodePointRange = readonly [first: number, last: number];

/** White space: `\s` of Oniguruma and of the regex crate, Rust's `is_whitespace`. */
export const WHITE_SPACE: readonly CodePointRange[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];

/**
 * Numbers that came with Unicode 17. Rust's `char::is_numeric`, which only the pre-tokenizer Digits asks, follows the
 * standard library: Unicode 17.0.0 in npm's tokenizers 0.23.2, measured for every code point. (The build of 0.23.2 for
 * Python has five more: U+3250, U+16B5A, U+1ECAC, U+1ECB0 and U+1ED2E.)
 */
export const NUMBERS_SINCE_UNICODE_17: readonly CodePointRange[] = [
  [0x11de0, 0x11de9],
  [0x16ff4, 0x16ff6],
];

/**
 * Punctuation that came after Unicode 8.0.0: the pre-tokenizer Punctuation does not know it, since tokenizers 0.23.2 asks
 * the crate unicode_categories there. Measured for every code point.
 */
export const PUNCTUATION_AFTER_UNICODE_8: readonly CodePointRange[] = [
  [0x61d, 0x61d],
  [0x9fd, 0x9fd],
  [0xa76, 0xa76],
  [0xc77, 0xc77],
  [0xc84, 0xc84],
  [0x1b4e, 0x1b4f],
  [0x1b7d, 0x1b7f],
  [0x2e43, 0x2e4f],
  [0x2e52, 0x2e5d],
  [0x10d6e, 0x10d6e],
  [0x10ead, 0x10ead],
  [0x10f55, 0x10f59],
  [0x10f86, 0x10f89],
  [0x113d4, 0x113d5],
  [0x113d7, 0x113d8],
  [0x1144b, 0x1144f],
  [0x1145a, 0x1145b],
  [0x1145d, 0x1145d],
  [0x11660, 0x1166c],
  [0x116b9, 0x116b9],
  [0x1183b, 0x1183b],
  [0x11944, 0x11946],
  [0x119e2, 0x119e2],
  [0x11a3f, 0x11a46],
  [0x11a9a, 0x11a9c],
  [0x11a9e, 0x11aa2],
  [0x11b00, 0x11b09],
  [0x11be1, 0x11be1],
  [0x11c41, 0x11c45],
  [0x11c70, 0x11c71],
  [0x11ef7, 0x11ef8],
  [0x11f43, 0x11f4f],
  [0x11fff, 0x11fff],
  [0x12ff1, 0x12ff2],
  [0x16d6d, 0x16d6f],
  [0x16e97, 0x16e9a],
  [0x16fe2, 0x16fe2],
  [0x1e5ff, 0x1e5ff],
  [0x1e95e, 0x1e95f],
];

// Decoded on first use: importing the library must stay free for those who never ask.
let decoded: CategoryRuns | undefined;

/** The table, decoded. */
export function categoryRuns(): CategoryRuns {
  if (decoded !== undefined) return decoded;
  const runStarts: number[] = [];
  const runCategories: number[] = [];
  let start = 0;
  let length = 0;
  // Lengths in base 36, none for 1, each in front of the sign of a category; by hand, since a regular expression takes longer.
  for (let i = 0; i < CATEGORY_RUNS.length; i++) {
    const unit = CATEGORY_RUNS.charCodeAt(i);
    if (unit >= 0x61) length = length * 36 + unit - 0x61 + 10;
    else if (unit >= 0x30 && unit <= 0x39) length = length * 36 + unit - 0x30;
    else if (unit !== 0x0a) {
      runStarts.push(start);
      runCategories.push(CATEGORY_SIGNS.indexOf(CATEGORY_RUNS[i]!));
      start += length === 0 ? 1 : length;
      length = 0;
    }
  }
  runStarts.push(start);
  decoded = { runStarts: Uint32Array.from(runStarts), runCategories: Uint8Array.from(runCategories) };
  return decoded;
}

/**
 * Numbers of the categories that a property name stands for: `Lu`, or a group by its first letter, `L`.
 * Empty for a name that is neither.
 *
 * @example
 * ```ts
 * categoriesNamed('Nd'); // [9]
 * categoriesNamed('N').length; // 3
 * ```
 */
export function categoriesNamed(name: string): readonly number[] {
  return CATEGORY_NAMES.flatMap((category, number) => (category === name || category[0] === name ? [number] : []));
}

/** Number of the category of code points that Unicode 16.0.0 does not assign. */
export const UNASSIGNED = 0;

/** Number of the category of a code point: its place in CATEGORY_NAMES. */
export function categoryOf(codePoint: number): number {
  const { runStarts, runCategories } = categoryRuns();
  let low = 0;
  let high = runCategories.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runStarts[middle]! <= codePoint) low = middle;
    else high = middle - 1;
  }
  return runCategories[low]!;
}

/** True for white space as Unicode has it; none of it is beyond the BMP, so that a UTF-16 unit will do. */
export function isWhiteSpace(codePoint: number): boolean {
  return WHITE_SPACE.some(([first, last]) => codePoint >= first && codePoint <= last);
}
