import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyPatch } from '../../../src/core/patch.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { auditTokenizer } from '../../../src/merge/audit/audit.ts';
import { mergeVocab } from '../../../src/merge/merge-vocab.ts';
import { compareTokenizers } from '../../../src/report/measure/compare-tokenizers.ts';
import {
  CANDIDATE_LINES,
  createPassageCollector,
  cutPassage,
  LONGEST_PASSAGE,
} from '../../../src/report/measure/passages.ts';
import { collectPageData, PAGE_PASSAGES } from '../../../src/report/page/collect-page-data.ts';
import type { ReportPageData } from '../../../src/report/page/page-data.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { buildLlama2 } from '../../../src/vocab/llama2.ts';
import { sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { modelOf } from '../../models.ts';

describe('collectPageData of llama2 and a merge that does harm', () => {
  let data: ReportPageData;
  beforeAll(async () => {
    const base = (await buildLlama2()).model;
    // 天气预报 is dead: no piece 天气 or 预报 leads to it. With score 0, `eou` is merged before `out`, and `timeout` breaks.
    const extension = modelOf([['经济'], ['天气预报'], ['eou']]);
    const { patch } = mergeVocab({ base, extension, scores: 'zero' });
    const entries = [
      { name: 'llama2', model: base },
      { name: 'merged', model: applyPatch(base, patch) },
    ].map(({ name, model }) => ({ name, tokenizer: createTokenizer(model) }));
    const texts = [
      ...(await sampleTexts()),
      { name: 'timeouts', lines: Array.from({ length: 20 }, (_, i) => `timeout ${i}, another timeout`) },
    ];
    const collector = createPassageCollector();
    const report = await compareTokenizers({ tokenizers: entries, texts: texts.map(collector.tap) });
    const [first, second] = entries;
    const audit = await auditTokenizer({ target: second!, base: first! });
    data = await collectPageData({
      report,
      tokenizers: [{ entry: first! }, { entry: second!, audit }],
      candidates: collector.candidates(),
      packageVersion: '1.2.3',
    });
  });

  it('is JSON', () => {
    expect(data).toMatchObject({ format: 'vocab-merge/report-page', version: 1, packageVersion: '1.2.3' });
    expect(data.curves).toMatchObject([{ tokenizer: 'merged', measuredLines: expect.any(Number) }]);
    expect(data.curves![0]!.curve.points.map(({ newPieces }) => newPieces)).toEqual([0, 1, 2, 3]);
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  });

  it('has passages of different texts, whose tokens cover them once', () => {
    const samples = data.samples!;
    expect(samples.length).toBeLessThanOrEqual(PAGE_PASSAGES);
    expect(new Set(samples.map(({ text }) => text)).size).toBeGreaterThan(8);
    for (const { passage, tokens } of samples) {
      expect(tokens.map(({ tokenizer }) => tokenizer)).toEqual(['llama2', 'merged']);
      for (const { ids, pieces, kinds, starts, ends } of tokens) {
        for (const list of [pieces, kinds, starts!, ends!]) expect(list).toHaveLength(ids.length);
        expect(starts!.map((start, i) => passage.slice(start, ends![i])).join('')).toBe(passage);
        expect(kinds.map((kind) => kind === 1)).toEqual(pieces.map((piece) => /^<0x..>$/.test(piece)));
      }
    }
  });

  it('ends with the line that gets longest', () => {
    const { text, tokens } = data.samples!.at(-1)!;
    expect(text).toBe(data.report.regressions[0]!.worst[0]!.text);
    expect(tokens[1]!.ids.length).toBeGreaterThan(tokens[0]!.ids.length);
  });

  it('embeds the models, which open as they were', () => {
    expect(data.vocabularies!.map(({ tokenizer, kind }) => [tokenizer, kind])).toEqual([
      ['llama2', 'sentencepiece'],
      ['merged', 'sentencepiece'],
    ]);
    for (const [i, { gzipBase64, byteLength }] of data.vocabularies!.entries()) {
      const bytes = gunzipSync(Buffer.from(gzipBase64, 'base64'));
      expect(bytes).toHaveLength(byteLength);
      const tokenizer = createTokenizer(parseTokenizerModel(bytes));
      for (const { passage, tokens } of data.samples!) expect(tokenizer.encode(passage)).toEqual(tokens[i]!.ids);
    }
  });

  it('marks what the audit found', () => {
    const [marks] = data.marks!;
    expect(marks!.tokenizer).toBe('merged');
    expect(marks!.dead).toEqual([{ id: 32_001, encodesTo: expect.arrayContaining(['天']) }]);
    expect(marks!.broken.length).toBeGreaterThan(0);
    expect(marks!.broken.map(({ id }) => id)).toEqual(marks!.broken.map(({ id }) => id).sort((a, b) => a - b));
    expect(marks!.broken.every(({ id }) => id < 32_000)).toBe(true);
  });
});

describe('collectPageData', () => {
  const json = {
    added_tokens: [],
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab: { a: 0, Ġ: 1, ä: 2, '½': 3, ł: 4, Ġa: 5, å: 6 }, merges: ['Ġ a'] },
  };

  it('tells the characters of byte-level tokens, and none of parts', async () => {
    const collector = createPassageCollector();
    const entry = { name: 'bytes', json };
    const texts = [{ name: 't', lines: ['a a 你 a a a a a a'] }];
    const report = await compareTokenizers({ tokenizers: [entry], texts: texts.map(collector.tap) });
    const candidates = collector.candidates();
    const data = await collectPageData({ report, tokenizers: [{ entry }], candidates, packageVersion: '1' });
    const [tokens] = data.samples![0]!.tokens;
    expect(tokens!.starts).toBeUndefined();
    expect(tokens!.pieces.slice(0, 6)).toEqual(['a', 'Ġa', 'Ġ', 'ä', '½', tokens!.pieces[5]]);
    expect(tokens!.surfaces!.slice(0, 5)).toEqual(['a', ' a', ' ', null, null]);
    const [vocabulary] = data.vocabularies!;
    expect(vocabulary!.kind).toBe('tokenizer-json');
    const embedded = JSON.parse(gunzipSync(Buffer.from(vocabulary!.gzipBase64, 'base64')).toString());
    expect(embedded).toEqual(json);
  });

  it('leaves out vocabularies that do not fit, and takes those that do', async () => {
    const large = { ...json, extra: Array.from({ length: 3000 }, (_, i) => Math.imul(i, 0x9e3779b1)) };
    const tokenizers = [{ entry: { name: 'large', json: large } }, { entry: { name: 'small', json } }];
    const report = await compareTokenizers({
      tokenizers: tokenizers.map(({ entry }) => entry),
      texts: [{ name: 't', lines: ['a'] }],
    });
    const embed = async (mostEmbedded: number) => {
      const data = await collectPageData({ report, tokenizers, packageVersion: '1', mostEmbedded });
      return data.vocabularies!.map(({ tokenizer }) => tokenizer);
    };
    expect(await embed(2000)).toEqual(['small']);
    expect(await embed(0)).toEqual([]);
    expect(await embed(1e6)).toEqual(['large', 'small']);
  });
});

