// What examples in docstrings take for granted: values by name (or by `file#name`, where a name means something else there)
// and the files of the folder they run in. Nothing is made before it is asked for.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PIECE_TYPE } from '../../src/core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../src/core/pre-tokenizer-patterns.ts';
import { BYTE_LEVEL_UNITS } from '../../src/core/unicode/byte-level.ts';
import { frequencyTable, serializeFrequencyTable } from '../../src/corpus/read/frequency-table.ts';
import { parseVocabularyConfig } from '../../src/formats/checkpoint/model-config.ts';
import { buildGguf } from '../../src/formats/gguf/build-gguf.ts';
import { parseRowMap } from '../../src/formats/row-map/row-map.ts';
import { parseSentencePiece } from '../../src/formats/sentencepiece/document.ts';
import { parseTiktokenModel } from '../../src/formats/tiktoken/tiktoken-file.ts';
import { mergeVocab } from '../../src/merge/merge-vocab.ts';
import { buildRowMap } from '../../src/merge/row-map/build-row-map.ts';
import { appendPieces } from '../../src/pipeline/build/extend-vocabulary.ts';
import { compareTokenizers } from '../../src/report/measure/compare-tokenizers.ts';
import { createPassageCollector } from '../../src/report/measure/passages.ts';
import { collectPageData } from '../../src/report/page/collect-page-data.ts';
import { buildLlama3Ranks } from '../../src/vocab/llama3.ts';
import { loadTokenizer, requireExtendable } from '../../src/vocab/load-tokenizer.ts';
import { tensor, writeCheckpoint } from '../checkpoints.ts';
import { llama2, sampleLines, zhPieces } from '../llama2.ts';
import { sharedPath } from '../shared.ts';

const lines = sampleLines.filter((line) => line !== '').slice(0, 1000);
const text = lines.join('\n');
const texts = [
  { name: 'zh-news', lines: lines.filter((line) => /\p{Script=Han}/u.test(line)).slice(0, 20) },
  { name: 'en', lines: lines.filter((line) => !/\p{Script=Han}/u.test(line)).slice(0, 5) },
];
/** The byte alphabet of GPT-2. */
const ALPHABET = Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit));
const sha256 = (digit: string) => digit.repeat(64);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const merge = once(async () => (await appendPieces(llama2, zhPieces)).merged);
const merged = once(async () => requireExtendable(await loadTokenizer('./merged')));
const tokenizers = once(async () => [llama2, await merged()]);
const llama3Ranks = once(buildLlama3Ranks);
const llama3 = once(async () => parseTiktokenModel(await llama3Ranks()));
const chineseSp = once(() => parseSentencePiece(readFileSync(sharedPath('fixtures/chinese_sp.model'))).model);
const chineseLlama = once(async () => {
  const { patch } = mergeVocab({ base: llama2.model, extension: chineseSp(), preset: 'chinese-llama' });
  const path = join('chinese-llama', 'tokenizer.model');
  mkdirSync('chinese-llama', { recursive: true });
  writeFileSync(path, llama2.document.apply(patch).vocabularyFile.bytes);
  return requireExtendable(await loadTokenizer(path));
});

const collector = once(createPassageCollector);
const report = once(async () =>
  compareTokenizers({ tokenizers: await tokenizers(), texts: texts.map(collector().tap) }),
);
const pageData = once(async () =>
  collectPageData({
    report: await report(),
    tokenizers: (await tokenizers()).map((entry) => ({ entry })),
    candidates: collector().candidates(),
    packageVersion: '0.1.0',
  }),
);
const smallRowMap = (padToMultipleOf: number) =>
  buildRowMap({
    base: { idCount: 2, sha256: sha256('0') },
    target: { sha256: sha256('1') },
    pieces: ['a', 'b', 'ab'],
    tokenize: (piece) => [...piece].map((character) => 'ab'.indexOf(character)),
    padToMultipleOf,
  });

