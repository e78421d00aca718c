import { describe, expect, it } from 'vitest';
import { scriptsOfLanguage } from '../../../src/core/unicode/languages.ts';
import { scriptId } from '../../../src/core/unicode/scripts.ts';

describe('scriptsOfLanguage', () => {
  it.each<[tag: string, scripts: string[]]>([
    ['ja', ['Han', 'Hiragana', 'Katakana']],
    ['ko', ['Hangul']],
    ['ko-KR', ['Hangul']],
    ['TH', ['Thai']],
    ['fa', ['Arabic']],
    ['vi', ['Latin']],
    ['zh-Hant-TW', ['Han']],
    ['sr', ['Cyrillic']],
    ['sr_Latn', ['Latin']],
  ])('knows the scripts of %s', (tag, scripts) => {
    expect(scriptsOfLanguage(tag)).toEqual(scripts);
  });

  it.each(['', 'xx', 'chinese', 'ja-Xxxx'])('knows none of %j', (tag) => {
    expect(scriptsOfLanguage(tag)).toBeUndefined();
  });

  it('agrees with the likely subtags of the runtime, and names scripts that there are', () => {
    const codes =
      'ar fa ur hy bn ru uk bg hi mr ne am ka el gu pa he kn km lo ml my or si ta te th dv bo en vi tr ko zh yue';
    for (const code of codes.split(' ')) {
      const { script } = new Intl.Locale(code).maximize();
      const [name] = scriptsOfLanguage(code)!;
      expect(scriptId(name!), code).toBeDefined();
      const letter = { Kore: 'Hang', Hans: 'Hani', Hant: 'Hani' }[script!] ?? script!;
      // A script has the same characters under its short and its long name.
      const sample = Array.from({ length: 0xd7a4 }, (_, i) => String.fromCharCode(i)).find((each) =>
        new RegExp(`\\p{Script=${name}}`, 'u').test(each),
      );
      expect(new RegExp(`\\p{Script=${letter}}`, 'u').test(sample!), code).toBe(true);
    }
  });
});
