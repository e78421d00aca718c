// Reads a tokenizer.json into the neutral model: the one door for all kinds. A file that says the same as a SentencePiece
// model (LLaMA's BPE, Unigram as transformers converts it) becomes that model; other BPE files, byte-level or not, keep the
// merges they list. What neither can express exactly is refused with a FormatError that names it.

import type { TokenizerModel } from '../../../core/model.ts';
import { readAddedToken } from '../../added-token.ts';
import { buildListedModel, NotRunnableError } from '../../listed-model.ts';
import { readSteps } from './read-steps.ts';
import { type ListedBpe, scanBpeModel, scanTokenizerJson } from './scan-tokenizer-json.ts';
import {
  isSentencePieceLike,
  type ModelFromTokenizerJsonOptions,
  NotSentencePieceError,
  sentencePieceFromTokenizerJson,
} from './sentencepiece-from-tokenizer-json.ts';
import { readSpecialNames } from './special-names.ts';
import { isBpeModelJson, type TokenizerJson } from './types.ts';

/**
 * The neutral model a tokenizer.json stands for.
 *
 * LLaMA-family and Unigram files: the same pieces, types and normalizer as the `.model` they came from, as far as the file
 * says; BPE scores are rebuilt from the merges, so only their order is that of the `.model`. Other BPE files, byte-level
 * ones among them: pieces, merges, steps and added tokens as the file lists them, with the file's own ids.
 *
 * @throws FormatError when the file is broken, or has a component that cannot be run exactly
 * @example
 * ```ts
 * const model = modelFromTokenizerJson(parseTokenizerJson(text), { source: 'tokenizer.json' });
 * ```
 */
export function modelFromTokenizerJson(
  json: TokenizerJson,
  options: ModelFromTokenizerJsonOptions = {},
): TokenizerModel {
  return readModel({ json, readBpe: () => scanBpeModel(json.model, options), parseAll: () => json }, options);
}

/**
 * The same from the bytes of the file, without an object for its pieces and merges: the shortest way from bytes to
 * `createTokenizer`.
 *
 * @throws FormatError as {@link modelFromTokenizerJson}
 * @example
 * ```ts
 * const tokenizer = createTokenizer(parseTokenizerJsonModel(await readFile('tokenizer.json')));
 * ```
 */
export function parseTokenizerJsonModel(
  bytes: Uint8Array,
  options: ModelFromTokenizerJsonOptions = {},
): TokenizerModel {
  const { json, bpe, parseAll } = scanTokenizerJson(bytes, options);
  return readModel({ json, readBpe: () => bpe!, parseAll }, options);
}

interface Document {
  /** Without vocabulary and merges, if it is a BPE model that was swept. */
  readonly json: TokenizerJson;
  /** Called for BPE models only. */
  readonly readBpe: () => ListedBpe;
  readonly parseAll: () => TokenizerJson;
}

function readModel({ json, readBpe, parseAll }: Document, options: ModelFromTokenizerJsonOptions): TokenizerModel {
  const { source = 'tokenizer.json' } = options;
  if (!isBpeModelJson(json.model)) return sentencePieceFromTokenizerJson(json, options);
  if (isSentencePieceLike(json)) {
    try {
      return sentencePieceFromTokenizerJson(parseAll(), options);
    } catch (error) {
      if (!(error instanceof NotSentencePieceError)) throw error;
    }
  }
  return readListed(json, readBpe(), { ...options, source });
}

function readListed(
  json: TokenizerJson,
  { vocab, merges }: ListedBpe,
  { source, config }: ModelFromTokenizerJsonOptions & { readonly source: string },
): TokenizerModel {
  const { model } = json;
  const refuse = (what: string): never => {
    throw new NotRunnableError(`${source}: a BPE tokenizer with ${what} cannot be run exactly`, {
      hint: 'Counting works with the tokenizer.json as it is, by @huggingface/tokenizers.',
    });
  };
  if (!isBpeModelJson(model)) return refuse(`a model of type ${model.type}`);
  const { units, normalizers, preTokenizers, normalizer } = readSteps(json, refuse);
  if (model.dropout) refuse(`dropout ${model.dropout}`);
  if (model.continuing_subword_prefix) refuse(`the prefix ${JSON.stringify(model.continuing_subword_prefix)}`);
  if (model.end_of_word_suffix) refuse(`the suffix ${JSON.stringify(model.end_of_word_suffix)}`);
  const byteFallback = model.byte_fallback === true;
  if (byteFallback && units === 'byte') refuse('byte-level pieces and byte_fallback');
  const unkPiece = model.unk_token ?? '';
  if (units === 'utf16' && !byteFallback && unkPiece !== '' && model.fuse_unk !== true) {
    refuse('an unknown token for each character (fuse_unk is off)');
  }
  const names = readSpecialNames(json, config);
  return buildListedModel({
    source,
    units,
    vocab,
    merges,
    wholePieceFirst: model.ignore_merges === true,
    normalizer,
    normalizers,
    preTokenizers,
    byteFallback,
    unkPiece,
    addedTokens: json.added_tokens.flatMap((token) => readAddedToken(token, token.id) ?? []),
    bosPiece: names.bosPiece ?? '',
    eosPiece: names.eosPiece ?? '',
    padPiece: names.padPiece ?? '',
  });
}
