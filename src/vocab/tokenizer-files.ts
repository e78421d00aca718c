// Reads the files of a tokenizer from disk: one file, or a folder as `save_pretrained` writes it.
// It chooses the file that holds the vocabulary and collects those that go with it. Of a GGUF it reads the metadata, however
// large the file is; into other files it looks only to tell a tiktoken file that is called tokenizer.model.
import type { Stats } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FormatError, InputError, VocabMergeError } from '../errors.ts';
import { parseGgufMetadata } from '../formats/gguf/gguf-metadata.ts';
import { isTiktoken } from '../formats/tiktoken/tiktoken-file.ts';

/**
 * Files with a vocabulary, best first: a SentencePiece model is exact, a tokenizer.json is a conversion of it, and says more
 * than the files of other loaders.
 */
const VOCABULARY_NAMES: readonly string[] = [
  'tokenizer.model',
  'spiece.model',
  'sentencepiece.bpe.model',
  'tokenizer.json',
  'tekken.json',
  'vocab.json',
];

/** Lies beside vocab.json, which is nothing without it. */
const MERGES_NAME = 'merges.txt';

/** Text files that belong to a tokenizer, kept so that an extended tokenizer can carry their settings on. */
const COMPANION_NAMES: readonly string[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'generation_config.json',
  'chat_template.jinja',
  'chat_template.json',
];

/** The largest tokenizers have some 50 MB; anything above this is a checkpoint or a corpus given by mistake. */
export const MAX_TOKENIZER_FILE_BYTES: number = 512 * 1024 * 1024;

/** Bytes of a GGUF that are read first; vocabularies take some 3 to 10 MB. */
const FIRST_GGUF_BYTES = 4 * 1024 * 1024;

/** The files of one tokenizer. */
export interface TokenizerFiles {
  /** Name of the file with the vocabulary, without its folder. */
  readonly fileName: string;
  /** The same file as messages name it. */
  readonly label: string;
  /** The whole file; of a GGUF the beginning, with all metadata. */
  readonly bytes: Uint8Array;
  /** Text of the files that go with it, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** Text of the config.json beside it, which is the model's and no file of the tokenizer. */
  readonly modelConfig?: string | undefined;
}

/** Options of {@link readTokenizerFiles}. */
export interface ReadTokenizerFilesOptions {
  /** What messages call `path`; default `path` itself. */
  readonly label?: string;
}

/**
 * Of the names of a folder's files, those that make up its tokenizer: first the one with the vocabulary, then its
 * companions. `undefined` when there is none, or several `.model` files and no way to choose.
 *
 * @example
 * ```ts
 * chooseTokenizerFiles(['README.md', 'tokenizer.json', 'tokenizer.model']); // ['tokenizer.model', 'tokenizer.json']
 * ```
 */
export function chooseTokenizerFiles(names: readonly string[]): string[] | undefined {
  const only = (ending: string): string | undefined => {
    const found = names.filter((name) => name.endsWith(ending));
    return found.length === 1 ? found[0] : undefined;
  };
  const hasFile = (name: string) => names.includes(name) && (name !== 'vocab.json' || names.includes(MERGES_NAME));
  const vocabulary = VOCABULARY_NAMES.find(hasFile) ?? only('.model') ?? only('.tiktoken');
  return vocabulary === undefined ? undefined : [vocabulary, ...companionsOf(vocabulary, names)];
}

/**
 * Of the names of a folder's files, the GGUF to take for a repository without another tokenizer: files of one repository are
 * one model in several precisions, with one vocabulary. Parts behind the first and image encoders hold none.
 */
export function chooseGguf(names: readonly string[]): string | undefined {
  const isWhole = (name: string) => !/mmproj|-(?!00001)\d{5}-of-\d{5}/.test(name);
  return names.filter((name) => name.endsWith('.gguf') && !name.includes('/') && isWhole(name)).sort()[0];
}

