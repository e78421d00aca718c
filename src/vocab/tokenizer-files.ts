// Reads the files of a tokenizer from disk: one file, or a folder as `save_pretrained` writes it.
// It chooses the file that holds the vocabulary and collects those that go with it; it does not look inside them.
import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FormatError, InputError, VocabMergeError } from '../errors.ts';

/** Files with a vocabulary, best first: a SentencePiece model is exact, a tokenizer.json is a conversion of it. */
const VOCABULARY_NAMES: readonly string[] = [
  'tokenizer.model',
  'spiece.model',
  'sentencepiece.bpe.model',
  'tokenizer.json',
];

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

/** The files of one tokenizer. */
export interface TokenizerFiles {
  /** Name of the file with the vocabulary, without its folder. */
  readonly fileName: string;
  /** The same file as messages name it. */
  readonly label: string;
  readonly bytes: Uint8Array;
  /** Text of the files that go with it, by name. */
  readonly files: ReadonlyMap<string, string>;
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
  const models = names.filter((name) => name.endsWith('.model'));
  const vocabulary =
    VOCABULARY_NAMES.find((name) => names.includes(name)) ?? (models.length === 1 ? models[0] : undefined);
  if (vocabulary === undefined) return undefined;
  return [vocabulary, ...COMPANION_NAMES.filter((name) => name !== vocabulary && names.includes(name))];
}

/**
 * Reads a tokenizer's files. `path` is a folder, or a file: one named `tokenizer.model` or `tokenizer.json` brings the
 * companions beside it, any other file stands alone.
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
    const chosen = chooseTokenizerFiles(names);
    if (chosen === undefined) throw noTokenizer(label, names);
    return readChosen(path, chosen, (name) => `${label.replace(/[/\\]+$/, '')}/${name}`);
  }
  const fileName = basename(path);
  if (!VOCABULARY_NAMES.includes(fileName)) return readChosen(dirname(path), [fileName], () => label);
  const folder = dirname(path);
  const names = await namesIn(folder, label);
  const companions = COMPANION_NAMES.filter((name) => name !== fileName && names.includes(name));
  return readChosen(folder, [fileName, ...companions], (name) => (name === fileName ? label : join(folder, name)));
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
    `${label}: is a folder without a tokenizer (no tokenizer.model, tokenizer.json or .model file)`,
    {
      hint: 'Give the folder that holds tokenizer.model or tokenizer.json, or the path of a .model file.',
    },
  );
}
