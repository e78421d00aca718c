// One small vocabulary in every file that can hold it: the bytes, " a", "ab", and one special token; and a SentencePiece-like
// one that lists its merges, as Gemma's.
import { PRE_TOKENIZER_PATTERNS } from '../src/core/pre-tokenizer-patterns.ts';
import { BYTE_LEVEL_UNITS } from '../src/core/unicode/byte-level.ts';
import { byteToPiece, encodeUtf8 } from '../src/core/unicode/utf8.ts';
import { buildGguf } from '../src/formats/gguf/build-gguf.ts';
import { parseTokenizerJsonModel } from '../src/formats/tokenizer-json/tokenizer-json.ts';
import type { VocabularyFile } from '../src/formats/vocabulary/parse-vocabulary.ts';

const ALPHABET = Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit));
const VOCAB = Object.fromEntries([...ALPHABET, 'Ġa', 'ab'].map((piece, id) => [piece, id]));
const BYTES = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), ' a', 'ab'];
const base64 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('base64');
const CONFIG = { eos_token: '<|end|>', added_tokens_decoder: { 258: { content: '<|end|>', special: true } } };

/** The parsed tokenizer.json. */
export const KIND_JSON = {
  added_tokens: [{ id: 258, content: '<|end|>', special: true }],
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: PRE_TOKENIZER_PATTERNS.qwen }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    ],
  },
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab: VOCAB, merges: ['Ġ a', 'a b'] },
};

const TEKKEN = {
  config: { pattern: PRE_TOKENIZER_PATTERNS.qwen, default_vocab_size: 260, default_num_special_tokens: 2 },
  vocab: BYTES.map((piece, rank) => ({ rank, token_bytes: base64(piece) })),
};

/** The tiktoken file, which is without its pattern. */
export const KIND_RANKS: string = BYTES.map((piece, rank) => `${base64(piece)} ${rank}\n`).join('');

const jsonText = JSON.stringify(KIND_JSON);
/** The GGUF. */
export const KIND_GGUF: Uint8Array = buildGguf(
  parseTokenizerJsonModel(Buffer.from(jsonText), { config: CONFIG }),
).bytes;

/** tokenizer_config.json beside the files. */
export const KIND_CONFIG: Readonly<Record<string, string>> = { 'tokenizer_config.json': JSON.stringify(CONFIG) };

/** Folders by the kind of what is in them, the file with the vocabulary first. */
export const KIND_FOLDERS: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>> = {
  'tokenizer.json': { 'tokenizer.json': jsonText, ...KIND_CONFIG },
  'vocab.json': { 'vocab.json': JSON.stringify(VOCAB), 'merges.txt': '#version: 0.2\nĠ a\na b\n', ...KIND_CONFIG },
  'tekken.json': { 'tekken.json': JSON.stringify(TEKKEN) },
  gguf: { 'model-00001.gguf': KIND_GGUF, 'README.md': '' },
};

/** The decoder of a vocabulary of characters that falls back to bytes. */
export const BYTE_FALLBACK_DECODER = {
  type: 'Sequence',
  decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }],
};

/** A tokenizer.json as Gemma's: characters, listed merges, spaces by Replace, bytes for the rest. */
export const GEMMA_LIKE: string = JSON.stringify({
  added_tokens: [{ id: 0, content: '<bos>', special: true }],
  normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
  pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false },
  decoder: BYTE_FALLBACK_DECODER,
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    fuse_unk: true,
    byte_fallback: true,
    vocab: Object.fromEntries(
      [
        ...['<bos>', '<unk>'],
        ...Array.from({ length: 256 }, (_, byte) => byteToPiece(byte)),
        ...['a', 'b', '▁', '中', '▁a', 'ab', '中中'],
      ].map((piece, id) => [piece, id]),
    ),
    merges: [
      ['▁', 'a'],
      ['a', 'b'],
      ['中', '中'],
    ],
  },
});

/** A file of every kind, as parseVocabulary takes it. */
export const vocabularyFiles: readonly (VocabularyFile & Required<Pick<VocabularyFile, 'files'>>)[] = [
  ...Object.values(KIND_FOLDERS).map((folder) => {
    const [[fileName, content]] = Object.entries(folder) as [[string, string | Uint8Array]];
    const texts = Object.entries(folder).flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text] as const] : [],
    );
    return { fileName, bytes: typeof content === 'string' ? encodeUtf8(content) : content, files: new Map(texts) };
  }),
  { fileName: 'tokenizer.json', bytes: encodeUtf8(GEMMA_LIKE), files: new Map() },
];
