// Resolves what a person calls a tokenizer - a built-in name, a path, a hub repository - into one that is ready to use.
// Where the bytes come from is left to builtin-vocabularies.ts, tokenizer-files.ts and hub.ts; what they mean, to
// formats/. A tokenizer.json that is no SentencePiece model in disguise is handed on as it is, to be counted only.
import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import type { TokenizerModel } from '../core/model.ts';
import { FormatError, InputError } from '../errors.ts';
import type { ModelProto } from '../formats/sentencepiece/fields.ts';
import {
  type ModelFile,
  parseModelFile,
  protoFromFile,
  serializeModelProto,
} from '../formats/sentencepiece/model-file.ts';
import { modelFromFile, modelFromProto, protoFromModel } from '../formats/sentencepiece/model-from-proto.ts';
import { parseTokenizerJson, sentencePieceFromTokenizerJson } from '../formats/tokenizer-json/tokenizer-json.ts';
import { createTokenizer, type Tokenizer } from '../tokenize/tokenizer.ts';
import { findBuiltinVocabulary, listBuiltinVocabularies } from './builtin-vocabularies.ts';
import { fetchTokenizerFolder, type HubOptions, parseHubReference } from './hub.ts';
import { decodeText, readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.ts';

/** Options of {@link loadTokenizer}; all of them matter for `hf://` sources only. */
export interface LoadOptions extends HubOptions {}

/** What every loaded tokenizer has. */
interface LoadedBase {
  /** Short name for tables: the built-in name, `owner/repo`, or the name of the folder or file. */
  readonly name: string;
  /** SHA-256 of the file with the vocabulary, as it lies on disk (built-in: of `bytes`). */
  readonly sha256: string;
  /** Text of the files that lie beside it, by name: tokenizer_config.json, special_tokens_map.json and so on. */
  readonly files: ReadonlyMap<string, string>;
}

/** A tokenizer that is, or is equivalent to, a SentencePiece model. */
export interface LoadedSentencePiece extends LoadedBase {
  readonly kind: 'sentencepiece';
  /**
   * Made on first use, so that those who only read pieces do not pay for it.
   * @throws FormatError or OptionError (on first use) as `createTokenizer` does
   */
  readonly tokenizer: Tokenizer;
  readonly model: TokenizerModel;
  /** Made on first use, as `tokenizer` is. */
  readonly proto: ModelProto;
  /** The `.model` file: as read, or serialized from `proto`. */
  readonly bytes: Uint8Array;
}

/** A tokenizer.json of another family: byte-level BPE, WordPiece and so on. */
export interface LoadedHuggingFace extends LoadedBase {
  readonly kind: 'hugging-face';
  /** The parsed tokenizer.json. */
  readonly json: unknown;
  /** The parsed tokenizer_config.json, `{}` when there is none. */
  readonly config: unknown;
  /** Why it is no SentencePiece model, as one sentence. */
  readonly reason: string;
}

/** Result of {@link loadTokenizer}. */
export type LoadedTokenizer = LoadedSentencePiece | LoadedHuggingFace;

/**
 * Loads a tokenizer.
 *
 * @param source a built-in name (`llama2`); the path of a `.model` file, of a tokenizer.json, or of a folder with either
 *   (tokenizer.model first); or `hf://owner/repo[@revision]`. A built-in name wins over a file: write `./llama2` for that
 * @throws InputError when there is nothing there, or nothing that is a tokenizer
 * @throws FormatError when the file is damaged or of another kind
 * @throws NetworkError when a repository cannot be had
 * @example
 * ```ts
 * const base = await loadTokenizer('llama2');
 * if (base.kind === 'sentencepiece') base.tokenizer.encode('人工智能'); // [29871, 30313, 31041, 31676, 30815]
 * ```
 */
export async function loadTokenizer(source: string, options: LoadOptions = {}): Promise<LoadedTokenizer> {
  const builtin = findBuiltinVocabulary(source);
  if (builtin !== undefined) {
    const proto = await builtin.buildProto();
    const model = modelFromProto(proto, { source });
    return loaded({ name: source, model, proto: () => proto, bytes: serializeModelProto(proto), files: new Map() });
  }
  const reference = parseHubReference(source);
  if (reference !== undefined) {
    const folder = await fetchTokenizerFolder(reference, options);
    return fromFiles(source.slice('hf://'.length), await readTokenizerFiles(folder, { label: source }));
  }
  if (/^https?:\/\//.test(source)) {
    throw new InputError(`${source}: a tokenizer cannot be read from a web address`, {
      hint: 'Download the file and give its path, or name a hub repository as hf://owner/repo.',
    });
  }
  const files = await readTokenizerFiles(source).catch((error) => {
    throw withSuggestions(source, error);
  });
  return fromFiles(nameOfPath(source, files), files);
}

/**
 * The loaded tokenizer, if it is one that can be merged and extended.
 *
 * @throws InputError saying what it is otherwise
 * @example
 * ```ts
 * const { tokenizer, proto } = requireSentencePiece(await loadTokenizer('llama2'));
 * ```
 */
export function requireSentencePiece(tokenizer: LoadedTokenizer): LoadedSentencePiece {
  if (tokenizer.kind === 'sentencepiece') return tokenizer;
  throw new InputError(`${tokenizer.name}: is not a SentencePiece vocabulary: ${tokenizer.reason}`, {
    hint: 'Only SentencePiece models and LLaMA-family tokenizer.json files can be extended; others can be compared.',
  });
}

function fromFiles(name: string, { fileName, label, bytes, files }: TokenizerFiles): LoadedTokenizer {
  if (!isJson(fileName, bytes)) {
    const file = parseModelFile(bytes, { source: label });
    checkComplete(file, bytes, label);
    const model = modelFromFile(file, { source: label });
    return loaded({ name, model, proto: () => protoFromFile(file), bytes, files });
  }
  const json = parseTokenizerJson(decodeText(bytes, label), { source: label });
  const config = parseConfig(files.get('tokenizer_config.json'), label);
  const sha256 = hashOf(bytes);
  let model: TokenizerModel;
  try {
    model = sentencePieceFromTokenizerJson(json, { source: label, config });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { kind: 'hugging-face', name, json, config, reason: error.message, files, sha256 };
  }
  const proto = protoFromModel(model);
  return loaded({
    name,
    model: modelFromProto(proto, { source: label }),
    proto: () => proto,
    bytes: serializeModelProto(proto),
    files,
    sha256,
  });
}

interface Parts {
  readonly name: string;
  readonly model: TokenizerModel;
  readonly proto: () => ModelProto;
  readonly bytes: Uint8Array;
  readonly files: ReadonlyMap<string, string>;
  /** Hash of the file; default that of `bytes`. */
  readonly sha256?: string;
}

function loaded(parts: Parts): LoadedSentencePiece {
  const { name, model, bytes, files, sha256 = hashOf(bytes) } = parts;
  let tokenizer: Tokenizer | undefined;
  let proto: ModelProto | undefined;
  return {
    kind: 'sentencepiece',
    name,
    get tokenizer() {
      tokenizer ??= openTokenizer(model, name);
      return tokenizer;
    },
    model,
    get proto() {
      proto ??= parts.proto();
      return proto;
    },
    bytes,
    sha256,
    files,
  };
}

// What is damaged in a model is found when it is opened, where nobody knows any more which file it came from.
function openTokenizer(model: TokenizerModel, name: string): Tokenizer {
  try {
    return createTokenizer(model);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const { message, hint } = cause;
    throw new FormatError(`${name}: ${message}`, { cause, ...(hint !== undefined && { hint }) });
  }
}

// A file that is cut off between two pieces parses. Every trainer writes both specs, behind the pieces.
function checkComplete({ run, rest }: ModelFile, bytes: Uint8Array, label: string): void {
  if (rest.trainerSpec !== undefined || rest.normalizerSpec !== undefined) return;
  throw new FormatError(
    `${label}: ends at byte ${bytes.length}, after ${run.pieces.length + rest.pieces.length} pieces, without trainer_spec and normalizer_spec`,
    { hint: 'The file is cut off: download or copy it again.' },
  );
}

// The name decides where it says something; otherwise the first byte: "{" cannot begin a ModelProto.
function isJson(fileName: string, bytes: Uint8Array): boolean {
  if (fileName.endsWith('.json')) return true;
  if (fileName.endsWith('.model')) return false;
  return bytes[0] === 0x7b;
}

function parseConfig(text: string | undefined, label: string): unknown {
  if (text === undefined) return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${label}: the tokenizer_config.json beside it is not JSON: ${(cause as Error).message}`, {
      hint: 'Get the file again, or remove it.',
      cause,
    });
  }
}

// Files with a standard name say nothing; their folder does.
function nameOfPath(source: string, { fileName }: TokenizerFiles): string {
  const path = resolve(source);
  if (basename(path) !== fileName) return basename(path);
  if (/^tokenizer\.(model|json)$/.test(fileName)) return basename(dirname(path)) || fileName;
  return fileName.replace(/\.(model|json)$/, '');
}

function withSuggestions(source: string, error: unknown): unknown {
  if (!(error instanceof InputError) || !error.message.endsWith('no such file or folder')) return error;
  const names = listBuiltinVocabularies().map((vocabulary) => vocabulary.name);
  const isRepository = /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/.test(source);
  const hint = isRepository
    ? `Check the path; for a repository on the hub write hf://${source}.`
    : `Check the path; the built-in vocabularies are: ${names.join(', ')}.`;
  return new InputError(error.message, { hint, cause: error.cause });
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
