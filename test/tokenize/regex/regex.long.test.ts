// Regular expressions of tokenizer files match as Oniguruma in the Rust engine does, or are refused by name.
import { describe, expect, it } from 'vitest';
import { compileRegex } from '../../../src/tokenize/regex/regex.ts';
import { scaled } from '../../runs.ts';
import { rustPreTokenizer, tiktokenCuts, vexingTexts } from '../pre-tokenizer/oracle.ts';

/** Cuts a text at the matches, as a Split that isolates them does. */
function cutByFindAll(findAll: (text: string) => number[], text: string): string[] {
  const matches = findAll(text);
  const parts: string[] = [];
  let done = 0;
  for (let i = 0; i < matches.length; i += 2) {
    parts.push(text.slice(done, matches[i]), text.slice(matches[i], matches[i + 1]));
    done = matches[i + 1]!;
  }
  parts.push(text.slice(done));
  return parts.filter((part) => part !== '');
}

const PATTERNS: readonly string[] = [
  'a|ab|abc',
  '(?:a|ab)(?:c|bcd)(?:d*)',
  '\\p{L}+?',
  '\\p{L}{2,3}',
  '\\p{L}{2,3}?',
  '(?:\\p{L}\\p{N}){2,}',
  '\\p{N}{1,3}+',
  '\\p{N}{2}?',
  '\\p{N}{,2}x?',
  '(?>\\p{L}+)d',
  '\\p{L}++d',
  '\\p{L}*+d',
  '(?=\\p{L})..',
  '(?!\\p{L}).',
  '(?<=\\p{L}).',
  '(?<=ab|c|\\s\\s).',
  '(?<!\\p{L})\\p{L}',
  '(?<!\\p{L}{2})\\p{N}',
  '^.',
  '.$',
  '^',
  '$',
  '\\A\\s*',
  '\\s*\\z',
  '\\s*\\Z',
  '\\b',
  '\\b\\w',
  '\\B.',
  '\\w+',
  '\\W+',
  '[\\w]+',
  '[^\\w\\s]+',
  '\\d+|\\D',
  '\\h+',
  '\\H+',
  '\\R',
  '\\N+',
  '\\O',
  '(?m).+',
  '.+',
  '[[:space:]]+|[[:punct:]]',
  '[[:word:]]+',
  '[[:^digit:]]+',
  '[[:xdigit:][:blank:]]+',
  '[[:cntrl:]]|[[:ascii:]]',
  '[a-z&&[^aeiou]]+',
  '[a-f[0-4]]+',
  '[]a]+',
  '[a\\]\\-_-]+',
  '[\\x41-\\x{5a}\\u4e00-\\u9fff]+',
  '[^\\p{^L}]+',
  '\\P{L}+',
  '\\p{^N}+',
  '\\p{Letter}+|\\p{Decimal_Number}',
  '[\\p{Han}]+|[\\p{Lo}\\p{M}&&[^\\p{Han}]]+|\\p{Hiragana}',
  '\\P{Katakana}+|\\p{Hangul}{2}',
  "(?i:'s|'t|word)",
  '(?i)k+',
  'a(?i)b|c',
  '(?i:[a-k]+)',
  '(?i:[^a-k\\s]+)',
  '(?<name>a)+',
  '(a)(b)?',
  '(?#a remark)a',
  '(?:a?)*b',
  '(?:a*)*',
  '(?:a|b*)*?c',
  '(?:)',
  'x*',
  '\\G\\s',
  '(?:\\s|\\p{L})+(?=\\p{N})',
  '\\s+(?!\\S)|\\s+',
  ' ?[^(\\s|.,!?…。，、।۔،)]+',
  '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}',
  '\\t|\\x09|\\x{a}|\\e|\\a',
  'a**',
  'a{2}{2}',
  'a{x',
  '\\.|\\-|\\/|\\"',
];

