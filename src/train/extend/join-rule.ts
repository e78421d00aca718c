// Which tokens may stand side by side in a new piece: the grammar of `--join`. A piece always has a character of the chosen
// scripts; the rule says what else may be in it, and where. Tokens and pieces are told apart by their form, a small
// number, so that whether two of them join is one look into a table.
//
//   none    J+                      J  characters of the chosen scripts
//   front   [▁] M* D* J+            M  marks, punctuation and symbols: in front of a piece one token of the base
//   both    [▁] (M | D | J)* J M*   D  decimal digits, with `digits` only
//
// Behind a J there may be marks that go with any script, and joiners (U+200C in Persian): they are read as part of it.
//
// As every piece has a J, text without chosen characters keeps its ids, whatever else the rule allows (extend.ts).
import { CHARACTER_KIND, type KindOf } from './character-kinds.ts';

/** What may join characters of the chosen scripts. */
export const JOIN_MODES = ['none', 'front', 'both'] as const;

export type JoinMode = (typeof JOIN_MODES)[number];

/** The rule: see `ExtendOptions.join`. */
export interface JoinOptions {
  readonly join: JoinMode;
  readonly joinDigits: boolean;
}

/** Forms of texts. */
export const FORM = {
  /** In no new piece. */
  foreign: 0,
  /** Marks only. */
  marks: 1,
  /** `▁`, alone or with marks behind it. */
  space: 2,
  /** Digits only. */
  digits: 3,
  /** Chosen characters only; with `both` also anything that has one and begins without `▁`. */
  core: 4,
  /** Digits, then chosen characters. */
  numbered: 5,
  /** A piece that has its front, so that nothing more goes before it. */
  fronted: 6,
  /** Marks of any script and joiners, without the character that they follow. */
  inner: 7,
  /** Bytes that break off in a character; see byte-join-rule.ts. */
  beginning: 8,
  /** Bytes that go on with a character, and what follows it. */
  ending: 9,
  /** Bytes that go on with a character and break off in a later one. */
  middle: 10,
} as const;

const FORMS = 8;

/** The grammar at work. */
export interface JoinRule {
  /** Form of a text. */
  formOf(text: string): number;
  /**
   * Form of two texts joined, {@link FORM}.foreign when they may not.
   * @param text the joined text, asked for where forms do not tell
   */
  join(left: number, right: number, text: () => string): number;
  /** True for the form of a text that can be a new piece, or part of one that has a chosen character. */
  isPiece(form: number): boolean;
  /** False when no merge can ever take two neighbours of these forms into one piece. */
  mayMeet(left: number, right: number): boolean;
  /** False for a form that joins nothing unless something stands in front of it. */
  mayBegin(form: number): boolean;
}

/**
 * @param kindOf the kind of each character, see `createCharacterKinds`
 * @example
 * ```ts
 * const kindOf = createCharacterKinds({ scripts: ['Han'], punctuation: '' });
 * const rule = createJoinRule(kindOf, { join: 'front', joinDigits: false });
 * rule.join(rule.formOf('，'), rule.formOf('但是'), () => '，但是') === FORM.fronted; // true: it may be a piece
 * rule.join(rule.formOf('但是'), rule.formOf('，'), () => '但是，') === FORM.foreign; // true: it may not
 * ```
 */
export function createJoinRule(kindOf: KindOf, { join, joinDigits }: JoinOptions): JoinRule {
  const table = buildJoinTable(join, joinDigits);
  const grammar = GRAMMARS[join];
  const letterOf = (codePoint: number): string => {
    switch (kindOf(codePoint)) {
      case CHARACTER_KIND.joining:
        return 'J';
      case CHARACTER_KIND.single:
      case CHARACTER_KIND.mark:
        return 'M';
      case CHARACTER_KIND.space:
        return 'S';
      case CHARACTER_KIND.digit:
        return joinDigits ? 'D' : 'X';
      case CHARACTER_KIND.inner:
        return 'I';
      default:
        return 'X';
    }
  };
  return {
    formOf(text) {
      let letters = '';
      for (const character of text) letters += letterOf(character.codePointAt(0)!);
      if (letters.includes('I')) {
        if (/^I+$/.test(letters)) return FORM.inner;
        letters = letters.replace(/JI+/g, 'J');
      }
      return grammar.find(([pattern]) => pattern.test(letters))?.[1] ?? FORM.foreign;
    },
    join: (left, right) => table[left * FORMS + right]!,
    isPiece: (form) => form >= FORM.core && form !== FORM.inner,
    mayMeet(left, right) {
      if (right === FORM.space) return false;
      if (join !== 'front') return true;
      return right !== FORM.marks && !(left === FORM.core && right === FORM.digits);
    },
    mayBegin: () => true,
  };
}

const FRONTS: readonly (readonly [RegExp, number])[] = [
  [/^M+$/, FORM.marks],
  [/^SM*$/, FORM.space],
  [/^D+$/, FORM.digits],
];

/** Forms by their letters, J, M, D as above and S for `▁`. */
const GRAMMARS: { readonly [K in JoinMode]: readonly (readonly [RegExp, number])[] } = {
  none: [[/^J+$/, FORM.core]],
  front: [...FRONTS, [/^J+$/, FORM.core], [/^D+J+$/, FORM.numbered], [/^S?M*D*J+$/, FORM.fronted]],
  both: [...FRONTS, [/^[MDJ]*JM*$/, FORM.core], [/^S[MDJ]*JM*$/, FORM.fronted]],
};

function buildJoinTable(join: JoinMode, joinDigits: boolean): Uint8Array {
  const table = new Uint8Array(FORMS * FORMS);
  const allow = (left: number, right: number, result: number): void => {
    table[left * FORMS + right] = result;
  };
  const { marks, space, digits, core, numbered, fronted, inner } = FORM;
  allow(core, core, core);
  for (const form of [core, numbered, fronted]) allow(form, inner, form);
  if (join === 'none') return table;
  allow(space, core, fronted);
  allow(fronted, core, fronted);
  if (join === 'both') {
    allow(marks, core, core);
    allow(core, marks, core);
    allow(fronted, marks, fronted);
    if (joinDigits) allow(digits, core, core);
    return table;
  }
  allow(marks, core, fronted);
  if (!joinDigits) return table;
  allow(digits, core, numbered);
  allow(digits, numbered, numbered);
  allow(numbered, core, numbered);
  allow(space, numbered, fronted);
  allow(marks, numbered, fronted);
  return table;
}
