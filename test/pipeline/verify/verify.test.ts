// verify on folders as merge writes them: agreement is stated, known causes are named, a broken file is caught.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import { BYTE_LEVEL_UNITS, byteLevelBytes } from '../../../src/core/unicode/byte-level.ts';
import { buildGguf } from '../../../src/formats/gguf/build-gguf.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { buildTokenizerJson, serializeTokenizerJson } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { parseVocabulary } from '../../../src/formats/vocabulary/parse-vocabulary.ts';
import type { MergeScores } from '../../../src/merge/merge-options.ts';
import { type MergedTokenizer, mergeTokenizers } from '../../../src/pipeline/build/merge-tokenizers.ts';
import { findEnginePackage } from '../../../src/pipeline/verify/engines.ts';
import { formatVerifyTerminal, type VerifyReport } from '../../../src/pipeline/verify/report.ts';
import { verifyTokenizer } from '../../../src/pipeline/verify/verify.ts';
import { llama2 as base, sampleLines } from '../../llama2.ts';
import { modelOf } from '../../models.ts';
import { needsLongRun } from '../../skip.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const hasRust = findEnginePackage('tokenizers') !== undefined;
const hasTiktoken = findEnginePackage('tiktoken') !== undefined;
const hasLlamaCpp = findEnginePackage('node-llama-cpp') !== undefined;
// Pieces that can be made in several ways, so that with equal scores the way matters.
const EXTENSION = modelOf(
  ['中国', '国人', '人民', '中国人', '人民日', '日行', '民日', '12', '23', '34'].map((piece, i) => [piece, -i]),
);

const folder = temporaryFolder();

const merges = new Map<MergeScores, Promise<MergedTokenizer>>();

/** Merged once for all tests. */
function merge(scores: MergeScores): Promise<MergedTokenizer> {
  const found = merges.get(scores) ?? mergeTokenizers({ base, extension: EXTENSION, scores });
  merges.set(scores, found);
  return found;
}

async function writeMerge(name: string, scores: MergeScores): Promise<string> {
  const { files } = await merge(scores);
  const out = await mkdtemp(join(folder, name));
  for (const [file, data] of files) if (/^tokenizer/.test(file)) await writeFile(join(out, file), data);
  return out;
}

/** Llama 3's pipeline with a few pieces, special tokens among them. */
function byteLevelJson() {
  const pieces = [...Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit)), 'Ġa', 'ab', 'ä¸', 'ä¸Ń', 'ĠĠ'];
  const split = {
    type: 'Split',
    pattern: { Regex: PRE_TOKENIZER_PATTERNS.llama3 },
    behavior: 'Isolated',
    invert: false,
  };
  const token = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [{ id: pieces.length, content: '<|end|>', ...token }],
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [split, { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      unk_token: null,
      ignore_merges: true,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: ['Ġ a', 'a b', 'ä ¸', 'ä¸ Ń', 'Ġ Ġ'],
    },
  };
}

/** What engines do that read any byte-level vocabulary, whatever file it is in. */
const BYTE_LEVEL_STATUSES = {
  'sentencepiece-js': 'no-file',
  '@huggingface/tokenizers': 'compared',
  tokenizers: hasRust ? 'compared' : 'not-installed',
  tiktoken: hasTiktoken ? 'compared' : 'not-installed',
  'node-llama-cpp': hasLlamaCpp ? 'compared' : 'not-installed',
};

const statuses = ({ engines }: VerifyReport) =>
  Object.fromEntries(engines.map(({ engine, status }) => [engine, status]));
const engineOf = ({ engines }: VerifyReport, name: string) => engines.find(({ engine }) => engine === name)!;

const lines = sampleLines.slice(0, 300);
/** Where what others say does not matter. */
const WITH_HUGGING_FACE = ['vocab-merge', '@huggingface/tokenizers'] as const;

