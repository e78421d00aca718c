// Lines of UTF-8 against the tokenizer's own way through units: random vocabularies and texts, and the built-in one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import { TEXT_KERNEL_WASM } from '../../../src/tokenize/bpe/text-kernel-wasm.ts';
import { createTokenizer, type Tokenizer, utf8EncoderOf } from '../../../src/tokenize/tokenizer.ts';
import { compileKernels } from '../../kernels.ts';
import { llama2, sampleLines } from '../../llama2.ts';
import { modelOf, type PieceEntry } from '../../models.ts';
import { runs } from '../../runs.ts';

const letters = ['a', 'b', 'c', '▁', '中', '文', 'é', '😀', '𠮷', '\0'];
const BYTES = Array.from({ length: 256 }, (_, byte): PieceEntry => [byteToPiece(byte), 0, PIECE_TYPE.byte]);
const normalizer = { ...llama2.model.normalizer };

const model = fc
  .record({
    pieces: fc.uniqueArray(
      fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
      { maxLength: 60 },
    ),
    scores: fc.array(fc.integer({ min: -9, max: 0 }), { minLength: 60, maxLength: 60 }),
    userDefined: fc.uniqueArray(fc.constantFrom('ab', '中文c', '😀a', '▁b', 'c'), { maxLength: 2 }),
  })
  .map(({ pieces, scores, userDefined }): TokenizerModel => {
    const symbols: readonly string[] = userDefined;
    const normal = pieces.filter((piece) => !symbols.includes(piece));
    return modelOf(
      [
        ...([['<unk>', 0, PIECE_TYPE.unknown]] as const),
        ...(['<s>', '</s>'] as const).map((piece) => [piece, 0, PIECE_TYPE.control] as const),
        ...BYTES,
        ...symbols.map((piece) => [piece, 0, PIECE_TYPE.userDefined] as const),
        ...normal.map((piece, i) => [piece, scores[i]!] as const),
      ],
      { normalizer, byteFallback: true },
    );
  });

const line = fc
  .array(fc.constantFrom(...letters, ' ', ' ', 'z', '龘', '\r', '\u0085', 'ab', '中文', '    '), { maxLength: 60 })
  .map((parts) => parts.join(''));

/** Ids of each line, as the encoder gives them; it must be there. */
function encodeLines(tokenizer: Tokenizer, text: string, bosId = -1, eosId = -1): number[][] {
  const { ids, idStarts } = utf8EncoderOf(tokenizer)!.encodeLines(new TextEncoder().encode(text), bosId, eosId)!;
  return Array.from({ length: idStarts.length - 1 }, (_, i) => [...ids.subarray(idStarts[i]!, idStarts[i + 1]!)]);
}

