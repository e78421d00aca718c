// Which texts may be pieces under each rule of `--join`, and that joining two forms is the form of the joined text.
import { describe, expect, it } from 'vitest';
import { createCharacterKinds } from '../../../src/train/extend/character-kinds.ts';
import { createJoinRule, FORM, type JoinMode } from '../../../src/train/extend/join-rule.ts';

const kindOf = createCharacterKinds({ scripts: ['Han'], punctuation: '，' });
const LETTERS = ['中', '，', '(', '▁', '1', 'a'];

/** All texts of up to four letters. */
const texts: string[] = LETTERS.flatMap((a) => [
  a,
  ...LETTERS.flatMap((b) => [a + b, ...LETTERS.flatMap((c) => [a + b + c, ...LETTERS.map((d) => a + b + c + d)])]),
]);

const GRAMMARS: readonly { readonly join: JoinMode; readonly joinDigits: boolean; readonly piece: RegExp }[] = [
  { join: 'none', joinDigits: false, piece: /^中+$/ },
  { join: 'front', joinDigits: false, piece: /^▁?[，(]*中+$/ },
  { join: 'front', joinDigits: true, piece: /^▁?[，(]*1*中+$/ },
  { join: 'both', joinDigits: false, piece: /^▁?[，(]*中[中，(]*$/ },
  { join: 'both', joinDigits: true, piece: /^▁?[中1，(]*中[，(]*$/ },
];

describe.each(GRAMMARS)('join $join, digits $joinDigits', ({ join, joinDigits, piece }) => {
  const rule = createJoinRule(kindOf, { join, joinDigits });

  it('takes the texts of its grammar for pieces, and no other', () => {
    expect(texts.filter((text) => rule.isPiece(rule.formOf(text)))).toEqual(texts.filter((text) => piece.test(text)));
  });

  it('joins only what gives a piece, and knows the form of the result', () => {
    let joined = 0;
    for (const left of texts.filter((text) => text.length < 3)) {
      for (const right of texts.filter((text) => text.length < 3)) {
        const form = rule.join(rule.formOf(left), rule.formOf(right), () => `${left}${right}`);
        if (form === FORM.foreign) continue;
        joined++;
        expect(`${left}${right}`).toMatch(piece);
        expect(rule.mayMeet(rule.formOf(left), rule.formOf(right))).toBe(true);
      }
    }
    expect(joined).toBeGreaterThan(0);
  });

  it('says that no piece holds neighbours that may not meet', () => {
    for (const text of texts.filter((candidate) => rule.isPiece(rule.formOf(candidate)))) {
      const tokens = [...text].map(rule.formOf);
      // Marks in a row are one token.
      for (let i = 1; i < tokens.length; i++) {
        if (tokens[i] === FORM.marks && tokens[i - 1] !== FORM.core) continue;
        expect([text, rule.mayMeet(tokens[i - 1]!, tokens[i]!)]).toEqual([text, true]);
      }
    }
  });
});

describe('marks of any script and joiners', () => {
  const persian = createCharacterKinds({ scripts: ['Arabic'], punctuation: '' });
  const rule = createJoinRule(persian, { join: 'front', joinDigits: false });
  const isPiece = (text: string) => rule.isPiece(rule.formOf(text));

  it('stand behind a chosen character, never alone or in front', () => {
    expect(['می\u200cشود', 'می\u200c', '▁می\u200c', '(می\u200cش'].filter((text) => !isPiece(text))).toEqual([]);
    expect(['\u200c', '\u200cمی', '▁\u200cمی', 'a\u200c'].filter(isPiece)).toEqual([]);
  });

  it('join what they stand behind', () => {
    const join = (left: string, right: string) =>
      rule.join(rule.formOf(left), rule.formOf(right), () => `${left}${right}`);
    expect(join('می', '\u200c')).toBe(rule.formOf('می\u200c'));
    expect(join('▁می', '\u200c')).toBe(rule.formOf('▁می\u200c'));
    expect(join('می\u200c', 'شود')).toBe(FORM.core);
    for (const [left, right] of [
      ['\u200c', 'می'],
      ['▁', '\u200c'],
      ['(', '\u200c'],
      ['\u200c', '\u200c'],
    ] as const)
      expect(join(left, right)).toBe(FORM.foreign);
  });
});
