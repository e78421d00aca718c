import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/core/unicode/utf8.ts';
import { createSymbolTexts } from '../../../src/train/merges/symbol-texts.ts';
import { runs } from '../../runs.ts';

const MAX_LENGTH = 6;

function textsOf(symbols: readonly string[], mergeCount = 4) {
  const characters = symbols.map((text) => Array.from(text, (character) => character.codePointAt(0)!));
  const starts = [0];
  for (const each of characters) starts.push(starts.at(-1)! + each.length);
  return createSymbolTexts({
    characters: Uint32Array.from(characters.flat()),
    symbolStarts: Uint32Array.from(starts),
    mergeCount,
    maxLength: MAX_LENGTH,
  });
}

const lengthOf = (text: string) => [...text].length;
const symbol = fc.string({ unit: fc.constantFrom('a', 'é', '中', '\uffff', '𠮷'), minLength: 1, maxLength: 3 });

describe('createSymbolTexts', () => {
  it('joins texts, also of symbols that were joined before', () => {
    const texts = textsOf(['中', '文', '字']);
    expect(texts.toText(texts.join(0, 1))).toBe('中文');
    texts.define(3, 2);
    expect(texts.toText(texts.join(3, 2))).toBe('中文字');
    texts.define(4, 3);
    expect(texts.toText(texts.join(4, 4))).toBe('中文字中文字');
    texts.define(5, 6);
    expect(texts.join(5, 0)).toBe(0);
  });

  it('orders pairs by length, then as UTF-8 does', () => {
    fc.assert(
      fc.property(fc.tuple(symbol, symbol, symbol, symbol), (symbols) => {
        const [a, b] = [symbols[0] + symbols[1], symbols[2] + symbols[3]];
        const expected = lengthOf(a) - lengthOf(b) || compareUtf8(a, b);
        expect(Math.sign(textsOf(symbols).compare(0, 1, 2, 3))).toBe(Math.sign(expected));
      }),
      runs(300),
    );
  });

  it('takes code points from a table where there is one', () => {
    const texts = createSymbolTexts({
      characters: Uint32Array.of(0, 1),
      symbolStarts: Uint32Array.of(0, 1, 2),
      mergeCount: 1,
      maxLength: 2,
      codePoints: Uint32Array.of(0x4e2d, 0x61),
    });
    expect(texts.toText(texts.join(0, 1))).toBe('中a');
    expect(texts.compare(0, 0, 1, 1)).toBeGreaterThan(0);
  });
});
