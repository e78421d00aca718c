// What the facade promises beyond parity: specials, errors, streams, long lines.
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/errors.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';
import { loadTokenizer, requireExtendable } from '../../src/vocab/load-tokenizer.ts';

const { tokenizer, model } = requireExtendable(await loadTokenizer('llama2'));

describe('the tokenizer', () => {
  it('adds bos and eos on request only', () => {
    expect(tokenizer.encode('中')).toEqual([29871, 30275]);
    expect(tokenizer.encode('中', { addBos: true, addEos: true })).toEqual([1, 29871, 30275, 2]);
    expect(tokenizer.encodePieces('中', { addBos: true })).toEqual(['<s>', '▁', '中']);
    expect(tokenizer.encode('', { addBos: true })).toEqual([1]);
  });

  it('refuses bos for a model that has none', () => {
    const without = createTokenizer({ ...model, bosPiece: '<begin>' });
    expect(without.bosId).toBe(-1);
    expect(() => without.encode('a', { addBos: true })).toThrow(OptionError);
    expect(() => without.encodeWithOffsets('a', { addBos: true })).toThrow('no control piece "<begin>"');
  });

  it('never makes control or unknown ids from text', () => {
    for (const text of ['<s>', '</s>', '<unk>', 'a<s>b', '<0x41>']) {
      const ids = tokenizer.encode(text);
      expect(Math.min(...ids)).toBeGreaterThan(258);
      expect(tokenizer.decode(ids)).toBe(text);
    }
  });

  it('reads lone surrogates as U+FFFD', () => {
    expect(tokenizer.encode('a\ud800b')).toEqual(tokenizer.encode('a\ufffdb'));
    expect(tokenizer.encodeWithOffsets('a\udc00b').map((token) => token.id)).toEqual(tokenizer.encode('a\ufffdb'));
  });

  it('splits piece text without a prefix', () => {
    expect(tokenizer.encodePieceText('人工智能').map((id) => tokenizer.idToPiece(id))).toEqual([
      '人',
      '工',
      '智',
      '能',
    ]);
    expect(tokenizer.encodePieceText('▁the')).toEqual([tokenizer.pieceToId('▁the')]);
  });

  it('refuses ids outside the vocabulary', () => {
    expect(() => tokenizer.decode([32000])).toThrow('id 32000 is outside the vocabulary of 32000 pieces');
    expect(() => tokenizer.decode([-1])).toThrow(OptionError);
    expect(() => tokenizer.decode([1.5])).toThrow(OptionError);
    expect(() => tokenizer.idToPiece(32000)).toThrow(OptionError);
  });

  it('streams whole characters only', () => {
    const ids = tokenizer.encode('看，龘字和😀。');
    const stream = tokenizer.createDecoder();
    const emitted = ids.map((id) => stream.push(id));
    expect(emitted.every((text) => text.isWellFormed() && !text.includes('\ufffd'))).toBe(true);
    expect(emitted.filter((text) => text === '').length).toBeGreaterThan(3);
    expect(emitted.join('') + stream.end()).toBe('看，龘字和😀。');
    // A character cut off at the end of the stream: three of its four bytes, one U+FFFD each.
    const cut = tokenizer.createDecoder();
    for (const byte of [0xf0, 0x9f, 0x98])
      expect(cut.push(tokenizer.pieceToId(`<0x${byte.toString(16).toUpperCase()}>`))).toBe('');
    expect(cut.end()).toBe('\ufffd\ufffd\ufffd');
  });

  it('encodes a line of 1,000,000 characters without a break as it encodes its parts', () => {
    // `。` stands alone in this vocabulary, so parts between them are independent.
    const part = `${'中国人民银行发布公告'.repeat(9)}龘。`;
    const repeats = Math.ceil(1_000_000 / part.length);
    const ids = tokenizer.encode(part.repeat(repeats));
    const one = tokenizer.encodePieceText(part);
    expect(ids.length).toBe(1 + one.length * repeats);
    expect(ids.slice(-one.length)).toEqual(one);
    expect(tokenizer.countTokens('的'.repeat(1_000_000))).toBe(1_000_001);
  });

  it('refuses word and char models', () => {
    expect(() => createTokenizer({ ...model, modelType: 'word' })).toThrow('type word is not supported');
  });

  it('writes ids into an array, from strings and from UTF-16 units', () => {
    const kept = createTokenizer(model);
    const removing = createTokenizer({
      ...model,
      normalizer: { ...model.normalizer, removeExtraWhitespaces: true },
    });
    const texts = [
      '',
      ' ',
      'a b',
      '人工智能',
      '龘 \u0000x',
      '😀 a\ud83d',
      '\udc00\udc00',
      '\ud83d\ude00\ude00',
      '\ud800\ud83d\ude00',
      '\ufeffa',
    ];
    for (const tokenizer of [kept, removing]) {
      for (const text of texts) {
        const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
        const expected = tokenizer.encode(text);
        for (const source of [text, units]) {
          const ids = new Int32Array(40).fill(-7);
          expect(tokenizer.encodeInto(source, ids, 3), text).toBe(expected.length);
          expect(Array.from(ids.subarray(0, expected.length + 4))).toEqual([-7, -7, -7, ...expected, -7]);
          expect(tokenizer.countTokens(source)).toBe(expected.length);
          const full = new Int32Array(expected.length).fill(-7);
          expect(tokenizer.encodeInto(source, full, 1)).toBe(expected.length);
          expect(full.every((id) => id === -7)).toBe(true);
          expect(tokenizer.encodeInto(source, full)).toBe(expected.length);
          expect(Array.from(full)).toEqual(expected);
        }
      }
    }
  });
});
