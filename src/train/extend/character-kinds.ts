// The kinds of characters that continued BPE tells apart: what a new piece is made of, what may go with it, and the rest.
// Scripts are those of core/unicode/scripts.ts; letters and marks that several scripts share (ー, Arabic ــ) are of each of
// them, by script-extensions.ts. Spaces other than the `▁` in front, and controls, never join.
import { SPACE_SYMBOL } from '../../core/model.ts';
import { scriptsSharing } from '../../core/unicode/script-extensions.ts';
import { SCRIPT, scriptIdsOf, scriptOf } from '../../core/unicode/scripts.ts';
import { OptionError } from '../../errors.ts';

/** Kinds of characters. */
export const CHARACTER_KIND = {
  /** In no new piece. */
  foreign: 0,
  /** A mark that may be a new piece of its own. */
  single: 1,
  /** Of the chosen scripts: in new pieces of any length. */
  joining: 2,
  /** A mark of any other kind: beside joining characters only. */
  mark: 3,
  /** A decimal digit: in front of joining characters only. */
  digit: 4,
  /** `▁`: at the front only. */
  space: 5,
  /** A mark of any script, or a joiner such as U+200C in Persian: behind joining characters only. */
  inner: 6,
} as const;

/** Tells the kind of a character by its code point. */
export type KindOf = (codePoint: number) => number;

const NEVER = /[\p{White_Space}\p{Cc}\p{Cs}]/u;
const DIGIT = /\p{Nd}/u;
const MARK = /[\p{P}\p{S}]/u;
const LETTER_OR_MARK = /[\p{L}\p{M}]/u;
/** Joiners (Unicode 16, section 23.2), and marks that no script claims; variation selectors choose a picture, not a letter. */
const INNER = /[\u200c\u200d]|(?!\p{Variation_Selector})\p{M}/u;
/** Scripts whose words are spelled without joiners and marks of other scripts: there they are litter. */
const PLAIN_SCRIPTS: ReadonlySet<number> = new Set([
  SCRIPT.han,
  SCRIPT.hiragana,
  SCRIPT.katakana,
  SCRIPT.hangul,
  SCRIPT.bopomofo,
]);

/**
 * Tells the kind of each character.
 *
 * @throws OptionError when no script is named or a name is unknown
 * @example
 * ```ts
 * const kindOf = createCharacterKinds({ scripts: ['Han'], punctuation: '，' });
 * kindOf(0x4e2d) === CHARACTER_KIND.joining; // true: 中
 * kindOf(0xff0c) === CHARACTER_KIND.single; // true: ，
 * kindOf(0x61) === CHARACTER_KIND.foreign; // true: a
 * ```
 */
export function createCharacterKinds(options: {
  readonly scripts: readonly string[];
  readonly punctuation: string;
}): KindOf {
  const { scripts, punctuation } = options;
  if (scripts.length === 0) {
    throw new OptionError('scripts: no script is named', {
      hint: 'Use Unicode script names, such as Han, Hiragana, Katakana, Thai.',
    });
  }
  const chosen = new Set(scriptIdsOf(scripts));
  const hasInner = [...chosen].some((script) => !PLAIN_SCRIPTS.has(script));
  const marks = new Set([...punctuation].map((mark) => mark.codePointAt(0)!));
  const find = (codePoint: number): number => {
    const character = String.fromCodePoint(codePoint);
    if (character === SPACE_SYMBOL) return CHARACTER_KIND.space;
    if (NEVER.test(character)) return CHARACTER_KIND.foreign;
    if (DIGIT.test(character)) return CHARACTER_KIND.digit;
    const script = scriptOf(codePoint);
    if (chosen.has(script)) return CHARACTER_KIND.joining;
    if (marks.has(codePoint)) return CHARACTER_KIND.single;
    if (LETTER_OR_MARK.test(character) && scriptsSharing(codePoint).some((each) => chosen.has(each)))
      return CHARACTER_KIND.joining;
    if (hasInner && script === SCRIPT.inherited && INNER.test(character)) return CHARACTER_KIND.inner;
    return MARK.test(character) ? CHARACTER_KIND.mark : CHARACTER_KIND.foreign;
  };
  // Kinds that were asked for, plus one: every piece of a base and every character of a text is looked at.
  const known = new Uint8Array(0x110000);
  return (codePoint) => {
    if (known[codePoint] === 0) known[codePoint] = find(codePoint) + 1;
    return known[codePoint]! - 1;
  };
}
