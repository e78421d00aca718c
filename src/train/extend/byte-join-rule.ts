// The join rule for pieces that are spelled in bytes. What is whole characters joins as join-rule.ts says, with a space for `▁`.
// A character that the base has in parts is put together from its first byte on, and by nothing else: the beginning of one
// character and bytes that go on with it join to a longer beginning, or to whole characters that may be a piece. A base
// token may have more in front of the beginning, most often a space (` \xeb` in Llama 3 and Qwen): that stays there, and
// nothing else joins it before the character is whole (ranking.ts rests on that). A base token may also end one character and
// begin a later one (the bytes between 스 and 토 in Qwen): joined to the beginning that it goes on with, it is a longer one.
// Ends of characters never join each other: they may end characters of other scripts. So every new piece is whole characters,
// with one of the chosen scripts (or a mark on its own), or breaks off in a character that can only become a chosen one.

import { SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { byteUnitsToText, unitBytes } from '../../core/unicode/byte-level.ts';
import { categoryOf, UNASSIGNED } from '../../core/unicode/categories.ts';
import { isContinuation, utf8CharacterEnd } from '../../core/unicode/utf8.ts';
import { CHARACTER_KIND, type KindOf } from './character-kinds.ts';
import { createJoinRule, FORM, type JoinOptions, type JoinRule } from './join-rule.ts';

/**
 * @param kindOf the kind of each character, see `createCharacterKinds`
 * @example
 * ```ts
 * const kindOf = createCharacterKinds({ scripts: ['Han'], punctuation: '' });
 * const rule = createByteJoinRule(kindOf, { join: 'front', joinDigits: false });
 * const [begin, end] = [rule.formOf('\xe4'), rule.formOf('\xb8')];
 * rule.join(begin, end, () => '\xe4\xb8') === FORM.beginning; // true: U+4E00 to U+4E3F are all Han
 * rule.join(rule.formOf('\xe3'), end, () => '\xe3\x80') === FORM.foreign; // true: U+3001 (、) is not
 * ```
 */
export function createByteJoinRule(kindOf: KindOf, options: JoinOptions): JoinRule {
  const whole = createJoinRule(kindOf, options);
  const completions = createCompletions(kindOf);

  function formOfText(bytes: string): number {
    const text = byteUnitsToText(bytes);
    // In text, U+2581 is a symbol like others, and no space.
    if (text === undefined || text.includes(SPACE_SYMBOL)) return FORM.foreign;
    return whole.formOf(text.replaceAll(' ', SPACE_SYMBOL));
  }

  function isSingle(bytes: string): boolean {
    const text = byteUnitsToText(bytes);
    const codePoint = text?.codePointAt(0) ?? 0;
    return text === String.fromCodePoint(codePoint) && kindOf(codePoint) === CHARACTER_KIND.single;
  }

  function formOfJoined(bytes: string): number {
    const { start, end } = wholeCharacters(bytes);
    if (start !== 0) return FORM.foreign;
    if (end < bytes.length) {
      const isFront = end === 0 || whole.join(formOfText(bytes.slice(0, end)), FORM.core, () => bytes) !== FORM.foreign;
      return isFront && completions(bytes.slice(end)).isAlways ? FORM.beginning : FORM.foreign;
    }
    const form = formOfText(bytes);
    return whole.isPiece(form) || (form === FORM.marks && isSingle(bytes)) ? form : FORM.foreign;
  }

  return {
    formOf(bytes) {
      const { start, end } = wholeCharacters(bytes);
      if (end < start) return FORM.foreign;
      if (start === 0 && end === bytes.length) return formOfText(bytes);
      const middle = bytes.slice(start, end);
      if (middle !== '' && formOfText(middle) === FORM.foreign) return FORM.foreign;
      if (end === bytes.length) return FORM.ending;
      if (!completions(bytes.slice(end)).isSometimes) return FORM.foreign;
      return start > 0 ? FORM.middle : FORM.beginning;
    },
    join(left, right, text) {
      if (left === FORM.beginning && goesOn(right)) return formOfJoined(text());
      return isPart(left) || isPart(right) ? FORM.foreign : whole.join(left, right, text);
    },
    isPiece: (form) => form === FORM.beginning || (!goesOn(form) && whole.isPiece(form)),
    mayMeet(left, right) {
      if (goesOn(right)) return isPart(left);
      if (right === FORM.beginning) return left !== FORM.beginning;
      // What ends here may be a mark.
      return whole.mayMeet(goesOn(left) ? FORM.marks : left, right);
    },
    mayBegin: (form) => !goesOn(form),
  };
}

/** The rule for the pieces of a model. */
export function createPieceRule(
  { units }: Pick<TokenizerModel, 'units'>,
  kindOf: KindOf,
  options: JoinOptions,
): JoinRule {
  return units === 'byte' ? createByteJoinRule(kindOf, options) : createJoinRule(kindOf, options);
}

function isPart(form: number): boolean {
  return form === FORM.beginning || goesOn(form);
}

function goesOn(form: number): boolean {
  return form === FORM.ending || form === FORM.middle;
}

/** Where the whole characters of a piece start and end; `end` is below `start` for bytes that are in no text. */
function wholeCharacters(bytes: string): { start: number; end: number } {
  let start = 0;
  while (start < bytes.length && isContinuation(bytes.charCodeAt(start))) start++;
  if (start > 3) return { start: 1, end: 0 };
  const all = unitBytes(bytes);
  let end = start;
  while (end < all.length) {
    const next = utf8CharacterEnd(all, end, all.length);
    if (next < 0) break;
    end = next;
  }
  for (let at = end + 1; at < bytes.length; at++)
    if (!isContinuation(bytes.charCodeAt(at))) return { start: 1, end: 0 };
  return { start, end };
}

/** What the beginning of a character can become. */
interface Completions {
  /** Some character that may be in a new piece on its own. */
  readonly isSometimes: boolean;
  /**
   * Characters of the chosen scripts only. Code points without a character (Unicode 16) and surrogates do not matter: no text
   * has them.
   */
  readonly isAlways: boolean;
}

function createCompletions(kindOf: KindOf): (bytes: string) => Completions {
  const known = new Map<string, Completions>();
  const find = (bytes: string): Completions => {
    // Too many to look at, and of all kinds; no piece ends here, because the base has every byte.
    if (bytes >= '\xf0' && bytes < '\xf5' && bytes.length === 1) return { isSometimes: true, isAlways: false };
    const [first, last] = completionRange(bytes);
    let isSometimes = false;
    let isAlways = true;
    for (let codePoint = first; codePoint <= last && !(isSometimes && !isAlways); codePoint++) {
      if (categoryOf(codePoint) === UNASSIGNED || isSurrogate(codePoint)) continue;
      const kind = kindOf(codePoint);
      if (kind !== CHARACTER_KIND.joining) isAlways = false;
      if (kind === CHARACTER_KIND.joining || kind === CHARACTER_KIND.single) isSometimes = true;
    }
    return { isSometimes, isAlways: isAlways && isSometimes };
  };
  return (bytes) => {
    const found = known.get(bytes) ?? find(bytes);
    known.set(bytes, found);
    return found;
  };
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint < 0xe000;
}

/** First and last code point that begin with these bytes; an empty range where none does. */
function completionRange(bytes: string): readonly [first: number, last: number] {
  const lead = bytes.charCodeAt(0);
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (bytes.length >= length) return [1, 0];
  let first = lead & (0x7f >> length);
  for (let i = 1; i < bytes.length; i++) first = (first << 6) | (bytes.charCodeAt(i) & 0x3f);
  const bits = 6 * (length - bytes.length);
  const last = ((first + 1) << bits) - 1;
  // No code point is spelled longer than it must be, and none is past U+10FFFF.
  const least = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  return [Math.max(first << bits, least), Math.min(last, 0x10ffff)];
}