function companionsOf(vocabulary: string, names: readonly string[]): string[] {
  const hasPair = names.includes('vocab.json') && names.includes(MERGES_NAME);
  // Beside a tokenizer.json the pair says the same in the older form, and is extended with it.
  const pair =
    vocabulary === 'vocab.json'
      ? [MERGES_NAME]
      : hasPair && vocabulary === 'tokenizer.json'
        ? ['vocab.json', MERGES_NAME]
        : [];
  return [...pair, ...COMPANION_NAMES].filter((name) => name !== vocabulary && names.includes(name));
}

/**
 * Reads a tokenizer's files. `path` is a folder, or a file: one with a name that loaders look for, such as `tokenizer.model` or
 * `tokenizer.json`, brings the companions beside it, any other file stands alone.
 *
 * @throws InputError when nothing is there, it cannot be read, is empty, is too large, or is a folder without tokenizer
 * @throws FormatError when a companion is not UTF-8
 */
export async function readTokenizerFiles(
  path: string,
  options: ReadTokenizerFilesOptions = {},
): Promise<TokenizerFiles> {
  const label = options.label ?? path;
  const place = await statOf(path, label);
  if (place.isDirectory()) {
    const names = await namesIn(path, label);
    const ggufs = names.filter((name) => name.endsWith('.gguf'));
    const chosen = chooseTokenizerFiles(names) ?? (ggufs.length === 1 ? ggufs : undefined);
    if (chosen === undefined) throw noTokenizer(label, names);
    const labelOf = (name: string) => `${label.replace(/[/\\]+$/, '')}/${name}`;
    const files = await readChosen(path, chosen, labelOf);
    // Llama 3 has two of one vocabulary: tokenizer.json names its special tokens and its pattern, a tiktoken file does not.
    const isPoorer = names.includes('tokenizer.json') && isTiktoken(files.bytes);
    const better = ['tokenizer.json', ...companionsOf('tokenizer.json', names)];
    const read = isPoorer ? await readChosen(path, better, labelOf) : files;
    return { ...read, modelConfig: await readModelConfig(path) };
  }
  const fileName = basename(path);
  const folder = dirname(path);
  const standsAlone = !VOCABULARY_NAMES.includes(fileName) && !fileName.endsWith('.tiktoken');
  const companions = standsAlone ? [] : companionsOf(fileName, await namesIn(folder, label));
  const read = await readChosen(folder, [fileName, ...companions], (name) =>
    name === fileName ? label : join(folder, name),
  );
  return { ...read, modelConfig: await readModelConfig(folder) };
}

// What cannot be read is as if it were not there: nobody asked for it by name.
async function readModelConfig(folder: string): Promise<string | undefined> {
  return readFile(join(folder, 'config.json'), 'utf8').catch(() => undefined);
}

async function readChosen(
  folder: string,
  [fileName, ...companions]: readonly string[],
  labelOf: (name: string) => string,
): Promise<TokenizerFiles> {
  const label = labelOf(fileName!);
  const bytes = await readBytes(join(folder, fileName!), label);
  if (bytes.length === 0) {
    throw new InputError(`${label}: is empty (0 bytes)`, { hint: 'Get the file again; a download may have failed.' });
  }
  const files = new Map<string, string>();
  for (const name of companions) {
    files.set(name, decodeUtf8(await readBytes(join(folder, name), labelOf(name)), labelOf(name)));
  }
  return { fileName: fileName!, label, bytes, files };
}

