// Ids back to text, as SentencePiece's Decode does it: control pieces vanish, unknown ids show the unknown surface, runs
// of byte pieces are read as UTF-8 (each byte that fits nowhere becomes U+FFFD), and the dummy prefix is taken off.
// One state machine serves both whole sequences and streams; a stream never emits part of a character. Pieces that are spelled
// in bytes have byte-decoder.ts.
import { hasPipeline, PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../core/model.ts';
import { textOfId } from '../core/piece-texts.ts';
import { pieceToByte } from '../core/unicode/utf8.ts';
import { OptionError } from '../errors.ts';
import { createNormalizer } from './normalizer.ts';
import { contentsById } from './pipeline-normalizer.ts';

/** What decoding leaves out. */
export interface DecodingOptions {
  /** Show control pieces and special tokens too. Default false. */
  readonly keepSpecial?: boolean;
}

/** Decodes a stream of ids into text that is only ever appended to. */
export interface IncrementalDecoder {
  /**
   * Takes one more id and returns the text that is now certain, possibly `''`.
   * @throws OptionError when the id is outside the vocabulary
   */
  push(id: number): string;
  /** Takes many ids at once. */
  pushAll(ids: Iterable<number>): string;
  /** Ends the stream: returns what an unfinished byte sequence stands for, and starts afresh. */
  end(): string;
}

/** Builds decoders for `model`. */
export function createDecoderFactory(model: TokenizerModel): (options?: DecodingOptions) => IncrementalDecoder {
  const { pieceTypes } = model;
  const { addDummyPrefix, removeExtraWhitespaces } = model.normalizer;
  const stripsPrefix = addDummyPrefix || removeExtraWhitespaces;
  const pieceBytes = new Int16Array(pieceTypes.length).fill(-1);
  for (let id = 0; id < pieceTypes.length; id++) {
    if (pieceTypes[id] === PIECE_TYPE.byte) pieceBytes[id] = pieceToByte(textOfId(model, id));
  }
  const denormalizer = model.denormalizer ? createNormalizer(model.denormalizer) : undefined;

  // A token of a pipeline is shown as it stands; SentencePiece shows no control piece, and a sign for what is unknown.
  const isPipeline = hasPipeline(model);
  const contents = contentsById(model);
  const specialIds = new Set(model.addedTokens.filter(({ special }) => special).map(({ id }) => id));
  const isSpecial = (id: number): boolean => (isPipeline ? specialIds.has(id) : pieceTypes[id] === PIECE_TYPE.control);

  return ({ keepSpecial = false } = {}) => {
    // `atStart`: a leading `▁` still to be dropped may come. `dropped`: one has been dropped.
    let atStart = true;
    let dropped = false;
    let isEmpty = true;
    let pending: number[] = [];
    let held = '';

    const append = (text: string): string => {
      if (text !== '') isEmpty = false;
      if (!denormalizer) return text;
      // Denormalization rules may reach across any boundary, so the whole text is needed first.
      held += text;
      return '';
    };

    const flushBytes = (isFinal: boolean): string => {
      let text = '';
      let at = 0;
      while (at < pending.length) {
        const length = utf8SequenceLength(pending, at);
        if (length > 0) {
          text += decodeSequence(pending, at, length);
          at += length;
        } else if (length === 0 && !isFinal) break;
        else {
          text += '\ufffd';
          at++;
        }
      }
      pending = at === pending.length ? [] : pending.slice(at);
      return text;
    };

    const push = (id: number): string => {
      checkId(id, pieceTypes.length);
      const byte = pieceBytes[id]!;
      if (byte >= 0) {
        pending.push(byte);
        return append(flushBytes(false));
      }
      const before = append(flushBytes(true));
      if (dropped || !isEmpty) atStart = false;
      dropped = false;
      if (!keepSpecial && isSpecial(id)) return before;
      if (pieceTypes[id] === PIECE_TYPE.unknown && !isPipeline) return before + append(model.unkSurface);
      let piece = contents.get(id) ?? model.pieces[id]!;
      if (atStart && stripsPrefix && piece.startsWith(SPACE_SYMBOL)) {
        piece = piece.slice(1);
        // Where extra spaces are removed anyway, the following pieces lose their leading space as well.
        dropped = !removeExtraWhitespaces;
      }
      return before + append(piece.replaceAll(SPACE_SYMBOL, ' '));
    };
    return {
      push,
      pushAll(ids) {
        let text = '';
        for (const id of ids) text += push(id);
        return text;
      },
      end() {
        const rest = append(flushBytes(true));
        const text = denormalizer ? denormalizer.normalize(held) : rest;
        atStart = true;
        dropped = false;
        isEmpty = true;
        held = '';
        return text;
      },
    };
  };
}

/** @throws OptionError when `id` is outside a vocabulary of `idCount` */
export function checkId(id: number, idCount: number): void {
  if (Number.isInteger(id) && id >= 0 && id < idCount) return;
  throw new OptionError(`decode: id ${id} is outside the vocabulary of ${idCount} pieces`, {
    hint: `Ids run from 0 to ${idCount - 1}; is this the tokenizer that made them?`,
  });
}

/**
 * Length of the UTF-8 sequence at `bytes[at]`: 1 to 4 when it is complete and valid, 0 when more bytes could still make
 * it valid, -1 when nothing can. Overlong forms, surrogates and values past U+10FFFF are invalid.
 */
function utf8SequenceLength(bytes: readonly number[], at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? -1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : -1;
  if (length < 0) return -1;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return 0;
    const low = i > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = i > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (byte < low || byte > high) return -1;
  }
  return length;
}

function decodeSequence(bytes: readonly number[], at: number, length: number): string {
  if (length === 1) return String.fromCharCode(bytes[at]!);
  let codePoint = bytes[at]! & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) codePoint = (codePoint << 6) | (bytes[at + i]! & 0x3f);
  return String.fromCodePoint(codePoint);
}
