import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { parseVocabularyConfig, updateVocabularyConfig } from '../../../src/formats/checkpoint/model-config.ts';

const update = {
  rows: 49954,
  oldSizes: [32000],
  mapId: (id: number) => (id < 32000 ? id : undefined),
  specialIds: {},
};

describe('updateVocabularyConfig', () => {
  it('sets vocab_size and leaves the text around it', () => {
    const text = '{"rope_theta": 10000.0, "vocab_size": 32000, "eos_token_id": [2, 3]}';
    const { text: edited, changes } = updateVocabularyConfig(text, update);
    expect(edited).toBe('{"rope_theta": 10000.0, "vocab_size": 49954, "eos_token_id": [2, 3]}');
    expect(changes).toEqual([{ key: 'vocab_size', from: 32000, to: 49954 }]);
  });

  it('changes the sizes of parts only where they are the old vocabulary', () => {
    const text =
      '{"text_config": {"vocab_size": 32000}, "vision_config": {"vocab_size": 32000}, "decoder": {"vocab_size": 5}}';
    expect(JSON.parse(updateVocabularyConfig(text, update).text)).toEqual({
      text_config: { vocab_size: 49954 },
      vision_config: { vocab_size: 32000 },
      decoder: { vocab_size: 5 },
    });
  });

  it('adds a vocab_size where there is none', () => {
    expect(JSON.parse(updateVocabularyConfig('{}', update).text)).toEqual({ vocab_size: 49954 });
  });

  it('moves ids, drops those whose rows are gone, and takes the new pad token', () => {
    const text =
      '{"vocab_size": 32000, "bos_token_id": 1, "eos_token_id": [2, 40000], "pad_token_id": null, "sep_token_id": 40000}';
    const moved = {
      ...update,
      mapId: (id: number) => (id < 32000 ? id + 10 : undefined),
      specialIds: { pad_token_id: 9 },
    };
    expect(JSON.parse(updateVocabularyConfig(text, moved).text)).toEqual({
      vocab_size: 49954,
      bos_token_id: 11,
      eos_token_id: [12],
      pad_token_id: 9,
      sep_token_id: null,
    });
    const generation = updateVocabularyConfig('{"eos_token_id": 2}', { ...moved, hasVocabSize: false });
    expect(JSON.parse(generation.text)).toEqual({ eos_token_id: 12, pad_token_id: 9 });
  });

  it('keeps -1, which stands for none', () => {
    const { text } = updateVocabularyConfig('{"vocab_size": 32000, "pad_token_id": -1}', update);
    expect(JSON.parse(text).pad_token_id).toBe(-1);
  });
});

describe('parseVocabularyConfig', () => {
  it('finds what a text part says', () => {
    const config = parseVocabularyConfig(
      '{"model_type": "x", "text_config": {"vocab_size": 7, "tie_word_embeddings": true, "initializer_range": 0.01}}',
    );
    expect(config).toMatchObject({ tieWordEmbeddings: true, initializerRange: 0.01, modelType: 'x' });
    expect(config.vocabSizes).toEqual([{ path: ['text_config', 'vocab_size'], value: 7 }]);
  });

  it('moves the ids of tokens that are never to be written, and leaves out those that are gone', () => {
    const { text } = updateVocabularyConfig('{"suppress_tokens": [7, 40000, 9], "begin_suppress_tokens": [40000]}', {
      ...{ rows: 40000, oldSizes: [], specialIds: {}, hasVocabSize: false },
      mapId: (id: number) => (id < 32000 ? id + 10 : undefined),
    });
    expect(JSON.parse(text)).toEqual({ suppress_tokens: [17, 19], begin_suppress_tokens: null });
  });

  it('refuses what is no object', () => {
    for (const text of ['', '[]', '3', 'null']) expect(() => parseVocabularyConfig(text)).toThrow(FormatError);
  });
});
