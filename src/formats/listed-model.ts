// The model of a vocabulary that lists its merges: tokenizer.json, vocab.json + merges.txt and GGUF give the same parts.
// It turns the spelling of the file into pieces, puts the added tokens in their places, and refuses what would lose text.

import {
  ABSENT_PIECE,
  type AddedToken,
  DEFAULT_UNK_SURFACE,
  type MergeList,
  type NormalizerSpec,
  PIECE_TYPE,
  type TokenizerModel,
} from '../core/model.ts';
import { withPieceTexts } from '../core/piece-texts.ts';
import { BYTE_LEVEL_UNITS, toByteUnits } from '../core/unicode/byte-level.ts';
import { byteToPiece, isInUtf8 } from '../core/unicode/utf8.ts';
import { FormatError } from '../errors.ts';
import { MAX_VOCAB_SIZE, type PieceTable } from './piece-table.ts';

/** A file is sound, but our encoder cannot run it exactly; another engine may. */
export class NotRunnableError extends FormatError {}

/** What {@link buildListedModel} puts together. */
export interface ListedModelParts
  extends Pick<
    TokenizerModel,
    | 'units'
    | 'wholePieceFirst'
    | 'normalizers'
    | 'preTokenizers'
    | 'byteFallback'
    | 'unkPiece'
    | 'bosPiece'
    | 'eosPiece'
    | 'padPiece'
  > {
  /** Pieces as the file spells them; where units are bytes and it spells UTF-8, they are in GPT-2's alphabet. */
  readonly vocab: PieceTable;
  /** Without, pieces are ranked by their ids, the lowest first, and joined texts merge: see {@link TokenizerModel.merges}. */
  readonly merges?: MergeList;
  /** In any order; one whose content is a piece has that piece's id. */
  readonly addedTokens: readonly AddedToken[];
  /** Default: text is left as it is. */
  readonly normalizer?: NormalizerSpec;
  /** Name of the file, for messages. */
  readonly source: string;
}

/** SentencePiece's rules that change nothing. */
export const NO_NORMALIZATION: NormalizerSpec = {
  name: 'identity',
  precompiledCharsmap: new Uint8Array(0),
  addDummyPrefix: false,
  removeExtraWhitespaces: false,
  escapeWhitespaces: false,
};

/**
 * Builds the model.
 *
 * Added tokens that are special become control pieces, others user-defined ones, whether they stand in the vocabulary or
 * not. A piece of a byte-level vocabulary that is not spelled in its alphabet can come from no text; it is a control piece.
 *
 * @throws FormatError when added tokens and vocabulary contradict each other, and when a character could have no token
 */
