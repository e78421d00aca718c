import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCharsmapRules } from '../../../src/core/charsmap/charsmap.ts';
import { buildCharsmap, buildCharsmapFromTsv } from '../../../src/core/charsmap/charsmap-builder.ts';
import { FormatError } from '../../../src/errors.ts';
import { runs } from '../../runs.ts';

const texts = (minLength: number) =>
  fc.string({ unit: 'grapheme', minLength, maxLength: 5 }).filter((text) => !text.includes('\0'));

describe('buildCharsmap', () => {
  it('is read back as the rules it was made of', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(texts(1), texts(0)), { minLength: 1, maxLength: 100, selector: ([source]) => source }),
        (entries) => {
          const rules = new Map(entries);
          const blob = buildCharsmap(rules);
          expect(parseCharsmapRules(blob)).toEqual(rules);
          expect(buildCharsmap(new Map(entries.reverse()))).toEqual(blob);
        },
      ),
      runs(60),
    );
  });

  it('stores equal replacements once', () => {
    const blob = buildCharsmap(new Map([...'abcdefgh'].map((letter) => [letter, 'the same'])));
    expect(Buffer.from(blob).toString('latin1').split('the same')).toHaveLength(2);
  });

  it.each<[string, [string, string][], RegExp]>([
    ['no rule', [], /there is no rule/],
    ['an empty source', [['', 'a']], /empty source/],
    ['U+0000 in the source', [['a\0', 'a']], /"a\\u0000" contains U\+0000/],
    ['U+0000 in the replacement', [['a', '\0']], /contains U\+0000/],
    ['half a character', [['\ud800', 'a']], /lone surrogate/],
    ['a very long source', [['中'.repeat(171), 'a']], /more than 512 bytes/],
    [
      'too many rules inside one another',
      [...Array(32).keys()].map((i) => ['a'.repeat(i + 1), 'b']),
      /more than 31 rules/,
    ],
  ])('refuses %s', (_, entries, message) => {
    expect(() => buildCharsmap(new Map(entries))).toThrow(FormatError);
    expect(() => buildCharsmap(new Map(entries))).toThrow(message);
  });

  it('takes what is just inside the limits', () => {
    const nested = new Map([...Array(31).keys()].map((i) => ['a'.repeat(i + 1), 'b'] as const));
    expect(parseCharsmapRules(buildCharsmap(nested)).size).toBe(31);
    const long = new Map([['中'.repeat(170), 'a']]);
    expect(parseCharsmapRules(buildCharsmap(long))).toEqual(long);
  });
});

describe('buildCharsmapFromTsv', () => {
  const TSV = 'FB01\t66 69\t# ligature\nU+200B\n41 301\tU+C1\n41\t61\n41 301 302\t1F600\n1F600\t3A 29\n';
  // Blob that sentencepiece 0.2.2 writes for this file: train(..., normalization_rule_tsv='small.tsv').
  const SHA256 = '35c0eba4eccaece9e2c0fcc6452686ebb5d0c8938424a71493472c97454078c6';
  const rulesOf = (tsv: string) => parseCharsmapRules(buildCharsmapFromTsv(tsv));

  it('gives the bytes of the reference', () => {
    expect(createHash('sha256').update(buildCharsmapFromTsv(TSV)).digest('hex')).toBe(SHA256);
  });

  it('reads sources, replacements, deletions and comments', () => {
    expect(rulesOf(TSV)).toEqual(
      new Map([
        ['ﬁ', 'fi'],
        ['\u200b', ''],
        ['A\u0301', 'Á'],
        ['A', 'a'],
        ['A\u0301\u0302', '😀'],
        ['😀', ':)'],
      ]),
    );
  });

  it('does not mind the ways of editors', () => {
    expect(rulesOf('\ufeff41\t61\r\n\r\n42\t62')).toEqual(rulesOf('41\t61\n42\t62\n'));
    expect(rulesOf('0041\t  u+0061'.replace('u', 'U'))).toEqual(rulesOf('41\t61'));
  });

  it('lets the last rule for a source win', () => {
    expect(rulesOf('41\t61\n41\t62')).toEqual(new Map([['A', 'b']]));
  });

  it.each([
    ['', /^rules\.tsv: holds no rule/],
    ['\n\n', /holds no rule/],
    ['41\t61\n\t62', /^rules\.tsv: line 2: has no source/],
    ['A→B', /^rules\.tsv: line 1: "A→B" is no hexadecimal code point/],
    ['41\tfi', /"fi" is no hexadecimal/],
    ['D800\t41', /line 1: D800 is no character/],
    ['41\tU+110000', /U\+110000 is no character/],
    ['41\t0', /0 is no character/],
  ])('refuses %j', (tsv, message) => {
    expect(() => buildCharsmapFromTsv(tsv, { source: 'rules.tsv' })).toThrow(FormatError);
    expect(() => buildCharsmapFromTsv(tsv, { source: 'rules.tsv' })).toThrow(message);
  });
});
