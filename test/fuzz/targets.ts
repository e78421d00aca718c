// What the guided fuzzer feeds: every reader of files, with small sound files to start from. A target takes any bytes; it must
// do its work or throw one of this library's errors. What it reads it also uses: models encode and decode, row maps are
// serialized again. Whether the result is right is not asked here; checks.ts does.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createMersenneTwister } from '../../src/core/mersenne-twister.ts';
import type { TokenizerModel } from '../../src/core/model.ts';
import { BYTE_LEVEL_UNITS } from '../../src/core/unicode/byte-level.ts';
import { encodeUtf8 } from '../../src/core/unicode/utf8.ts';
import { readLines } from '../../src/corpus/lines/read-corpus.ts';
import type { CorpusFormat } from '../../src/corpus/read/corpus-format.ts';
import { parseFrequencyTable } from '../../src/corpus/read/frequency-table.ts';
import { VocabMergeError } from '../../src/errors.ts';
import { parseVocabularyConfig } from '../../src/formats/checkpoint/model-config.ts';
import { serializeSafetensors } from '../../src/formats/checkpoint/safetensors.ts';
import { parseHeaderLength, parseSafetensorsHeader } from '../../src/formats/checkpoint/safetensors-header.ts';
import { parseSafetensorsIndex } from '../../src/formats/checkpoint/safetensors-index.ts';
import { buildGguf } from '../../src/formats/gguf/build-gguf.ts';
import { parseRowMap, serializeRowMap } from '../../src/formats/row-map/row-map.ts';
import { parseSentencePiece } from '../../src/formats/sentencepiece/document.ts';
import { serializeModelProto } from '../../src/formats/sentencepiece/model-file.ts';
import { protoFromModel } from '../../src/formats/sentencepiece/model-from-proto.ts';
import { parseTiktokenModel } from '../../src/formats/tiktoken/tiktoken-file.ts';
import { buildTokenizerJson, serializeTokenizerJson } from '../../src/formats/tokenizer-json/tokenizer-json.ts';
import { openDocument } from '../../src/formats/vocabulary/open-document.ts';
import { parseVocabulary } from '../../src/formats/vocabulary/parse-vocabulary.ts';
import { createFinder } from '../../src/tokenize/regex/finder.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';
import { parquetFile } from '../corpus/parquet-file.ts';
import { rowMaps } from '../row-maps.ts';
import { randomModel } from './random-models.ts';

/** A reader under test. */
export interface FuzzTarget {
  /** Small sound files. */
  readonly seeds: () => readonly Uint8Array[];
  /** @throws VocabMergeError for what it refuses; anything else is a finding */
  readonly read: (bytes: Uint8Array) => void | Promise<void>;
}

const TEXT = '人工智能 and\tthe 12345 次 <s>\u{1f600}\n  tail\ufffd';
/** Enough of a whole sentence for patterns, short enough for ten thousand cases a second. */
const PATTERN_TEXT = "It's 2024年，  don't\r\n stop\u{1f600}\t ABCdef ";

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function use(model: TokenizerModel): void {
  const tokenizer = createTokenizer(model);
  const decoded = tokenizer.decode(tokenizer.encode(TEXT));
  if (!decoded.isWellFormed()) throw new Error('decoded text has half a surrogate pair');
}

const vocabulary =
  (fileName: string, files?: ReadonlyMap<string, string>) =>
  (bytes: Uint8Array): void => {
    const file = { fileName, bytes, ...(files && { files }) };
    const model = parseVocabulary(file);
    use(model);
    writeBack(() => openDocument(file, model).files());
  };

/** Reads as `--input -` does. */
const corpus =
  (format?: CorpusFormat, field?: readonly string[]) =>
  async (bytes: Uint8Array): Promise<void> => {
    async function* stdin() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    }
    let units = 0;
    for await (const line of readLines(['-'], { stdin: stdin(), ...(format && { format }), ...(field && { field }) })) {
      units += line.length;
    }
    if (units < 0) throw new Error('unreachable');
  };

function models(modelType: 'bpe' | 'unigram'): TokenizerModel[] {
  return [1, 2, 3, 4].map((seed) =>
    randomModel(createMersenneTwister(seed), {
      modelType,
      otherTypes: ['userDefined', 'unused'],
      byteFallback: seed > 2,
    }),
  );
}

