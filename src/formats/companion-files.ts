// The small files that lie beside a vocabulary: tokenizer_config.json, special_tokens_map.json, added_tokens.json, the chat
// templates. The one reader of each, and of what they say of added and special tokens; nothing is written here. A
// tokenizer.json has its own reader, in tokenizer-json/.
// Spec: https://huggingface.co/docs/transformers/main_classes/tokenizer
import { isObject } from '../core/json-object.ts';
import type { AddedToken } from '../core/model.ts';
import { FormatError } from '../errors.ts';
import { addedTokensOfConfig, namedToken, readAddedToken } from './added-token.ts';

/** Text of files by name, without a folder. */
export type CompanionFiles = ReadonlyMap<string, string>;

/** Files that hold the chat template in newer versions of transformers; older ones have it in tokenizer_config.json. */
export const CHAT_TEMPLATES: readonly string[] = ['chat_template.jinja', 'chat_template.json'];

/**
 * Parses one of the files that are JSON objects; `undefined` when it is not there.
 *
 * @param source the tokenizer or its vocabulary file, for error messages
 * @throws FormatError when it is not a JSON object
 */
export function parseCompanion(
  files: CompanionFiles,
  name: string,
  source: string,
): Record<string, unknown> | undefined {
  const text = files.get(name);
  if (text === undefined) return undefined;
  const damaged = (problem: string, cause?: unknown) =>
    new FormatError(`${name} beside ${source}: ${problem}`, { hint: 'Get the file again, or remove it.', cause });
  let json: unknown;
  try {
    json = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    throw damaged(`is not JSON: ${(cause as Error).message}`, cause);
  }
  if (!isObject(json)) throw damaged('is JSON, but not an object');
  return json;
}

/** An added token and the file that lists it. */
export interface ListedToken extends AddedToken {
  readonly file: string;
}

/**
 * The added tokens that the files list, each as often as it is listed: those of added_tokens.json, which has no flags, then
 * of tokenizer_config.json, then of tokenizer.json.
 *
 * @param json the parsed tokenizer.json, if there is one
 * @throws FormatError when one of the other files is damaged
 */
export function readAddedTokens(
  files: CompanionFiles,
  source: string,
  json: { readonly added_tokens: readonly { readonly id: number }[] } | undefined,
): ListedToken[] {
  const list = (file: string, tokens: readonly AddedToken[]) => tokens.map((token) => ({ ...token, file }));
  const plain = Object.entries(parseCompanion(files, 'added_tokens.json', source) ?? {});
  const listed = json?.added_tokens ?? [];
  return [
    ...list(
      'added_tokens.json',
      plain.flatMap(([content, id]) => readAddedToken({ content }, id) ?? []),
    ),
    ...list('tokenizer_config.json', addedTokensOfConfig(parseCompanion(files, 'tokenizer_config.json', source))),
    ...list(
      'tokenizer.json',
      listed.flatMap((token) => readAddedToken(token, token.id) ?? []),
    ),
  ];
}

/**
 * The special tokens that tokenizer_config.json and special_tokens_map.json name, by key: `bos_token`, `pad_token` and so
 * on. Where both name one, the map's counts.
 *
 * @throws FormatError when one of the files is damaged
 */
export function readSpecialTokens(files: CompanionFiles, source: string): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const name of ['tokenizer_config.json', 'special_tokens_map.json']) {
    for (const [key, value] of Object.entries(parseCompanion(files, name, source) ?? {})) {
      const content = key.endsWith('_token') ? namedToken(value) : undefined;
      if (content !== undefined) tokens.set(key, content);
    }
  }
  return tokens;
}
