import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCharsmap } from '../../src/core/charsmap.ts';
import { createCharsmapLookup } from '../../src/core/charsmap-lookup.ts';
import { encodeUtf8 } from '../../src/core/utf8.ts';
import { FormatError } from '../../src/errors.ts';
import { parseModelProto } from '../../src/formats/sentencepiece.ts';
import { hasShared, NEEDS_SHARED, sharedPath } from '../shared.ts';

describe.skipIf(!hasShared)(`on nmt_nfkc ${NEEDS_SHARED}`, () => {
  const blob = () =>
    parseModelProto(readFileSync(sharedPath('fixtures/chinese_sp.model'))).normalizerSpec!.precompiledCharsmap!;

  it('finds every rule that unfolding the whole charsmap finds', () => {
    const lookup = createCharsmapLookup(blob());
    const decoder = new TextDecoder();
    const wrong: string[] = [];
    const { rules } = parseCharsmap(blob());
    expect(rules.size).toBeGreaterThan(10_000);
    for (const [source, replacement] of rules) {
      const bytes = encodeUtf8(`x${source}`);
      const match = lookup.match(bytes, 1);
      if (match?.length !== bytes.length - 1 || decoder.decode(match.replacement) !== replacement) wrong.push(source);
    }
    expect(wrong).toEqual([]);
  });

  it('takes the longest rule and none where none matches', () => {
    const lookup = createCharsmapLookup(blob());
    // か and a combining voiced sound mark compose to が.
    const match = lookup.match(encodeUtf8('か\u3099x'), 0);
    expect(match?.length).toBe(6);
    expect(new TextDecoder().decode(match?.replacement)).toBe('が');
    expect(lookup.match(encodeUtf8('中'), 0)).toBeUndefined();
    expect(lookup.match(encodeUtf8(''), 0)).toBeUndefined();
  });
});

describe('damaged blobs', () => {
  it.each([
    ['empty', new Uint8Array(0)],
    ['no trie', new Uint8Array(8)],
    ['a trie longer than the blob', Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0)],
    ['a trie of 3 bytes', Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0)],
  ])('%s: says so', (_, blob) => {
    expect(() => createCharsmapLookup(blob)).toThrow(FormatError);
  });

  it('a rule that points past the replacements: says so', () => {
    // Root with offset 1; 'a' (0x61) at 0x60 with a value at unit 0; the value is 99 of 0 bytes.
    const units = new Uint32Array(0x62);
    units[0] = 0x62 << 10;
    units[0x62 ^ 0x61] = 0x61 | 0x100 | ((0x62 ^ 0x61 ^ 4) << 10);
    units[4] = 99 | 0x80000000;
    const blob = new Uint8Array(4 + units.byteLength + 1);
    new DataView(blob.buffer).setUint32(0, units.byteLength, true);
    blob.set(new Uint8Array(units.buffer), 4);
    expect(() => createCharsmapLookup(blob).match(encodeUtf8('a'), 0)).toThrow('replacement at 99 of 1 bytes');
  });
});
