// The tokenizer: text to ids, pieces and offsets, and back, with the results of SentencePiece 0.2.2 for its models, and of
// tokenizers 0.23.2 (Rust) for those with a pipeline: byte-level BPE, pre-tokenizers, added tokens.
// It puts together reader, byte fallback and decoder; the algorithms are in their own files.
// A tokenizer owns buffers that grow with the longest text seen and are reused, so use one per thread.
import { hasPipeline, PIECE_TYPE, type TokenizerModel } from '../core/model.ts';
import { byteSurface } from '../core/unicode/byte-level.ts';
import { codePointBytes } from '../core/unicode/utf8.ts';
import { OptionError } from '../errors.ts';
import { createBpeSegmenter } from './bpe/segmenter.ts';
import { createBpeUnusedSegmenter } from './bpe/unused-segmenter.ts';
import { createUtf8Encoder, type Utf8Encoder } from './bpe/utf8-encoder.ts';
import { createByteDecoderFactory } from './byte-decoder.ts';
import { createDecoderFactory, type DecodingOptions, type IncrementalDecoder } from './decoder.ts';
import { createPipelineReader } from './pipeline-reader.ts';
import type { TextReader } from './reader.ts';
import { createSentencePieceReader } from './sentencepiece-reader.ts';
import { createPrefixMatcher } from './symbols/prefix-matcher.ts';
import { uncoveredCodePoint } from './symbols/symbols.ts';
import { createUnigramSegmenter } from './unigram/segmenter.ts';
import { createVocabulary, isSpelledInBytes, type Vocabulary } from './vocabulary.ts';

/** What encoding adds around the text. */
export interface EncodeOptions {
  /** Put the begin-of-sentence id first. Default false. */
  readonly addBos?: boolean;
  /** Put the end-of-sentence id last. Default false. */
  readonly addEos?: boolean;
}

/** One token with its place in the original text. */
export interface TokenWithOffsets {
  readonly id: number;
  /** The piece as {@link Tokenizer.idToSurface} shows it; for a run of unknown characters, the run itself. */
  readonly piece: string;
  /** UTF-16 offset of the first unit in the original text. */
  readonly start: number;
  /**
   * UTF-16 offset behind the last unit. In a SentencePiece model only the last of the bytes of one character covers it: the
   * others are empty, so that the tokens with text cover the original once. In models with pre-tokenizers or added tokens
   * every token that holds a part of a character covers all of it, as in Hugging Face's engines.
   */
  readonly end: number;
}

/** A tokenizer: see {@link createTokenizer}. */
export interface Tokenizer {
  readonly model: TokenizerModel;
  readonly vocabSize: number;
  /** Ids of the special pieces, -1 for one that the model lacks. */
  readonly unkId: number;
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  /**
   * Ids of `text`. Lone surrogates count as U+FFFD.
   * @throws OptionError when bos or eos is asked for and the model has none
   */
  encode(text: string, options?: EncodeOptions): number[];
  /** Pieces of `text`; runs of unknown characters appear as they are. */
  encodePieces(text: string, options?: EncodeOptions): string[];
  /** Ids and pieces of `text` with their places in it. */
  encodeWithOffsets(text: string, options?: EncodeOptions): TokenWithOffsets[];
  /**
   * Ids of a text that is already in piece form: `▁` for space, no normalization, no prefix added.
   * This is what a new piece is made of in the base vocabulary.
   */
  encodePieceText(piece: string): number[];
  /** `encode(text).length`, without making the array; of a string or its UTF-16 units. */
  countTokens(text: string | Uint16Array): number;
  /**
   * Writes the ids of `text`, a string or its UTF-16 units, into `ids` from `at` on; for batches, which need no array for
   * each text. Units are read once and not kept.
   * @returns their number; when `ids` has no room for all of them, nothing is written
   */
  encodeInto(text: string | Uint16Array, ids: Int32Array, at?: number): number;
  /** Calls `visit` with each id of `text`, without making an array. */
  forEachId(text: string, visit: (id: number) => void): void;
  /**
   * Text of `ids`.
   * @throws OptionError for an id outside the vocabulary
   */
  decode(ids: Iterable<number>, options?: DecodingOptions): string;
  /** A decoder for a stream of ids, which never emits part of a character. */
  createDecoder(options?: DecodingOptions): IncrementalDecoder;
  /** Id of a piece, {@link Tokenizer.unkId} when there is none with that text. */
  pieceToId(piece: string): number;
  /** @throws OptionError for an id outside the vocabulary */
  idToPiece(id: number): string;
  /**
   * Piece `id` as a person reads it. Where pieces are spelled in bytes: their text, with parts of characters as `<0xE4>`.
   * @throws OptionError for an id outside the vocabulary
   */
  idToSurface(id: number): string;
  /** `text` as the segmenter sees it. */
  normalize(text: string): string;
}

