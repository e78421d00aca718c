// Reads a tokenizer.json as a SentencePiece model: LLaMA-family BPE, and Unigram as transformers converts it.
// What SentencePiece cannot express exactly (byte-level BPE, WordPiece, other normalizers, partial merge lists) is
// refused with a FormatError that names it; model-from-tokenizer-json.ts reads more.
import {
  DEFAULT_UNK_SURFACE,
  PIECE_TYPE,
  SENTENCEPIECE_PIPELINE,
  SPACE_SYMBOL,
  type TokenizerModel,
} from '../../../core/model.ts';
import { pieceToByte } from '../../../core/unicode/utf8.ts';
import { FormatError } from '../../../errors.ts';
import { NotRunnableError } from '../../listed-model.ts';
import { validatePieces } from '../../validate-pieces.ts';
import { scoresFromMerges } from './bpe-scores.ts';
import { readPipeline } from './read-pipeline.ts';
import { readSpecialNames } from './special-names.ts';
import { type AddedTokenJson, isBpeModelJson, isUnigramModelJson, type TokenizerJson } from './types.ts';

/** Options of {@link sentencePieceFromTokenizerJson} and `modelFromTokenizerJson`. */
export interface ModelFromTokenizerJsonOptions {
  /** Name of the file, for error messages. */
  readonly source?: string;
  /** Contents of tokenizer_config.json, for the names of the special pieces (`bos_token` and so on). */
  readonly config?: unknown;
}

/** Why a file says something else than a SentencePiece model; the file itself may be sound. */
export class NotSentencePieceError extends NotRunnableError {}

/**
 * The SentencePiece model that a tokenizer.json stands for: the same pieces, types and normalizer as the `.model` it came
 * from, as far as the file says. BPE scores are rebuilt from the merges, so only their order is that of the `.model`.
 *
 * @throws NotSentencePieceError when it is of a kind SentencePiece does not have, other FormatErrors when it is broken
 * @example
 * ```ts
 * const model = sentencePieceFromTokenizerJson(parseTokenizerJson(text), { source: 'tokenizer.json' });
 * ```
 */
export function sentencePieceFromTokenizerJson(
  json: TokenizerJson,
  options: ModelFromTokenizerJsonOptions = {},
): TokenizerModel {
  const { source = 'tokenizer.json', config } = options;
  const fail = (problem: string): never => {
    throw new FormatError(`${source}: ${problem}`);
  };
  const refuse = (what: string): never => {
    throw new NotSentencePieceError(
      `${source}: a ${json.model.type} tokenizer with ${what} cannot be read as a SentencePiece model`,
      {
        hint: 'Use its tokenizer.model, if it has one; counting works with the tokenizer.json as it is.',
      },
    );
  };

  const isBpe = isBpeModelJson(json.model);
  const vocab = isBpe ? readBpeVocab(json.model.vocab, fail) : readUnigramVocab(json, fail, source);
  const byteFallback = json.model.byte_fallback === true;
  if (isBpe) refuseForeignBpe(json, { fail, refuse });
  const { normalizer, splitsAtSpaces } = readPipeline(json, refuse);

  const unkId = readUnkId(json, vocab, fail);
  const { pieces, pieceTypes } = readPieces(vocab, byteFallback, json.added_tokens, { fail, refuse });
  pieceTypes[unkId] = PIECE_TYPE.unknown;
  const isNormal = (id: number) => pieceTypes[id] === PIECE_TYPE.normal;
  if (splitsAtSpaces && pieces.some((piece, id) => isNormal(id) && piece.lastIndexOf(SPACE_SYMBOL) > 0)) {
    refuse('pieces that hold an inner ▁, although text is split there,');
  }
  const pieceScores = new Float32Array(pieces.length);
  if (isBpeModelJson(json.model)) {
    pieceScores.set(scoresFromMerges({ merges: json.model.merges, pieces, pieceTypes }, { fail, refuse }));
  } else pieceScores.set(vocab.map(([, score]) => score));
  validatePieces({ pieces, pieceTypes, byteFallback, source });

  const names = readSpecialNames(json, config);
  return {
    ...SENTENCEPIECE_PIPELINE,
    modelType: isBpe ? 'bpe' : 'unigram',
    pieces,
    pieceScores,
    pieceTypes,
    normalizer,
    byteFallback,
    treatWhitespaceAsSuffix: false,
    unkSurface: DEFAULT_UNK_SURFACE,
    unkPiece: pieces[unkId]!,
    bosPiece: names.bosPiece ?? '<s>',
    eosPiece: names.eosPiece ?? '</s>',
    padPiece: names.padPiece ?? '<pad>',
  };
}

/** A first look at the pipeline alone, which most files of other kinds do not pass. */
export function isSentencePieceLike(json: TokenizerJson): boolean {
  const refuse = (): never => {
    throw new NotSentencePieceError('');
  };
  try {
    refuseForeignBpe(json, { fail: refuse, refuse });
    readPipeline(json, refuse);
    return true;
  } catch (error) {
    if (error instanceof NotSentencePieceError) return false;
    throw error;
  }
}

