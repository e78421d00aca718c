// Sets of code points for the regular expressions of tokenizer files, from Unicode 16.0.0 (core/unicode/categories.ts).
// Immutable: every operation gives a new set.
import { type CodePointRange, categoriesNamed, categoryRuns, WHITE_SPACE } from '../../core/unicode/categories.ts';

import { EAST_ASIAN_SCRIPTS } from '../../core/unicode/east-asian-scripts.ts';

const LAST_CODE_POINT = 0x10ffff;
/** A set of so many ranges has a table for its first 65,536 code points instead of a search. */
const TABLE_FROM_RANGES = 9;

/** A set of code points: sorted ranges that neither touch nor overlap. */
export interface CodePointSet {
  readonly ranges: readonly CodePointRange[];
}

/** The set of some ranges in any order. */
export function setOf(ranges: readonly CodePointRange[]): CodePointSet {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [first, last] of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return { ranges: merged };
}

/** Everything that is in one of the sets. */
export function unionOf(sets: readonly CodePointSet[]): CodePointSet {
  return setOf(sets.flatMap((set) => set.ranges));
}

/** Everything that is not in the set. */
export function complementOf({ ranges }: CodePointSet): CodePointSet {
  const gaps: CodePointRange[] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST_CODE_POINT) gaps.push([next, LAST_CODE_POINT]);
  return { ranges: gaps };
}

/** Everything that is in both sets. */
export function intersectionOf(a: CodePointSet, b: CodePointSet): CodePointSet {
  return complementOf(unionOf([complementOf(a), complementOf(b)]));
}

/** The set of a script, `undefined` for one that this project has no table of. */
export function setOfScript(name: string): CodePointSet | undefined {
  return Object.hasOwn(EAST_ASIAN_SCRIPTS, name) ? setOf(EAST_ASIAN_SCRIPTS[name]!) : undefined;
}

/** The set of a general category or of a group of them, `undefined` for another name. */
export function setOfCategory(name: string): CodePointSet | undefined {
  const wanted = new Set(categoriesNamed(name));
  if (wanted.size === 0) return undefined;
  const { runStarts, runCategories } = categoryRuns();
  const ranges: CodePointRange[] = [];
  runCategories.forEach((category, run) => {
    if (wanted.has(category)) ranges.push([runStarts[run]!, runStarts[run + 1]! - 1]);
  });
  return setOf(ranges);
}

function setOfCategories(names: string): CodePointSet {
  return unionOf(names.split(' ').map((name) => setOfCategory(name)!));
}

/** `\s` */
export const spaceSet = (): CodePointSet => setOf(WHITE_SPACE);
/** `\d` */
export const digitSet = (): CodePointSet => setOfCategories('Nd');
/** `\h` of Oniguruma. */
export const hexDigitSet = (): CodePointSet =>
  setOf([
    [0x30, 0x39],
    [0x41, 0x46],
    [0x61, 0x66],
  ]);

/** `[[:word:]]`, `[\w]`: letters, marks, digits, connectors, and the letters in circles and squares. Measured. */
export const wordSet = (): CodePointSet =>
  unionOf([
    setOfCategories('L M Nd Nl Pc'),
    setOf([
      [0x24b6, 0x24e9],
      [0x1f130, 0x1f149],
      [0x1f150, 0x1f169],
      [0x1f170, 0x1f189],
    ]),
  ]);

/** `\w` outside brackets, where Oniguruma asks a table of its own below U+0100: it has ²³¹¼½¾ too. Measured. */
export const onigurumaWordSet = (): CodePointSet =>
  unionOf([
    wordSet(),
    setOf([
      [0xb2, 0xb3],
      [0xb9, 0xb9],
      [0xbc, 0xbe],
    ]),
  ]);

/** `\w` of Rust's regex crate, which has the joiners too (UTS #18). Measured. */
export const rustWordSet = (): CodePointSet => unionOf([wordSet(), setOf([[0x200c, 0x200d]])]);

/** The POSIX bracket of a name; `undefined` for one that is unknown, or follows properties that this project has no table of. */
export function setOfPosixBracket(name: string): CodePointSet | undefined {
  switch (name) {
    case 'space':
      return spaceSet();
    case 'digit':
      return digitSet();
    case 'xdigit':
      return hexDigitSet();
    case 'word':
      return wordSet();
    case 'punct':
      return setOfCategories('P S');
    case 'cntrl':
      return setOfCategories('Cc');
    case 'blank':
      return unionOf([setOfCategories('Zs'), setOf([[0x09, 0x09]])]);
    case 'ascii':
      return setOf([[0, 0x7f]]);
    default:
      return undefined;
  }
}

/** Tells whether a code point is in a set. */
export type SetTest = (codePoint: number) => boolean;

/** The fast test of a set. */
export function testOf({ ranges }: CodePointSet): SetTest {
  const firsts = Uint32Array.from(ranges, ([first]) => first);
  const lasts = Uint32Array.from(ranges, ([, last]) => last);
  const search: SetTest = (codePoint) => {
    let low = 0;
    let high = firsts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lasts[middle]! < codePoint) low = middle + 1;
      else high = middle;
    }
    return low < firsts.length && firsts[low]! <= codePoint;
  };
  if (ranges.length < TABLE_FROM_RANGES) return search;
  const table = new Uint8Array(0x10000);
  for (const [first, last] of ranges) if (first < 0x10000) table.fill(1, first, Math.min(last, 0xffff) + 1);
  return (codePoint) => (codePoint < 0x10000 ? table[codePoint] === 1 : search(codePoint));
}