describe('lines of UTF-8', () => {
  it('are encoded by what the source of the kernel compiles to', async () => {
    expect(TEXT_KERNEL_WASM).toBe(await compileKernels('tokenize/bpe/text-kernel.wat'));
  });

  it('have the ids of their texts, on random models', () => {
    fc.assert(
      fc.property(model, fc.array(line, { minLength: 1, maxLength: 8 }), fc.boolean(), (random, lines, addBoth) => {
        const tokenizer = createTokenizer(random);
        const texts = lines.map((text) => (text.endsWith('\r') ? text.slice(0, -1) : text));
        const wanted = texts.map((text) => tokenizer.encode(text, { addBos: addBoth, addEos: addBoth }));
        // Twice: what the first time remembers is what the second looks up.
        for (let time = 0; time < 2; time++) {
          const found = addBoth
            ? encodeLines(tokenizer, `${lines.join('\n')}\n`, tokenizer.bosId, tokenizer.eosId)
            : encodeLines(tokenizer, `${lines.join('\n')}\n`);
          expect(found).toEqual(wanted);
          if (addBoth) continue;
          const encoder = utf8EncoderOf(tokenizer)!;
          const unitsOf = (text: string) => Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
          for (const form of [String, unitsOf]) {
            const idsOf = (text: string) => [...encoder.ids.subarray(0, encoder.encodeText(form(text)))];
            expect(texts.map(idsOf)).toEqual(wanted);
          }
        }
      }),
      runs(20),
    );
  });

  it('have the ids of their texts in a vocabulary of 32,000, when there are more stretches than rows', () => {
    const { tokenizer } = llama2;
    // 80,000 words of four letters, among what stands in the samples.
    const letter = (number: number, place: number) =>
      String.fromCharCode(0x61 + (Math.floor(number / 17 ** place) % 17));
    const word = (_: unknown, number: number) => [0, 1, 2, 3].map((place) => letter(number, place)).join('');
    const words = Array.from({ length: 80_000 }, word).join(' ');
    const texts = [...sampleLines, words, ...sampleLines].filter((text) => text !== '');
    const wanted = texts.map((text) => tokenizer.encode(text));
    for (let time = 0; time < 2; time++) expect(encodeLines(tokenizer, texts.join('\n'))).toEqual(wanted);
  });

  it('end with a line feed, a carriage return and a line feed, or nothing', () => {
    const { tokenizer } = llama2;
    const [a, b] = [tokenizer.encode('a'), tokenizer.encode('b\rc')];
    expect(encodeLines(tokenizer, '')).toEqual([]);
    expect(encodeLines(tokenizer, '\n')).toEqual([[]]);
    expect(encodeLines(tokenizer, '\r\n\na\r\n\nb\rc')).toEqual([[], [], a, [], b]);
    expect(encodeLines(tokenizer, 'a\n', 1, 2)).toEqual([[1, ...a, 2]]);
    expect(encodeLines(tokenizer, '\n', 1, 2)).toEqual([[1, 2]]);
  });

  it('are encoded from strings and units once there is enough text to pay for it, lone surrogates as U+FFFD', () => {
    const tokenizer = createTokenizer(llama2.model);
    const texts = [...sampleLines, 'a\ud83db', 'a\ude00', '\ud83d', 'x\ud83d\ud83d\ude00\ude00 \n\r', ''];
    const wanted = texts.map((text) => tokenizer.encode(text));
    tokenizer.countTokens('字'.repeat(1 << 18));
    for (let time = 0; time < 2; time++) {
      expect(texts.map((text) => tokenizer.encode(text))).toEqual(wanted);
      expect(texts.map((text) => tokenizer.countTokens(text))).toEqual(wanted.map((ids) => ids.length));
      expect(tokenizer.encodePieceText('人工智能')).toEqual(llama2.tokenizer.encodePieceText('人工智能'));
    }
    // Too long for the memory of the kernel.
    const long = 'ab 字 '.repeat(1 << 17);
    expect(tokenizer.encode(long)).toEqual(createTokenizer(llama2.model).encode(long));
  });

  it('are known to an encoder that has been told what another remembers', () => {
    const open = () => utf8EncoderOf(createTokenizer(llama2.model))!;
    const [teacher, pupil] = [open(), open()];
    const text = new TextEncoder().encode(`${sampleLines.join('\n')}\n`);
    const { ids, idStarts } = teacher.encodeLines(text, -1, -1)!;
    const told = teacher.remembered();
    pupil.learn(told);
    const found = pupil.encodeLines(text, -1, -1)!;
    expect(found).toEqual({ ids, idStarts });
    // It has met nothing that it did not know.
    expect(Buffer.from(pupil.remembered()).equals(told)).toBe(true);
    expect(Buffer.from(open().remembered()).equals(told)).toBe(false);
  });

  it('are left to others where there is too much, or the model needs more than cuts', () => {
    const tooMuch = new Uint8Array(1 << 20).fill(0x61);
    expect(utf8EncoderOf(llama2.tokenizer)!.encodeLines(tooMuch, -1, -1)).toBeUndefined();
    const full = utf8EncoderOf(llama2.tokenizer)!.encodeLines(tooMuch.fill(0xff).fill(0x0a).subarray(1), 1, 2)!;
    expect(full.ids.length).toBe(2 * tooMuch.length - 2);
    const entries: PieceEntry[] = [['<unk>', 0, PIECE_TYPE.unknown], ...BYTES, ['▁a', 0], ['b', 0]];
    const isThere = (parts: Partial<TokenizerModel>, more: readonly PieceEntry[] = []) =>
      utf8EncoderOf(createTokenizer(modelOf([...entries, ...more], { normalizer, byteFallback: true, ...parts }))) !==
      undefined;
    expect(isThere({})).toBe(true);
    expect(isThere({ byteFallback: false })).toBe(false);
    expect(isThere({ modelType: 'unigram' })).toBe(false);
    expect(isThere({ treatWhitespaceAsSuffix: true })).toBe(false);
    expect(isThere({ normalizer: { ...normalizer, addDummyPrefix: false } })).toBe(false);
    expect(isThere({ normalizer: { ...normalizer, removeExtraWhitespaces: true } })).toBe(false);
    expect(isThere({ wholePieceFirst: true })).toBe(false);
    expect(isThere({}, [['ab', 0, PIECE_TYPE.unused]])).toBe(false);
  });
});
