// The engines that verify asks, each opened from the files that its users give it. Ids come without bos and eos.
// The Rust engine (npm package `tokenizers`) is not a dependency: it is used where it is installed, beside this package or
// in the project that is worked in, and left out where it is not.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FormatError, messageOf } from '../../errors.ts';
import { parseTokenizerModel } from '../../formats/sentencepiece/model-from-proto.ts';
import {
  modelFromTokenizerJson,
  parseTokenizerJson,
  sentencePieceFromTokenizerJson,
} from '../../formats/tokenizer-json/tokenizer-json.ts';
import { parseVocabulary, type VocabularyFile } from '../../formats/vocabulary/parse-vocabulary.ts';
import { createSentencePieceJsCounter } from '../../report/counters/sentencepiece-js-counter.ts';
import { createTokenizer, type Tokenizer } from '../../tokenize/tokenizer.ts';
import { type EncodedTexts, type EncodeTexts, encodeTexts } from '../threads/encode-batch-thread.ts';

/** Engines by the name of their package; ours appears twice, once for each file it reads. */
export const VERIFY_ENGINES = [
  'vocab-merge',
  'vocab-merge-json',
  'sentencepiece-js',
  '@huggingface/tokenizers',
  'tokenizers',
  'tiktoken',
  'node-llama-cpp',
] as const;

/** One of {@link VERIFY_ENGINES}. */
export type VerifyEngineName = (typeof VERIFY_ENGINES)[number];

/**
 * Files that engines read: the one with the vocabulary, tokenizer.model, tokenizer.json, and what is made from the model for
 * engines with files of their own.
 */
export type VerifyFileKind = 'own' | 'model' | 'json' | 'ranks' | 'gguf';

/** The file that an engine reads. */
export const ENGINE_FILES: Readonly<Record<VerifyEngineName, VerifyFileKind>> = {
  'vocab-merge': 'own',
  'vocab-merge-json': 'json',
  'sentencepiece-js': 'model',
  '@huggingface/tokenizers': 'json',
  tokenizers: 'json',
  tiktoken: 'ranks',
  'node-llama-cpp': 'gguf',
};

/** What an engine is opened with; it can be sent to a thread. */
export interface VerifyEngineInput {
  readonly engine: VerifyEngineName;
  /** Name of the file, for messages. */
  readonly label: string;
  /** The file's bytes, the text of tokenizer.json, or the {@link TiktokenRanks} as JSON. */
  readonly data: Uint8Array | string;
  /** The file with the vocabulary where it is no `.model` file. */
  readonly own?: VocabularyFile;
  /** No SentencePiece model: ours reads tokenizer.json of any kind, and text that spells a special token is that token. */
  readonly isListed?: boolean;
  /** Parsed tokenizer_config.json. */
  readonly config: Record<string, unknown>;
}

/** What is known of an engine that is open. */
export interface VerifyEngineFacts {
  /** Version of its package; ours has none here. */
  readonly version: string | undefined;
}

/** Path of an engine's package, `undefined` where it is not installed. */
export function findEnginePackage(engine: VerifyEngineName): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve(engine);
    } catch {
      // Not to be found from there.
    }
  }
  return undefined;
}

/**
 * Opens an engine.
 *
 * @throws FormatError when the engine refuses the file
 */
export async function openVerifyEngine(
  input: VerifyEngineInput,
): Promise<{ readonly ready: VerifyEngineFacts; readonly encodeTexts: EncodeTexts }> {
  const { engine } = input;
  if (engine === 'vocab-merge' || engine === 'vocab-merge-json') {
    const tokenizer = openOurs(input);
    return { ready: { version: undefined }, encodeTexts: (texts) => encodeTexts(tokenizer, texts) };
  }
  const path = findEnginePackage(engine);
  const ready = { version: path === undefined ? undefined : versionOf(path) };
  if (engine === 'sentencepiece-js') return { ready, encodeTexts: await openSentencePieceJs(input) };
  if (engine === '@huggingface/tokenizers') return { ready, encodeTexts: await openHuggingFaceJs(input) };
  if (engine === 'tiktoken') return { ready, encodeTexts: openTiktoken(input, path!) };
  if (engine === 'node-llama-cpp') return { ready, encodeTexts: await openLlamaCpp(input, path!) };
  return { ready, encodeTexts: openRust(input, path!) };
}

/** Opens our own tokenizer from any of the files. */
export function openOurs({ label, data, own, config, isListed }: Omit<VerifyEngineInput, 'engine'>): Tokenizer {
  const source = { source: label };
  if (own !== undefined) return createTokenizer(parseVocabulary(own));
  if (typeof data !== 'string') return createTokenizer(parseTokenizerModel(data, source));
  const read = isListed ? modelFromTokenizerJson : sentencePieceFromTokenizerJson;
  return createTokenizer(read(parseTokenizerJson(data, source), { ...source, config }));
}

