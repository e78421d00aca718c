// What is written back is run by those who read it: published tokenizers of every format, extended by pieces and a token, in the
// Rust engine, @huggingface/tokenizers, tiktoken, llama.cpp where it is installed, and transformers, loaded as a user does and
// saved by it again. One set of ids for all, and the base's special tokens keep theirs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ABSENT_PIECE } from '../../../src/core/model.ts';
import { buildGguf } from '../../../src/formats/gguf/build-gguf.ts';
import type { TokenizerDocument } from '../../../src/formats/tokenizer-document.ts';
import { sha256Of } from '../../../src/pipeline/io/sha256.ts';
import { formatVerifyTerminal } from '../../../src/pipeline/verify/report.ts';
import { verifyTokenizer } from '../../../src/pipeline/verify/verify.ts';
import { loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { patchOfTexts } from '../../byte-patches.ts';
import { zhPieces } from '../../llama2.ts';
import { needsPython, runPython } from '../../python.ts';
import { needsShared, sharedFixture } from '../../shared.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { type PublishedName, publishedJson, readGoldenTexts } from '../../tokenize/published-tokenizers.ts';

const root = temporaryFolder();

const NEW_TEXTS = zhPieces.filter((piece) => [...piece].length > 1 && !piece.startsWith('▁')).slice(0, 800);

type Files = Readonly<Record<string, Uint8Array | string>>;

interface Kind {
  /** What the base is read from. */
  readonly base: () => Promise<Files> | Files;
  /** Further files that the extension is written to, and those that it is not. */
  readonly others?: readonly string[];
  readonly skipped?: readonly string[];
  readonly noTokens?: boolean;
  /** What config.json beside it says. */
  readonly modelType?: string;
}

const fixture = (path: string) => sharedFixture(`byte-level/${path}.gz`);
const published = (name: PublishedName): Files => ({
  'tokenizer.json': publishedJson(name),
  'tokenizer_config.json': sharedFixture(`byte-level/${name}/tokenizer_config.json`),
});

/** vocab.json and merges.txt as transformers writes them. */
function pairOf(name: PublishedName): Files {
  const files = published(name);
  const { model } = JSON.parse(new TextDecoder().decode(files['tokenizer.json'] as Uint8Array)) as {
    model: { vocab: Record<string, number>; merges: (string | string[])[] };
  };
  const lines = model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
  return { ...files, 'vocab.json': JSON.stringify(model.vocab), 'merges.txt': `#version: 0.2\n${lines.join('\n')}\n` };
}

async function ggufOf(name: PublishedName): Promise<Files> {
  const folder = write(`${name}-for-gguf`, published(name));
  return { 'model.gguf': buildGguf((await loadTokenizer(folder)).model!).bytes };
}

const KINDS: Readonly<Record<string, Kind>> = {
  'llama3.1': { base: () => published('llama3.1'), modelType: 'llama' },
  'qwen2.5 with vocab.json and merges.txt': {
    base: () => pairOf('qwen2.5'),
    others: ['vocab.json'],
    modelType: 'qwen2',
  },
  qwen3: { base: () => published('qwen3'), modelType: 'qwen3' },
  'gpt2 as vocab.json and merges.txt': {
    base: () => {
      const { 'tokenizer.json': _, ...pair } = pairOf('gpt2');
      return pair;
    },
    others: ['vocab.json'],
    modelType: 'gpt2',
  },
  gpt4o: { base: () => published('gpt4o') },
  // Without config.json, so that the class of tokenizer_config.json alone decides.
  'deepseek-v3': { base: () => published('deepseek-v3') },
  'mistral-nemo': { base: () => published('mistral-nemo'), modelType: 'mistral' },
  gemma2: { base: () => published('gemma2'), modelType: 'gemma2' },
  'Llama 3 as a tiktoken file': {
    base: () => ({ 'tokenizer.model': fixture('llama3-tiktoken/tokenizer.model') }),
    skipped: ['tokenizer.model'],
  },
  'Mistral as tekken.json': {
    base: () => ({ 'tekken.json': fixture('mistral-nemo-tekken/tekken.json') }),
    others: ['tekken.json'],
    noTokens: true,
  },
  'llama3.1 as a GGUF': { base: () => ggufOf('llama3.1'), skipped: ['model.gguf'] },
};

function write(name: string, files: Iterable<readonly [string, string | Uint8Array]> | Files): string {
  const folder = join(root, name.replaceAll(/[^\w.-]/g, '-'));
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Symbol.iterator in files ? files : Object.entries(files)) {
    writeFileSync(join(folder, file), content);
  }
  return folder;
}

interface Extended {
  readonly folder: string;
  readonly base: TokenizerDocument;
  readonly merged: TokenizerDocument;
}

