// Text of a tokenizer.json to its object, with what every reader may count on: a model of a known type, a list of sound
// added tokens, and null for components that are absent. It looks at nothing else; whether this project can encode with it
// is modelFromTokenizerJson's question. Spec: https://huggingface.co/docs/tokenizers
import { groupDigits } from '../../../core/counted.ts';
import { isObject } from '../../../core/json-object.ts';
import { FormatError } from '../../../errors.ts';
import { addedTokenJson, readAddedToken } from '../../added-token.ts';
import type { AddedTokenJson, TokenizerJson, TokenizerJsonComponent } from './types.ts';

type Fail = (problem: string) => never;

/** Options of {@link parseTokenizerJson}. */
interface ParseTokenizerJsonOptions {
  /** Name of the file, for error messages. */
  readonly source?: string;
}

/**
 * Parses the text of a tokenizer.json of any kind.
 *
 * Files from before version 1.0 may lack `model.type`; it is filled in from the fields. Absent components become null.
 *
 * @throws FormatError when the text is not JSON or not a tokenizer.json
 * @example
 * ```ts
 * const json = parseTokenizerJson(await readFile('tokenizer.json', 'utf8'));
 * json.model.type; // 'BPE', 'Unigram', 'WordPiece' or 'WordLevel'
 * ```
 */
export function parseTokenizerJson(text: string, options: ParseTokenizerJsonOptions = {}): TokenizerJson {
  const { source = 'tokenizer.json' } = options;
  return completeTokenizerJson(parseJson(text, source), source);
}

/**
 * A parsed tokenizer.json with its parts checked and filled in.
 *
 * @throws FormatError when it is not a tokenizer.json
 */
export function completeTokenizerJson(json: unknown, source: string): TokenizerJson {
  const fail = (problem: string): never => {
    throw new FormatError(`${source}: ${problem}`, {
      hint: 'Give the tokenizer.json that lies beside a model; tokenizer_config.json is another file.',
    });
  };
  if (!isObject(json)) return fail('is JSON, but not an object, so it is not a tokenizer.json');
  const model = json.model;
  if (!isObject(model)) return fail('has no "model" object, so it is not a tokenizer.json');
  const addedTokens = json.added_tokens ?? [];
  if (!Array.isArray(addedTokens)) return fail('"added_tokens" is not a list');
  const component = (name: string): TokenizerJsonComponent | null => {
    const value = json[name] ?? null;
    if (value !== null && !(isObject(value) && typeof value.type === 'string')) fail(`"${name}" has no "type"`);
    return value as TokenizerJsonComponent | null;
  };
  return {
    ...json,
    version: typeof json.version === 'string' ? json.version : '1.0',
    truncation: json.truncation ?? null,
    padding: json.padding ?? null,
    added_tokens: addedTokens.map((token: unknown, i): AddedTokenJson => readAddedTokenJson(token, i, fail)),
    normalizer: component('normalizer'),
    pre_tokenizer: component('pre_tokenizer'),
    post_processor: component('post_processor'),
    decoder: component('decoder'),
    model: { ...model, type: readModelType(model, fail) },
  };
}

function readModelType(model: Record<string, unknown>, fail: Fail): string {
  if (typeof model.type === 'string') return model.type;
  if (model.type !== undefined) return fail('"model.type" is not a string');
  if (Array.isArray(model.merges)) return 'BPE';
  if (Array.isArray(model.vocab)) return 'Unigram';
  if (!isObject(model.vocab)) return fail('"model" has no "vocab"');
  return 'continuing_subword_prefix' in model || 'max_input_chars_per_word' in model ? 'WordPiece' : 'WordLevel';
}

function readAddedTokenJson(token: unknown, i: number, fail: Fail): AddedTokenJson {
  const read = readAddedToken(token, isObject(token) ? token.id : undefined);
  if (read === undefined) return fail(`"added_tokens"[${i}] needs a "content" string and an "id" of 0 or more`);
  return addedTokenJson(read, read.id);
}

/**
 * The longest text that is turned into objects, in UTF-16 units: four times the largest tokenizer.json that is known to be
 * published (Gemma 3). Ten million pieces would take gigabytes.
 */
const MAX_PARSED_UNITS = 2 ** 27;

function parseJson(text: string, source: string): unknown {
  if (text.length > MAX_PARSED_UNITS) {
    throw new FormatError(
      `${source}: has ${groupDigits(text.length)} characters, at most ${groupDigits(MAX_PARSED_UNITS)} are read`,
      { hint: 'No published tokenizer is as large: check where the file comes from.' },
    );
  }
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    const fail = (problem: string, hint: string): never => {
      throw new FormatError(`${source}: ${problem}`, { hint, cause });
    };
    if (text.trim() === '') return fail('is empty, so it is not a tokenizer.json', 'Get the file again.');
    if (text.startsWith('version https://git-lfs'))
      return fail('is a Git LFS pointer, not the file itself', 'Get the file with `git lfs pull`.');
    const { message } = cause as Error;
    return fail(`is not JSON: ${message}`, 'The file may be cut off or damaged: get it again.');
  }
}
