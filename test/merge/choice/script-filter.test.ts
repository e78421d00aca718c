import { expect, it } from 'vitest';
import { createScriptFilter } from '../../../src/merge/choice/script-filter.ts';

it.each([
  ['中文', true],
  ['▁中文', true],
  ['中▁文', true],
  ['々〇', true],
  ['𠀀', true],
  ['▁', false],
  ['▁▁', false],
  ['', false],
  ['中文。', false],
  ['2008年', false],
  ['中a', false],
  ['カ', false],
  ['中文 ', false],
])('Han: %j is %s', (piece, expected) => {
  expect(createScriptFilter(['Han'])(piece)).toBe(expected);
});

it('takes several scripts, in any case', () => {
  const isJapanese = createScriptFilter(['han', 'HIRAGANA', 'Katakana']);
  expect(['食べる', 'カタカナ', '中文', 'a'].map(isJapanese)).toEqual([true, true, true, false]);
  expect(createScriptFilter(['Han', 'Common'])('2008年，')).toBe(true);
});
