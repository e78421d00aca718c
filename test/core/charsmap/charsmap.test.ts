import { beforeAll, describe, expect, it } from 'vitest';
import { openCharsmap, parseCharsmapRules } from '../../../src/core/charsmap/charsmap.ts';
import { buildCharsmap } from '../../../src/core/charsmap/charsmap-builder.ts';
import { buildNormalizationCharsmap } from '../../../src/core/charsmap/normalization-rules.ts';
import { FormatError } from '../../../src/errors.ts';

describe('on nmt_nfkc', () => {
  let blob: Uint8Array;
  beforeAll(() => {
    blob = buildNormalizationCharsmap('nmt_nfkc');
  });

  it('finds every rule that reading the whole charsmap finds', () => {
    const charsmap = openCharsmap(blob);
    const wrong: string[] = [];
    const rules = parseCharsmapRules(blob);
    expect(rules.size).toBeGreaterThan(200_000);
    for (const [source, replacement] of rules) {
      const length = charsmap.match(`x${source}`, 1);
      if (length !== source.length || charsmap.replacement !== replacement) wrong.push(source);
    }
    expect(wrong).toEqual([]);
  });

  it('takes the longest rule and none where none matches', () => {
    const charsmap = openCharsmap(blob);
    // か and a combining voiced sound mark compose to が; か alone has no rule.
    expect(charsmap.match('か\u3099x', 0)).toBe(2);
    expect(charsmap.replacement).toBe('が');
    expect(charsmap.match('かx', 0)).toBe(0);
    expect(charsmap.match('か', 0)).toBe(0);
    expect(charsmap.match('中', 0)).toBe(0);
    expect(charsmap.match('\ufeff', 0)).toBe(1);
    expect(charsmap.match('\u{1d400}', 0)).toBe(2);
    expect(charsmap.replacement).toBe('A');
    expect(charsmap.match('\u{20000}', 0)).toBe(0);
    expect(charsmap.match('\0', 0)).toBe(0);
  });
});

it('knows rules that are beginnings of others, with replacements of any length', () => {
  const rules = new Map([
    ['a', ''],
    ['ab', 'x'],
    ['abcd', '𠮷'],
    ['𠮷a', 'yy'],
  ]);
  const charsmap = openCharsmap(buildCharsmap(rules));
  const match = (text: string) => [charsmap.match(text, 0), charsmap.replacement];
  expect(match('a')).toEqual([1, '']);
  expect(match('abc')).toEqual([2, 'x']);
  expect(match('abcd')).toEqual([4, '𠮷']);
  expect(match('𠮷a')).toEqual([3, 'yy']);
  expect(charsmap.match('𠮷', 0)).toBe(0);
});

describe('damaged blobs', () => {
  it.each([
    ['empty', new Uint8Array(0)],
    ['no trie', new Uint8Array(8)],
    ['a trie longer than the blob', Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0)],
    ['a trie of 3 bytes', Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0)],
  ])('%s: says so', (_, blob) => {
    expect(() => openCharsmap(blob)).toThrow(FormatError);
    expect(() => parseCharsmapRules(blob)).toThrow(FormatError);
  });

  it('a rule that points past the replacements: says so', () => {
    // Root with offset 0x62, so that 'a' (0x61) is unit 3; its value is in unit 4: 99 of 1 byte.
    const units = new Uint32Array(0x62);
    units[0] = 0x62 << 10;
    units[0x62 ^ 0x61] = 0x61 | 0x100 | ((0x62 ^ 0x61 ^ 4) << 10);
    units[4] = 99 | 0x80000000;
    const blob = new Uint8Array(4 + units.byteLength + 1);
    new DataView(blob.buffer).setUint32(0, units.byteLength, true);
    blob.set(new Uint8Array(units.buffer), 4);
    expect(() => openCharsmap(blob).match('a', 0)).toThrow('replacement at 99 of 1 bytes');
    expect(() => parseCharsmapRules(blob)).toThrow('replacement at 99 of 1 bytes');
  });
});
