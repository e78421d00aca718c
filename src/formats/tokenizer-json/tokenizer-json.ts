// Text of tokenizer.json <-> its object, and the door to the two conversions from and to the neutral model.
// Parsing checks only what every reader needs: an object with a model and a list of added tokens. Whether this project
// can encode with it is modelFromTokenizerJson's question. Spec: https://huggingface.co/docs/tokenizers
import { isObject } from '../../core/json-object.ts';
import { FormatError } from '../../errors.ts';
import type { AddedTokenJson, TokenizerJson, TokenizerJsonComponent } from './types.ts';

export { type BuildTokenizerJsonOptions, buildTokenizerJson } from './build-tokenizer-json.ts';
export { type ModelFromTokenizerJsonOptions, modelFromTokenizerJson } from './model-from-tokenizer-json.ts';
export type {
  AddedToken,
  AddedTokenJson,
  BpeModelJson,
  TokenizerJson,
  UnigramModelJson,
} from './types.ts';

/** Options of {@link parseTokenizerJson}. */
export interface ParseTokenizerJsonOptions {
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
  const fail = (problem: string): never => {
    throw new FormatError(`${source}: ${problem}`, {
      hint: 'Give the tokenizer.json that lies beside a model; tokenizer_config.json is another file.',
    });
  };
  const json = parseJson(text, source);
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
    added_tokens: addedTokens.map((token: unknown, i): AddedTokenJson => readAddedToken(token, i, fail)),
    normalizer: component('normalizer'),
    pre_tokenizer: component('pre_tokenizer'),
    post_processor: component('post_processor'),
    decoder: component('decoder'),
    model: { ...model, type: readModelType(model, fail) },
  };
}

/**
 * Text of a tokenizer.json as the Hugging Face tools lay it out: two spaces of indent, pieces in id order.
 *
 * @example
 * ```ts
 * await writeFile('tokenizer.json', serializeTokenizerJson(buildTokenizerJson(model)));
 * ```
 */
export function serializeTokenizerJson(json: TokenizerJson): string {
  const { model } = json;
  const fields = Object.entries(json).map(([key, value]) => {
    const text = key === 'model' ? printModel(model) : indent(JSON.stringify(value, null, 2) ?? 'null', '  ');
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}

// By hand, because JavaScript moves keys such as "7" to the front of an object, and for one line a Unigram piece.
function printModel(model: TokenizerJson['model']): string {
  const fields = Object.entries(model).map(([key, value]) => {
    let text: string;
    if (key === 'vocab' && isObject(value)) {
      const pieces = Object.entries(value).sort((a, b) => Number(a[1]) - Number(b[1]));
      text = printLines(
        '{',
        '}',
        pieces.map(([piece, id]) => `${JSON.stringify(piece)}: ${JSON.stringify(id)}`),
      );
    } else if ((key === 'vocab' || key === 'merges') && Array.isArray(value)) {
      text = printLines(
        '[',
        ']',
        value.map((item) => JSON.stringify(item)),
      );
    } else text = indent(JSON.stringify(value, null, 2) ?? 'null', '    ');
    return `    ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${fields.join(',\n')}\n  }`;
}

function printLines(open: string, close: string, lines: readonly string[]): string {
  return lines.length === 0 ? open + close : `${open}\n      ${lines.join(',\n      ')}\n    ${close}`;
}

function indent(text: string, by: string): string {
  return text.replaceAll('\n', `\n${by}`);
}

type Fail = (problem: string) => never;

function parseJson(text: string, source: string): unknown {
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

function readModelType(model: Record<string, unknown>, fail: Fail): string {
  if (typeof model.type === 'string') return model.type;
  if (model.type !== undefined) return fail('"model.type" is not a string');
  if (Array.isArray(model.merges)) return 'BPE';
  if (Array.isArray(model.vocab)) return 'Unigram';
  if (!isObject(model.vocab)) return fail('"model" has no "vocab"');
  return 'continuing_subword_prefix' in model || 'max_input_chars_per_word' in model ? 'WordPiece' : 'WordLevel';
}

function readAddedToken(token: unknown, i: number, fail: Fail): AddedTokenJson {
  if (!isObject(token) || typeof token.content !== 'string' || !Number.isInteger(token.id) || Number(token.id) < 0) {
    return fail(`"added_tokens"[${i}] needs a "content" string and an "id" of 0 or more`);
  }
  const flag = (name: string): boolean => token[name] === true;
  return {
    id: token.id as number,
    content: token.content,
    single_word: flag('single_word'),
    lstrip: flag('lstrip'),
    rstrip: flag('rstrip'),
    normalized: flag('normalized'),
    special: flag('special'),
  };
}
