// Parity with the reference's trainer: whole model files, byte for byte.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildNormalizationCharsmap, type NormalizationRuleName } from '../../src/core/charsmap/normalization-rules.ts';
import type { ModelProto } from '../../src/formats/sentencepiece/fields.ts';
import { parseModelProto, serializeModelProto } from '../../src/formats/sentencepiece/model-file.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';
import type { TrainOptions } from '../../src/train/options/options.ts';
import { trainDocument } from '../../src/train/train-sentencepiece.ts';
import { entriesOf } from '../models.ts';
import { isLongRun } from '../runs.ts';
import { optionsFrom } from './reference-options.ts';

const charsmaps = new Map<string, Uint8Array>();
function charsmapOf(name: string): Uint8Array {
  const found = charsmaps.get(name) ?? buildNormalizationCharsmap(name as NormalizationRuleName);
  charsmaps.set(name, found);
  return found;
}

function withoutCharsmap(proto: ModelProto): Uint8Array {
  const { precompiledCharsmap, ...normalizerSpec } = proto.normalizerSpec!;
  return serializeModelProto({ ...proto, normalizerSpec });
}

interface SmallCase {
  lines: string[];
  options: Record<string, unknown> & { normalization_rule_name: string };
  model?: string;
  error?: string;
}

function fixture(name: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(new URL(`../fixtures/${name}.json.gz`, import.meta.url))).toString());
}

// See fixtures/make_training.py and make_suite.py.
const small = fixture('training') as SmallCase[];
const { training: suite } = fixture('suite') as { readonly training: SmallCase[] };

describe.each([
  { what: 'on small random corpora', examples: small, trained: 100, failed: 20 },
  { what: 'on what its own tests train on', examples: suite, trained: 180, failed: 60 },
])('models of sentencepiece 0.2.2 $what', ({ examples, trained, failed }) => {
  const train = ({ lines, options }: SmallCase) =>
    trainDocument(lines, {
      ...optionsFrom(options),
      precompiledCharsmap: charsmapOf(options.normalization_rule_name),
    });

  it('come out byte for byte', async () => {
    const all = examples.filter(({ model }) => model !== undefined);
    expect(all.length).toBeGreaterThan(trained);
    const cases = isLongRun ? all : all.filter((_, i) => i % 6 === 0);
    for (const [index, example] of cases.entries()) {
      const bytes = withoutCharsmap(parseModelProto((await train(example)).bytes));
      expect(Buffer.from(bytes).toString('base64'), `case ${index}`).toBe(example.model);
    }
  });

  it('fail where the reference fails', async () => {
    const cases = examples.filter(({ error }) => error !== undefined && error !== 'crash');
    expect(cases.length).toBeGreaterThanOrEqual(failed);
    for (const [index, example] of cases.entries()) {
      await expect(train(example), `case ${index}: ${example.error}`).rejects.toThrow();
    }
  });
});

describe('trainDocument', () => {
  const lines = ['今天天气很好', '今天天气不好', '明天天气也好'];
  const options: TrainOptions = {
    modelType: 'bpe',
    vocabSize: 24,
    normalizationRuleName: 'identity',
    hardVocabLimit: false,
  };

  it('takes strings, weighted sentences and async sources alike', async () => {
    const expected = await trainDocument([...lines, lines[0]!], options);
    async function* weighted() {
      for (const [index, text] of lines.entries()) yield { text, count: index === 0 ? 2 : 1 };
    }
    expect((await trainDocument(weighted(), options)).bytes).toEqual(expected.bytes);
    const tsv = lines.map((text, index) => `${text}\t${index === 0 ? 2 : 1}`);
    const fromTsv = await trainDocument(tsv, { ...options, inputFormat: 'tsv' });
    expect(entriesOf(fromTsv.model)).toEqual(entriesOf(expected.model));
  });

  it('writes only the fields whose options were given', async () => {
    const given = { ...options, padId: -1, addDummyPrefix: true, acceptLanguage: [] };
    const proto = parseModelProto((await trainDocument(lines, given)).bytes);
    expect(proto.trainerSpec).toEqual({
      modelType: 'bpe',
      vocabSize: proto.pieces.length,
      hardVocabLimit: false,
      padId: -1,
    });
    expect(proto.normalizerSpec).toEqual({
      name: 'identity',
      precompiledCharsmap: new Uint8Array(0),
      addDummyPrefix: true,
    });
  });

  it('writes samples that the model encodes as it says', async () => {
    const document = await trainDocument(lines, { ...options, selfTestSampleSize: 2 });
    const tokenizer = createTokenizer(document.model);
    const { samples } = parseModelProto(document.bytes).selfTestData!;
    expect(samples!.length).toBe(2);
    for (const { input, expected } of samples!) {
      expect(lines).toContain(input);
      expect(tokenizer.encodePieces(input!).join(' ')).toBe(expected);
    }
  });

  it('compiles rules from text, for text and for decoded text', async () => {
    const { bytes, model } = await trainDocument(['abab', 'ABAB'], {
      modelType: 'bpe',
      vocabSize: 8,
      hardVocabLimit: false,
      normalizationRuleTsv: '41\t61\n42\t62\n',
      normalizationRuleFile: 'lower.tsv',
      denormalizationRuleTsv: '61\t41\n',
    });
    const { normalizerSpec } = parseModelProto(bytes);
    expect(normalizerSpec).toMatchObject({ name: 'user_defined', normalizationRuleTsv: 'lower.tsv' });
    expect(model.pieces).not.toContain('A');
    const tokenizer = createTokenizer(model);
    expect(tokenizer.decode(tokenizer.encode('ABab'))).toBe('AbAb');
  });

  it('refuses a rule name that does not exist', async () => {
    const training = trainDocument(lines, { ...options, normalizationRuleName: 'nfc' });
    await expect(training).rejects.toThrow('training option normalizationRuleName: "nfc" does not exist');
  });
});
