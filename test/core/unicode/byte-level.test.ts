import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteLevelBytes, byteSurface } from '../../../src/core/unicode/byte-level.ts';
import { encodeUtf8 } from '../../../src/core/unicode/utf8.ts';

const spell = (bytes: Iterable<number>): string => String.fromCharCode(...bytes);

describe('byteSurface', () => {
  it.each([
    ['中', '中'],
    [' 我们', ' 我们'],
    ['\uFEFFa\u0000', '\uFEFFa\u0000'],
    ['𠀀', '𠀀'],
  ])('is the text of whole characters: %j', (text, surface) => {
    expect(byteSurface(spell(encodeUtf8(text)))).toBe(surface);
  });

  it.each([
    ['the start of a character', [0xe4, 0xb8], '<0xE4><0xB8>'],
    ['its end', [0xad, 0x61], '<0xAD>a'],
    ['the end of one and the start of another', [0xad, 0xe4, 0xb8, 0xad, 0xe6], '<0xAD>中<0xE6>'],
    ['an overlong form', [0xc0, 0xaf], '<0xC0><0xAF>'],
    ['an overlong form of three bytes', [0xe0, 0x9f, 0xbf], '<0xE0><0x9F><0xBF>'],
    ['a surrogate', [0xed, 0xa0, 0x80], '<0xED><0xA0><0x80>'],
    ['a code point past the last', [0xf4, 0x90, 0x80, 0x80], '<0xF4><0x90><0x80><0x80>'],
    ['bytes that never occur', [0xff, 0xf8], '<0xFF><0xF8>'],
  ])('shows %s as bytes', (_, bytes, surface) => {
    expect(byteSurface(spell(bytes))).toBe(surface);
  });

  it('takes as text what a strict decoder takes, and loses no byte', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const lead = fc.constantFrom(0x3c, 0x61, 0x80, 0xbf, 0xc2, 0xe0, 0xe4, 0xed, 0xf0, 0xf4, 0xff);
    fc.assert(
      fc.property(fc.array(fc.oneof(lead, fc.nat(255)), { maxLength: 8 }), (values) => {
        const bytes = Uint8Array.from(values);
        const surface = byteSurface(spell(bytes));
        let text: string | undefined;
        try {
          text = strict.decode(bytes);
        } catch {
          // Not well-formed: some byte is shown by its number.
        }
        if (text !== undefined) expect(surface).toBe(text);
        else expect(surface).toMatch(/<0x[0-9A-F]{2}>/);
        const parts = surface.match(/<0x[0-9A-F]{2}>|./gsu) ?? [];
        const back = parts.flatMap((part) =>
          part.length === 6 ? [Number.parseInt(part.slice(3, 5), 16)] : [...encodeUtf8(part)],
        );
        expect(back).toEqual(values);
      }),
    );
  });
});

it('byteLevelBytes reads the alphabet of GPT-2', () => {
  expect(byteLevelBytes('ä¸Ń')).toEqual(Uint8Array.of(0xe4, 0xb8, 0xad));
  expect(byteLevelBytes('中')).toBeUndefined();
});
