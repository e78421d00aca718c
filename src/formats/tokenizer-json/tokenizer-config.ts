// tokenizer_config.json and special_tokens_map.json, the files transformers reads beside tokenizer.model/.json.
// A base's file is the starting point and all its keys are kept (chat_template, model_max_length, padding_side, ...);
// only the table of added tokens is rebuilt, because ids past the old vocabulary now belong to new pieces.
// Spec: https://huggingface.co/docs/transformers/main_classes/tokenizer
import { controlId, PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { FormatError } from '../../errors.ts';
import { type AddedTokenFlags, addedTokensOfConfig, type TokenToAdd, writeAddedToken } from '../added-token.ts';
import { UNLIMITED_MODEL_LENGTH } from '../document/carried-files.ts';
import { PLAIN_CLASS } from '../document/tokenizer-classes.ts';
import type { BuildTokenizerJsonOptions } from './build-tokenizer-json.ts';
import type { TokenizerJson } from './read/types.ts';

/** Spellings of a padding token that are recognised among added tokens. */
const PAD_NAMES: readonly string[] = ['<pad>', '[PAD]', '<|pad|>'];

/** Options of {@link buildTokenizerConfig} and {@link buildSpecialTokensMap}. */
export interface TokenizerConfigOptions {
  readonly model: TokenizerModel;
  /** Parsed file of the base tokenizer, to be kept. */
  readonly base?: Record<string, unknown> | undefined;
  /** Pieces listed as added tokens besides the model's special and user-defined ones. */
  readonly addedTokens?: readonly TokenToAdd[];
  /**
   * Pieces tie in score, so that tokenizer.json is not exact: the class is then LlamaTokenizer, which in transformers 4 runs
   * tokenizer.model itself with `use_fast=False`. Default false.
   */
  readonly hasTies?: boolean;
}

/**
 * Builds tokenizer_config.json.
 *
 * Without a base: LLaMA's settings (bos in front, no eos, legacy spaces), and `PreTrainedTokenizerFast`, the class that
 * runs tokenizer.json as it is, in transformers 4 and 5 alike. LlamaTokenizer of transformers 5 builds a tokenizer of its
 * own instead, whose ids differ for texts that start with a space.
 * A base's added token that is not a piece of the model is left out: its old id may be a new piece's.
 *
 * @throws FormatError when an added token is not a piece of the model and has no id, or has another piece's id
 * @example
 * ```ts
 * const config = buildTokenizerConfig({ model, base: { chat_template: '{{ messages }}' } });
 * config.chat_template; // '{{ messages }}'
 * config.tokenizer_class; // 'PreTrainedTokenizerFast'
 * ```
 */
export function buildTokenizerConfig(options: TokenizerConfigOptions): Record<string, unknown> {
  const { model, base = {}, hasTies = false } = options;
  return {
    add_bos_token: controlId(model, model.bosPiece) >= 0,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    legacy: true,
    // Without it transformers 4 would hand token_type_ids to models that know none.
    model_input_names: ['input_ids', 'attention_mask'],
    model_max_length: UNLIMITED_MODEL_LENGTH,
    sp_model_kwargs: {},
    tokenizer_class: hasTies ? 'LlamaTokenizer' : PLAIN_CLASS,
    ...base,
    ...namesOf(options),
    added_tokens_decoder: buildAddedTokensDecoder(options),
  };
}

/**
 * What the files of a base say that goes into the tokenizer.json of an extension. How the prefix is put follows the base's
 * own tokenizer.json where there is one: the `legacy` of tokenizer_config.json speaks of other code, and they differ.
 */
export function tokenizerJsonOptions(
  config: Record<string, unknown> = {},
  json?: Pick<TokenizerJson, 'pre_tokenizer'>,
): BuildTokenizerJsonOptions {
  const { legacy, add_bos_token: addBos, add_eos_token: addEos } = config;
  return {
    legacy: json === undefined ? legacy !== false : json.pre_tokenizer?.type !== 'Metaspace',
    ...(typeof addBos === 'boolean' && { addBos }),
    ...(typeof addEos === 'boolean' && { addEos }),
  };
}

/**
 * Builds special_tokens_map.json: bos, eos, unk and, where there is one, pad; a base's entries are kept as they are.
 */
export function buildSpecialTokensMap(options: TokenizerConfigOptions): Record<string, unknown> {
  return { ...options.base, ...namesOf(options) };
}

// Names of the special tokens that the base does not name, by key; null counts as not named.
function namesOf({ model, base = {}, addedTokens = [] }: TokenizerConfigOptions): Record<string, unknown> {
  const names: Record<string, unknown> = {};
  const setDefault = (key: string, name: string | undefined): void => {
    if ((base[key] ?? null) === null && name !== undefined) names[key] = name;
  };
  const control = (piece: string) => (controlId(model, piece) >= 0 ? piece : undefined);
  setDefault('bos_token', control(model.bosPiece));
  setDefault('eos_token', control(model.eosPiece));
  setDefault('unk_token', model.pieces[model.pieceTypes.indexOf(PIECE_TYPE.unknown)]);
  const padToken = addedTokens.find(({ content }) => content === model.padPiece || PAD_NAMES.includes(content));
  setDefault('pad_token', control(model.padPiece) ?? padToken?.content);
  return names;
}

function buildAddedTokensDecoder({
  model,
  base,
  addedTokens = [],
}: TokenizerConfigOptions): Record<string, AddedTokenFlags> {
  const { pieces, pieceTypes } = model;
  const tokens = new Map<number, AddedTokenFlags>();
  pieces.forEach((content, id) => {
    const type = pieceTypes[id];
    if (type === PIECE_TYPE.control || type === PIECE_TYPE.unknown)
      tokens.set(id, writeAddedToken({ content, special: true }));
    else if (type === PIECE_TYPE.userDefined) tokens.set(id, writeAddedToken({ content }));
  });
  const kept = addedTokensOfConfig(base).map((token) => ({ token, fromBase: true }));
  const wanted = [...kept, ...addedTokens.map((token: TokenToAdd) => ({ token, fromBase: false }))];
  const idOfPiece = wanted.length > 0 ? new Map(pieces.map((piece, id) => [piece, id])) : new Map<string, number>();
  for (const { token, fromBase } of wanted) {
    const id = idOfPiece.get(token.content);
    if (id !== undefined) tokens.set(id, writeAddedToken(token));
    else if (!fromBase) {
      const shown = JSON.stringify(token.content);
      if (token.id === undefined)
        throw new FormatError(`added token ${shown} is not a piece of the model and has no id`);
      if (token.id < pieces.length) {
        throw new FormatError(`added token ${shown} has id ${token.id}, the id of ${JSON.stringify(pieces[token.id])}`);
      }
      tokens.set(token.id, writeAddedToken(token));
    }
  }
  return Object.fromEntries([...tokens].sort(([a], [b]) => a - b));
}
