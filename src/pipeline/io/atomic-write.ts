// Outputs that are either whole or not there: a file or a folder is written under a temporary name beside its place and
// moved into it at the end. An error removes what was written; so do the cleanups of cleanup.ts when the process is
// stopped. It deliberately does not delete anything it did not write: files of an earlier run under other names stay.

import { randomUUID } from 'node:crypto';
import { constants, rmSync, type Stats } from 'node:fs';
import { access, mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { OutputError } from '../../errors.ts';
import { registerCleanup } from './cleanup.ts';

/** Contents of a file: whole, or in pieces as they come. Strings are written as UTF-8. */
export type FileData = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/**
 * Writes a file so that nobody ever sees half of it. An existing file is replaced and keeps its mode; a symbolic link
 * stays a link and its target is replaced; a device or a pipe is written to directly. Missing folders are made.
 *
 * @throws OutputError when the place cannot be written, a folder is in the way, or the disk is full; whatever an
 * iterable of `data` throws, unchanged
 * @example
 * ```ts
 * await writeFileAtomic('out/tokenizer.model', bytes);
 * ```
 */
export async function writeFileAtomic(path: string, data: FileData): Promise<void> {
  const place = await statOrUndefined(path);
  if (place?.isDirectory()) {
    throw new OutputError(`${path}: is a folder, cannot be written as a file`, { hint: 'Choose another file name.' });
  }
  if (place !== undefined && !place.isFile()) {
    await writeChunks(path, path, 'w', undefined, data);
    return;
  }
  if (place !== undefined) await access(path, constants.W_OK).catch(refuse(path));
  const target = place === undefined ? resolve(path) : await realpath(path);
  const temporary = temporaryName(target);
  const forget = registerCleanup(() => rmSync(temporary, { force: true }));
  let made: string | undefined;
  try {
    made = await makeFolder(dirname(target));
    await writeChunks(temporary, path, 'wx', place?.mode, data);
    await rename(temporary, target).catch(refuse(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (made !== undefined) await removeEmptyFolders(dirname(target), made);
    throw error;
  } finally {
    forget();
  }
}

/**
 * Lets `write` fill a temporary folder and moves the result to `folder` when it is done. A new folder appears in one
 * step. In an existing one, each written file replaces the file of its name in one step and all other files stay;
 * before the first is moved, everything that could be in the way is checked.
 *
 * @param write gets the path of the temporary folder; what it returns is returned
 * @throws OutputError when `folder` is a file, cannot be written, or the disk is full (also when `write` fails for
 * these reasons); every other error of `write`, unchanged
 * @example
 * ```ts
 * await withOutputFolder('out', async (folder) => {
 *   await writeFile(join(folder, 'tokenizer.model'), bytes);
 * });
 * ```
 */
export async function withOutputFolder<T>(folder: string, write: (temporaryFolder: string) => Promise<T>): Promise<T> {
  const target = resolve(folder);
  const place = await statOrUndefined(folder);
  if (place !== undefined && !place.isDirectory()) {
    throw new OutputError(`${folder}: is a file, cannot be used as the output folder`, {
      hint: 'Choose another folder, or move the file away.',
    });
  }
  // In an existing folder the temporary one goes inside: it may be a mount point, and its parent may be read-only.
  const temporary = place === undefined ? temporaryName(target) : temporaryName(join(target, 'output'));
  // A write under way can put a file into the folder while it is removed: then it is tried again.
  const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 10 };
  const forget = registerCleanup(() => rmSync(temporary, removal));
  let made: string | undefined;
  try {
    made = place === undefined ? await makeFolder(dirname(target)) : undefined;
    await mkdir(temporary).catch(refuse(folder));
    const result = await write(temporary).catch((error: unknown) => {
      throw asFolderError(error, temporary, folder);
    });
    if (place === undefined) await rename(temporary, target).catch(refuse(folder));
    else {
      await moveInto(temporary, target, folder);
      await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    }
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    if (made !== undefined) await removeEmptyFolders(dirname(target), made);
    throw error;
  } finally {
    forget();
  }
}

async function moveInto(source: string, target: string, shown: string): Promise<void> {
  const entries = await readdir(source, { withFileTypes: true, recursive: true });
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    const path = relative(source, join(entry.parentPath, entry.name));
    const place = await statOrUndefined(join(target, path));
    if (entry.isDirectory()) {
      if (place !== undefined && !place.isDirectory()) throw inTheWay(join(shown, path), 'file');
      if (place !== undefined) await access(join(target, path), constants.W_OK).catch(refuse(join(shown, path)));
      else folders.push(path);
    } else {
      if (place?.isDirectory()) throw inTheWay(join(shown, path), 'folder');
      files.push(path);
    }
  }
  for (const path of folders.sort()) await mkdir(join(target, path), { recursive: true }).catch(refuse(shown));
  for (const path of files.sort()) {
    await rename(join(source, path), join(target, path)).catch(refuse(join(shown, path)));
  }
}

function inTheWay(path: string, kind: 'file' | 'folder'): OutputError {
  return new OutputError(`${path}: a ${kind} is in the way of an output of that name`, {
    hint: `Move the ${kind} away, or choose another output folder.`,
  });
}

// Written to disk before it is moved into place, so that a crash leaves the old contents or the new, never neither.
async function writeChunks(
  path: string,
  shown: string,
  flags: 'w' | 'wx',
  mode: number | undefined,
  data: FileData,
): Promise<void> {
  const file = await open(path, flags).catch(refuse(shown));
  try {
    const chunks = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
    for await (const chunk of chunks) await file.writeFile(chunk).catch(refuse(shown));
    if (flags === 'wx') {
      if (mode !== undefined) await file.chmod(mode & 0o7777).catch(refuse(shown));
      await file.sync().catch(refuse(shown));
    }
  } finally {
    await file.close().catch(() => undefined);
  }
}

/**
 * Makes a folder and those above it that are missing; the topmost one made. Not `recursive`: Node's tries for ever where
 * the system says ENOENT although the parent is there, as below /proc.
 */
async function makeFolder(folder: string): Promise<string | undefined> {
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

// Takes back the folders made for an output that failed, from `deepest` up to `first`, as far as they are empty.
async function removeEmptyFolders(deepest: string, first: string): Promise<void> {
  for (let folder = deepest; folder.length >= first.length; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

function temporaryName(path: string): string {
  // The random part keeps two runs apart; it never reaches a result.
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
}

async function statOrUndefined(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw asOutputError(error, path);
  }
}

function refuse(shown: string): (error: unknown) => never {
  return (error) => {
    throw asOutputError(error, shown);
  };
}

/** What the codes of the operating system mean for someone who wants to write there. */
const REASONS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  EACCES: ['cannot be written: permission denied', 'Choose a place you may write to, or change its permissions.'],
  EPERM: ['cannot be written: operation not permitted', 'Choose a place you may write to, or change its permissions.'],
  EROFS: ['cannot be written: the file system is read-only', 'Choose a place on a writable file system.'],
  ENOSPC: ['cannot be written: no space left on the disk', 'Free some space, or choose a place on another disk.'],
  EDQUOT: ['cannot be written: the disk quota is used up', 'Free some space, or choose a place on another disk.'],
  EFBIG: ['cannot be written: the file would be larger than is allowed', 'Choose a place on another file system.'],
  EIO: ['cannot be written: the disk reports an error', 'Check the disk, or choose a place on another one.'],
  ENOTDIR: [
    'cannot be written: a file stands where a folder is needed',
    'Choose another place, or move the file away.',
  ],
  EEXIST: ['cannot be written: a file stands where a folder is needed', 'Choose another place, or move the file away.'],
  EISDIR: ['cannot be written: is a folder', 'Choose another name.'],
  ENOTEMPTY: ['cannot be written: a folder of that name appeared meanwhile', 'Run the command again.'],
  ENAMETOOLONG: ['cannot be written: the name is too long', 'Choose a shorter name.'],
  EMFILE: ['cannot be written: too many open files', 'Raise the limit of open files (ulimit -n).'],
  ENOENT: ['cannot be written: there is no such place', 'Check the path.'],
};

/** The {@link OutputError} for a failure of the file system at `shown`; any other error as it is. */
export function asOutputError(error: unknown, shown: string): unknown {
  const reason = REASONS[errorCode(error) ?? ''];
  if (reason === undefined) return error;
  return new OutputError(`${shown}: ${reason[0]}`, { hint: reason[1], cause: error });
}

/** Failures of writing into a file that is open, which come without a path. */
const WRITE_FAILURES: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

// A callback may fail for reasons of its own: only failures below the temporary folder, or of a full disk, are failures of
// the output.
function asFolderError(error: unknown, temporary: string, shown: string): unknown {
  const path = error instanceof Error ? (error as NodeJS.ErrnoException).path : undefined;
  const code = errorCode(error);
  if (path === undefined) return WRITE_FAILURES.has(code) ? asOutputError(error, shown) : error;
  const inside = relative(temporary, resolve(path));
  return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)
    ? error
    : asOutputError(error, join(shown, inside));
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
