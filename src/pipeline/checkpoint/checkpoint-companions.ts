// The small files of a checkpoint: which go along unchanged, which belong to the old tokenizer and are replaced by the new
// one's, and what the tokenizers say about special and added tokens. Weights are not its business.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type CompanionFiles, readAddedTokens, readSpecialTokens } from '../../formats/companion-files.ts';
import { parseCompanionTokenizerJson, type TokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import { readablePieces } from '../../tokenize/vocabulary.ts';
import { type LoadedTokenizer, loadTokenizer } from '../../vocab/load-tokenizer.ts';
import { chooseTokenizerFiles } from '../../vocab/tokenizer-files.ts';

/** Files that a tokenizer is made of: those of the old one are left behind. */
const TOKENIZER_NAMES: readonly string[] = [
  'tokenizer.model',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'spiece.model',
  'sentencepiece.bpe.model',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'tokenizer.bin',
  'tekken.json',
];
/** Files that are written anew. */
const REWRITTEN_NAMES: readonly string[] = [
  'config.json',
  'generation_config.json',
  'model.safetensors.index.json',
  'manifest.json',
];
/** Weights in any form, and the state of trainers. */
const LEFT_BEHIND =
  /\.(safetensors|bin|pt|pth|ckpt|gguf|ggml|h5|msgpack|onnx|ot|npz|index\.json)$|^(optimizer|scheduler|rng_state)/;

/** Files of the checkpoint that go along as they are. */
export function companionNames(names: readonly string[]): string[] {
  return names.filter(
    (name) =>
      !TOKENIZER_NAMES.includes(name) &&
      !REWRITTEN_NAMES.includes(name) &&
      !LEFT_BEHIND.test(name) &&
      !name.startsWith('.'),
  );
}

/** The tokenizer that goes into the result. */
export interface TargetTokenizer {
  readonly loaded: LoadedTokenizer;
  /** Text of a target id, where it can be told. */
  readonly pieceOf: ((id: number) => string | undefined) | undefined;
  /** Number of ids, added tokens included. */
  readonly size: number | undefined;
  /** `pad_token_id` and so on, as far as the tokenizer names them. */
  readonly specialIds: Readonly<Record<string, number>>;
  /** Its files by name. */
  readFiles(): Promise<ReadonlyMap<string, string | Uint8Array>>;
}

/** Loads the tokenizer that goes into the result. */
export async function openTargetTokenizer(source: string): Promise<TargetTokenizer> {
  const loaded = await loadTokenizer(source);
  return {
    loaded,
    pieceOf: pieceLookup(loaded),
    size: tokenizerSize(loaded),
    specialIds: specialIdsOf(loaded),
    readFiles: () => readTokenizer(source, loaded),
  };
}

/** Looks up pieces as a person reads them; undefined for a tokenizer without a model. */
export function pieceLookup({
  model,
}: Pick<LoadedTokenizer, 'model'>): ((id: number) => string | undefined) | undefined {
  const pieces = model && readablePieces(model);
  return pieces && ((id) => pieces[id]);
}

async function readTokenizer(source: string, loaded: LoadedTokenizer): Promise<Map<string, string | Uint8Array>> {
  const files = new Map<string, string | Uint8Array>();
  const place = await stat(source).catch(() => undefined);
  if (place === undefined) {
    if (loaded.bytes !== undefined) files.set('tokenizer.model', loaded.bytes);
    for (const [name, text] of loaded.files) files.set(name, text);
  } else if (place.isDirectory()) {
    const names = await readdir(source);
    const all = new Set([
      ...(chooseTokenizerFiles(names) ?? []),
      ...names.filter((name) => TOKENIZER_NAMES.includes(name)),
    ]);
    for (const name of [...all].sort()) files.set(name, await readFile(join(source, name)));
  } else {
    // A lone model file gets the name that loaders look for.
    files.set(source.endsWith('.model') ? 'tokenizer.model' : basename(source), await readFile(source));
    for (const name of loaded.files.keys()) files.set(name, await readFile(join(dirname(source), name)));
  }
  // generation_config.json is the model's, not the tokenizer's.
  files.delete('generation_config.json');
  return files;
}

/** Ids that a tokenizer can give: pieces, and added tokens behind them. */
export function tokenizerSize(loaded: LoadedTokenizer): number | undefined {
  const added = [...addedTokensOf(loaded).keys()];
  const pieces = loaded.model?.pieces.length ?? vocabularySize(loaded.json);
  return pieces === undefined ? undefined : added.reduce((size, id) => Math.max(size, id + 1), pieces);
}

function vocabularySize(json: unknown): number | undefined {
  const vocab = (json as { model?: { vocab?: unknown } }).model?.vocab;
  if (Array.isArray(vocab)) return vocab.length;
  if (typeof vocab !== 'object' || vocab === null) return undefined;
  let size = 0;
  for (const id of Object.values(vocab)) if (typeof id === 'number') size = Math.max(size, id + 1);
  return size;
}

/** What {@link addedTokensOf} looks at: a loaded tokenizer, or its files alone. */
export interface AddedTokenSource {
  readonly name: string;
  readonly files: CompanionFiles;
  /** A tokenizer.json that is the tokenizer itself. */
  readonly json?: TokenizerJson | undefined;
}

/** Added tokens by id, from the files of a tokenizer. */
export function addedTokensOf({ name, files, json }: AddedTokenSource): Map<number, string> {
  const listed = json ?? parseCompanionTokenizerJson(files, name);
  return new Map(readAddedTokens(files, name, listed).map(({ id, content }) => [id, content]));
}

const SPECIAL_KEYS = ['bos', 'eos', 'pad', 'unk', 'sep', 'cls', 'mask'] as const;

/** `bos_token_id`, `pad_token_id` and so on, from special_tokens_map.json and tokenizer_config.json. */
export function specialIdsOf(loaded: LoadedTokenizer): Record<string, number> {
  const names = readSpecialTokens(loaded.files, loaded.name);
  const pieces = loaded.model && readablePieces(loaded.model);
  const added = [...addedTokensOf(loaded)];
  const ids: Record<string, number> = {};
  for (const key of SPECIAL_KEYS) {
    const content = names.get(`${key}_token`);
    if (content === undefined) continue;
    const piece = pieces?.indexOf(content) ?? -1;
    const id = piece >= 0 ? piece : added.find(([, text]) => text === content)?.[0];
    if (id !== undefined) ids[`${key}_token_id`] = id;
  }
  return ids;
}

/** The named text files of a folder, as far as they exist. */
export async function readTexts(folder: string, names: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text !== undefined) files.set(name, text);
  }
  return files;
}
