// Files that are either whole or not there: written under a temporary name beside their place and moved into it at the end.
// An error removes what was written; so do the cleanups of cleanup.ts when the process is stopped. What a killed process left
// is removed by the next one that writes the same file. Folders are output-folder.ts' business.

import { randomUUID } from 'node:crypto';
import { constants, renameSync, rmSync, type Stats } from 'node:fs';
import {
  access,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OutputError } from '../../errors.ts';
import { registerCleanup } from './cleanup.ts';
import { asOutputError, errorCode, refuse } from './output-error.ts';
import { checkOutputFile, type OutputRules } from './output-rules.ts';
import { isStale, processTag } from './process-tag.ts';

/** Contents of a file: whole, or in pieces as they come. Strings are written as UTF-8. */
export type FileData = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Writes a file that does not come in order, or that somebody adds up. */
export type FileWriter = (file: OpenFile) => Promise<void>;

/** A file that is being written; failures of writing are those of {@link writeFileAtomic}. */
export interface OpenFile {
  /** Adds a piece at the end. */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Writes over what is there. Not for pipes. */
  writeAt(position: number, bytes: Uint8Array): Promise<void>;
  /** All that is there, from the start. Not for pipes. */
  read(): AsyncIterable<Uint8Array>;
}

/**
 * Writes a file so that nobody ever sees half of it. An existing file is replaced and keeps its mode; a symbolic link
 * stays a link and its target is written; a device or a pipe is written to directly. Missing folders are made.
 *
 * @throws OutputError when the place cannot be written, a folder is in the way, the disk is full, or the rules forbid it;
 *   whatever an iterable of `data` throws, unchanged
 * @example
 * ```ts
 * await writeFileAtomic('out/tokenizer.model', bytes);
 * ```
 */
export async function writeFileAtomic(path: string, data: FileData, rules: OutputRules = {}): Promise<void> {
  await writeFilesAtomic(new Map([[path, data]]), rules);
}

/**
 * Checks that a file may be written and can be, for those who first make what goes there.
 *
 * @throws OutputError as {@link writeFileAtomic} would
 */
export async function checkFile(path: string, rules: OutputRules = {}): Promise<void> {
  const place = await statOrUndefined(path);
  if (place?.isDirectory()) {
    throw new OutputError(`${path}: is a folder, cannot be written as a file`, { hint: 'Choose another file name.' });
  }
  await checkOutputFile(path, rules);
  if (place !== undefined) await access(path, constants.W_OK).catch(refuse(path));
  if (isStream(path, place)) return;
  let folder = dirname(await targetOf(path));
  while ((await statOrUndefined(folder)) === undefined) folder = dirname(folder);
  await access(folder, constants.W_OK).catch(refuse(path));
}

/** Writes several files as {@link writeFileAtomic} does: all are written before the first is moved into its place. */
export async function writeFilesAtomic(
  files: ReadonlyMap<string, FileData | FileWriter>,
  rules: OutputRules = {},
): Promise<void> {
  const written: { temporary: string; target: string; shown: string; made: string | undefined }[] = [];
  const removeAll = (): void => {
    for (const { temporary } of written) rmSync(temporary, { force: true });
  };
  const forget = registerCleanup(removeAll);
  try {
    for (const [path, data] of files) {
      await checkFile(path, rules);
      const place = await statOrUndefined(path);
      if (isStream(path, place)) {
        await writeChunks(path, path, 'w', undefined, data);
        continue;
      }
      const target = await targetOf(path);
      await removeStaleFiles(target, rules);
      const temporary = join(dirname(target), `.${basename(target)}.${processTag()}.${randomUUID().slice(0, 8)}.tmp`);
      const entry = { temporary, target, shown: path, made: undefined as string | undefined };
      written.push(entry);
      entry.made = await makeFolder(dirname(target));
      await writeChunks(temporary, path, 'wx+', place?.mode, data);
    }
    // No signal comes between these.
    for (const { temporary, target, shown } of written) {
      try {
        renameSync(temporary, target);
      } catch (error) {
        throw asOutputError(error, shown);
      }
    }
  } catch (error) {
    removeAll();
    for (const { target, made } of written) {
      if (made !== undefined) await removeEmptyFolders(dirname(target), made);
    }
    throw error;
  } finally {
    forget();
  }
}

