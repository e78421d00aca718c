// Finds added tokens in text as tokenizers 0.23.2 does (added_vocabulary.rs): from the left, the longest at each place, then
// its own rules: nothing that is part of a word, white space taken along. What such a rule refuses is not looked at again
// for a shorter token.
import type { AddedToken } from '../../core/model.ts';
import { categoriesNamed, categoryOf, isWhiteSpace } from '../../core/unicode/categories.ts';
import { createTokenMatcher } from './token-matcher.ts';

/** Finds the tokens of one pass: those that are looked for in raw text, or those of normalized text. */
export interface AddedTokenFinder {
  /** 1 where a token begins with that UTF-16 unit, `[65536]`. */
  readonly startUnits: Uint8Array;
  /**
   * Finds the tokens in `units[start..end)`, which is a text of its own.
   * @returns their number, found in the arrays until the next call, from left to right. A token that takes white space along
   *   may reach over the next one.
   */
  find(units: Uint16Array, start: number, end: number): number;
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** A token and the text that it is found by. */
interface FoundToken {
  readonly token: AddedToken;
  readonly content: string;
}

/** Builds the finder, or returns `undefined` when there is nothing to find. */
export function createAddedTokenFinder(tokens: readonly FoundToken[]): AddedTokenFinder | undefined {
  const found = tokens.filter(({ content }) => content !== '');
  if (found.length === 0) return undefined;
  const matcher = createTokenMatcher(found.map(({ content }) => content));
  let ids = new Int32Array(16);
  let starts = new Int32Array(16);
  let ends = new Int32Array(16);

  return {
    startUnits: matcher.startUnits,
    find(units, start, end) {
      const places = matcher.match(units, start, end);
      if (ids.length < places) {
        ids = new Int32Array(2 * places);
        starts = new Int32Array(2 * places);
        ends = new Int32Array(2 * places);
      }
      let count = 0;
      let searched = start;
      let taken = start;
      for (let i = places - 1; i >= 0; i--) {
        let from = matcher.places[i]!;
        if (from < searched) continue;
        const { token, content } = found[matcher.strings[i]!]!;
        let to = from + content.length;
        searched = to;
        if (token.singleWord && (isWordBefore(units, start, from) || isWordAt(units, to, end))) continue;
        if (token.lstrip) from = Math.max(taken, spacesBefore(units, start, from));
        if (token.rstrip) to = spacesBehind(units, to, end);
        ids[count] = token.id;
        starts[count] = from;
        ends[count++] = to;
        taken = to;
      }
      return count;
    },
    get ids() {
      return ids;
    },
    get starts() {
      return starts;
    },
    get ends() {
      return ends;
    },
  };
}

function spacesBefore(units: Uint16Array, start: number, from: number): number {
  let position = from;
  while (position > start && isWhiteSpace(units[position - 1]!)) position--;
  return position;
}

function spacesBehind(units: Uint16Array, from: number, end: number): number {
  let position = from;
  while (position < end && isWhiteSpace(units[position]!)) position++;
  return position;
}

function isWordBefore(units: Uint16Array, start: number, position: number): boolean {
  if (position <= start) return false;
  const unit = units[position - 1]!;
  const isPair = unit >= 0xdc00 && unit < 0xe000 && position - 1 > start;
  return isWord(isPair ? pairAt(units, position - 2) : unit);
}

function isWordAt(units: Uint16Array, position: number, end: number): boolean {
  if (position >= end) return false;
  const unit = units[position]!;
  return isWord(unit >= 0xd800 && unit < 0xdc00 && position + 1 < end ? pairAt(units, position) : unit);
}

function pairAt(units: Uint16Array, position: number): number {
  return 0x10000 + ((units[position]! & 0x3ff) << 10) + (units[position + 1]! & 0x3ff);
}

// `\w` of the regex crate: Alphabetic, M, Nd, Pc, Join_Control. What is alphabetic beyond L, M and Nl are letters in circles
// and squares (Other_Alphabetic of PropList.txt, Unicode 16).
const WORD_CATEGORIES = ['L', 'M', 'Nl', 'Nd', 'Pc'];
const OTHER_ALPHABETIC = [
  [0x24b6, 0x24e9],
  [0x1f130, 0x1f149],
  [0x1f150, 0x1f169],
  [0x1f170, 0x1f189],
] as const;

let wordCategories: ReadonlySet<number> | undefined;

function isWord(codePoint: number): boolean {
  if (codePoint === 0x200c || codePoint === 0x200d) return true;
  if (OTHER_ALPHABETIC.some(([first, last]) => codePoint >= first && codePoint <= last)) return true;
  wordCategories ??= new Set(WORD_CATEGORIES.flatMap(categoriesNamed));
  return wordCategories.has(categoryOf(codePoint));
}
