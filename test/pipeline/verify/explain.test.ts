// What engines do otherwise than a byte-level file says, worked out text by text.
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import { BYTE_LEVEL_UNITS } from '../../../src/core/unicode/byte-level.ts';
import { parseTokenizerJsonModel } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { openVerifyEngine } from '../../../src/pipeline/verify/engines.ts';
import { createJavaScriptReader, createLlamaCppReader } from '../../../src/pipeline/verify/explain.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';

const ALPHABET = Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit));
const json = (preTokenizer: object, normalizer: object | null = null) => ({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer,
  pre_tokenizer: preTokenizer,
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    unk_token: null,
    vocab: Object.fromEntries([...ALPHABET, '</', '</s', '</s>', 'ĠÂ'].map((piece, id) => [piece, id])),
    merges: ['< /', '</ s', '</s >', 'Ġ Â'],
  },
});
const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const modelOf = (file: object): TokenizerModel => parseTokenizerJsonModel(Buffer.from(JSON.stringify(file)));

describe('readings', () => {
  it('llama.cpp takes a piece that is spelled </s> for a token, and normalizes nothing', () => {
    const split = {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PRE_TOKENIZER_PATTERNS.qwen }, behavior: 'Isolated', invert: false },
        { ...BYTE_LEVEL, use_regex: false },
      ],
    };
    const model = modelOf(json(split, { type: 'NFC' }));
    expect(model.pieceTypes[258]).toBe(PIECE_TYPE.normal);
    const read = createLlamaCppReader(model);
    // The pattern cuts the piece: `</`, `s`, `>`.
    expect(createTokenizer(model).encode('a</s>')).toEqual([97, 256, 115, 62]);
    expect(read('a</s>')).toEqual({ ids: [97, 258], causes: ['taken-for-a-token'] });
    expect(read('e\u0301')).toEqual({ ids: [101, 0xcc, 0x81], causes: ['not-normalized'] });
    expect(read('abc')).toEqual({ ids: [97, 98, 99], causes: [] });
  });

  it('@huggingface/tokenizers takes U+0085 for no space and U+FEFF for one', async () => {
    const file = json(BYTE_LEVEL);
    const model = modelOf(file);
    const read = createJavaScriptReader(model);
    const input = { label: 'tokenizer.json', data: JSON.stringify(file), config: {} };
    const { encodeTexts } = await openVerifyEngine({ engine: '@huggingface/tokenizers', ...input });
    const texts = ['a \u0085%', 'a \ufeff b', ' \u0085 \ufeff', 'a\n \u00a0b', 'a  b</s>'];
    const { ids, idStarts } = await encodeTexts(texts, {});
    texts.forEach((text, i) => {
      expect(read(text).ids, JSON.stringify(text)).toEqual([...ids.subarray(idStarts[i]!, idStarts[i + 1]!)]);
    });
    expect(texts.map((text) => read(text).causes.length)).toEqual([1, 1, 1, 0, 0]);
    expect(createTokenizer(model).encode(texts[0]!)).not.toEqual(read(texts[0]!).ids);
  });

  it('@huggingface/tokenizers has the letters of the Unicode that this Node has', async () => {
    const split = {
      type: 'Split',
      pattern: { Regex: PRE_TOKENIZER_PATTERNS.llama3 },
      behavior: 'Isolated',
      invert: false,
    };
    const file = json({ type: 'Sequence', pretokenizers: [split, { ...BYTE_LEVEL, use_regex: false }] });
    file.model.vocab['(s'] = 260;
    file.model.merges.push('( s');
    const model = modelOf(file);
    const read = createJavaScriptReader(model);
    const input = { label: 'tokenizer.json', data: JSON.stringify(file), config: {} };
    const { encodeTexts } = await openVerifyEngine({ engine: '@huggingface/tokenizers', ...input });
    // A letter since Unicode 17.0: where it is one, the mark behind it begins a pre-token.
    const texts = ['、\u{32bd8}(ss', 'a\u{32bd8}b (ss', 'no late letter (s'];
    const { ids, idStarts } = await encodeTexts(texts, {});
    texts.forEach((text, i) => {
      expect(read(text).ids, text).toEqual([...ids.subarray(idStarts[i]!, idStarts[i + 1]!)]);
    });
    const isKnown = /\p{L}/u.test('\u{32bd8}');
    expect(texts.map((text) => read(text).causes)).toEqual(
      isKnown ? [['newer-unicode'], ['newer-unicode'], []] : [[], [], []],
    );
    expect(createTokenizer(model).encode(texts[0]!).includes(260)).toBe(false);
    expect(read(texts[0]!).ids.includes(260)).toBe(isKnown);
  });
});
