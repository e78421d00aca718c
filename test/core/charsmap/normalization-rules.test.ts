import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openCharsmap } from '../../../src/core/charsmap/charsmap.ts';
import {
  buildNormalizationCharsmap,
  buildNormalizationRules,
  NORMALIZATION_RULE_NAMES,
  type NormalizationRuleName,
} from '../../../src/core/charsmap/normalization-rules.ts';
import {
  YOUNGER_COMPATIBILITY_RUNS,
  YOUNGER_COMPOSITIONS,
} from '../../../src/core/charsmap/normalization-rules-table.ts';
import { OptionError } from '../../../src/errors.ts';
import { parseModelProto } from '../../../src/formats/sentencepiece/model-file.ts';
import { needsShared, sharedFixture } from '../../shared.ts';

// SHA-256 of the charsmap that sentencepiece 0.2.2 writes: train(..., normalization_rule_name=<name>).
const REFERENCE = {
  nfkc: '7e46d9e08af4b6a37991b04fb8388644c1595a0abcd0f26d6a5d575e2a3663ea',
  nmt_nfkc: '5febaab28312e9dbddb42be695c9e4380367f7ebe65121cdf894fb5d59d37eed',
  nfkc_cf: 'd8dfef3d6db0eef0742f8b55a73aee7fce6c1e21d26a09b8d3d4b52c42a791cb',
  nmt_nfkc_cf: '2df05162904a1bca9784913964d2a863d656676479f7c8bb11be49c980ea5f77',
} as const;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const built = new Map<NormalizationRuleName, Uint8Array>();

/** Built once a name: each takes a second. */
function charsmapOf(name: NormalizationRuleName): Uint8Array {
  const found = built.get(name) ?? buildNormalizationCharsmap(name);
  built.set(name, found);
  return found;
}

function normalizeWith(name: NormalizationRuleName, text: string): string {
  const charsmap = openCharsmap(charsmapOf(name));
  let result = '';
  for (let at = 0; at < text.length; ) {
    const length = charsmap.match(text, at);
    result += length > 0 ? charsmap.replacement : text[at];
    at += Math.max(length, 1);
  }
  return result;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('buildNormalizationCharsmap', () => {
  it.each(Object.entries(REFERENCE))('%s has the bytes of the reference', (name, hash) => {
    expect(sha256(charsmapOf(name as NormalizationRuleName))).toBe(hash);
  });

  it('is empty for identity', () => {
    expect(buildNormalizationCharsmap('identity')).toHaveLength(0);
  });

  it.each([
    ['nmt_nfkc', 'wiki-unigram-8k.model'],
    ['nfkc', 'mixed-bpe-12k-nosplit.model'],
  ] as const)('%s is the one inside %s', needsShared, (name, file) => {
    const proto = parseModelProto(sharedFixture(`trained/${file}`));
    expect(proto.normalizerSpec?.name).toBe(name);
    expect(sha256(proto.normalizerSpec!.precompiledCharsmap!)).toBe(REFERENCE[name]);
  });

  it('knows the names of sentencepiece and no others', () => {
    expect(NORMALIZATION_RULE_NAMES).toHaveLength(5);
    expect(() => buildNormalizationCharsmap('nfd' as NormalizationRuleName)).toThrow(OptionError);
    expect(() => buildNormalizationCharsmap('nfd' as NormalizationRuleName)).toThrow(/"nfd" is unknown/);
  });
});

describe('buildNormalizationRules', () => {
  it('makes NFKC of any character, and of composable sequences in any spelling', () => {
    for (const text of [
      '①',
      'ﬁ',
      'Å',
      '㍿',
      '：',
      'ｶﾞ',
      'カ\u3099',
      'ｶ\u3099',
      'e\u0301',
      '\u1100\u1161\u11a8',
      '𝐀',
      '豈',
      '\u{2f800}',
    ]) {
      expect(normalizeWith('nfkc', text)).toBe(text.normalize('NFKC'));
    }
  });

  it.each([
    ['a\tb\u200bc', 'a b c'],
    ['a\u0001b\u007fc', 'abc'],
    ['～', '～'],
    ['\u2581', ' '],
    ['ABC', 'ABC'],
  ])('nmt_nfkc: %j becomes %j', (text, expected) => {
    expect(normalizeWith('nmt_nfkc', text)).toBe(expected);
  });

  it.each([
    ['ABC', 'abc'],
    ['Ａ', 'a'],
    ['A\u0301', 'á'],
    ['ẞ', 'ß'],
    ['Σς', 'σσ'],
    ['ꭰ', 'Ꭰ'],
    ['Ⅷ', 'viii'],
    ['中', '中'],
  ])('nfkc_cf: %s becomes %s', (text, expected) => {
    expect(normalizeWith('nfkc_cf', text)).toBe(expected);
  });

  const rules = [...buildNormalizationRules('nfkc')];

  it('gives the same rules on a runtime that knows no character younger than Unicode 14', () => {
    const younger = new Set<number>();
    for (const [first, images] of YOUNGER_COMPATIBILITY_RUNS)
      for (let i = 0; i < images.length; i++) younger.add(first + i);
    for (const row of YOUNGER_COMPOSITIONS)
      for (const codePoint of row) if (codePoint !== 0x307) younger.add(codePoint);
    const normalize = String.prototype.normalize;
    let asked = 0;
    vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form?: string) {
      asked++;
      return [...this].some((character) => younger.has(character.codePointAt(0)!))
        ? String(this)
        : normalize.call(this, form);
    });
    expect([...buildNormalizationRules('nfkc')]).toEqual(rules);
    expect(asked).toBe(2 * 16_967);
  });

  it('gives the same rules on a runtime that knows decompositions of the future', () => {
    const normalize = String.prototype.normalize;
    vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form?: string) {
      const known = normalize.call(this, form);
      return known === String(this) && form === 'NFKD' ? `${known}\u0301` : known;
    });
    expect([...buildNormalizationRules('nfkc')]).toEqual(rules);
  });
});
