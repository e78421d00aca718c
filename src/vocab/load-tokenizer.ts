// Resolves what a person calls a tokenizer - a built-in name, a path, a hub repository - into one that is ready to use.
// Where the bytes come from is left to builtin-vocabularies.ts, tokenizer-files.ts and hub.ts; what they mean, to
// formats/. One shape for all kinds: what a kind does not have is undefined, and `reason` says why.
import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { isSentencePieceModel, type TokenizerModel } from '../core/model.ts';
import { FormatError, InputError } from '../errors.ts';
import { type CompanionFiles, parseCompanion } from '../formats/companion-files.ts';
import { NotRunnableError } from '../formats/listed-model.ts';
import {
  buildSentencePiece,
  parseSentencePiece,
  type SentencePieceDocument,
} from '../formats/sentencepiece/document.ts';
import type { TokenizerDocument } from '../formats/tokenizer-document.ts';
import { parseTokenizerJson, type TokenizerJson } from '../formats/tokenizer-json/tokenizer-json.ts';
import { openDocument } from '../formats/vocabulary/open-document.ts';
import { kindOfVocabulary, parseVocabulary, type VocabularyKind } from '../formats/vocabulary/parse-vocabulary.ts';
import { createTokenizer, type Tokenizer } from '../tokenize/tokenizer.ts';
import { findBuiltinVocabulary, listBuiltinVocabularies } from './builtin-vocabularies.ts';
import { fetchTokenizerFolder, type HubOptions, parseHubReference } from './hub.ts';
import { decodeUtf8, readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.ts';

/** Options of {@link loadTokenizer}; all of them matter for `hf://` sources only. */
export interface LoadOptions extends HubOptions {}

/**
 * Result of {@link loadTokenizer}. What takes time is made on first use, so that those who only read pieces do not pay for
 * it.
 */
export interface LoadedTokenizer {
  /** Short name for tables: the built-in name, `owner/repo`, or the name of the folder or file. */
  readonly name: string;
  /** What the file with the vocabulary is. */
  readonly kind: VocabularyKind;
  /** SHA-256 of the file with the vocabulary, as it lies on disk (built-in: of its `.model` file; GGUF: of what was read of it). */
  readonly sha256: string;
  /** Text of the files that lie beside it, by name: tokenizer_config.json, special_tokens_map.json and so on. */
  readonly files: CompanionFiles;
  /** Text of the config.json beside it, the model's; undefined where there is none. */
  readonly modelConfig?: string | undefined;
  /** The vocabulary; undefined for kinds that only the engine of their own format can run. */
  readonly model: TokenizerModel | undefined;
  /**
   * Encodes and decodes.
   * @throws InputError with the `reason` when there is no `model`
   * @throws FormatError or OptionError (on first use) as `createTokenizer` does
   */
  readonly tokenizer: Tokenizer;
  /**
   * The files, ready to be extended; undefined where there is a `reason`.
   * @throws FormatError (on first use) when a file beside the vocabulary is damaged, or no file could hold an extension
   */
  readonly document: TokenizerDocument | undefined;
  /** Why it cannot be extended and, without a `model`, not be encoded either; one sentence. */
  readonly reason: string | undefined;
  /** The `.model` file, as read or as made from a tokenizer.json of the LLaMA family; undefined for other kinds. */
  readonly bytes: Uint8Array | undefined;
  /** The parsed tokenizer.json of a tokenizer that is no SentencePiece model, for the engines that run it. */
  readonly json: TokenizerJson | undefined;
  /** The parsed tokenizer_config.json that goes with `json`. */
  readonly config: Record<string, unknown> | undefined;
}

/** A loaded tokenizer that can be extended, see {@link requireExtendable}. */
export interface ExtendableTokenizer extends LoadedTokenizer {
  readonly model: TokenizerModel;
  readonly document: TokenizerDocument;
}

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
 * const { tokenizer } = await loadTokenizer('llama2');
 * tokenizer.encode('人工智能'); // [29871, 30313, 31041, 31676, 30815]
 * ```
 */
export async function loadTokenizer(source: string, options: LoadOptions = {}): Promise<LoadedTokenizer> {
  const builtin = findBuiltinVocabulary(source);
  if (builtin !== undefined) {
    const { kind, sha256 } = builtin;
    const parts = { name: source, kind, sha256, files: new Map<string, string>() };
    const opened = await builtin.open();
    return 'vocabularyFile' in opened
      ? fromDocument({ ...parts, document: opened })
      : fromModel({ ...parts, ...opened });
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
 * The loaded tokenizer, if it is one that can be merged and extended. Files beside it are looked at already: what is damaged
 * is found before hours of training.
 *
 * @throws InputError saying why it cannot be extended
 * @throws FormatError when a file beside the vocabulary is damaged
 * @example
 * ```ts
 * const { model, document } = requireExtendable(await loadTokenizer('llama2'));
 * ```
 */
export function requireExtendable(tokenizer: LoadedTokenizer): ExtendableTokenizer {
  if (isExtendable(tokenizer)) return tokenizer;
  throw new InputError(`${tokenizer.name}: cannot be extended: ${tokenizer.reason}`, {
    hint: 'BPE and SentencePiece tokenizers of every format can be extended; others can be compared.',
  });
}

function isExtendable(tokenizer: LoadedTokenizer): tokenizer is ExtendableTokenizer {
  return tokenizer.document !== undefined && tokenizer.model !== undefined;
}

// Depths and sizes are bounded where formats are read; what slips through is a damaged file, not a fault of the program.
function fromFiles(name: string, files: TokenizerFiles): LoadedTokenizer {
  try {
    return fromSoundFiles(name, files);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new FormatError(`${files.label}: its values are nested too deeply, or too long (${cause.message})`, {
      cause,
      hint: 'The file is damaged, or made to break readers: get it from its author.',
    });
  }
}

function fromSoundFiles(name: string, { fileName, label, bytes, files, modelConfig }: TokenizerFiles): LoadedTokenizer {
  const kind = kindOfVocabulary(fileName, bytes);
  const parts = { name, files, modelConfig, kind, sha256: hashOf(bytes) };
  if (kind === 'sentencepiece') {
    return fromDocument({ ...parts, document: parseSentencePiece(bytes, { source: label }) });
  }
  let model: TokenizerModel;
  try {
    model = parseVocabulary({ fileName, bytes, files, label });
  } catch (error) {
    if (kind !== 'tokenizer.json' || !(error instanceof FormatError)) throw error;
    // It says what is wrong with text that is no JSON.
    const json = parseTokenizerJson(decodeUtf8(bytes, label), { source: label });
    // Another engine may run what ours cannot, if it is sound.
    if (!(error instanceof NotRunnableError)) throw error;
    const config = parseCompanion(files, 'tokenizer_config.json', label);
    return fromJson({ ...parts, json, config, reason: error.message });
  }
  if (isSentencePieceModel(model)) {
    // A tokenizer.json is carried on by its document too: it says how its extension puts the prefix.
    const own = kind === 'tokenizer.json' ? [['tokenizer.json', decodeUtf8(bytes, label)] as const] : [];
    const document = buildSentencePiece(model, { source: label });
    return fromDocument({ ...parts, document, companions: new Map([...files, ...own]) });
  }
  return fromModel({
    ...parts,
    model,
    openDocument: () => openDocument({ fileName, bytes, files, label }, model),
    ...(kind === 'tokenizer.json' && {
      readJson: () => parseTokenizerJson(decodeUtf8(bytes, label), { source: label }),
    }),
  });
}

type LoadedParts = Pick<LoadedTokenizer, 'name' | 'sha256' | 'files' | 'modelConfig' | 'kind'>;

interface DocumentParts extends LoadedParts {
  readonly document: SentencePieceDocument;
  /** What the document carries on; default the files beside it. */
  readonly companions?: CompanionFiles;
}

function fromDocument({ document, companions, ...parts }: DocumentParts): LoadedTokenizer {
  return fromModel({
    ...parts,
    model: document.model,
    openDocument: () => document.withCompanions(companions ?? parts.files),
    readBytes: () => document.bytes,
  });
}

interface ModelParts extends LoadedParts {
  readonly model: TokenizerModel;
  readonly readBytes?: () => Uint8Array;
  readonly readJson?: () => TokenizerJson;
  readonly openDocument: () => TokenizerDocument;
}

function fromModel({ readBytes, readJson, openDocument, ...parts }: ModelParts): LoadedTokenizer {
  const { model, name, files } = parts;
  let tokenizer: Tokenizer | undefined;
  let document: TokenizerDocument | undefined;
  return {
    ...parts,
    get tokenizer() {
      tokenizer ??= openTokenizer(model, name);
      return tokenizer;
    },
    get document() {
      document ??= openDocument();
      return document;
    },
    get bytes() {
      return readBytes?.();
    },
    reason: undefined,
    // For a second opinion only, so that it is not kept.
    get json() {
      return readJson?.();
    },
    get config() {
      return readJson && parseCompanion(files, 'tokenizer_config.json', name);
    },
  };
}

function fromJson(parts: LoadedParts & Pick<LoadedTokenizer, 'json' | 'config' | 'reason'>): LoadedTokenizer {
  return {
    ...parts,
    model: undefined,
    get tokenizer(): never {
      throw new InputError(`${parts.name}: cannot be encoded: ${parts.reason}`, {
        hint: 'It can be counted with `vocab-merge compare`.',
      });
    },
    document: undefined,
    bytes: undefined,
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

// Files with a standard name say nothing; their folder does.
function nameOfPath(source: string, { fileName }: TokenizerFiles): string {
  const path = resolve(source);
  if (basename(path) !== fileName) return basename(path);
  if (/^(tokenizer\.(model|json)|tekken\.json|vocab\.json)$/.test(fileName)) return basename(dirname(path)) || fileName;
  return fileName.replace(/\.(model|json|tiktoken|gguf)$/, '');
}

function withSuggestions(source: string, error: unknown): unknown {
  if (!(error instanceof InputError) || !error.message.endsWith('no such file or folder')) return error;
  const names = listBuiltinVocabularies().map((vocabulary) => vocabulary.name);
  const isRepository = /^\w[\w.-]*\/[\w.-]+(@[\w./-]+)?$/.test(source);
  const hint = isRepository
    ? `Check the path; for a repository on the hub write hf://${source}.`
    : `Check the path; the built-in vocabularies are: ${names.join(', ')}.`;
  return new InputError(error.message, { hint, cause: error.cause });
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