/**
 * Decodes a text file of a tokenizer; a byte order mark is dropped.
 *
 * @throws FormatError when it is not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, label: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`${label}: is not UTF-8 text`, { hint: 'Save the file as UTF-8, or get it again.', cause });
  }
}

async function readBytes(path: string, label: string): Promise<Uint8Array> {
  const place = await statOf(path, label);
  if (path.endsWith('.gguf') && place.isFile()) return readGgufMetadata(path, label, place.size);
  if (!place.isFile()) {
    throw new InputError(`${label}: is not a file`, { hint: 'Give a .model file, a tokenizer.json or their folder.' });
  }
  if (place.size > MAX_TOKENIZER_FILE_BYTES) {
    throw new InputError(`${label}: has ${place.size} bytes, a tokenizer at most ${MAX_TOKENIZER_FILE_BYTES}`, {
      hint: 'This looks like a checkpoint or a corpus; give its tokenizer.model or tokenizer.json.',
    });
  }
  return readFile(path).catch((error) => {
    throw asReadError(label, error);
  });
}

async function readGgufMetadata(path: string, label: string, fileBytes: number): Promise<Uint8Array> {
  const failed = (error: unknown): never => {
    throw asReadError(label, error);
  };
  const handle: FileHandle = await open(path).catch(failed);
  try {
    const read = async (from: number, to: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(to - from);
      await handle.read(bytes, 0, bytes.length, from).catch(failed);
      return bytes;
    };
    return await readGgufBeginning(read, { label, fileBytes });
  } finally {
    await handle.close();
  }
}

/**
 * The beginning of a GGUF up to the end of its metadata: more of it is read until the parser has enough.
 *
 * @param read gives the bytes from one place to another
 * @throws FormatError when it is no GGUF, or a damaged one
 * @throws InputError when the metadata are larger than a tokenizer
 */
export async function readGgufBeginning(
  read: (from: number, to: number) => Promise<Uint8Array>,
  { label, fileBytes }: { readonly label: string; readonly fileBytes: number },
): Promise<Uint8Array> {
  let bytes = new Uint8Array(0);
  for (let wanted = FIRST_GGUF_BYTES; ; ) {
    const length = Math.min(wanted, fileBytes);
    const longer = new Uint8Array(length);
    longer.set(bytes);
    longer.set(await read(bytes.length, length), bytes.length);
    bytes = longer;
    if (bytes.length === 0) return bytes;
    const metadata = parseGgufMetadata(bytes, { source: label, fileBytes });
    if (!('neededBytes' in metadata)) return bytes;
    if (metadata.neededBytes > MAX_TOKENIZER_FILE_BYTES) {
      throw new InputError(
        `${label}: its metadata has ${metadata.neededBytes} bytes and more, a tokenizer at most ${MAX_TOKENIZER_FILE_BYTES}`,
        { hint: 'Give the tokenizer.json of the model.' },
      );
    }
    wanted = Math.max(metadata.neededBytes, bytes.length * 2);
  }
}

async function statOf(path: string, label: string): Promise<Stats> {
  return stat(path).catch((error) => {
    throw asReadError(label, error);
  });
}

async function namesIn(folder: string, label: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw asReadError(label, error);
  });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
}

/** An error of the file system as an {@link InputError} about `label`; errors of this library pass unchanged. */
function asReadError(label: string, error: unknown): VocabMergeError {
  if (error instanceof VocabMergeError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new InputError(`${label}: no such file or folder`, {
      hint: 'Check the spelling of the path.',
      cause: error,
    });
  }
  const reason = code === 'EACCES' || code === 'EPERM' ? 'permission denied' : (code ?? String(error));
  return new InputError(`${label}: cannot be read: ${reason}`, { cause: error });
}

function noTokenizer(label: string, names: readonly string[]): InputError {
  const models = names.filter((name) => name.endsWith('.model')).sort();
  if (models.length > 1) {
    return new InputError(`${label}: has several models and no tokenizer.model: ${models.join(', ')}`, {
      hint: 'Give the path of the one you mean.',
    });
  }
  return new InputError(
    `${label}: is a folder without a tokenizer (no tokenizer.model, tokenizer.json, tekken.json, vocab.json with merges.txt, .model, .tiktoken or .gguf file)`,
    { hint: 'Give the folder that holds tokenizer.model or tokenizer.json, or the path of such a file.' },
  );
}