// What can be read may still be of a kind that cannot be written.
function writeBack(write: () => unknown): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof VocabMergeError)) throw error;
  }
}

/** Files of those models that the format can express. */
function made(all: readonly TokenizerModel[], build: (model: TokenizerModel) => Uint8Array): Uint8Array[] {
  return all.flatMap((model) => {
    try {
      return [build(model)];
    } catch (error) {
      if (error instanceof VocabMergeError) return [];
      throw error;
    }
  });
}

const ALPHABET = Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit));
const BYTE_PIECES = [...ALPHABET, 'Ġt', 'he', 'Ġthe', 'äº', 'äºº'];
const MERGES = ['Ġ t', 'h e', 'Ġt he', 'ä º', 'äº º'];
const BYTE_VOCAB = Object.fromEntries(BYTE_PIECES.map((piece, id) => [piece, id]));

function byteLevelJson(change: object): string {
  return JSON.stringify({
    added_tokens: [
      { id: 261, content: '<s>', special: true, normalized: false, single_word: false, lstrip: true, rstrip: false },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab: BYTE_VOCAB, merges: MERGES, ignore_merges: true },
    ...change,
  });
}

const SPLIT = {
  type: 'Sequence',
  pretokenizers: [
    {
      type: 'Split',
      pattern: { Regex: "'s|\\p{L}+|\\p{N}{1,3}|\\s+(?!\\S)|\\s+" },
      behavior: 'Isolated',
      invert: false,
    },
    { type: 'Digits', individual_digits: true },
    { type: 'ByteLevel', add_prefix_space: false, use_regex: false, trim_offsets: true },
  ],
};
const NORMALIZERS = {
  type: 'Sequence',
  normalizers: [
    { type: 'NFC' },
    { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    { type: 'Prepend', prepend: 'x' },
  ],
};

const text = (...texts: string[]): (() => Uint8Array[]) => {
  return () => texts.map((one) => encodeUtf8(one));
};

/** All targets by name; names are also those of the files in findings/. */
export const FUZZ_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  sentencepiece: {
    seeds: () => [...models('bpe'), ...models('unigram')].map((model) => serializeModelProto(protoFromModel(model))),
    read: (bytes) => {
      const document = parseSentencePiece(bytes);
      use(document.model);
      document.files();
    },
  },
  'tokenizer-json': {
    seeds: () => [
      ...made([...models('bpe'), ...models('unigram')], (model) =>
        encodeUtf8(serializeTokenizerJson(buildTokenizerJson(model))),
      ),
      encodeUtf8(byteLevelJson({})),
      encodeUtf8(byteLevelJson({ pre_tokenizer: SPLIT, normalizer: NORMALIZERS })),
    ],
    read: vocabulary('tokenizer.json'),
  },
  'vocab-json': {
    seeds: text(JSON.stringify(BYTE_VOCAB)),
    read: vocabulary('vocab.json', new Map([['merges.txt', `#version: 0.2\n${MERGES.join('\n')}\n`]])),
  },
  'merges-txt': {
    seeds: text(`#version: 0.2\n${MERGES.join('\n')}\n`),
    read: (bytes) => {
      const files = new Map([['merges.txt', decode(bytes)]]);
      vocabulary('vocab.json', files)(encodeUtf8(JSON.stringify(BYTE_VOCAB)));
    },
  },
  'tokenizer-config': {
    seeds: text(
      '{"bos_token":"<s>","eos_token":{"content":"</s>","lstrip":false},"added_tokens_decoder":{"300":{"content":"<x>","special":true}}}',
    ),
    read: (bytes) => {
      const files = new Map([['tokenizer_config.json', decode(bytes)]]);
      vocabulary('tokenizer.json', files)(encodeUtf8(byteLevelJson({})));
    },
  },
  tiktoken: {
    seeds: text(
      [...Array.from({ length: 256 }, (_, byte) => [byte]), [104, 101], [32, 116]]
        .map((bytes, rank) => `${Buffer.from(bytes).toString('base64')} ${rank}\n`)
        .join(''),
    ),
    read: (bytes) => use(parseTiktokenModel(bytes, { pattern: '\\S+|\\s+' })),
  },
  tekken: {
    seeds: text(
      JSON.stringify({
        config: { pattern: '\\S+|\\s+', default_vocab_size: 270, default_num_special_tokens: 12, version: 'v3' },
        vocab: [...Array.from({ length: 256 }, (_, byte) => [byte]), [104, 101]].map((bytes, rank) => ({
          ...{ rank, token_bytes: Buffer.from(bytes).toString('base64'), token_str: null },
        })),
        special_tokens: [{ rank: 0, token_str: '<unk>', is_control: true }],
      }),
    ),
    read: vocabulary('tekken.json'),
  },
  gguf: {
    seeds: () => [
      ...made(models('bpe'), (model) => buildGguf({ ...model, bosPiece: '', eosPiece: '', padPiece: '' }).bytes),
    ],
    read: vocabulary('model.gguf'),
  },
  safetensors: {
    seeds: () => [
      serializeSafetensors(
        new Map([['model.embed_tokens.weight', { dtype: 'BF16', shape: [4, 2], data: new Uint16Array(8) }]]),
      ),
    ],
    read: (bytes) => {
      const context = { fileSize: bytes.length, source: 'f' };
      const length = parseHeaderLength(bytes.subarray(0, 8), context);
      parseSafetensorsHeader(bytes.subarray(8, 8 + length), context);
    },
  },
  'checkpoint-json': {
    seeds: text(
      '{"metadata":{"total_size":16},"weight_map":{"a.weight":"model-00001-of-00001.safetensors"}}',
      '{"vocab_size":32000,"hidden_size":64,"tie_word_embeddings":true,"text_config":{"vocab_size":7}}',
    ),
    read: (bytes) => {
      const json = decode(bytes);
      if (json.includes('weight_map')) parseSafetensorsIndex(json, { source: 'f' });
      else parseVocabularyConfig(json);
    },
  },
  'row-map': {
    seeds: () => fc.sample(rowMaps(), { numRuns: 4, seed: 4 }).map((rowMap) => encodeUtf8(serializeRowMap(rowMap))),
    read: (bytes) => {
      serializeRowMap(parseRowMap(decode(bytes)));
    },
  },
  'frequency-table': {
    seeds: text('#vocab-merge/frequency-table 1 {"scripts":"Han","punctuation":"，","minCount":1}\n一\t3\n二\t5\n'),
    read: (bytes) => {
      parseFrequencyTable(decode(bytes));
    },
  },
  pattern: {
    seeds: text(
      "(?i:'s|'t|'re)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      '[\\p{Han}&&[^一]]+|(?<=a)b{2,}?|(?>x*)y|\\x{4e00}',
    ),
    read: (bytes) => {
      createFinder({ regex: decode(bytes) }, 'pre-tokenizer').findAll(PATTERN_TEXT);
    },
  },
  text: {
    seeds: () => [
      encodeUtf8('一\r\n二\n\n三'),
      Buffer.from('\ufeff你好\n世界', 'utf16le'),
      gzipSync('一\n二\n'),
      Buffer.from('28b52ffd240841000061620a63640a0a0a7e01f6d2', 'hex'),
    ],
    read: corpus(),
  },
  jsonl: {
    seeds: text('"甲"\n{"text":"乙","messages":[{"content":"丙"},{"content":"丁"}]}\n'),
    read: corpus('jsonl', ['text', 'messages[].content']),
  },
  parquet: {
    seeds: () => [
      ...['brotli', 'chat', 'gzip', 'lz4', 'snappy', 'zstd'].map((name) =>
        readFileSync(new URL(`../fixtures/corpus/${name}.parquet`, import.meta.url)),
      ),
      parquetFile([{ values: 2, data: Buffer.from('\u0003\0\0\0甲\u0003\0\0\0乙') }]),
    ],
    read: corpus('parquet', ['text', 'messages[].content']),
  },
  csv: { seeds: text('id,text\n1,"a ""b""\nc"\n2,d\n'), read: corpus('csv') },
  tsv: { seeds: text('id\ttext\n1\t"a\n2\td\n'), read: corpus('tsv') },
  counts: { seeds: text('一\t3\n二\t5\n'), read: corpus('counts') },
};
