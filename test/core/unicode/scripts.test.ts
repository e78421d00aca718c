// Landmarks of Unicode 9.0.0 and properties of the table; its equality with SentencePiece's own table was checked for
// all code points when it was made, and the hash below holds it there.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHan, SCRIPT, scriptCount, scriptId, scriptName, scriptOf } from '../../../src/core/unicode/scripts.ts';

const nameOf = (text: string) => scriptName(scriptOf(text.codePointAt(0)!));

describe('scriptOf', () => {
  it.each([
    ['中', 'Han'],
    ['〇', 'Han'],
    ['々', 'Han'],
    ['豈', 'Han'],
    ['𠀀', 'Han'],
    ['𫠝', 'Han'],
    ['あ', 'Hiragana'],
    ['𛀁', 'Hiragana'],
    ['ア', 'Katakana'],
    ['ｱ', 'Katakana'],
    ['ー', 'Common'],
    ['ｰ', 'Common'],
    ['한', 'Hangul'],
    ['ㄅ', 'Bopomofo'],
    ['a', 'Latin'],
    ['é', 'Latin'],
    ['Ａ', 'Latin'],
    ['я', 'Cyrillic'],
    ['λ', 'Greek'],
    ['ع', 'Arabic'],
    ['א', 'Hebrew'],
    ['ก', 'Thai'],
    ['\u0301', 'Inherited'],
    ['\u200d', 'Inherited'],
    ['5', 'Common'],
    ['，', 'Common'],
    ['。', 'Common'],
    ['\u2581', 'Common'],
    ['\n', 'Common'],
    ['\u0000', 'Common'],
    ['😀', 'Common'],
    ['𞤀', 'Adlam'],
    ['𒀀', 'Cuneiform'],
    ['𗀀', 'Tangut'],
    ['\u{e0100}', 'Inherited'],
  ])('%s is %s', (text, script) => {
    expect(nameOf(text)).toBe(script);
  });

  it.each([
    ['CJK extension F, added in Unicode 10', 0x2ceb0],
    ['CJK extension G, added in Unicode 13', 0x30000],
    ['an ideograph added at the end of the main block in Unicode 10', 0x9fea],
    ['Georgian capitals, added in Unicode 11', 0x1c90],
  ])('stays at Unicode 9: %s is Common', (_, codePoint) => {
    expect(scriptOf(codePoint)).toBe(SCRIPT.common);
  });

  it('gives Common for surrogates and for numbers that are no code point', () => {
    for (const value of [0xd800, 0xdfff, 0x10ffff, 0x110000, 1e9, Number.NaN, -1, 0.5]) {
      expect(scriptOf(value)).toBe(SCRIPT.common);
    }
  });

  it('changes script exactly at the edges of the ideograph blocks', () => {
    const edges = [
      [0x3400, 0x4db5],
      [0x4e00, 0x9fd5],
      [0xf900, 0xfa6d],
      [0xfa70, 0xfad9],
      [0x20000, 0x2a6d6],
      [0x2a700, 0x2b734],
      [0x2b740, 0x2b81d],
      [0x2b820, 0x2cea1],
      [0x2f800, 0x2fa1d],
    ] as const;
    for (const [first, last] of edges) {
      expect([isHan(first - 1), isHan(first), isHan(last), isHan(last + 1)]).toEqual([false, true, true, false]);
    }
  });

  it('keeps the table it was checked with', () => {
    const hash = createHash('sha256');
    const counts = new Uint32Array(scriptCount);
    const scripts = new Uint8Array(0x110000);
    for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
      scripts[codePoint] = scriptOf(codePoint);
      counts[scripts[codePoint]!]!++;
    }
    expect(counts[SCRIPT.han]).toBe(81_734);
    expect(counts[SCRIPT.latin]).toBe(1_350);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(hash.update(scripts).digest('hex')).toBe('ec531e07906126cb238d51ac489099eb88e9caaf51441e130917113f184443a3');
  });

  it('gives an id below scriptCount for every code point', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x10ffff }), (codePoint) => {
        const id = scriptOf(codePoint);
        return Number.isInteger(id) && id >= 0 && id < scriptCount;
      }),
    );
  });
});

describe('scriptId', () => {
  it('is the inverse of scriptName', () => {
    for (let id = 0; id < scriptCount; id++) expect(scriptId(scriptName(id))).toBe(id);
  });

  it('takes names in any case and with any separator', () => {
    expect(scriptId('HAN')).toBe(SCRIPT.han);
    expect(scriptId(' old italic ')).toBe(scriptId('Old_Italic'));
    expect(scriptId('Meroitic-Cursive')).toBe(scriptId('Meroitic_Cursive'));
  });

  it('knows no others', () => {
    for (const name of ['', 'Hans', 'Klingon']) expect(scriptId(name)).toBeUndefined();
    expect(scriptName(scriptCount)).toBe('Common');
  });
});
