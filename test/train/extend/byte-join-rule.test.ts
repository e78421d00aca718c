// What pieces in bytes may be, and which of them join: whole characters as in join-rule.test.ts, and parts of characters.
import { describe, expect, it } from 'vitest';
import { toByteUnits } from '../../../src/core/unicode/byte-level.ts';
import { createByteJoinRule } from '../../../src/train/extend/byte-join-rule.ts';
import { createCharacterKinds } from '../../../src/train/extend/character-kinds.ts';
import { FORM } from '../../../src/train/extend/join-rule.ts';

const kindOf = createCharacterKinds({ scripts: ['Han'], punctuation: '，' });
const rule = createByteJoinRule(kindOf, { join: 'front', joinDigits: false });

/** Joins two pieces that are spelled as text, with `\xHH` for single bytes. */
const join = (left: string, right: string): number =>
  rule.join(rule.formOf(left), rule.formOf(right), () => left + right);
const han = toByteUnits('中');
const [first, second, third] = [...han] as [string, string, string];

describe('forms', () => {
  it('of whole characters are those of the text, with a space for ▁', () => {
    expect(rule.formOf(toByteUnits('中文'))).toBe(FORM.core);
    expect(rule.formOf(toByteUnits(' ，中'))).toBe(FORM.fronted);
    expect(rule.formOf(' ')).toBe(FORM.space);
    expect(rule.formOf('a')).toBe(FORM.foreign);
    expect(rule.formOf('\t')).toBe(FORM.foreign);
    expect(rule.formOf(toByteUnits('▁中'))).toBe(FORM.foreign);
  });

  it('tell beginnings from endings, and leave out what becomes no character of the scripts', () => {
    expect([first, first + second, han + first].map(rule.formOf)).toEqual(Array(3).fill(FORM.beginning));
    expect([third, second + third, third + han].map(rule.formOf)).toEqual(Array(3).fill(FORM.ending));
    // Of a Thai, a Cyrillic and a Latin character; of an emoji (F0 9F), and of 𠮷.
    expect(['\xe0\xb8', '\xd0', '\xc3', '\xf0\x9f'].map(rule.formOf)).toEqual(Array(4).fill(FORM.foreign));
    expect(rule.formOf('\xf0\xa0')).toBe(FORM.beginning);
    // A mark that may be a piece.
    expect(rule.formOf(toByteUnits('，').slice(0, 2))).toBe(FORM.beginning);
  });

  it('tell what ends one character and begins another', () => {
    const middles = [third + first, second + third + han + first, third + first + second];
    expect(middles.map(rule.formOf)).toEqual(Array(3).fill(FORM.middle));
    // A Latin letter between, and the beginning of a Thai character.
    expect([`${third}a${first}`, `${third}\xe0\xb8`].map(rule.formOf)).toEqual([FORM.foreign, FORM.foreign]);
  });

  it('are foreign for bytes that are in no text', () => {
    const bytes = ['\xff', '\xc0', '\xe4a', '\xf4\x90', '\xed\xa0', '\xe0\x80', '\x80\x80\x80\x80'];
    expect(bytes.map(rule.formOf)).toEqual(bytes.map(() => FORM.foreign));
    expect(rule.formOf(`${third}a`)).toBe(FORM.foreign);
    expect(rule.formOf(`a${first}`)).toBe(FORM.foreign);
  });
});