async function openSentencePieceJs({ label, data }: VerifyEngineInput): Promise<EncodeTexts> {
  const bytes = data as Uint8Array;
  const model = parseTokenizerModel(bytes, { source: label });
  const counter = await createSentencePieceJsCounter({ name: label, bytes, model });
  return (texts) =>
    collect(texts, (text) => {
      const ids: number[] = [];
      counter.forEachId(text, (id) => ids.push(id));
      return ids;
    });
}

async function openHuggingFaceJs({ label, data, config }: VerifyEngineInput): Promise<EncodeTexts> {
  const { Tokenizer: HuggingFaceTokenizer } = await import('@huggingface/tokenizers');
  const json = parseTokenizerJson(data as string, { source: label });
  const tokenizer = opened('@huggingface/tokenizers', label, () => new HuggingFaceTokenizer(json, config));
  // It keeps the result of every short line it has seen, for ever.
  const { model } = tokenizer as unknown as { model?: { clear_cache?: () => void } };
  return (texts) => {
    model?.clear_cache?.();
    return collect(texts, (text) =>
      (tokenizer.encode(text, { add_special_tokens: false }).ids as (number | undefined)[]).map((id) => id ?? -1),
    );
  };
}

/** The part of the Rust engine's binding that is used. */
interface RustModule {
  readonly Tokenizer: {
    fromString(json: string): {
      encodeBatch(texts: readonly string[], options: { addSpecialTokens: boolean }): Promise<{ getIds(): number[] }[]>;
    };
  };
}

function openRust({ label, data }: VerifyEngineInput, path: string): EncodeTexts {
  const { Tokenizer: RustTokenizer } = createRequire(import.meta.url)(path) as RustModule;
  const tokenizer = opened('tokenizers', label, () => RustTokenizer.fromString(data as string));
  return async (texts) => {
    const encodings = await tokenizer.encodeBatch(texts, { addSpecialTokens: false });
    return collect(encodings, (encoding) => encoding.getIds());
  };
}

/** What the tiktoken engine is made with. */
export interface TiktokenRanks {
  /** Pieces in Base64, one after the other from rank `first` on, in the layout of the package. */
  readonly ranks: string;
  readonly special: Readonly<Record<string, number>>;
  readonly pattern: string;
}

/** The part of tiktoken's binding that is used. */
interface TiktokenModule {
  readonly Tiktoken: new (
    ranks: string,
    special: Readonly<Record<string, number>>,
    pattern: string,
  ) => { encode(text: string, allowed: 'all'): Uint32Array };
}

function openTiktoken({ label, data }: VerifyEngineInput, path: string): EncodeTexts {
  const { Tiktoken } = createRequire(import.meta.url)(path) as TiktokenModule;
  const { ranks, special, pattern } = JSON.parse(data as string) as TiktokenRanks;
  const encoder = opened('tiktoken', label, () => new Tiktoken(ranks, special, pattern));
  return (texts) => collect(texts, (text) => encoder.encode(text, 'all'));
}

/** The part of node-llama-cpp that is used. */
interface LlamaCppModule {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{ tokenize(text: string, specialTokens: boolean): Iterable<number> }>;
  }>;
}

async function openLlamaCpp({ label, data, isListed = false }: VerifyEngineInput, path: string): Promise<EncodeTexts> {
  const { getLlama } = (await import(pathToFileURL(path).href)) as LlamaCppModule;
  // It takes a file, not bytes.
  const folder = await mkdtemp(join(tmpdir(), 'vocab-merge-verify-'));
  try {
    const modelPath = join(folder, 'vocab.gguf');
    await writeFile(modelPath, data as Uint8Array);
    const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'disabled' });
    const model = await llama.loadModel({ modelPath, vocabOnly: true });
    return (texts) => collect(texts, (text) => [...model.tokenize(text, isListed)]);
  } catch (cause) {
    throw new FormatError(`${label}: node-llama-cpp cannot load it: ${(cause as Error).message}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function opened<T>(engine: string, label: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    throw new FormatError(`${label}: ${engine} cannot load it: ${messageOf(cause)}`, { cause });
  }
}

function collect<T>(items: readonly T[], idsOf: (item: T) => readonly number[] | Uint32Array): EncodedTexts {
  const idStarts = new Uint32Array(items.length + 1);
  const parts = items.map(idsOf);
  parts.forEach((part, i) => {
    idStarts[i + 1] = idStarts[i]! + part.length;
  });
  const ids = new Int32Array(idStarts[items.length]!);
  parts.forEach((part, i) => {
    ids.set(part, idStarts[i]!);
  });
  return { ids, idStarts };
}

// The package.json above the file that a package is entered by; packages need not export it.
function versionOf(path: string): string | undefined {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string };
      if (version !== undefined) return version;
    } catch {
      // No package.json in this folder.
    }
  }
  return undefined;
}