/** By name, what gives the value. Those from ../shared are named in {@link SHARED_SETTINGS}. */
export const setting = {
  base: () => llama2,
  llama2: () => llama2,
  tokenizer: () => llama2.tokenizer,
  model: () => llama2.model,
  bytes: () => llama2.document.vocabularyFile.bytes,
  merged,
  tokenizers,
  chineseSp,
  chineseLlama,
  'merge/choice/dead-pieces.ts#chineseLlama': async () => (await chineseLlama()).tokenizer,
  'merge/audit/repair.ts#chineseLlama': async () => (await chineseLlama()).model,
  'merge/audit/repair.ts#llama2': () => llama2.model,
  'merge/merge-vocab.ts#base': () => llama2.model,
  extension: once(() => llama2.document.buildExtension!(zhPieces.slice(0, 2000)).model),
  /** Adds `abab` to the small tokenizer.json of {@link FILES}. */
  patch: () => ({
    pieces: [{ id: 257, piece: 'abab', score: 0, type: PIECE_TYPE.normal }],
    merges: [{ leftId: 256, rightId: 256, resultId: 257 }],
    addedTokens: [],
  }),
  'formats/vocabulary/parse-vocabulary.ts#fetch': () => async (path: string) =>
    new Response(new Uint8Array(readFileSync(path))),
  lines: () => lines,
  sentences: () => lines,
  texts: () => texts,
  text: () => readFileSync('tokenizer.json', 'utf8'),
  batches: () => [lines.slice(0, 2), lines.slice(2, 4)],
  report,
  rowMap: () => parseRowMap(readFileSync('row-map.json', 'utf8')),
  'embedding/apply-row-map.ts#rowMap': () => smallRowMap(1),
  'report/print/row-map-csv.ts#rowMap': () => smallRowMap(4),
  qwenMap: () =>
    buildRowMap({
      base: { idCount: 151_665, rows: 151_936, sha256: sha256('0') },
      target: { sha256: sha256('1') },
      pieces: Array.from({ length: 151_965 }, (_, id) => `${id}`),
      tokenize: () => [0],
    }),
  'embedding/check/check-checkpoint.ts#tokenizer': () => ({
    name: 'llama2',
    pieces: 32_000,
    ids: 32_000,
    sha256: llama2.sha256,
    addedTokens: new Map<number, string>(),
    specialIds: {},
  }),
  tensors: () =>
    ['model.embed_tokens.weight', 'lm_head.weight'].map((name) => ({ name, dtype: 'BF16', shape: [32_000, 4096] })),
  config: () => parseVocabularyConfig('{"vocab_size": 32000, "tie_word_embeddings": false}'),
  data: pageData,
  'report/measure/curve/measure-curve.ts#model': async () => (await merged()).model,
  candidates: async () => {
    await report();
    return collector().candidates();
  },
  'formats/gguf/build-gguf.ts#model': llama3,
} as const;

/** Settings that need ../shared. */
export const SHARED_SETTINGS = ['chineseSp', 'chineseLlama'] as const;

/** Files that examples read or that lie beside them, by the path that an example names. */
const FILES: Readonly<Record<string, () => Promise<Uint8Array | string> | Uint8Array | string>> = {
  'news.txt.gz': () => gzipSync(text),
  'book.txt.gz': () => gzipSync(text),
  'wiki/a.txt': () => text,
  'data/a.jsonl': () => lines.map((line) => `${JSON.stringify({ content: line })}\n`).join(''),
  'heldout/a.txt': () => texts[0]!.lines.join('\n'),
  'table.tsv': () => serializeFrequencyTable(frequencyTable([['学习', 2]])),
  'part-1.tsv': () => serializeFrequencyTable(frequencyTable([['学习', 2]])),
  'part-2.tsv': () => serializeFrequencyTable(frequencyTable([['学习', 1]])),
  'broken.model': () => 'broken',
  'vocab.gguf': async () => buildGguf(await llama3()).bytes,
  'llama3/tokenizer.model': llama3Ranks,
  'qwen/tokenizer.json': () =>
    JSON.stringify({
      version: '1.0',
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        vocab: Object.fromEntries([...ALPHABET, 'ab'].map((piece, id) => [piece, id])),
        merges: ['a b'],
      },
    }),
  'vocab.json': () => JSON.stringify(Object.fromEntries([...ALPHABET, 'ab'].map((piece, id) => [piece, id]))),
  'merges.txt': () => '#version: 0.2\na b\n',
  'tekken.json': () =>
    JSON.stringify({
      config: { pattern: PRE_TOKENIZER_PATTERNS.tekken, default_vocab_size: 270, default_num_special_tokens: 12 },
      vocab: Array.from({ length: 258 }, (_, rank) => ({
        rank,
        token_bytes: Buffer.from(rank < 256 ? [rank] : [97, 97 + rank - 256]).toString('base64'),
        token_str: null,
      })),
    }),
};

/** Writes what an example reads into the folder it runs in, and empties `out`. */
export async function prepareFiles(code: string): Promise<void> {
  rmSync('out', { recursive: true, force: true });
  mkdirSync('out');
  for (const [path, make] of Object.entries(FILES)) {
    const names = [path, dirname(path)].map((name) => `'${name}'`);
    if (!names.some((name) => code.includes(name)) && !code.includes(`'./${path}`)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await make());
  }
}

/** Writes what most examples speak of: LLaMA, a merge of 49,953 pieces, a checkpoint of 32,000 short rows. */
export async function prepareFolder(folder: string): Promise<void> {
  const { files, sha256 } = await merge();
  mkdirSync(join(folder, 'merged'));
  for (const [name, data] of files) writeFileSync(join(folder, 'merged', name), data);
  const inputs = [{ name: 'zh.txt.gz', sha256: '9f86d081…' }];
  const manifest = {
    format: 'vocab-merge/manifest',
    version: 1,
    target: { sha256 },
    extension: { training: { stats: { inputs } } },
  };
  writeFileSync(join(folder, 'merged', 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'row-map.json'), files.get('row-map.json')!);
  for (const [name, data] of llama2.document.files()) writeFileSync(join(folder, name), data);
  writeCheckpoint(join(folder, 'llama-2-7b'), {
    shards: [
      { 'model.embed_tokens.weight': tensor('BF16', [32_000, 4]), 'lm_head.weight': tensor('BF16', [32_000, 4], 1) },
    ],
    config: { model_type: 'llama', vocab_size: 32_000, hidden_size: 4, tie_word_embeddings: false },
  });
}