describe('createPassageCollector', () => {
  it('hands every line on and draws the same few of them each time', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `line number ${i} of the text`);
    const draw = async () => {
      const collector = createPassageCollector();
      const seen: string[] = [];
      for await (const line of collector.tap({ name: 't', lines: ['short', ...lines] }).lines) seen.push(line);
      expect(seen).toEqual(['short', ...lines]);
      return collector.candidates();
    };
    const [first] = await draw();
    expect(await draw()).toEqual([first]);
    expect(first!.passages).toHaveLength(CANDIDATE_LINES);
    const at = first!.passages.map((passage) => lines.indexOf(passage));
    expect(at).toEqual([...at].sort((a, b) => a - b));
    // Lines from all over the text, not its beginning: 24 of 5,000 evenly drawn reach past 4,000 all but always.
    expect(at.at(-1)).toBeGreaterThan(4000);
    expect(at[0]).toBeLessThan(1000);
  });
});

describe('cutPassage', () => {
  it('cuts behind a sentence, a space, or anywhere', () => {
    const half = '一'.repeat(110);
    expect(cutPassage('短。')).toBe('短。');
    expect(cutPassage(`${half}。”${half}`)).toBe(`${half}。”`);
    expect(cutPassage(`${'x'.repeat(150)} ${'y'.repeat(100)}`)).toBe('x'.repeat(150));
    expect([...cutPassage('😀'.repeat(500))]).toHaveLength(LONGEST_PASSAGE);
    expect(cutPassage('😀'.repeat(500)).isWellFormed()).toBe(true);
  });
});
