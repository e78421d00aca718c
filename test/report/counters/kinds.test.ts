// Every kind of tokenizer that people compare, side by side, with the counts of Hugging Face's Rust engine as the oracle.
// fixtures/kinds.json.gz says how it was made in make_kinds.py.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildNormalizationCharsmap } from '../../../src/core/charsmap/normalization-rules.ts';
import { encodeBase64 } from '../../../src/formats/base64.ts';
import { compareTokenizers } from '../../../src/report/measure/compare-tokenizers.ts';
import type { ComparisonReport } from '../../../src/report/measure/comparison-report.ts';
import { createPassageCollector, type PassageCollector } from '../../../src/report/measure/passages.ts';
import { collectPageData } from '../../../src/report/page/collect-page-data.ts';
import { displayWidth } from '../../../src/report/print/display-width.ts';
import { formatComparisonMarkdown } from '../../../src/report/print/format-markdown.ts';
import { formatComparisonTerminal } from '../../../src/report/print/format-terminal.ts';
import { type LoadedTokenizer, loadTokenizer } from '../../../src/vocab/load-tokenizer.ts';
import { type SampleText, sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const KINDS = ['llama', 'llama3', 'qwen', 'bert', 't5'] as const;
/** Text that none of them was trained on: other scripts, emoji, combining marks, spaces, numbers, full-width forms. */
const HARD_LINES = [
  'Ünïcödé naïve café',
  'ΑΒΓ δεζ, привет мир! שלום',
  '한국어와 日本語のテキスト',
  '👩‍👩‍👧 😀🇨🇳 e\u0301 \u212B',
  'a  b   c\td',
  '  leading and trailing  ',
  'x=1234567890;y=3.14159e-10',
  'ＦＵＬＬ ｗｉｄｔｈ １２３，。！',
  "I'll don't we've it's",
  '𠮷野家 㐀 龘',
];

const folder = temporaryFolder();
let loaded: LoadedTokenizer[];
let rust: RustTokenizer[];
let texts: SampleText[];
let report: ComparisonReport;
let collector: PassageCollector;

beforeAll(async () => {
  const packed = await readFile(new URL('../../fixtures/kinds.json.gz', import.meta.url));
  const kinds = JSON.parse(gunzipSync(packed).toString()) as Record<string, Record<string, unknown>>;
  kinds.t5!.normalizer = {
    type: 'Precompiled',
    precompiled_charsmap: encodeBase64(buildNormalizationCharsmap('nmt_nfkc')),
  };
  loaded = [];
  rust = [];
  for (const kind of KINDS) {
    const text = JSON.stringify(kinds[kind]);
    await mkdir(join(folder, kind));
    await writeFile(join(folder, kind, 'tokenizer.json'), text);
    loaded.push(await loadTokenizer(join(folder, kind)));
    rust.push(RustTokenizer.fromString(text));
  }
  texts = [...(await sampleTexts()), { name: 'hard', lines: HARD_LINES.join('\n') }];
  collector = createPassageCollector();
  report = await compareTokenizers({ tokenizers: loaded, texts: texts.map(collector.tap) });
});

describe('tokenizers of every kind', () => {
  it('are opened as what they are, by our own encoder where it can', () => {
    expect(loaded.map(({ name, model }) => [name, model === undefined ? 'counted' : 'encoded'])).toEqual([
      ['llama', 'encoded'],
      ['llama3', 'encoded'],
      ['qwen', 'encoded'],
      ['bert', 'counted'],
      ['t5', 'encoded'],
    ]);
  });

  it.each(KINDS.map((kind, i) => [kind, i] as const))(
    '%s: the counts of the Rust engine, text by text',
    async (_, i) => {
      for (const [at, { name, lines }] of texts.entries()) {
        const parts = lines.replace(/\n$/, '').split('\n');
        const counts: number[] = [];
        for (const line of parts)
          counts.push((await rust[i]!.encode(line, null, { addSpecialTokens: false })).getLength());
        const own = report.texts[at]!;
        expect(own.name).toBe(name);
        expect({ name, tokens: own.figures[i]!.tokens }).toEqual({ name, tokens: counts.reduce((a, b) => a + b, 0) });
      }
    },
  );

  it('have the share of unknown and of byte tokens that their kind has', () => {
    const [llama, llama3, qwen, bert, t5] = report.total.figures;
    for (const { unknownTokens } of [llama!, llama3!, qwen!]) expect(unknownTokens).toBe(0);
    for (const { byteTokens } of [bert!, t5!]) expect(byteTokens).toBe(0);
    for (const { byteShare } of [llama!, llama3!, qwen!]) expect(byteShare).toBeGreaterThan(0.05);
    expect(bert!.unknownShare).toBeGreaterThan(0.001);
    // T5 has no Chinese: a stretch without spaces is one unknown token.
    const news = report.texts.find(({ name }) => name === 'zh-news')!.figures[4]!;
    expect(news.unknownShare).toBeGreaterThan(0.2);
    expect(news.unknownCharacterShare).toBeGreaterThan(0.9);
    const english = report.texts.find(({ name }) => name === 'en')!.figures;
    for (const { unknownCharacterShare } of english) expect(unknownCharacterShare).toBeLessThan(0.03);
  });

  it('count unknown tokens as the Rust engine does', async () => {
    for (const [i, unknown] of [
      [3, '[UNK]'],
      [4, '<unk>'],
    ] as const) {
      let count = 0;
      for (const { lines } of texts) {
        for (const line of lines.replace(/\n$/, '').split('\n')) {
          const id = rust[i]!.tokenToId(unknown)!;
          const ids = (await rust[i]!.encode(line, null, { addSpecialTokens: false })).getIds();
          count += ids.filter((each) => each === id).length;
        }
      }
      expect(report.total.figures[i]!.unknownTokens).toBe(count);
    }
  });

  it('measure pieces by the characters that they stand for', () => {
    for (const { lengths, meanTokenLength } of report.pieceLengths) {
      expect(lengths.find(({ characters }) => characters === 1)!.pieces).toBeGreaterThan(30);
      expect(meanTokenLength).toBeGreaterThan(1);
      expect(meanTokenLength).toBeLessThan(4);
      expect(lengths.at(-1)!.characters).toBeLessThan(30);
    }
    // A byte-level vocabulary holds every byte, of which 128 are no ASCII; pieces of several bytes come on top.
    expect(report.pieceLengths[1]!.byte.pieces).toBeGreaterThanOrEqual(128);
    expect(report.pieceLengths[0]!.byte.pieces).toBe(256);
  });

  it('stay readable side by side: a terminal of 80 columns, a Markdown table of five rows a text', () => {
    const terminal = formatComparisonTerminal(report, { width: 80 });
    for (const line of terminal.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
    expect(terminal.match(/^unknown tokens/gm)!.length).toBeGreaterThan(0);
    const markdown = formatComparisonMarkdown(report);
    expect(markdown).toContain('| unknown |');
    const figures = markdown.slice(0, markdown.indexOf('- in brackets:'));
    for (const kind of KINDS) expect(figures.split(`| ${kind} `)).toHaveLength(report.texts.length + 2);
  });

  it('give passages whose tokens can be shown', async () => {
    const data = await collectPageData({
      report,
      tokenizers: loaded.map((entry) => ({ entry })),
      candidates: collector.candidates(),
      packageVersion: '0',
    });
    expect(data.vocabularies!.map(({ kind }) => kind)).toEqual(
      loaded.map(({ bytes, model }) => (bytes ? 'sentencepiece' : model ? 'packed-model' : 'tokenizer-json')),
    );
    for (const { passage, tokens } of data.samples!) {
      for (const i of [1, 2]) {
        const { surfaces } = tokens[i]!;
        // Where nothing is a part of a character, the surfaces of a byte-level tokenizer are the text.
        if (!surfaces!.includes(null)) expect(surfaces!.join('')).toBe(passage);
      }
    }
    const english = data.samples!.find(({ text }) => text === 'en')!;
    expect(english.tokens[1]!.surfaces!.join('')).toBe(english.passage);
  });
});