const made = new Map<string, Promise<Extended>>();

function extend(name: string): Promise<Extended> {
  const make = async (): Promise<Extended> => {
    const { base, noTokens } = KINDS[name]!;
    const { document } = requireExtendable(await loadTokenizer(write(`${name}-base`, await base())));
    const merged = document.apply(patchOfTexts(document.model, NEW_TEXTS, noTokens ? [] : ['<|new|>']));
    return { folder: write(name, merged.files()), base: document, merged };
  };
  const found = made.get(name) ?? make();
  made.set(name, found);
  return found;
}

const golden = (): string[] => readGoldenTexts().map(({ text }) => text);

/** Egyptian hieroglyphs of Unicode 16, which llama.cpp's tables do not know for letters. */
const LATE_LETTERS = /[\u{13460}-\u{143ff}]/u;

describe('extensions of published tokenizers', needsShared, () => {
  it.each(Object.keys(KINDS))('%s: the files are those of one vocabulary, in every engine', async (name) => {
    const { others = [], skipped = [] } = KINDS[name]!;
    const { folder, base, merged } = await extend(name);
    expect(merged.skipped.map(({ file }) => file)).toEqual(skipped);
    expect(merged.model.pieces.length).toBeGreaterThan(base.model.pieces.length + 50);
    for (const token of base.model.addedTokens) expect(merged.model.addedTokens).toContainEqual(token);

    const loaded = await loadTokenizer(folder);
    expect(loaded.sha256).toBe(sha256Of(merged.vocabularyFile.bytes));
    expect(loaded.model!.pieces).toEqual(merged.model.pieces);
    const lines = golden().filter((text, i) => i % 8 === 0 && !LATE_LETTERS.test(text));
    for (const source of [folder, ...others.map((file) => join(folder, file))]) {
      const report = await verifyTokenizer({ source, lines, randomTexts: 200 });
      expect(report.passed, formatVerifyTerminal(report)).toBe(true);
      for (const { engine, status, known } of report.engines) {
        if (status !== 'compared' || engine === 'node-llama-cpp') continue;
        // JavaScript's spaces, in GPT-2's pattern.
        expect(
          known.filter(({ cause }) => cause !== 'javascript-space'),
          engine,
        ).toEqual([]);
      }
    }
  });

  it('special tokens that only tokenizer.json lists keep their ids with the pair, too', async () => {
    const { folder } = await extend('qwen2.5 with vocab.json and merges.txt');
    const vocab = JSON.parse(readFileSync(join(folder, 'vocab.json'), 'utf8')) as Record<string, number>;
    expect([vocab['<|endoftext|>'], vocab['<|file_sep|>']]).toEqual([151_643, 151_664]);
  });
});

const COMPARE = `
import json, os, sys
from transformers import AutoTokenizer
folders, texts = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
seen = {}
for name, (folder, path) in folders.items():
    wanted = json.load(open(path))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    saved = folder + '-saved'
    tokenizer.save_pretrained(saved)
    if os.path.exists(folder + '/config.json'):
        open(saved + '/config.json', 'w').write(open(folder + '/config.json').read())
    counts = []
    for one in (tokenizer, AutoTokenizer.from_pretrained(saved)):
        found = one(texts, add_special_tokens=False)['input_ids']
        counts.append(sum(a != b for a, b in zip(found, wanted)))
    seen[name] = [len(tokenizer), *counts]
print(json.dumps(seen))
`;

describe('in transformers', needsShared, () => {
  it('AutoTokenizer gives our ids, and so it does when it has saved them', needsPython, async () => {
    const texts = golden();
    const folders: Record<string, [string, string]> = {};
    const sizes: Record<string, number> = {};
    for (const [name, { modelType }] of Object.entries(KINDS)) {
      const { folder } = await extend(name);
      const { tokenizer, model } = await loadTokenizer(folder);
      const path = `${folder}-ids.json`;
      writeFileSync(path, JSON.stringify(texts.map((text) => tokenizer.encode(text))));
      if (modelType !== undefined) write(name, { 'config.json': JSON.stringify({ model_type: modelType }) });
      folders[name] = [folder, path];
      sizes[name] = model!.pieceTypes.filter((type) => type !== ABSENT_PIECE).length;
    }
    const lists = ['folders', 'texts'].map((name) => join(root, `${name}.json`));
    writeFileSync(lists[0]!, JSON.stringify(folders));
    writeFileSync(lists[1]!, JSON.stringify(texts));
    const seen = runPython(COMPARE, lists) as Record<string, [size: number, differing: number, afterSaving: number]>;
    expect(seen).toEqual(Object.fromEntries(Object.keys(folders).map((name) => [name, [sizes[name], 0, 0]])));
  });
});