/**
 * Creates a tokenizer.
 *
 * @throws FormatError when the model's charsmap is damaged, or special or byte pieces are missing
 * @throws OptionError for word and char models, which are not supported
 * @example
 * ```ts
 * const { tokenizer } = await loadTokenizer('llama2');
 * tokenizer.encodePieces('人工智能'); // ['▁', '人', '工', '智', '能']
 * ```
 */
export function createTokenizer(model: TokenizerModel): Tokenizer {
  const vocabulary = createVocabulary(model);
  const { unkId, bosId, eosId, byteIds } = vocabulary;
  const isPipeline = hasPipeline(model);
  const reader = createReader(model, vocabulary);
  const createDecoder = model.units === 'byte' ? createByteDecoderFactory(model) : createDecoderFactory(model);

  const { plainSegmenter: segmenter } = reader;
  let utf8Encoder: Utf8Encoder | undefined;
  let mayUseUtf8 = segmenter?.segmentStretch !== undefined && !model.wholePieceFirst && byteIds.length > 0;
  /** Symbols of the text that was read last. */
  let lastSymbols: Int32Array = new Int32Array(0);
  let unitsRead = 0;

  function openUtf8Encoder(): Utf8Encoder | undefined {
    if (!mayUseUtf8) return undefined;
    utf8Encoder ??= createUtf8Encoder(model, (units, length, ids, at, isRemembered) => {
      const count = isRemembered ? segmenter!.segmentStretch!(units, length) : segmenter!.segment(units, length);
      lastSymbols = segmenter!.symbols;
      return writeIds(count, ids, at);
    });
    mayUseUtf8 = utf8Encoder !== undefined;
    return utf8Encoder;
  }

  /** Reads a text and returns the number of its symbols. */
  function read(text: string | Uint16Array): number {
    if (unitsRead < UNITS_BEFORE_UTF8) unitsRead += text.length;
    else {
      const encoder = openUtf8Encoder();
      const count = encoder?.encodeText(text) ?? -1;
      if (count >= 0) {
        lastSymbols = encoder!.ids;
        return count;
      }
    }
    const count = reader.read(text);
    lastSymbols = reader.symbols;
    return count;
  }

  function encodeInto(text: string | Uint16Array, ids: Int32Array, at = 0): number {
    return writeIds(read(text), ids, at);
  }

  function writeIds(count: number, ids: Int32Array, at: number): number {
    const total = countIds(count);
    if (at + total > ids.length) return total;
    const symbols = lastSymbols;
    let done = 0;
    for (; done < count && symbols[done]! >= 0; done++) ids[at + done] = symbols[done]!;
    if (done === count) return total;
    let next = at;
    visitIds(count, (id) => {
      ids[next++] = id;
    });
    return total;
  }

  // Calls `visit` for the tokens behind the symbols: uncovered characters become byte pieces, or, where there are none,
  // each run of them becomes one unknown id.
  function visitIds(count: number, visit: (id: number) => void): void {
    const symbols = lastSymbols;
    for (let i = 0; i < count; i++) {
      const symbol = symbols[i]!;
      if (symbol >= 0) visit(symbol);
      else if (byteIds.length > 0) visitBytes(uncoveredCodePoint(symbol), visit);
      else if (i === 0 || symbols[i - 1]! >= 0) visit(unkId);
    }
  }

  function visitBytes(codePoint: number, visit: (id: number) => void): void {
    if (codePoint < 0x80) {
      visit(byteIds[codePoint]!);
      return;
    }
    if (codePoint < 0x800) visit(byteIds[0xc0 | (codePoint >> 6)]!);
    else {
      if (codePoint < 0x10000) visit(byteIds[0xe0 | (codePoint >> 12)]!);
      else {
        visit(byteIds[0xf0 | (codePoint >> 18)]!);
        visit(byteIds[0x80 | ((codePoint >> 12) & 0x3f)]!);
      }
      visit(byteIds[0x80 | ((codePoint >> 6) & 0x3f)]!);
    }
    visit(byteIds[0x80 | (codePoint & 0x3f)]!);
  }

  function countIds(count: number): number {
    if (reader.coversAll || lastSymbols === utf8Encoder?.ids) return count;
    const symbols = lastSymbols;
    let total = count;
    for (let i = 0; i < count; i++) {
      const symbol = symbols[i]!;
      if (symbol >= 0) continue;
      if (byteIds.length > 0) total += codePointBytes(uncoveredCodePoint(symbol)) - 1;
      else if (i > 0 && symbols[i - 1]! < 0) total--;
    }
    return total;
  }

  function toArray(count: number, options: EncodeOptions): number[] {
    const extra = (options.addBos ? 1 : 0) + (options.addEos ? 1 : 0);
    const ids: number[] = new Array(countIds(count) + extra);
    let at = 0;
    if (options.addBos) ids[at++] = special('bos', bosId);
    const symbols = lastSymbols;
    for (let i = 0; i < count; i++) {
      const symbol = symbols[i]!;
      if (symbol >= 0) ids[at++] = symbol;
      else if (byteIds.length > 0) {
        visitBytes(uncoveredCodePoint(symbol), (id) => {
          ids[at++] = id;
        });
      } else if (i === 0 || symbols[i - 1]! >= 0) ids[at++] = unkId;
    }
    if (options.addEos) ids[at] = special('eos', eosId);
    return ids;
  }

  function special(name: 'bos' | 'eos', id: number): number {
    if (id >= 0) return id;
    const piece = name === 'bos' ? model.bosPiece : model.eosPiece;
    throw new OptionError(
      `encode: ${name} was asked for, but the model has no control piece ${JSON.stringify(piece)}`,
      {
        hint: `Encode without ${name}, or use a model that defines it.`,
      },
    );
  }

  function encodeWithOffsets(text: string, options: EncodeOptions = {}): TokenWithOffsets[] {
    const tokens: TokenWithOffsets[] = [];
    if (options.addBos) tokens.push({ id: special('bos', bosId), piece: model.bosPiece, start: 0, end: 0 });
    let previous = 0;
    for (const { symbol, start, end } of reader.locate(text)) {
      if (symbol >= 0) {
        const piece = symbol === unkId ? text.slice(start, end) : idToSurface(symbol);
        tokens.push({ id: symbol, piece, start, end });
      } else if (byteIds.length > 0) {
        let left = codePointBytes(uncoveredCodePoint(symbol));
        visitBytes(uncoveredCodePoint(symbol), (id) => {
          left--;
          tokens.push({ id, piece: model.pieces[id]!, start, end: left === 0 || isPipeline ? end : start });
        });
      } else {
        const surface = String.fromCodePoint(uncoveredCodePoint(symbol));
        const run = previous < 0 ? tokens.pop()! : { piece: '', start };
        tokens.push({ id: unkId, piece: run.piece + surface, start: run.start, end });
      }
      previous = symbol;
    }
    if (options.addEos) {
      tokens.push({ id: special('eos', eosId), piece: model.eosPiece, start: text.length, end: text.length });
    }
    return tokens;
  }

  function idToSurface(id: number): string {
    const piece = vocabulary.idToPiece(id);
    return isSpelledInBytes(model, id) ? byteSurface(piece) : piece;
  }

  const tokenizer: Tokenizer = {
    model,
    vocabSize: vocabulary.vocabSize,
    unkId,
    bosId,
    eosId,
    padId: vocabulary.padId,
    encode: (text, options = {}) => toArray(read(text), options),
    encodePieces: (text, options) => encodeWithOffsets(text, options).map((token) => token.piece),
    encodeWithOffsets,
    encodePieceText(piece) {
      const count = reader.readPieceText(piece);
      lastSymbols = reader.symbols;
      return toArray(count, {});
    },
    countTokens: (text) => countIds(read(text)),
    encodeInto,
    forEachId: (text, visit) => visitIds(read(text), visit),
    decode(ids, options) {
      const decoder = createDecoder(options);
      return decoder.pushAll(ids) + decoder.end();
    },
    createDecoder,
    pieceToId: vocabulary.pieceToId,
    idToPiece: vocabulary.idToPiece,
    idToSurface,
    normalize: reader.normalize,
  };
  utf8Encoders.set(tokenizer, openUtf8Encoder);
  return tokenizer;
}

