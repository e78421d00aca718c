// The vocabulary inside a GGUF file as the neutral model: byte-level BPE (`gpt2`), SentencePiece BPE (`llama`) and Unigram (`t5`).
// llama.cpp keeps pre-tokenizers in code, under names; a name that is not known here is refused. Unicode normalization is not
// in the file: llama.cpp does none for BPE, so neither does the model.
// Spec: ggml-org/ggml docs/gguf.md; ggml-org/llama.cpp src/llama-vocab.cpp for defaults.
import { counted } from '../../core/counted.ts';
import {
  type AddedToken,
  DEFAULT_UNK_SURFACE,
  PIECE_TYPE,
  SENTENCEPIECE_PIPELINE,
  specialToken,
  type TokenizerModel,
} from '../../core/model.ts';
import { pieceStrings } from '../../core/piece-texts.ts';
import { isUtf8, textOfUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';
import { buildListedModel, NO_NORMALIZATION } from '../listed-model.ts';
import { MergeListBuilder } from '../merge-list-builder.ts';
import { MAX_VOCAB_SIZE, PieceTable } from '../piece-table.ts';
import { validatePieces } from '../validate-pieces.ts';
import { forEachGgufString, GGUF_TYPE, type GgufArray, type GgufMetadata, ggufNumbers } from './gguf-metadata.ts';
import { GGUF_PRE_TOKENIZERS, stepsOfPreTokenizer } from './pre-tokenizers.ts';

const SPACE = 0x20;

type Fail = (problem: string, hint?: string) => never;

/** Access to the metadata with checks of types. */
interface Reader {
  readonly metadata: GgufMetadata;
  readonly source: string;
  readonly fail: Fail;
  /** A list of strings or numbers under `tokenizer.ggml.` + name; undefined when it is not there. */
  list(name: string): GgufArray | undefined;
  numbers(name: string, length: number): Float64Array | undefined;
  text(name: string): string | undefined;
  flag(name: string, fallback: boolean): boolean;
  /** An id below `idCount`, or -1. */
  id(name: string, idCount: number): number;
}

/**
 * The neutral model of the vocabulary in a GGUF file.
 *
 * @throws FormatError when there is none, it is of a kind that is not read, or it is broken
 * @example
 * ```ts
 * const metadata = parseGgufMetadata(await readFile('vocab.gguf'));
 * 'entries' in metadata && modelFromGguf(metadata).modelType; // 'bpe'
 * ```
 */
export function modelFromGguf(metadata: GgufMetadata, { source = 'GGUF file' } = {}): TokenizerModel {
  const reader = createReader(metadata, source);
  const { fail } = reader;
  const kind =
    reader.text('model') ?? fail('has no tokenizer.ggml.model, so no vocabulary', 'Give the GGUF of a language model.');
  const tokens = reader.list('tokens');
  if (tokens === undefined || tokens.elementType !== GGUF_TYPE.string || tokens.length === 0) {
    return fail('has no list of texts tokenizer.ggml.tokens');
  }
  if (tokens.length > MAX_VOCAB_SIZE) fail(`has ${tokens.length} tokens, ${MAX_VOCAB_SIZE} are the most that are read`);
  if (kind === 'gpt2') return readByteLevel(reader, tokens);
  if (kind === 'llama' || kind === 't5') return readSentencePiece(reader, tokens, kind);
  return fail(
    `has a vocabulary of the kind ${JSON.stringify(kind)}`,
    'gpt2, llama and t5 are read; use its tokenizer.json.',
  );
}

function createReader(metadata: GgufMetadata, source: string): Reader {
  const fail: Fail = (problem, hint = 'The file may be damaged: get it again.') => {
    throw new FormatError(`${source}: ${problem}`, { hint });
  };
  const entryOf = (name: string) => metadata.entries.get(`tokenizer.ggml.${name}`);
  const list = (name: string): GgufArray | undefined => {
    const value = entryOf(name);
    return typeof value === 'object'
      ? value
      : value === undefined
        ? undefined
        : fail(`tokenizer.ggml.${name} is no list`);
  };
  return {
    metadata,
    source,
    fail,
    list,
    numbers(name, length) {
      const array = list(name);
      if (array === undefined) return undefined;
      const numbers = ggufNumbers(metadata, array) ?? fail(`tokenizer.ggml.${name} holds no numbers`);
      return numbers.length === length
        ? numbers
        : fail(`tokenizer.ggml.${name} has ${counted(numbers.length, 'value')} for ${counted(length, 'token')}`);
    },
    text(name) {
      const value = entryOf(name);
      return value === undefined || typeof value === 'string' ? value : fail(`tokenizer.ggml.${name} is no text`);
    },
    flag: (name, fallback) => (typeof entryOf(name) === 'boolean' ? (entryOf(name) as boolean) : fallback),
    id(name, idCount) {
      const value = entryOf(name);
      // llama.cpp warns and takes no notice of ids outside the vocabulary.
      return typeof value === 'number' && value < idCount ? value : -1;
    },
  };
}

function readByteLevel(reader: Reader, tokens: GgufArray): TokenizerModel {
  const { fail, source } = reader;
  const pre = reader.text('pre') ?? 'default';
  const steps =
    stepsOfPreTokenizer(pre) ??
    fail(
      `has the pre-tokenizer ${JSON.stringify(pre)}, which is not known here`,
      `Use the model's tokenizer.json. Known are ${GGUF_PRE_TOKENIZERS.flatMap(({ names }) => names).join(', ')}.`,
    );
  const types = readTypes(reader, tokens.length);
  const vocab = readTokens(reader, tokens);
  const merges = reader.list('merges');
  if (merges?.elementType !== GGUF_TYPE.string) fail('has no list of texts tokenizer.ggml.merges');
  const texts = pieceStrings(vocab.texts());
  const addedTokens: AddedToken[] = [];
  for (let id = 0; id < tokens.length; id++) {
    const type = types[id];
    if (type !== PIECE_TYPE.control && type !== PIECE_TYPE.userDefined && type !== PIECE_TYPE.unknown) continue;
    addedTokens.push({ ...specialToken(id, texts[id]!), special: type !== PIECE_TYPE.userDefined });
  }
  const nameOf = (id: number) => texts[id] ?? '';
  const model = buildListedModel({
    source,
    units: 'byte',
    vocab,
    merges: readMerges(reader, merges!, vocab),
    ...steps,
    normalizers: [],
    addedTokens,
    byteFallback: false,
    unkPiece: '',
    bosPiece: nameOf(reader.id('bos_token_id', tokens.length)),
    eosPiece: nameOf(reader.id('eos_token_id', tokens.length)),
    padPiece: nameOf(reader.id('padding_token_id', tokens.length)),
  });
  if (!types.includes(PIECE_TYPE.unused)) return model;
  // Rows of padding, such as [PAD151935], are no pieces.
  const pieceTypes = model.pieceTypes.map((type, id) => (types[id] === PIECE_TYPE.unused ? 0 : type));
  return { ...model, pieceTypes, pieces: model.pieces.map((piece, id) => (pieceTypes[id] === 0 ? '' : piece)) };
}

function readSentencePiece(reader: Reader, tokens: GgufArray, kind: 'llama' | 't5'): TokenizerModel {
  const { fail, source, metadata } = reader;
  const idCount = tokens.length;
  const pieceTypes = readTypes(reader, idCount);
  const scores = reader.numbers('scores', idCount) ?? fail('has no tokenizer.ggml.scores');
  const vocab = readTokens(reader, tokens);
  const pieces = pieceStrings(vocab.texts());
  const charsmap = reader.list('precompiled_charsmap');
  const isUnigram = kind === 't5';
  const nameOf = (name: string, fallback: string) => pieces[reader.id(name, idCount)] ?? fallback;
  const model: TokenizerModel = {
    ...SENTENCEPIECE_PIPELINE,
    modelType: isUnigram ? 'unigram' : 'bpe',
    pieces,
    pieceScores: Float32Array.from(scores),
    pieceTypes,
    normalizer: {
      ...NO_NORMALIZATION,
      name: charsmap === undefined ? 'identity' : 'user_defined',
      precompiledCharsmap:
        charsmap === undefined ? new Uint8Array(0) : metadata.bytes.slice(charsmap.start, charsmap.end),
      addDummyPrefix: reader.flag('add_space_prefix', true),
      removeExtraWhitespaces: isUnigram && reader.flag('remove_extra_whitespaces', false),
      escapeWhitespaces: true,
    },
    byteFallback: pieceTypes.includes(PIECE_TYPE.byte),
    treatWhitespaceAsSuffix: false,
    unkSurface: DEFAULT_UNK_SURFACE,
    unkPiece: pieces[pieceTypes.indexOf(PIECE_TYPE.unknown)] ?? '<unk>',
    bosPiece: nameOf('bos_token_id', '<s>'),
    eosPiece: nameOf('eos_token_id', '</s>'),
    padPiece: nameOf('padding_token_id', '<pad>'),
  };
  validatePieces({ pieces, pieceTypes, byteFallback: model.byteFallback, source });
  return model;
}

function readTypes(reader: Reader, idCount: number): Uint8Array {
  const numbers = reader.numbers('token_type', idCount);
  if (numbers === undefined) return new Uint8Array(idCount).fill(PIECE_TYPE.normal);
  const wrong = numbers.findIndex((type) => !Number.isInteger(type) || type < 1 || type > PIECE_TYPE.byte);
  if (wrong >= 0)
    reader.fail(`tokenizer.ggml.token_type[${wrong}] is ${numbers[wrong]}, types are 1 to ${PIECE_TYPE.byte}`);
  return Uint8Array.from(numbers);
}

function readTokens({ metadata, fail }: Reader, tokens: GgufArray): PieceTable {
  const vocab = new PieceTable({ expectedPieces: Math.max(256, tokens.length) });
  const { bytes } = metadata;
  forEachGgufString(metadata, tokens, (start, end, id) => {
    if (!isUtf8(bytes, start, end)) fail(`tokenizer.ggml.tokens[${id}] is not UTF-8`);
    if (end === start) fail(`tokenizer.ggml.tokens[${id}] is empty`);
    if (!vocab.add(bytes, start, end, id)) {
      fail(`tokenizer.ggml.tokens[${id}], ${JSON.stringify(textOfUtf8(bytes.subarray(start, end)))}, is there twice`);
    }
  });
  return vocab;
}

function readMerges({ metadata, source, fail }: Reader, merges: GgufArray, vocab: PieceTable) {
  const builder = new MergeListBuilder(vocab, { expectedMerges: Math.max(256, merges.length), source });
  const { bytes } = metadata;
  forEachGgufString(metadata, merges, (start, end, i) => {
    const middle = bytes.indexOf(SPACE, start + 1);
    if (middle < 0 || middle + 1 >= end || !isUtf8(bytes, start, end))
      fail(`tokenizer.ggml.merges[${i}] is not two pieces with a space between them`);
    builder.addPart(bytes, start, middle);
    builder.addPart(bytes, middle + 1, end);
  });
  return builder.build();
}
