import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FormatError, OptionError } from '../../../src/errors.ts';
import { createHuggingFaceCounter } from '../../../src/report/counters/hugging-face-counter.ts';
import { compareTokenizers } from '../../../src/report/measure/compare-tokenizers.ts';
import { llama2 } from '../../llama2.ts';

// A byte-level BPE: `Ġ` is the space, `ä¸Ń` the three bytes of 中, `ä¸` the first two of them.
const BYTE_LEVEL = {
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    vocab: { a: 0, b: 1, ab: 2, Ġ: 3, ä: 4, '¸': 5, Ń: 6, 'ä¸': 7, 'ä¸Ń': 8, '½': 9 },
    merges: ['a b', 'ä ¸', 'ä¸ Ń'],
  },
};

const WORD_PIECE = {
  added_tokens: [{ id: 3, content: '[CLS]', special: true }],
  pre_tokenizer: { type: 'BertPreTokenizer' },
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: { '[CLS]': { id: '[CLS]', ids: [3], tokens: ['[CLS]'] } },
  },
  decoder: { type: 'WordPiece', prefix: '##' },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, token: 1, '##izer': 2, '[CLS]': 3, 中: 4 },
  },
};

const UNIGRAM = {
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  model: {
    type: 'Unigram',
    unk_id: 0,
    vocab: [
      ['<unk>', 0],
      ['▁', -3],
      ['中', -2],
      ['文', -2],
      ['中文', -1],
    ],
  },
};

const FALLBACK_BPE = {
  normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
  decoder: { type: 'ByteFallback' },
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    fuse_unk: true,
    byte_fallback: true,
    vocab: { '<unk>': 0, '<0xE4>': 1, '<0xB8>': 2, '<0xAD>': 3, a: 4, b: 5, ab: 6 },
    merges: [['a', 'b']],
  },
};

async function count(json: unknown, line: string) {
  const report = await compareTokenizers({
    tokenizers: [{ name: 'tokenizer', json }],
    texts: [{ name: 'text', lines: [line] }],
  });
  expect(report.tokenizers[0]!.engine).toBe('hugging-face');
  const { tokens, byteTokens, unknownTokens } = report.total.figures[0]!;
  return { tokens, byteTokens, unknownTokens };
}

describe('createHuggingFaceCounter', () => {
  it('counts byte-level BPE, telling pieces that hold part of a character', async () => {
    expect(await count(BYTE_LEVEL, 'ab ab')).toEqual({ tokens: 3, byteTokens: 0, unknownTokens: 0 });
    expect(await count(BYTE_LEVEL, 'ab中')).toEqual({ tokens: 2, byteTokens: 0, unknownTokens: 0 });
    // 个 is E4 B8 AA and ends in a byte that this vocabulary lacks; 佽 is E4 BD BD.
    expect(await count(BYTE_LEVEL, 'ab佽')).toEqual({ tokens: 4, byteTokens: 3, unknownTokens: 0 });
  });

  it('takes no piece "null" for the unknown one of a model without', async () => {
    const { model } = BYTE_LEVEL;
    const vocab = { ...model.vocab, n: 10, u: 11, l: 12, nu: 13, ll: 14, null: 15 };
    const json = {
      ...BYTE_LEVEL,
      model: { ...model, unk_token: null, vocab, merges: [...model.merges, 'n u', 'l l', 'nu ll'] },
    };
    expect(await count(json, 'null')).toEqual({ tokens: 1, byteTokens: 0, unknownTokens: 0 });
  });

  it('counts WordPiece without [CLS], and [UNK] as unknown', async () => {
    expect(await count(WORD_PIECE, 'Tokenizer 中国')).toEqual({ tokens: 4, byteTokens: 0, unknownTokens: 1 });
  });

  it('counts Unigram', async () => {
    expect(await count(UNIGRAM, '中文')).toEqual({ tokens: 2, byteTokens: 0, unknownTokens: 0 });
    expect(await count(UNIGRAM, '中x文')).toEqual({ tokens: 4, byteTokens: 0, unknownTokens: 1 });
  });

  it('counts BPE with byte fallback', async () => {
    expect(await count(FALLBACK_BPE, 'ab中b')).toEqual({ tokens: 5, byteTokens: 3, unknownTokens: 0 });
    const asAdded = { ...FALLBACK_BPE, added_tokens: [{ id: 1, content: '<0xE4>', special: true }] };
    expect((await count(asAdded, 'ab中b')).byteTokens).toBe(3);
    expect(await count(FALLBACK_BPE, 'ab国')).toEqual({ tokens: 2, byteTokens: 0, unknownTokens: 1 });
  });

  it('survives empty lines, lone surrogates and NUL', async () => {
    expect(await count(WORD_PIECE, '')).toEqual({ tokens: 0, byteTokens: 0, unknownTokens: 0 });
    expect((await count(WORD_PIECE, 'token \ud800 x\u0000y')).unknownTokens).toBeGreaterThan(0);
  });

  it('sees that one tokenizer.json extends another', async () => {
    const { model } = BYTE_LEVEL;
    const extended = {
      ...BYTE_LEVEL,
      model: { ...model, vocab: { ...model.vocab, aab: 10 }, merges: [...model.merges, 'a ab'] },
    };
    const report = await compareTokenizers({
      tokenizers: [
        { name: 'base', json: BYTE_LEVEL },
        { name: 'extended', json: extended },
        { name: 'other', json: WORD_PIECE },
      ],
      texts: [{ name: 'text', lines: ['aab'] }],
    });
    expect(report.tokenizers.map(({ extendsFirst }) => extendsFirst)).toEqual([false, true, false]);
    expect(report.total.figures[1]).toMatchObject({ tokens: 1, newTokens: 1, newPiecesUsed: 1 });
  });

  it('counts a SentencePiece model as our engine does, through the tokenizer.json it converts to', async () => {
    const tokenizer = llama2.tokenizer;
    const texts = await Promise.all(
      ['zh-news.txt', 'zh-hant.txt', 'en.txt', 'code.txt', 'mixed.txt'].map(async (name) => ({
        name,
        lines: await readFile(new URL(`../../../corpus-samples/${name}`, import.meta.url), 'utf8'),
      })),
    );
    const tokenizers = [{ name: 'llama2', tokenizer }];
    const ours = await compareTokenizers({ tokenizers, texts });
    const theirs = await compareTokenizers({ tokenizers, texts, engine: 'hugging-face' });
    expect(theirs.tokenizers[0]).toEqual({ ...ours.tokenizers[0], engine: 'hugging-face' });
    expect(theirs.texts).toEqual(ours.texts);
  });

  it.each([
    [null, /not a tokenizer\.json/],
    [{}, /not a tokenizer\.json/],
    [{ model: { type: 'WordLevel', vocab: {} } }, /model of type "WordLevel"/],
    [{ model: { type: 'BPE' } }, /cannot load tokenizer\.json/],
    [{ ...BYTE_LEVEL, pre_tokenizer: { type: 'Nonsense' } }, /cannot load tokenizer\.json/],
  ])('refuses %j', async (json, message) => {
    const opening = createHuggingFaceCounter({ name: 'x', json });
    await expect(opening).rejects.toThrow(FormatError);
    await expect(opening).rejects.toThrow(message);
  });

  it('does not count through an engine for SentencePiece models', async () => {
    const comparison = compareTokenizers({
      tokenizers: [{ name: 'bert', json: WORD_PIECE }],
      texts: [{ name: 't', lines: ['a'] }],
      engine: 'sentencepiece-js',
    });
    await expect(comparison).rejects.toThrow(OptionError);
  });
});
