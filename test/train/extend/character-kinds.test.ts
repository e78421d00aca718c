// Which kind each character has, and which of two kinds wins where both would fit.
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/errors.ts';
import { CHARACTER_KIND, createCharacterKinds } from '../../../src/train/extend/character-kinds.ts';

type KindName = keyof typeof CHARACTER_KIND;

function kindsOf(text: string, options: { scripts: readonly string[]; punctuation: string }): KindName[] {
  const kindOf = createCharacterKinds(options);
  const names = Object.entries(CHARACTER_KIND) as [KindName, number][];
  return [...text].map((character) => names.find(([, kind]) => kind === kindOf(character.codePointAt(0)!))![0]);
}

describe('createCharacterKinds', () => {
  const han = { scripts: ['Han'], punctuation: '，' };

  it('tells characters of the chosen scripts, beyond U+FFFF too, from those of others', () => {
    expect(kindsOf('中𠮷々', han)).toEqual(['joining', 'joining', 'joining']);
    expect(kindsOf('aéあ한', han)).toEqual(['foreign', 'foreign', 'foreign', 'foreign']);
    expect(kindsOf('中あア', { scripts: ['Hiragana', 'Katakana'], punctuation: '' })).toEqual([
      'foreign',
      'joining',
      'joining',
    ]);
  });

  it('tells the named punctuation from other marks and symbols', () => {
    expect(kindsOf('，。(+￥', han)).toEqual(['single', 'mark', 'mark', 'mark', 'mark']);
    // Who names the script of the marks wants them in pieces.
    expect(kindsOf('，。a', { ...han, scripts: ['Han', 'Common'] })).toEqual(['joining', 'joining', 'foreign']);
  });

  it('knows decimal digits of every script, and no other numbers', () => {
    expect(kindsOf('1９٣', han)).toEqual(['digit', 'digit', 'digit']);
    expect(kindsOf('½²', han)).toEqual(['foreign', 'foreign']);
  });

  it('takes ▁ for a space, and no other space or control', () => {
    expect(kindsOf('▁ \u3000\u00a0\n\u0000', han)).toEqual([
      'space',
      'foreign',
      'foreign',
      'foreign',
      'foreign',
      'foreign',
    ]);
  });

  it('lets no list of punctuation make joiners of spaces and digits', () => {
    expect(kindsOf('▁ 1', { scripts: ['Common'], punctuation: '▁ 1' })).toEqual(['space', 'foreign', 'digit']);
  });

  it('takes letters and marks that scripts share for those of the chosen one', () => {
    const japanese = { scripts: ['Han', 'Hiragana', 'Katakana'], punctuation: '' };
    expect(kindsOf('データー々〆ヽ', japanese)).toEqual(Array(7).fill('joining'));
    expect(kindsOf('・。', japanese)).toEqual(['mark', 'mark']);
    expect(kindsOf('مـ\u064b', { scripts: ['Arabic'], punctuation: '' })).toEqual(['joining', 'joining', 'joining']);
    expect(kindsOf('ー\u0301', han)).toEqual(['foreign', 'foreign']);
  });

  it('lets joiners and marks of any script stand inside words of scripts that are spelled with them', () => {
    expect(kindsOf('\u200c\u200d\u0327\ufe0f', { scripts: ['Arabic'], punctuation: '' })).toEqual([
      'inner',
      'inner',
      'inner',
      'foreign',
    ]);
    expect(kindsOf('\u200d\u0327', han)).toEqual(['foreign', 'foreign']);
  });

  it('refuses no scripts, and names that are none', () => {
    const create = (scripts: readonly string[]) => createCharacterKinds({ scripts, punctuation: '' });
    expect(() => create([])).toThrow(OptionError);
    expect(() => create([])).toThrow('scripts: no script is named');
    expect(() => create(['Han', 'Chinese'])).toThrow(OptionError);
    expect(() => create(['Han', 'Chinese'])).toThrow('scripts: "Chinese" is not a Unicode script');
  });
});