type Fail = (problem: string) => never;

// Texts and types of the vocabulary and of the added tokens, which may be among its pieces or follow them.
function readPieces(
  vocab: readonly (readonly [string, number])[],
  byteFallback: boolean,
  addedTokens: readonly AddedTokenJson[],
  { fail, refuse }: { readonly fail: Fail; readonly refuse: Fail },
): { pieces: string[]; pieceTypes: Uint8Array } {
  const pieces = vocab.map(([piece]) => piece);
  const types: number[] = pieces.map((piece) =>
    byteFallback && pieceToByte(piece) >= 0 ? PIECE_TYPE.byte : PIECE_TYPE.normal,
  );
  const idOfPiece = new Map(pieces.map((piece, id) => [piece, id]));
  // In id order, so that each token past the vocabulary closes the gap to the next.
  for (const token of [...addedTokens].sort((a, b) => a.id - b.id)) {
    const { id, content, special } = token;
    const shown = JSON.stringify(content);
    if (id > pieces.length)
      fail(`added token ${shown} has id ${id}, but the ids before it end at ${pieces.length - 1}`);
    if ((idOfPiece.get(content) ?? id) !== id || (pieces[id] ?? content) !== content) {
      fail(`added token ${shown} has id ${id}, but the vocabulary says otherwise`);
    }
    if (!special && (token.single_word || token.lstrip || token.rstrip)) {
      refuse(`the added token ${shown}, which minds the spaces or words around it,`);
    }
    pieces[id] = content;
    types[id] = special ? PIECE_TYPE.control : PIECE_TYPE.userDefined;
    idOfPiece.set(content, id);
  }
  return { pieces, pieceTypes: Uint8Array.from(types) };
}

function readBpeVocab(vocab: unknown, fail: Fail): [string, number][] {
  if (typeof vocab !== 'object' || vocab === null) return fail('"model.vocab" is not an object');
  const entries = Object.entries(vocab);
  const byId: [string, number][] = new Array(entries.length);
  let filled = 0;
  for (const [piece, id] of entries) {
    if (!Number.isInteger(id) || id < 0 || id >= entries.length || byId[id] !== undefined) {
      fail(
        `"model.vocab" gives ${JSON.stringify(piece)} the id ${id}; ids must be 0 to ${entries.length - 1}, each once`,
      );
    }
    byId[id] = [piece, 0];
    filled++;
  }
  return filled === 0 ? fail('"model.vocab" is empty') : byId;
}

function readUnigramVocab(json: TokenizerJson, fail: Fail, source: string): [string, number][] {
  const { model } = json;
  if (!isUnigramModelJson(model)) {
    throw new NotSentencePieceError(`${source}: is a ${model.type} tokenizer, SentencePiece has only BPE and Unigram`, {
      hint: 'Counting works with it as it is; as a base it cannot be extended here.',
    });
  }
  if (!Array.isArray(model.vocab) || model.vocab.length === 0) return fail('"model.vocab" is not a list of pieces');
  return model.vocab.map((entry: unknown, id): [string, number] => {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string' || typeof entry[1] !== 'number') {
      return fail(`"model.vocab"[${id}] is not a pair of piece and score`);
    }
    return [entry[0], entry[1]];
  });
}

function refuseForeignBpe(json: TokenizerJson, { fail, refuse }: { readonly fail: Fail; readonly refuse: Fail }): void {
  const { model, pre_tokenizer, decoder } = json;
  if (!isBpeModelJson(model)) return;
  for (const component of [pre_tokenizer, decoder]) {
    if (JSON.stringify(component ?? null).includes('"ByteLevel"')) refuse('byte-level pieces');
  }
  if (!Array.isArray(model.merges)) fail('"model.merges" is not a list');
  if (model.continuing_subword_prefix) refuse(`the prefix ${JSON.stringify(model.continuing_subword_prefix)}`);
  if (model.end_of_word_suffix) refuse(`the suffix ${JSON.stringify(model.end_of_word_suffix)}`);
  if (model.ignore_merges) refuse('ignore_merges');
}

function readUnkId(json: TokenizerJson, vocab: readonly (readonly [string, number])[], fail: Fail): number {
  const { model } = json;
  if (isUnigramModelJson(model)) {
    const id = model.unk_id ?? -1;
    return Number.isInteger(id) && id >= 0 && id < vocab.length ? id : fail(`"model.unk_id" is ${model.unk_id}`);
  }
  const name = model.unk_token;
  const id = typeof name === 'string' ? vocab.findIndex(([piece]) => piece === name) : -1;
  return id >= 0 ? id : fail(`"model.unk_token" is ${JSON.stringify(name ?? null)}, which is not a piece`);
}
