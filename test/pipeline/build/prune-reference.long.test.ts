// Pruned vocabularies in the reference engines: SentencePiece models, BPE and Unigram, in sentencepiece, published byte-level
// tokenizers in tokenizers (Rust). They load, give the ids that ours gives, and the ids of text whose pieces all stay are the
// old ones, closed up; special tokens are read as before.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { ABSENT_PIECE } from '../../../src/core/model.ts';
import { pruneVocabulary } from '../../../src/pipeline/build/prune-vocabulary.ts';
import { loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { needsPython, runPython } from '../../python.ts';
import { needsShared, sharedFixture, sharedPath } from '../../shared.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

const ENCODE = `
import json, sys, sentencepiece
processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
texts = json.load(open(sys.argv[2]))
ids = processor.encode(texts)
print(json.dumps({'size': processor.vocab_size(), 'ids': ids, 'decoded': [processor.decode(i) for i in ids]}))
`;

const MODELS = [
  'llama2.model',
  'chinese_sp.model',
  ...[
    'news-unigram-20k',
    'wiki-unigram-8k-symbols',
    'wiki-unigram-8k-llama',
    'wiki-bpe-8k',
    'mixed-bpe-12k-nosplit',
  ].map((name) => `trained/${name}.model`),
];

describe.each(MODELS)('%s, pruned', needsPython, (name) => {
  it('is loaded by sentencepiece, and has its old ids up to the gaps', needsShared, async () => {
    const base = requireExtendable(await loadTokenizer(sharedPath(`fixtures/${name}`)));
    const samples = await sampleTexts();
    const lines = samples.flatMap(({ lines }) => lines.split('\n').filter((line) => line !== ''));
    const texts = [...lines, '', ' ', '  a  b ', '𠀀🦙 é\u0301 ½', 'ﬁ．１２３'];
    // Half of what can leave at most.
    const targetSize = Math.round(base.model.pieces.length * 0.6);
    const keepText = [{ name: 'samples', open: () => lines.filter((_, i) => i % 3 === 0) }];
    const { document, tokenizer, removed } = await pruneVocabulary({ base, targetSize, keepText });
    const [model, file] = [join(root, 'tokenizer.model'), join(root, 'texts.json')];
    writeFileSync(model, document.vocabularyFile.bytes);
    writeFileSync(file, JSON.stringify(texts));
    const seen = runPython(ENCODE, [model, file]) as { size: number; ids: number[][]; decoded: string[] };
    expect(seen.size).toBe(targetSize);
    expect(seen.ids).toEqual(texts.map((text) => tokenizer.encode(text)));
    expect(seen.decoded).toEqual(texts.map((text) => tokenizer.decode(tokenizer.encode(text))));
    const isGone = new Set(removed.ids);
    const kept = base.model.pieces.map((_, id) => id).filter((id) => !isGone.has(id));
    let same = 0;
    for (const [i, text] of texts.entries()) {
      const before = base.tokenizer.encode(text);
      if (before.some((id) => isGone.has(id))) continue;
      expect(seen.ids[i]!.map((id) => kept[id])).toEqual(before);
      same++;
    }
    expect(same).toBeGreaterThan(lines.length / 4);
    expect(readFileSync(model).length).toBeLessThan(sharedFixture(`${name}`).length);
  });
});

const PUBLISHED = [
  ...['llama3.1', 'qwen2.5', 'qwen3', 'gpt4o', 'gpt2', 'deepseek-v3', 'mistral-nemo', 'gemma2'].map(
    (name) => `${name}/tokenizer.json`,
  ),
  ...['llama3-tiktoken/tokenizer.model', 'mistral-nemo-tekken/tekken.json'],
];

describe.each(PUBLISHED)('%s, pruned', needsShared, (name) => {
  it('is loaded by the Rust engine with the ids that ours gives, special tokens among them', async () => {
    const folder = mkdtempSync(join(root, 'published-'));
    const file = join(folder, basename(name));
    writeFileSync(file, sharedFixture(`byte-level/${name}.gz`));
    const base = requireExtendable(await loadTokenizer(file));
    const golden = sharedFixture('byte-level/golden.jsonl.gz').toString().trim().split('\n');
    const texts = golden.map((line) => (JSON.parse(line) as { text: string }).text).filter((_, i) => i % 5 === 0);
    const specials = base.model.addedTokens.slice(-3).map(({ content }) => `a${content}b`);
    const keepText = [{ name: 'golden', open: () => texts.filter((_, i) => i % 3 === 0) }];
    const targetSize = Math.round(base.model.pieces.length * 0.4);
    const { tokenizer, removed, files } = await pruneVocabulary({ base, targetSize, keepText });
    const written = join(folder, 'pruned.json');
    writeFileSync(written, files.get('tokenizer.json')!);
    const rust = RustTokenizer.fromFile(written);
    const isGone = new Set(removed.ids);
    const { pieceTypes } = base.model;
    // GPT-4o's vocabulary has an id without a piece.
    const kept = [...pieceTypes.keys()].filter((id) => pieceTypes[id] !== ABSENT_PIECE && !isGone.has(id));
    let same = 0;
    for (const text of [...texts, ...specials]) {
      const ids = tokenizer.encode(text);
      expect((await rust.encode(text, null, { addSpecialTokens: false })).getIds()).toEqual(ids);
      const before = base.tokenizer.encode(text);
      if (before.some((id) => isGone.has(id))) continue;
      expect(ids.map((id) => kept[id])).toEqual(before);
      same++;
    }
    expect(same).toBeGreaterThan(texts.length / 3);
  });
});
