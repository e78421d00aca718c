// The shared characters: against the scripts of their own, and against the runtime where it has the same data.
import { describe, expect, it } from 'vitest';
import { scriptsSharing, sharedPunctuation } from '../../../src/core/unicode/script-extensions.ts';
import { SCRIPT, scriptId, scriptName, scriptOf } from '../../../src/core/unicode/scripts.ts';
import { skipUnless } from '../../skip.ts';

const shared = Array.from({ length: 0x20000 }, (_, codePoint) => codePoint).filter(
  (codePoint) => scriptsSharing(codePoint).length > 0,
);
const namesOf = (text: string): string[] => scriptsSharing(text.codePointAt(0)!).map(scriptName);

/** The lists came into Unicode in this form with version 16. */
const [major] = (process.versions.unicode ?? '0').split('.').map(Number);
const isSameData = skipUnless(major! >= 16, `this Node has Unicode ${process.versions.unicode}, the lists are of 16.0`);

describe('scriptsSharing', () => {
  it('knows letters, marks and punctuation that several scripts share', () => {
    expect(namesOf('ー')).toEqual(['Hiragana', 'Katakana']);
    expect(namesOf('〆')).toEqual(['Han']);
    expect(namesOf('ـ')).toContain('Arabic');
    expect(namesOf('।')).toContain('Devanagari');
    expect(namesOf('。')).toContain('Hiragana');
  });

  it('knows nothing of characters that have a script, and of those that go with any', () => {
    for (const character of ['a', '中', 'ท', '1', '.', '“', '\u200d']) expect(namesOf(character)).toEqual([]);
  });

  it('has only characters that are Common or Inherited themselves', () => {
    expect(shared.length).toBeGreaterThan(180);
    const own = shared.map((codePoint) => scriptOf(codePoint));
    expect(own.filter((script) => script !== SCRIPT.common && script !== SCRIPT.inherited)).toEqual([]);
  });

  it('agrees with the runtime, but for U+0320, whose list is another since Unicode 17', isSameData, () => {
    const wrong: number[] = [];
    for (const codePoint of shared) {
      for (const script of scriptsSharing(codePoint)) {
        const has = new RegExp(`^\\p{Script_Extensions=${scriptName(script)}}$`, 'u');
        if (!has.test(String.fromCodePoint(codePoint))) wrong.push(codePoint);
      }
    }
    expect(wrong.filter((codePoint) => codePoint !== 0x320)).toEqual([]);
  });
});

describe('sharedPunctuation', () => {
  it('lists the punctuation of scripts, without letters and marks', () => {
    const marks = sharedPunctuation([scriptId('Arabic')!]);
    expect(marks).toContain('؟');
    expect(marks).not.toContain('ـ');
    expect(sharedPunctuation([])).toBe('');
  });
});
