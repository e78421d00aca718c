// Added tokens as Hugging Face's files spell them, in tokenizer.json and in tokenizer_config.json alike, and the tokens
// that those files name (`bos_token`, `pad_token`). Which files there are is companion-files.ts' business.
// Spec: https://huggingface.co/docs/tokenizers/api/added-tokens
import { isObject } from '../core/json-object.ts';
import type { AddedToken } from '../core/model.ts';

/** An added token to be listed: flags are false and the id follows from the pieces where they are not given. */
export type TokenToAdd = Pick<AddedToken, 'content'> & Partial<AddedToken>;

/** An added token as files have it, besides its id. */
export interface AddedTokenFlags {
  content: string;
  lstrip: boolean;
  normalized: boolean;
  rstrip: boolean;
  single_word: boolean;
  special: boolean;
}

/** Reads an added token, flags that are missing being false; `undefined` when it is none or has no id. */
export function readAddedToken(value: unknown, id: unknown): AddedToken | undefined {
  if (!isObject(value) || typeof value.content !== 'string') return undefined;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) return undefined;
  return {
    id,
    content: value.content,
    special: value.special === true,
    singleWord: value.single_word === true,
    lstrip: value.lstrip === true,
    rstrip: value.rstrip === true,
    normalized: value.normalized === true,
  };
}

/** The reverse of {@link readAddedToken}, without the id. */
export function writeAddedToken(token: TokenToAdd): AddedTokenFlags {
  return {
    content: token.content,
    lstrip: token.lstrip ?? false,
    normalized: token.normalized ?? false,
    rstrip: token.rstrip ?? false,
    single_word: token.singleWord ?? false,
    special: token.special ?? false,
  };
}

/** An entry of `added_tokens`, with its keys in the order in which Hugging Face's tools write them. */
export function addedTokenJson(token: TokenToAdd, id: number): AddedTokenFlags & { id: number } {
  const { content, single_word, lstrip, rstrip, normalized, special } = writeAddedToken(token);
  return { id, content, single_word, lstrip, rstrip, normalized, special };
}

/** The tokens of a parsed tokenizer_config.json's `added_tokens_decoder`, in its order. */
export function addedTokensOfConfig(config: Readonly<Record<string, unknown>> = {}): AddedToken[] {
  const decoder = config.added_tokens_decoder;
  return Object.entries(isObject(decoder) ? decoder : {}).flatMap(
    ([id, token]) => readAddedToken(token, Number(id)) ?? [],
  );
}

/** Text of a token that a file names as `"<s>"` or as `{"content": "<s>"}`. */
export function namedToken(value: unknown): string | undefined {
  const content = isObject(value) ? value.content : value;
  return typeof content === 'string' ? content : undefined;
}