/** Text that pays for making what encodes UTF-8, in UTF-16 units. */
const UNITS_BEFORE_UTF8 = 1 << 18;

const utf8Encoders = new WeakMap<Tokenizer, () => Utf8Encoder | undefined>();

/** What encodes lines of UTF-8 without making texts of them; `undefined` for models and runtimes without. */
export function utf8EncoderOf(tokenizer: Tokenizer): Utf8Encoder | undefined {
  return utf8Encoders.get(tokenizer)?.();
}

function createReader(model: TokenizerModel, { userDefinedIds, unkId }: Vocabulary): TextReader {
  const { modelType } = model;
  if (modelType !== 'bpe' && modelType !== 'unigram') {
    throw new OptionError(`model: type ${modelType} is not supported, only unigram and bpe are`, {
      hint: 'Word and char models have no merges or scores to extend.',
    });
  }
  const hasUnused = model.pieceTypes.includes(PIECE_TYPE.unused);
  if (hasPipeline(model)) {
    if (modelType === 'bpe' && !hasUnused) return createPipelineReader(model, unkId);
    throw new OptionError(
      `model: a pipeline before ${hasUnused ? 'unused pieces' : 'Unigram pieces'} is not supported`,
      {
        hint: 'Use the tokenizer.model that the file was made from.',
      },
    );
  }
  const userDefined = [...userDefinedIds.keys()];
  const matcher = createPrefixMatcher(userDefined);
  const segmenter =
    modelType === 'unigram'
      ? createUnigramSegmenter(model)
      : hasUnused
        ? createBpeUnusedSegmenter(model, matcher, userDefinedIds)
        : createBpeSegmenter(model, { matcher, userDefinedIds });
  return createSentencePieceReader(model, segmenter, userDefined);
}