describe('compileRegex', () => {
  it.each(PATTERNS)('finds what Oniguruma finds: %s', (pattern) => {
    const cut = rustPreTokenizer({ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false });
    const { findAll } = compileRegex(pattern, { what: 'test', syntax: 'oniguruma' });
    for (const raw of ['', 'a', 'abcd', 'ab\n', '\n', '\nab\n\n', 'aaab1k2 K\u212a', ...vexingTexts(scaled(600), 11)]) {
      const text = raw.toWellFormed();
      expect(cutByFindAll(findAll, text), JSON.stringify(text)).toEqual(cut(text));
    }
  });

  it.each([
    ['(a)\\1', '\\1 at character 4'],
    ['a\\K', '\\K at character 2'],
    ['\\X', '\\X at character 1'],
    ['\\p{Greek}+', 'the property \\p{Greek} at character 1'],
    ['[[:alpha:]]', '[:alpha:] at character 2'],
    ['(?i:\\p{Lu})', '\\p{Lu} without regard to case at character 5'],
    ['(?i:é)', '"é" without regard to case'],
    ['(?i:ss)', 'the letters "ss" without regard to case'],
    ['(?x)a b', 'the mode "x"'],
    ['(?(1)a|b)', 'the group "(?("'],
    ['(?~a)', 'the group "(?~"'],
    ['(*FAIL)', 'a callout'],
    ['\\xe9', 'a byte above 7F'],
    ['(a', 'a group that is not closed at character 1'],
    ['a)', '")" without "("'],
    ['[a', 'a bracket that is not closed at character 1'],
    ['*a', '"*" with nothing to repeat'],
    ['[z-a]', 'a range from high to low'],
    ['\\b+', 'the repetition of a position'],
    ['\\', 'a backslash at the end'],
  ])('refuses %s, naming what and where', (pattern, message) => {
    expect(() => compileRegex(pattern, { what: 'pre-tokenizer', syntax: 'oniguruma' })).toThrow(message);
  });

  it('refuses a pattern whose repetitions written out are too large', () => {
    expect(() => compileRegex('(?:(?:ab){1000}){1000}', { what: 'test', syntax: 'oniguruma' })).toThrow('too large');
  });

  it('refuses nesting without end before the stack is exhausted', () => {
    for (const bracket of ['(', '[', '(?:', '[^']) {
      expect(() => compileRegex(bracket.repeat(100_000), { what: 'test', syntax: 'oniguruma' })).toThrow(
        'nesting deeper',
      );
    }
  });

  it('ends a pattern that backtracks for ever with one error', () => {
    const { findAll } = compileRegex('(?:a+)+b', { what: 'pre-tokenizer', syntax: 'oniguruma' });
    expect(() => findAll('a'.repeat(60))).toThrow('takes more than 10060000 steps on a text of 60 UTF-16 units');
    expect(findAll('aaab')).toEqual([0, 4]);
  });

  it('matches a run of 300,000 letters without a stack overflow', () => {
    const text = '我'.repeat(300_000);
    expect(compileRegex('\\p{L}+', { what: 'test', syntax: 'oniguruma' }).findAll(text)).toEqual([0, 300_000]);
    expect(compileRegex('(?:\\p{L}|\\p{N})+', { what: 'test', syntax: 'oniguruma' }).findAll(text)).toEqual([
      0, 300_000,
    ]);
  });

  it.each([
    '\\p{N}{1,3}+',
    '\\p{N}{2}?\\p{L}?',
    "(?i:k+|'s)",
    '(?s).{1,3}',
    '\\w+',
    '[\\w]+|[^\\w\\s]',
    '^.',
    '(?s).\\z',
    '\\b\\p{L}',
    '(?<=\\p{L})\\p{N}',
    '(?<!\\s)\\s',
    '(?>\\p{L}+)\\p{N}|\\s',
    '[\\p{Lo}&&[^\\p{Han}]]+',
    '\\pL\\pM*',
    'a(?i)b|c',
    '\\x41|\\x{4e2d}|\\u{e9}|\\u00e9',
    '(?:\\s|\\p{L})+?\\p{N}',
    '\\s+$',
    '\\h',
    'x*a',
  ])('finds what tiktoken finds: %s', (pattern) => {
    const { findAll } = compileRegex(pattern, { what: 'test', syntax: 'rust' });
    const texts = [...vexingTexts(scaled(800), 17)].map((text) => text.toWellFormed());
    const ours = texts.map((text) => {
      const matches = findAll(text);
      const parts = Array.from({ length: matches.length / 2 }, (_, i) =>
        text.slice(matches[2 * i], matches[2 * i + 1]),
      );
      return parts.filter((part) => part !== '');
    });
    expect(ours).toEqual(tiktokenCuts(pattern, texts, ours));
  });

  it("reads Rust's syntax where it differs", () => {
    const find = (pattern: string, text: string): number[] => {
      return compileRegex(pattern, { what: 'test', syntax: 'rust' }).findAll(text);
    };
    expect(find('\\p{N}{1,3}+', '1234')).toEqual([0, 3, 3, 4]);
    expect(find('\\s++$', 'a \n b \n')).toEqual([5, 7]);
    expect(find('(?s).', '\n')).toEqual([0, 1]);
    expect(find('a(?i)b|c', 'B C aB')).toEqual([2, 3, 4, 6]);
    expect(find('\\pL+', 'ab1')).toEqual([0, 2]);
  });
});
