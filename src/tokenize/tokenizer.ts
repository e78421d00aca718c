// The tokenizer: text to ids, pieces and offsets, and back, with the results of SentencePiece 0.2.2.
// It puts together normalizer, segmenter, byte fallback and decoder; the algorithms are in their own files.
// A tokenizer owns buffers that grow with the longest text seen and are reused, so use one per thread.
import { PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../core/model.ts';
import { OptionError } from '../errors.ts';
import { createBpeSegmenter } from './bpe/segmenter.ts';
import { createBpeUnusedSegmenter } from './bpe/unused-segmenter.ts';
import { createDecoderFactory, type IncrementalDecoder } from './decoder.ts';
import { createNormalizer } from './normalizer.ts';
import { createPrefixMatcher } from './symbols/prefix-matcher.ts';
import { type Segmenter, uncoveredCodePoint } from './symbols/symbols.ts';
import { createUnigramSegmenter } from './unigram/segmenter.ts';
import { createVocabulary } from './vocabulary.ts';

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
  /** Text of the piece; for a run of unknown characters, the run itself. */
  readonly piece: string;
  /** UTF-16 offset of the first unit in the original text. */
  readonly start: number;
  /**
   * UTF-16 offset behind the last unit. Of the bytes of one character only the last covers it: the others are empty,
   * so that the tokens with text cover the original once.
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
  decode(ids: Iterable<number>): string;
  /** A decoder for a stream of ids, which never emits part of a character. */
  createDecoder(): IncrementalDecoder;
  /** Id of a piece, {@link Tokenizer.unkId} when there is none with that text. */
  pieceToId(piece: string): number;
  /** @throws OptionError for an id outside the vocabulary */
  idToPiece(id: number): string;
  /** `text` as the segmenter sees it. */
  normalize(text: string): string;
}

const SPACE_UNIT = SPACE_SYMBOL.charCodeAt(0);