// What is no file on a disk is written as it comes; so is what a descriptor stands for, whatever it leads to.
function isStream(path: string, place: Stats | undefined): boolean {
  return place !== undefined && (!place.isFile() || /^\/(dev|proc)\//.test(resolve(path)));
}

/** Where a path leads: links are followed, also those whose target is missing. */
export async function targetOf(path: string): Promise<string> {
  let target = resolve(path);
  for (let links = 0; links < 40; links++) {
    const place = await lstat(target).catch(() => undefined);
    if (place === undefined) break;
    if (!place.isSymbolicLink()) return realpath(target);
    target = resolve(dirname(target), await readlink(target));
  }
  const folder = await realpath(dirname(target)).catch(() => dirname(target));
  return join(folder, basename(target));
}

// Temporary files of the same target whose process is gone.
async function removeStaleFiles(target: string, { onNote }: OutputRules): Promise<void> {
  const folder = dirname(target);
  const stem = `.${basename(target)}.`;
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(stem) || !name.endsWith('.tmp')) continue;
    const tag = name.slice(stem.length, -'.00000000.tmp'.length);
    if (!isStale(tag)) continue;
    await rm(join(folder, name), { force: true }).catch(() => undefined);
    onNote?.(`${join(folder, name)} was left by a run that was killed, and is removed`);
  }
}

// Written to disk before it is moved into place, so that a crash leaves the old contents or the new, never neither.
async function writeChunks(
  path: string,
  shown: string,
  flags: 'w' | 'wx+',
  mode: number | undefined,
  data: FileData | FileWriter,
): Promise<void> {
  const file = await open(path, flags).catch(refuse(shown));
  try {
    if (typeof data === 'function') await data(openFile(file, shown));
    else {
      const chunks = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
      for await (const chunk of chunks) await file.writeFile(chunk).catch(refuse(shown));
    }
    if (flags === 'wx+') {
      if (mode !== undefined) await file.chmod(mode & 0o7777).catch(refuse(shown));
      await file.sync().catch(refuse(shown));
    }
  } finally {
    await file.close().catch(() => undefined);
  }
}

function openFile(file: FileHandle, shown: string): OpenFile {
  return {
    write: (chunk) => file.writeFile(chunk).catch(refuse(shown)),
    async writeAt(position, bytes) {
      for (let done = 0; done < bytes.length; ) {
        const left = bytes.length - done;
        const { bytesWritten } = await file.write(bytes, done, left, position + done).catch(refuse(shown));
        done += bytesWritten;
      }
    },
    async *read() {
      const buffer = new Uint8Array(1 << 20);
      for (let place = 0; ; ) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, place).catch(refuse(shown));
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
        place += bytesRead;
      }
    },
  };
}

/**
 * Makes a folder and those above it that are missing; the topmost one made. Not `recursive`: Node's tries for ever where
 * the system says ENOENT although the parent is there, as below /proc.
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let path = resolve(folder); (await statOrUndefined(path)) === undefined; path = dirname(path))
    missing.push(path);
  const made = missing.at(-1);
  for (const path of missing.reverse()) {
    try {
      await mkdir(path);
    } catch (error) {
      // Somebody else made it meanwhile; if it is no folder, the next step says so.
      if (errorCode(error) === 'EEXIST') continue;
      if (path !== made) await removeEmptyFolders(dirname(path), made!);
      throw asOutputError(error, folder);
    }
  }
  return made;
}

/** Takes back the folders made for an output that failed, from `deepest` up to `first`, as far as they are empty. */
export async function removeEmptyFolders(deepest: string, first: string): Promise<void> {
  for (let folder = deepest; folder.length >= first.length; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

/** What is at a path, links followed; `undefined` when there is nothing. */
export async function statOrUndefined(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw asOutputError(error, path);
  }
}