describe('verify', () => {
  it('finds the same ids everywhere for a merge with scores below', async () => {
    const report = await verifyTokenizer({
      source: await writeMerge('below', 'below'),
      lines: lines,
      randomTexts: 300,
    });
    expect(report.passed).toBe(true);
    expect(report).toMatchObject({ vocabSize: 32010, lines: 300 });
    expect(report.builtInTexts).toBeGreaterThan(340);
    expect(statuses(report)).toEqual({
      'vocab-merge': 'reference',
      'vocab-merge-json': 'compared',
      'sentencepiece-js': 'compared',
      '@huggingface/tokenizers': 'compared',
      tokenizers: hasRust ? 'compared' : 'not-installed',
      tiktoken: hasTiktoken ? 'no-file' : 'not-installed',
      'node-llama-cpp': hasLlamaCpp ? 'compared' : 'not-installed',
    });
    for (const { engine, differing, known, unexplained } of report.engines) {
      expect(unexplained.texts, engine).toBe(0);
      const reads = engine === '@huggingface/tokenizers' || (engine === 'tokenizers' && hasRust);
      // <unk>, <s> and </s>, each alone and in two texts.
      expect(known.map(({ cause, texts }) => [cause, texts])).toEqual(reads ? [['spelled-token', 9]] : []);
      expect(differing).toBe(reads ? 9 : 0);
    }
    if (hasRust) expect(engineOf(report, 'tokenizers').version).toMatch(/^\d+\.\d+/);
    const [spelled] = engineOf(report, '@huggingface/tokenizers').known;
    expect(spelled!.examples).toHaveLength(3);
    expect(spelled!.examples[1]).toEqual({
      line: null,
      text: 'a<unk>b',
      at: 1,
      expected: { ids: [29966, 2960, 29958, 29890], pieces: ['<', 'unk', '>', 'b'] },
      found: { ids: [0, 289], pieces: ['<unk>', '▁b'] },
    });
    const text = formatVerifyTerminal(report);
    expect(text).toContain('the same ids, but for 9 texts with a known cause (spelled-token)');
    expect(text).not.toContain('DIFFERS');
  });

  it('finds the same ids everywhere for a byte-level tokenizer.json', async () => {
    const out = await mkdtemp(join(folder, 'bytes'));
    await writeFile(join(out, 'tokenizer.json'), JSON.stringify(byteLevelJson()));
    const report = await verifyTokenizer({ source: out, lines, randomTexts: 300 });
    expect(report.passed, formatVerifyTerminal(report)).toBe(true);
    expect(statuses(report)).toEqual({
      ...BYTE_LEVEL_STATUSES,
      'vocab-merge': 'no-file',
      'vocab-merge-json': 'reference',
    });
    expect(report.engines.reduce((sum, { differing }) => sum + differing, 0)).toBe(0);
  });

  it('finds the same ids everywhere for a byte-level vocabulary in any other file', needsLongRun, async () => {
    const { model } = byteLevelJson();
    const listed = parseVocabulary({ fileName: 'tokenizer.json', bytes: Buffer.from(JSON.stringify(byteLevelJson())) });
    const pieces = Object.keys(model.vocab).map((piece) => Buffer.from(byteLevelBytes(piece)!));
    // Ranks want the bytes in their order first.
    const ranked = [...Array.from({ length: 256 }, (_, byte) => Buffer.of(byte)), ...pieces.slice(256)];
    const tekken = {
      config: { pattern: PRE_TOKENIZER_PATTERNS.llama3, default_vocab_size: 264, default_num_special_tokens: 3 },
      vocab: ranked.map((bytes, rank) => ({ rank, token_bytes: bytes.toString('base64'), token_str: null })),
    };
    // Only GPT-2's cutting is known for the pair.
    const pair = { 'vocab.json': JSON.stringify(model.vocab), 'merges.txt': model.merges.join('\n') };
    const sources: Record<string, Record<string, string | Uint8Array>> = {
      gguf: { 'model.gguf': buildGguf(listed).bytes },
      'tekken.json': { 'tekken.json': JSON.stringify(tekken) },
      'vocab.json': pair,
    };
    for (const [kind, files] of Object.entries(sources)) {
      const source = await mkdtemp(join(folder, 'kind'));
      for (const [name, content] of Object.entries(files)) await writeFile(join(source, name), content);
      const report = await verifyTokenizer({ source, lines: lines.slice(0, 100), randomTexts: 200 });
      expect(report.passed, formatVerifyTerminal(report)).toBe(true);
      expect(report.engines.reduce((sum, { differing }) => sum + differing, 0)).toBe(0);
      expect(statuses(report)).toEqual({
        ...BYTE_LEVEL_STATUSES,
        'vocab-merge': 'reference',
        'vocab-merge-json': 'compared',
        ...(hasTiktoken && kind === 'vocab.json' && { tiktoken: 'no-file' }),
      });
      expect(engineOf(report, 'sentencepiece-js').reason).toContain(`is a ${kind} file, no SentencePiece model`);
      expect(engineOf(report, 'vocab-merge-json').file).toMatch(/^tokenizer\.json made from /);
    }
  });

  it('gives SentencePiece the model that a GGUF holds', async () => {
    const source = join(folder, 'llama2.gguf');
    await writeFile(source, buildGguf(base.model).bytes);
    const engines = ['vocab-merge', 'sentencepiece-js'] as const;
    const report = await verifyTokenizer({ source, engines, lines: lines.slice(0, 100), randomTexts: 100 });
    expect(report.passed, formatVerifyTerminal(report)).toBe(true);
    expect(statuses(report)).toMatchObject({ 'vocab-merge': 'reference', 'sentencepiece-js': 'compared' });
    expect(engineOf(report, 'sentencepiece-js')).toMatchObject({ differing: 0 });
  });

  it('names ties, and only where the list of merges gives exactly these ids', async () => {
    const source = await writeMerge('zero', 'zero');
    const engines = ['vocab-merge', 'vocab-merge-json', 'sentencepiece-js', '@huggingface/tokenizers'] as const;
    const lines = ['中国人民日行', '1234', 'English'];
    const report = await verifyTokenizer({ source, engines, lines, randomTexts: 0 });
    expect(report.passed).toBe(true);
    const js = engineOf(report, '@huggingface/tokenizers');
    const tied = js.known.find(({ cause }) => cause === 'tied-scores')!;
    expect(tied.examples.map(({ text }) => text)).toContain('中国人民日行');
    expect(engineOf(report, 'vocab-merge-json').status).toMatch(/refused|compared/);
    expect(engineOf(report, 'sentencepiece-js').differing).toBe(0);
  });

  it('explains a line of more tokens than a call takes arguments', needsLongRun, async () => {
    const source = await writeMerge('zero-long', 'zero');
    const lines = ['中国人民日行'.repeat(50_000)];
    const engines = WITH_HUGGING_FACE;
    const report = await verifyTokenizer({ source, engines, lines, randomTexts: 0 });
    expect(report.passed).toBe(true);
    expect(engineOf(report, '@huggingface/tokenizers').known.at(-1)).toMatchObject({ cause: 'tied-scores', texts: 1 });
  });

  it('names characters without a piece, which only SentencePiece joins', async () => {
    // 银 is no piece of the base.
    const extension = modelOf([['银行', -1]]);
    const { files } = await mergeTokenizers({ base, extension, scores: 'below' });
    const source = await mkdtemp(join(folder, 'missing'));
    for (const file of ['tokenizer.model', 'tokenizer.json']) await writeFile(join(source, file), files.get(file)!);
    const engines = WITH_HUGGING_FACE;
    const report = await verifyTokenizer({ source, engines, lines: ['人民银行', '银'], randomTexts: 0 });
    const { known, unexplained } = engineOf(report, '@huggingface/tokenizers');
    expect(unexplained.texts).toBe(0);
    expect(known.map(({ cause, texts }) => [cause, texts])).toEqual([
      ['spelled-token', 9],
      ['missing-character', 1],
    ]);
    expect(known[1]!.examples[0]!.line).toBe(1);
  });

  it('names leading spaces where tokenizer.json has a Metaspace', async () => {
    const source = await writeMerge('metaspace', 'below');
    const { model } = await merge('below');
    await writeFile(
      join(source, 'tokenizer.json'),
      serializeTokenizerJson(buildTokenizerJson(model, { legacy: false })),
    );
    const engines = WITH_HUGGING_FACE;
    const report = await verifyTokenizer({ source, engines, lines: ['  two spaces', 'none'], randomTexts: 100 });
    expect(report.passed).toBe(true);
    const causes = engineOf(report, '@huggingface/tokenizers').known.map(({ cause }) => cause);
    expect(causes).toEqual(['spelled-token', 'leading-space']);
  });

  it('fails on a tokenizer.json that is not the model’s, and shows where', async () => {
    const source = await writeMerge('broken', 'below');
    const path = join(source, 'tokenizer.json');
    const json = JSON.parse(await readFile(path, 'utf8'));
    const { vocab } = json.model;
    [vocab['▁the'], vocab['▁of']] = [vocab['▁of'], vocab['▁the']];
    await writeFile(path, JSON.stringify(json));
    const engines = WITH_HUGGING_FACE;
    const report = await verifyTokenizer({
      source,
      engines,
      lines: ['中文', 'the head'],
      randomTexts: 0,
      examples: 1000,
    });
    expect(report.passed).toBe(false);
    const { unexplained } = engineOf(report, '@huggingface/tokenizers');
    const difference = unexplained.examples.find(({ line }) => line === 2)!;
    expect(difference.text).toBe('the head');
    expect(difference).toMatchObject({
      at: 0,
      expected: { pieces: ['▁the', '▁head'] },
      found: { pieces: ['▁of', '▁head'] },
    });
    expect(formatVerifyTerminal(report)).toContain('DIFFERS');
  });

  it('says what cannot be loaded', async () => {
    const source = await writeMerge('damaged', 'below');
    const path = join(source, 'tokenizer.json');
    const json = JSON.parse(await readFile(path, 'utf8'));
    delete json.model;
    await writeFile(path, JSON.stringify(json));
    const engines = ['vocab-merge', 'vocab-merge-json', '@huggingface/tokenizers'] as const;
    const report = await verifyTokenizer({ source, engines, randomTexts: 0 });
    expect(report.passed).toBe(false);
    expect(engineOf(report, '@huggingface/tokenizers').status).toBe('failed');
    expect(engineOf(report, '@huggingface/tokenizers').reason).toContain('has no "model" object');
    expect(engineOf(report, 'vocab-merge-json').status).toBe('refused');
  });

  it('takes a model alone, with the tokenizer.json that merge would write', async () => {
    const source = await writeMerge('alone', 'below');
    await rm(join(source, 'tokenizer.json'));
    const engines = ['vocab-merge', 'vocab-merge-json'] as const;
    const report = await verifyTokenizer({ source, engines, randomTexts: 50 });
    expect(report.passed).toBe(true);
    expect(engineOf(report, 'vocab-merge-json').file).toMatch(/^tokenizer\.json made from /);
    expect(parseTokenizerModel(await readFile(join(source, 'tokenizer.model'))).pieces).toHaveLength(32010);
  });

  it('refuses a number of random strings that is none', async () => {
    await expect(verifyTokenizer({ source: 'llama2', randomTexts: -1 })).rejects.toThrow('not a whole number');
    await expect(verifyTokenizer({ source: './nowhere' })).rejects.toThrow('no such file or folder');
  });
});