// Lone surrogates become U+FFFD; a leading U+FEFF is text.
const utf16 = new TextDecoder('utf-16le', { ignoreBOM: true });

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
  const { pieces } = model;
  const vocabulary = createVocabulary(model);
  const { unkId, bosId, eosId, byteIds, userDefinedIds } = vocabulary;
  const userDefined = [...userDefinedIds.keys()];
  const normalizer = createNormalizer(model.normalizer, {
    treatWhitespaceAsSuffix: model.treatWhitespaceAsSuffix,
    userDefined,
  });
  const segmenter = createSegmenter(model, userDefined, userDefinedIds);
  const createDecoder = createDecoderFactory(model);
  let units = new Uint16Array(1024);

  function reserve(length: number): void {
    if (units.length < length) units = new Uint16Array(Math.max(length, units.length * 2));
  }

  function segmentNormalized(text: string): number {
    reserve(text.length);
    for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
    return segmenter.segment(units, text.length);
  }

  function segmentText(text: string): number {
    if (!normalizer.isPlain) return segmentNormalized(normalizer.normalize(text));
    if (text === '') return 0;
    const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
    const length = wellFormed.length;
    reserve(length + 1);
    units[0] = SPACE_UNIT;
    for (let i = 0; i < length; i++) {
      const unit = wellFormed.charCodeAt(i);
      units[i + 1] = unit === 0x20 ? SPACE_UNIT : unit;
    }
    return segmenter.segment(units, length + 1);
  }

  function segmentUnits(source: Uint16Array): number {
    if (!normalizer.isPlain) return segmentNormalized(normalizer.normalize(utf16.decode(source)));
    const { length } = source;
    if (length === 0) return 0;
    reserve(length + 1);
    units[0] = SPACE_UNIT;
    for (let i = 0; i < length; i++) {
      const unit = source[i]!;
      units[i + 1] = unit === 0x20 ? SPACE_UNIT : (unit & 0xf800) !== 0xd800 ? unit : surrogateAt(source, i);
    }
    return segmenter.segment(units, length + 1);
  }

  function segment(text: string | Uint16Array): number {
    return typeof text === 'string' ? segmentText(text) : segmentUnits(text);
  }

  function encodeInto(text: string | Uint16Array, ids: Int32Array, at = 0): number {
    const count = segment(text);
    const total = countIds(count);
    if (at + total > ids.length) return total;
    const { symbols } = segmenter;
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
    const { symbols } = segmenter;
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
    const { symbols } = segmenter;
    let total = count;
    for (let i = 0; i < count; i++) {
      const symbol = symbols[i]!;
      if (symbol >= 0) continue;
      if (byteIds.length > 0) total += utf8Size(uncoveredCodePoint(symbol)) - 1;
      else if (i > 0 && symbols[i - 1]! < 0) total--;
    }
    return total;
  }

  function toArray(count: number, options: EncodeOptions): number[] {
    const extra = (options.addBos ? 1 : 0) + (options.addEos ? 1 : 0);
    const ids: number[] = new Array(countIds(count) + extra);
    let at = 0;
    if (options.addBos) ids[at++] = special('bos', bosId);
    const { symbols } = segmenter;
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
    const normalized = normalizer.normalizeWithOffsets(text);
    const count = segmentNormalized(normalized.text);
    const { offsets } = normalized;
    const { symbols } = segmenter;
    const tokens: TokenWithOffsets[] = [];
    if (options.addBos) tokens.push({ id: special('bos', bosId), piece: model.bosPiece, start: 0, end: 0 });
    let unit = 0;
    for (let i = 0; i < count; i++) {
      const symbol = symbols[i]!;
      const surface = symbol >= 0 ? pieces[symbol]! : String.fromCodePoint(uncoveredCodePoint(symbol));
      const start = offsets[unit]!;
      unit += surface.length;
      const end = offsets[unit]!;
      if (symbol >= 0) tokens.push({ id: symbol, piece: surface, start, end });
      else if (byteIds.length > 0) {
        let left = utf8Size(uncoveredCodePoint(symbol));
        visitBytes(uncoveredCodePoint(symbol), (id) => {
          left--;
          tokens.push({ id, piece: pieces[id]!, start, end: left === 0 ? end : start });
        });
      } else if (i > 0 && symbols[i - 1]! < 0) {
        const run = tokens.pop()!;
        tokens.push({ id: unkId, piece: run.piece + surface, start: run.start, end });
      } else tokens.push({ id: unkId, piece: surface, start, end });
    }
    if (options.addEos) {
      tokens.push({ id: special('eos', eosId), piece: model.eosPiece, start: text.length, end: text.length });
    }
    return tokens;
  }

  return {
    model,
    vocabSize: vocabulary.vocabSize,
    unkId,
    bosId,
    eosId,
    padId: vocabulary.padId,
    encode: (text, options = {}) => toArray(segmentText(text), options),
    encodePieces: (text, options) => encodeWithOffsets(text, options).map((token) => token.piece),
    encodeWithOffsets,
    encodePieceText: (piece) => toArray(segmentNormalized(piece.toWellFormed()), {}),
    countTokens: (text) => countIds(segment(text)),
    encodeInto,
    forEachId: (text, visit) => visitIds(segmentText(text), visit),
    decode(ids) {
      const decoder = createDecoder();
      let text = '';
      for (const id of ids) text += decoder.push(id);
      return text + decoder.end();
    },
    createDecoder,
    pieceToId: vocabulary.pieceToId,
    idToPiece: vocabulary.idToPiece,
    normalize: normalizer.normalize,
  };
}

function createSegmenter(
  model: TokenizerModel,
  userDefined: readonly string[],
  userDefinedIds: ReadonlyMap<string, number>,
): Segmenter {
  if (model.modelType === 'unigram') return createUnigramSegmenter(model);
  if (model.modelType !== 'bpe') {
    throw new OptionError(`model: type ${model.modelType} is not supported, only unigram and bpe are`, {
      hint: 'Word and char models have no merges or scores to extend.',
    });
  }
  const matcher = createPrefixMatcher(userDefined);
  return model.pieceTypes.includes(PIECE_TYPE.unused)
    ? createBpeUnusedSegmenter(model, matcher, userDefinedIds)
    : createBpeSegmenter(model, { matcher, userDefinedIds });
}

/** The half of a surrogate pair at `units[at]`, or U+FFFD when the other half is missing. */
function surrogateAt(units: Uint16Array, at: number): number {
  const unit = units[at]!;
  const other = unit < 0xdc00 ? units[at + 1] : units[at - 1];
  const isPaired = other !== undefined && (other & 0xfc00) === (unit < 0xdc00 ? 0xdc00 : 0xd800);
  return isPaired ? unit : 0xfffd;
}

/** Bytes of a code point in UTF-8. */
function utf8Size(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}
