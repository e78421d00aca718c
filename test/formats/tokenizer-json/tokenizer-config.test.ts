import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import type { SentencePieceEntry } from '../../../src/formats/sentencepiece/fields.ts';
import { modelFromProto } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import {
  buildSpecialTokensMap,
  buildTokenizerConfig,
  tokenizerJsonOptions,
} from '../../../src/formats/tokenizer-json/tokenizer-config.ts';
import { buildTokenizerJson } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { bpeModel, SPECIALS } from './bpe-models.ts';

const llama = (...more: SentencePieceEntry[]) => bpeModel(more);

describe('buildTokenizerConfig', () => {
  it('has LLaMA settings without a base', () => {
    const config = buildTokenizerConfig({ model: llama({ piece: '<sep>', type: 4 }) });
    expect(config).toMatchObject({
      tokenizer_class: 'PreTrainedTokenizerFast',
      model_input_names: ['input_ids', 'attention_mask'],
      add_bos_token: true,
      add_eos_token: false,
      legacy: true,
      bos_token: '<s>',
      eos_token: '</s>',
      unk_token: '<unk>',
      model_max_length: 1e30,
    });
    expect('pad_token' in config).toBe(false);
    const decoder = config.added_tokens_decoder as Record<string, { content: string; special: boolean }>;
    expect(Object.entries(decoder).map(([id, { content, special }]) => [id, content, special])).toEqual([
      ['0', '<unk>', true],
      ['1', '<s>', true],
      ['2', '</s>', true],
      ['259', '<sep>', false],
    ]);
  });

  it('keeps every key of the base, with its values', () => {
    const base = {
      chat_template: "{% for m in messages %}{{ m['content'] }}{% endfor %}",
      model_max_length: 4096,
      legacy: false,
      tokenizer_class: 'LlamaTokenizerFast',
      add_eos_token: true,
      padding_side: 'right',
      bos_token: { __type: 'AddedToken', content: '<s>', lstrip: false },
      anything: { of: ['mine'] },
    };
    const config = buildTokenizerConfig({ model: llama(), base });
    expect(config).toMatchObject(base);
    expect(config.eos_token).toBe('</s>');
  });

  it('keeps flags of base tokens that are still pieces and drops those whose ids now mean something else', () => {
    const token = { lstrip: false, normalized: false, rstrip: false, single_word: false, special: true };
    const base = {
      added_tokens_decoder: {
        1: { ...token, content: '<s>', normalized: true },
        259: { ...token, content: '<pad>' },
      },
    };
    const decoder = buildTokenizerConfig({ model: llama({ piece: '中' }), base }).added_tokens_decoder;
    expect(decoder).toEqual({
      0: { ...token, content: '<unk>' },
      1: { ...token, content: '<s>', normalized: true },
      2: { ...token, content: '</s>' },
    });
    const moved = buildTokenizerConfig({
      model: llama({ piece: '中' }, { piece: '<pad>' }),
      base,
    }).added_tokens_decoder;
    expect(moved).toMatchObject({ 260: { content: '<pad>', special: true } });
  });

  it('lists added tokens and recognises the padding token among them', () => {
    const addedTokens = [{ content: '[PAD]', special: true }];
    const config = buildTokenizerConfig({ model: llama({ piece: '[PAD]' }), base: { pad_token: null }, addedTokens });
    expect(config.pad_token).toBe('[PAD]');
    expect(config.added_tokens_decoder).toMatchObject({ 259: { content: '[PAD]', special: true } });
    expect(buildSpecialTokensMap({ model: llama({ piece: '[PAD]' }), addedTokens })).toMatchObject({
      pad_token: '[PAD]',
    });
  });

  it('refuses an added token that has no id, or the id of a piece', () => {
    expect(() => buildTokenizerConfig({ model: llama(), addedTokens: [{ content: 'x' }] })).toThrow(FormatError);
    expect(() => buildTokenizerConfig({ model: llama(), addedTokens: [{ content: 'x', id: 2 }] })).toThrow(
      'added token "x" has id 2, the id of "</s>"',
    );
    const config = buildTokenizerConfig({ model: llama(), addedTokens: [{ content: 'x', id: 300 }] });
    expect(config.added_tokens_decoder).toMatchObject({ 300: { content: 'x', special: false } });
  });

  it('does not add a bos token to a model without one', () => {
    const config = buildTokenizerConfig({ model: modelFromProto({ pieces: [SPECIALS[0]!, { piece: 'a' }] }) });
    expect(config.add_bos_token).toBe(false);
    expect('bos_token' in config).toBe(false);
  });
});

describe('tokenizerJsonOptions', () => {
  it('carries what the base says over to tokenizer.json', () => {
    expect(tokenizerJsonOptions()).toEqual({ legacy: true });
    expect(tokenizerJsonOptions({ legacy: false, add_bos_token: false, add_eos_token: true })).toEqual({
      legacy: false,
      addBos: false,
      addEos: true,
    });
    const { post_processor } = buildTokenizerJson(llama(), tokenizerJsonOptions({ add_eos_token: true }));
    expect(post_processor).toMatchObject({
      single: [{ SpecialToken: { id: '<s>' } }, { Sequence: { id: 'A' } }, { SpecialToken: { id: '</s>' } }],
    });
    expect(buildTokenizerJson(llama(), tokenizerJsonOptions({ add_bos_token: false })).post_processor).toBe(null);
    const legacyOf = (pre_tokenizer: { type: string } | null) =>
      tokenizerJsonOptions({ legacy: false }, { pre_tokenizer }).legacy;
    expect([legacyOf(null), legacyOf({ type: 'Metaspace' })]).toEqual([true, false]);
  });
});

describe('buildSpecialTokensMap', () => {
  it('names the special pieces and keeps what the base says', () => {
    const model = llama({ piece: '<pad>', type: 3 });
    expect(buildSpecialTokensMap({ model })).toEqual({
      bos_token: '<s>',
      eos_token: '</s>',
      unk_token: '<unk>',
      pad_token: '<pad>',
    });
    const base = { bos_token: { content: '<s>', lstrip: true }, additional_special_tokens: ['<a>'], pad_token: '</s>' };
    expect(buildSpecialTokensMap({ model, base })).toEqual({ ...base, eos_token: '</s>', unk_token: '<unk>' });
  });
});