export function buildListedModel(parts: ListedModelParts): TokenizerModel {
  const { vocab, merges, units, byteFallback, source } = parts;
  const isNamed = vocab.spelling === 'utf8';
  const isSpelled = units === 'byte' && isNamed;
  const fail = (problem: string, hint?: string): never => {
    throw new FormatError(`${source}: ${problem}`, hint === undefined ? {} : { hint });
  };
  const addedTokens = [...parts.addedTokens].sort((a, b) => a.id - b.id);
  const idCount = Math.max(vocab.idCount, (addedTokens.at(-1)?.id ?? -1) + 1);
  if (idCount > MAX_VOCAB_SIZE) {
    const { content, id } = addedTokens.at(-1)!;
    fail(`added token ${JSON.stringify(content)} has id ${id}; ids must be below ${MAX_VOCAB_SIZE}`);
  }
  const numbers = vocab.piecesById();
  checkAddedTokens(addedTokens, { vocab, numbers, isNamed, fail });

  const unkId = parts.unkPiece === '' ? -1 : vocab.findText(parts.unkPiece);
  const others = new Map<number, string>();
  for (const { id, content, special } of addedTokens) {
    others.set(id, units === 'byte' && !special ? toByteUnits(content) : content);
  }
  if (unkId >= 0) others.set(unkId, parts.unkPiece);
  const foreignIds: number[] = [];
  const texts = vocab.texts({
    idCount,
    others: [...others].sort(([a], [b]) => a - b),
    ...(isSpelled && { foreignIds }),
  });
  const pieceTypes = new Uint8Array(idCount).fill(PIECE_TYPE.normal, 0, vocab.idCount);
  for (let id = numbers.indexOf(0); id >= 0; id = numbers.indexOf(0, id + 1)) pieceTypes[id] = ABSENT_PIECE;
  for (const id of foreignIds) pieceTypes[id] = PIECE_TYPE.control;
  if (byteFallback) {
    for (let byte = 0; byte < 256; byte++) {
      const id = vocab.findText(byteToPiece(byte));
      // Gemma's tab is a piece of its own, so that its byte is never asked for.
      if (id < 0 && byte < 0x80 && vocab.findText(String.fromCharCode(byte)) >= 0) continue;
      if (id < 0)
        fail(`byte piece ${byteToPiece(byte)} is missing`, 'All 256 byte pieces must be there with byte_fallback.');
      pieceTypes[id] = PIECE_TYPE.byte;
    }
  }
  for (const { id, special } of addedTokens) pieceTypes[id] = special ? PIECE_TYPE.control : PIECE_TYPE.userDefined;
  if (parts.unkPiece !== '') {
    if (unkId < 0) fail(`"unk_token" is ${JSON.stringify(parts.unkPiece)}, which is not a piece`);
    pieceTypes[unkId] = PIECE_TYPE.unknown;
  }
  if (units === 'byte') {
    for (let byte = 0; byte < 256; byte++) {
      const unit = isSpelled ? BYTE_LEVEL_UNITS[byte]! : byte;
      if (!isInUtf8(byte) || vocab.findText(String.fromCharCode(unit)) >= 0) continue;
      throw new NotRunnableError(
        `${source}: no piece for the byte 0x${byte.toString(16).toUpperCase()}, so that text with it would be lost`,
        {
          hint: 'Train the tokenizer with the whole byte alphabet (initial_alphabet), or add the missing bytes to the vocabulary.',
        },
      );
    }
  } else if (!byteFallback && parts.unkPiece === '') {
    throw new NotRunnableError(
      `${source}: neither "unk_token" nor "byte_fallback", so that characters outside the vocabulary would be lost`,
      { hint: 'Name an unknown token in "model.unk_token".' },
    );
  }
  const pieceScores = new Float32Array(idCount);
  if (merges === undefined) {
    // Ids are far below 2^24, up to which float32 holds every integer.
    for (let id = 0; id < idCount; id++) if (pieceTypes[id] === PIECE_TYPE.normal) pieceScores[id] = 0 - id;
  }
  const { wholePieceFirst, normalizers, preTokenizers, unkPiece, bosPiece, eosPiece, padPiece } = parts;
  const model = {
    modelType: 'bpe' as const,
    units,
    pieceScores,
    pieceTypes,
    ...(merges !== undefined && { merges }),
    wholePieceFirst,
    normalizer: parts.normalizer ?? NO_NORMALIZATION,
    normalizers,
    preTokenizers,
    addedTokens,
    byteFallback,
    treatWhitespaceAsSuffix: false,
    unkSurface: DEFAULT_UNK_SURFACE,
    unkPiece,
    bosPiece,
    eosPiece,
    padPiece,
  };
  return withPieceTexts(model, texts);
}

type Fail = (problem: string, hint?: string) => never;

// `tokens` by id: each id and each content once, and the vocabulary says the same.
function checkAddedTokens(
  tokens: readonly AddedToken[],
  { vocab, numbers, isNamed, fail }: { vocab: PieceTable; numbers: Int32Array; isNamed: boolean; fail: Fail },
): void {
  const seen = new Set<string>();
  let lastId = -1;
  for (const { id, content } of tokens) {
    const shown = JSON.stringify(content);
    if (content === '') fail(`added token ${id} has no content`);
    if (!content.isWellFormed()) fail(`added token ${shown} holds half a surrogate pair`);
    if (id === lastId) fail(`added token ${shown} has id ${id}, and so has another added token`);
    if (seen.has(content)) fail(`added token ${shown} is listed twice`);
    seen.add(content);
    lastId = id;
    // Where pieces are bytes, one that spells the token is another thing.
    const vocabId = isNamed ? vocab.findText(content) : -1;
    if (vocabId >= 0 && vocabId !== id) {
      fail(`added token ${shown} has id ${id}, but the vocabulary gives it the id ${vocabId}`);
    }
    const n = (numbers[id] ?? 0) - 1;
    if (vocabId < 0 && n >= 0) {
      fail(`added token ${shown} has id ${id}, but the vocabulary gives that id to ${JSON.stringify(vocab.textOf(n))}`);
    }
  }
}