describe('joining', () => {
  it('makes beginnings whose completions are all of the scripts, and no others', () => {
    expect(join(first, second)).toBe(FORM.beginning);
    // U+3000 to U+303F: 々 and 、 both.
    expect(join('\xe3', '\x80')).toBe(FORM.foreign);
    // U+20000 to U+20FFF; U+2B800 to U+2B83F, of which U+2B81E and U+2B81F are no characters.
    expect(join('\xf0', '\xa0')).toBe(FORM.beginning);
    expect(join('\xf0\xab', '\xa0')).toBe(FORM.beginning);
    expect(join('\xef', '\xbc')).toBe(FORM.foreign);
    // ED begins Hangul and surrogates, which no text has; EA begins characters of many scripts.
    const hangul = createByteJoinRule(createCharacterKinds({ scripts: ['Hangul'], punctuation: '' }), {
      join: 'front',
      joinDigits: false,
    });
    const behind = (part: string) =>
      hangul.join(hangul.formOf(' \xec\x8a'), hangul.formOf(part), () => ` \xec\x8a${part}`);
    expect(['\xa4\xed', '\xa4\xea'].map(behind)).toEqual([FORM.beginning, FORM.foreign]);
  });

  it('makes beginnings with what a base token has in front of them, if a character of the scripts may follow that', () => {
    for (const front of [' ', '(', han, ` ${han}`]) {
      expect(join(front + first, second)).toBe(FORM.beginning);
      expect(join(front + first + second, third)).toBe(front === han ? FORM.core : FORM.fronted);
      expect(join(`${front}\xe3`, '\x80')).toBe(FORM.foreign);
    }
    expect(join(`a${first}`, second)).toBe(FORM.foreign);
    const bare = createByteJoinRule(kindOf, { join: 'none', joinDigits: false });
    expect(bare.join(bare.formOf(` ${first}`), bare.formOf(second), () => ` ${first}${second}`)).toBe(FORM.foreign);
  });

  it('makes whole characters of the scripts, with what they may have in front, and marks that may be pieces', () => {
    expect(join(first + second, third)).toBe(FORM.core);
    expect(join(first, second + third)).toBe(FORM.core);
    expect(join(` ${first}`, second + third)).toBe(FORM.fronted);
    expect(join(han + first, second + third)).toBe(FORM.core);
    expect(join(first, second + third + han)).toBe(FORM.core);
    expect(join('\xef\xbc', '\x8c')).toBe(FORM.marks);
    expect(join('\xef\xbc', '\x8d')).toBe(FORM.foreign);
  });

  it('makes no piece of endings, or of a character and a part of another', () => {
    expect(join(second, third)).toBe(FORM.foreign);
    expect(join(han, first)).toBe(FORM.foreign);
    expect(join(' ', first)).toBe(FORM.foreign);
    expect(join(han, first + second)).toBe(FORM.foreign);
    expect(join(third, han)).toBe(FORM.foreign);
    expect(join(third + first, second + third)).toBe(FORM.foreign);
    expect(join(han, third + first)).toBe(FORM.foreign);
  });

  it('makes a beginning of one and what goes on with it into another character', () => {
    expect(join(first + second, third + first + second)).toBe(FORM.beginning);
    expect(join(han + first + second, third)).toBe(FORM.core);
    // E3 80 may become 、 too; and a Thai character is none of the scripts.
    expect(join(first + second, `${third}\xe3\x80`)).toBe(FORM.foreign);
    expect(join(` ${first}`, `${second + third}\xe0\xb8`)).toBe(FORM.foreign);
    expect(join('\xe0\xb8', '\x81\xe4\xb8')).toBe(FORM.foreign);
  });
});

it('an ending meets only what it ends, and begins no run', () => {
  const [beginning, ending, core] = [first, third, han].map(rule.formOf) as [number, number, number];
  expect(rule.mayMeet(beginning, ending)).toBe(true);
  expect(rule.mayMeet(ending, ending)).toBe(true);
  expect(rule.mayMeet(core, ending)).toBe(false);
  expect(rule.mayMeet(core, beginning)).toBe(true);
  expect(rule.mayMeet(ending, core)).toBe(true);
  const middle = rule.formOf(third + first);
  expect([beginning, ending, middle].map((left) => rule.mayMeet(left, middle))).toEqual([true, true, true]);
  expect([rule.mayMeet(core, middle), rule.mayMeet(middle, ending), rule.mayBegin(middle)]).toEqual([
    false,
    true,
    false,
  ]);
  expect([beginning, ending, core].map(rule.mayBegin)).toEqual([true, false, true]);
});
