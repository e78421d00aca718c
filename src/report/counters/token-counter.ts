// What a report needs to know of a tokenizer: the ids of a line, and what kind of token each id is.
// Every engine (our own, Hugging Face's, sentencepiece-js) is wrapped as a TokenCounter, so the counting itself is
// written once. Counters never add bos or eos.
import { PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { byteUnitsToText, spellByteLevel } from '../../core/unicode/byte-level.ts';
import type { TokenWithOffsets } from '../../tokenize/tokenizer.ts';

/** Kinds of token that a report counts apart; the values of {@link TokenCounter.tokenKinds}. */
export const TOKEN_KIND = {
  ordinary: 0,
  /** Holds bytes of a character instead of whole characters: a byte piece, or a byte-level piece that is no valid UTF-8. */
  byte: 1,
  /** Stands for text the vocabulary cannot express. */
  unknown: 2,
} as const;

/** Encodes lines for a report. A counter may own buffers, so it serves one comparison at a time. */
export interface TokenCounter {
  /** Which implementation counts: `vocab-merge`, `hugging-face`, `sentencepiece-js`, or a name of your own. */
  readonly engine: string;
  /** Highest id plus one. */
  readonly vocabSize: number;
  /** {@link TOKEN_KIND} of each id, `[vocabSize]`. */
  readonly tokenKinds: Uint8Array;
  /** Calls `visit` with each id of `text`, in order; -1 where the engine has no id for a token. */
  forEachId(text: string, visit: (id: number) => void): void;
  /** Text of a piece, `undefined` for an id that is not in the vocabulary. */
  idToPiece(id: number): string | undefined;
  /**
   * The characters that an id stands for in a text, spaces as spaces; `undefined` for an id that is no whole characters
   * or stands for no text. Default: the piece, `▁` as space, for ids of kind `ordinary`.
   */
  idToSurface?(id: number): string | undefined;
}

/** The characters that an id stands for: see {@link TokenCounter.idToSurface}. */
export function surfaceOf(counter: TokenCounter, id: number): string | undefined {
  if (counter.idToSurface !== undefined) return counter.idToSurface(id);
  if (counter.tokenKinds[id] !== TOKEN_KIND.ordinary) return undefined;
  return counter.idToPiece(id)?.replaceAll(SPACE_SYMBOL, ' ');
}

/** The part of a `Tokenizer` that counting needs. */
export interface CountableTokenizer {
  readonly model: TokenizerModel;
  forEachId(text: string, visit: (id: number) => void): void;
  /** The text that is segmented; only the fewest possible tokens need it. */
  normalize?(text: string): string;
  /** Where each token lies; only passages that are shown token by token need it. */
  encodeWithOffsets?(text: string): readonly TokenWithOffsets[];
}

/** Counts with this library's own tokenizer; no array of ids is made. */
export function createTokenizerCounter(tokenizer: CountableTokenizer): TokenCounter {
  const { model } = tokenizer;
  const { pieces, pieceTypes } = model;
  const isInBytes = (id: number): boolean => model.units === 'byte' && isPieceText(pieceTypes[id]!);
  return {
    engine: 'vocab-merge',
    vocabSize: pieces.length,
    tokenKinds: modelTokenKinds(model),
    forEachId: (text, visit) => tokenizer.forEachId(text, visit),
    idToPiece: (id) => (isInBytes(id) ? spellByteLevel(pieces[id]!) : pieces[id]),
    idToSurface(id) {
      if (!isPieceText(pieceTypes[id]!)) return undefined;
      return isInBytes(id) ? byteUnitsToText(pieces[id]!) : pieces[id]!.replaceAll(SPACE_SYMBOL, ' ');
    },
  };
}

/** {@link TOKEN_KIND} of each piece of a model, `[vocabSize]`. */
export function modelTokenKinds({ pieces, pieceTypes, units }: TokenizerModel): Uint8Array {
  return pieceTypes.map((type, id) => {
    if (type === PIECE_TYPE.byte) return TOKEN_KIND.byte;
    if (type === PIECE_TYPE.unknown) return TOKEN_KIND.unknown;
    const isPart = units === 'byte' && isPieceText(type) && byteUnitsToText(pieces[id]!) === undefined;
    return isPart ? TOKEN_KIND.byte : TOKEN_KIND.ordinary;
  });
}

function isPieceText(type: number): boolean {
  return type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined;
}
