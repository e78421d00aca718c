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

// Decoded on first use: importing the library must stay free for those who never ask.
let decoded: CategoryRuns | undefined;

/** The table, decoded. */
export function categoryRuns(): CategoryRuns {
  if (decoded !== undefined) return decoded;
  const runStarts: number[] = [];
  const runCategories: number[] = [];
  let start = 0;
  for (const [, digits, sign] of CATEGORY_RUNS.replaceAll('\n', '').matchAll(/([0-9a-z]*)([A-Z!$&*])/g)) {
    runStarts.push(start);
    runCategories.push(CATEGORY_SIGNS.indexOf(sign!));
    start += digits === '' ? 1 : Number.parseInt(digits!, 36);
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
