// A Hugging Face model folder, opened without reading weights: its shards' headers, index and configurations, all checked.
// Folders in other shapes (pickle files, adapters, missing shards) are refused with what to do about it.
import { constants } from 'node:fs';
import { access, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError, InputError } from '../../errors.ts';
import {
  HEADER_LENGTH_BYTES,
  parseHeaderLength,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  type TensorSpec,
} from '../../formats/checkpoint/safetensors-header.ts';
import { parseSafetensorsIndex, type SafetensorsIndex } from '../../formats/checkpoint/safetensors-index.ts';

/** One file of weights. */
export interface Shard {
  /** File name. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Time of the last change, in ms; with the size, it tells whether this is the file of an earlier run. */
  readonly modified: number;
  readonly header: SafetensorsHeader;
}

/** A checkpoint. */
export interface CheckpointFolder {
  readonly folder: string;
  /** Ascending by name. */
  readonly shards: readonly Shard[];
  readonly index: SafetensorsIndex | undefined;
  /** Text of config.json. */
  readonly config: string | undefined;
  /** Text of generation_config.json. */
  readonly generationConfig: string | undefined;
  /** Names of all files in the folder, ascending. */
  readonly names: readonly string[];
}

export const INDEX_NAME = 'model.safetensors.index.json';
const SINGLE_NAME = 'model.safetensors';
const PICKLE = /\.(bin|pt|pth|ckpt)$/;

/**
 * Opens a checkpoint.
 *
 * @throws InputError when there is no checkpoint in safetensors files, a shard is missing, or it is an adapter
 * @throws FormatError when a header or the index is not sound, or they contradict each other; the message names the tensor
 */
export async function openCheckpoint(folder: string): Promise<CheckpointFolder> {
  const names = await namesIn(folder);
  if (names.includes('adapter_config.json')) {
    throw new InputError(`${folder}: is a PEFT adapter, not a model`, {
      hint: 'Merge it into its base model first (merge_and_unload and save_pretrained), then resize the result.',
    });
  }
  const index = names.includes(INDEX_NAME) && !names.includes(SINGLE_NAME) ? await readIndex(folder) : undefined;
  const files = index?.shards ?? [chooseSingle(folder, names)];
  const shards: Shard[] = [];
  for (const name of files) {
    if (!names.includes(name)) throw missingShard(folder, name, index!);
    shards.push(await openShard(folder, name));
  }
  checkNames(folder, shards, index);
  const text = (name: string) => (names.includes(name) ? readFile(join(folder, name), 'utf8') : undefined);
  return {
    folder,
    shards,
    index,
    config: await text('config.json'),
    generationConfig: await text('generation_config.json'),
    names,
  };
}

/** All tensors of a checkpoint, shard after shard. */
export function tensorsOf({ shards }: Pick<CheckpointFolder, 'shards'>): TensorSpec[] {
  return shards.flatMap(({ header }) => header.tensors);
}

async function namesIn(folder: string): Promise<string[]> {
  const place = await stat(folder).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'no such folder' : `cannot be read: ${cause.code ?? cause.message}`;
    throw new InputError(`${folder}: ${reason}`, { cause, hint: 'Give the folder with config.json and the weights.' });
  });
  if (!place.isDirectory()) {
    throw new InputError(`${folder}: is a file`, { hint: 'Give the folder with config.json and model.safetensors.' });
  }
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

async function readIndex(folder: string): Promise<SafetensorsIndex> {
  const path = join(folder, INDEX_NAME);
  return parseSafetensorsIndex(await readFile(path, 'utf8'), { source: path });
}

function chooseSingle(folder: string, names: readonly string[]): string {
  if (names.includes(SINGLE_NAME)) return SINGLE_NAME;
  const candidates = names.filter((name) => name.endsWith('.safetensors'));
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length > 1) {
    throw new InputError(`${folder}: has ${candidates.length} safetensors files and no ${INDEX_NAME}`, {
      hint: 'Get the index too: it says which of them hold the model.',
    });
  }
  const pickle = names.filter((name) => PICKLE.test(name))[0];
  if (pickle !== undefined) {
    throw new InputError(`${join(folder, pickle)}: is a pickle file, which can run any program when it is loaded`, {
      hint: 'Convert it with save_pretrained(folder, safe_serialization=True) of transformers, then give that folder.',
    });
  }
  throw new InputError(`${folder}: has no ${SINGLE_NAME} and no ${INDEX_NAME}`, {
    hint: 'Give the folder with config.json and the weights.',
  });
}

async function openShard(folder: string, name: string): Promise<Shard> {
  const path = join(folder, name);
  await access(path, constants.R_OK).catch((cause: NodeJS.ErrnoException) => {
    const [reason, hint] =
      cause.code === 'ENOENT'
        ? ['its target does not exist (a broken link)', 'Download the shard again.']
        : cause.code === 'EACCES'
          ? ['permission denied', 'Change its permissions, or run as the user it belongs to.']
          : [cause.code ?? cause.message, 'Download the shard again.'];
    throw new InputError(`${path}: cannot be read: ${reason}`, { cause, hint });
  });
  const file = await open(path, 'r');
  try {
    const { size, mtimeMs: modified } = await file.stat();
    const context = { fileSize: size, source: path };
    const prefix = new Uint8Array(HEADER_LENGTH_BYTES);
    const { bytesRead } = await file.read(prefix, 0, HEADER_LENGTH_BYTES, 0);
    const length = parseHeaderLength(prefix.subarray(0, bytesRead), context);
    const json = new Uint8Array(length);
    let read = 0;
    while (read < length) {
      const part = await file.read(json, read, length - read, HEADER_LENGTH_BYTES + read);
      if (part.bytesRead === 0) throw new FormatError(`${path}: ended while its header was read`);
      read += part.bytesRead;
    }
    return { name, path, size, modified, header: parseSafetensorsHeader(json, context) };
  } finally {
    await file.close();
  }
}

function missingShard(folder: string, name: string, { weightMap }: SafetensorsIndex): InputError {
  const lost = [...weightMap].filter(([, file]) => file === name).map(([tensor]) => tensor);
  const more = lost.length > 1 ? ` and ${lost.length - 1} more` : '';
  return new InputError(`${join(folder, name)}: is missing; it holds tensor ${JSON.stringify(lost[0])}${more}`, {
    hint: 'Download the shard.',
  });
}

function checkNames(folder: string, shards: readonly Shard[], index: SafetensorsIndex | undefined): void {
  const owners = new Map<string, string>();
  for (const { name: file, path, header } of shards) {
    for (const { name } of header.tensors) {
      const other = owners.get(name);
      if (other !== undefined) {
        throw new FormatError(`${path}: tensor ${JSON.stringify(name)} is in ${other} too`, {
          hint: 'Shards of different models are mixed up: get them again.',
        });
      }
      owners.set(name, file);
    }
  }
  for (const [tensor, file] of index?.weightMap ?? []) {
    if (owners.get(tensor) === file) continue;
    const where = owners.get(tensor);
    throw new FormatError(
      `${join(folder, file)}: has no tensor ${JSON.stringify(tensor)}, though ${INDEX_NAME} places it there` +
        (where === undefined ? '' : `; it is in ${where}`),
      { hint: 'Shards and index are of different models: get them again.' },
    );
  }
}
