// Results that are folders: made aside and put into their place when they are whole. A run into its own earlier result replaces
// all of it; into other folders it writes only when told to (output-rules.ts), and then all other files stay. At any moment the
// old result is there or the new one; the one exception, a process killed between two renames, the next run repairs
// (run-folder.ts).
import { renameSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { access, chmod, constants, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { OutputError } from '../../errors.ts';
import { makeFolder, removeEmptyFolders, statOrUndefined, targetOf } from './atomic-write.ts';
import { asOutputError, errorCode, refuse } from './output-error.ts';
import { checkContents, checkFolderIsNoInput, isInside, type OutputRules, readContents } from './output-rules.ts';
import { filesIn, moveFiles, type OutputPlace, openRunFolder, type RunFolder } from './run-folder.ts';

/**
 * Lets `write` fill a temporary folder and moves the result to `folder` when it is done. A new folder, and one that holds an
 * earlier result and nothing else, appears in one step. With `force`, files that `folder` has and the result has not stay.
 *
 * @param write gets the path of the temporary folder; what it returns is returned
 * @throws OutputError when the rules forbid it, `folder` is a file, another process is writing it, it cannot be written, or the
 *   disk is full (also when `write` fails for these reasons); every other error of `write`, unchanged
 * @example
 * ```ts
 * await withOutputFolder('out', async (folder) => {
 *   await writeFile(join(folder, 'tokenizer.model'), bytes);
 * });
 * ```
 */
export async function withOutputFolder<T>(
  folder: string,
  write: (temporaryFolder: string) => Promise<T>,
  rules: OutputRules = {},
): Promise<T> {
  const target = await targetOf(folder);
  const before = await statOrUndefined(target);
  if (before !== undefined && !before.isDirectory()) {
    throw new OutputError(`${folder}: is a file, cannot be used as the output folder`, {
      hint: 'Choose another folder, or move the file away.',
    });
  }
  await checkFolderIsNoInput(target, folder, rules);
  if (before !== undefined) await access(target, constants.W_OK).catch(refuse(folder));
  const place: OutputPlace = { target, shown: folder };
  let made: string | undefined;
  let run: RunFolder | undefined;
  try {
    made = await makeFolder(dirname(target));
    run = await openRunFolder(place, rules.onNote);
    // What a killed run left may have been put into its place meanwhile.
    checkContents(await readContents(target), folder, rules);
    const result = await write(run.result).catch((error: unknown) => {
      throw asFolderError(error, run!.result, folder);
    });
    await putIntoPlace(run, place, rules);
    made = undefined;
    return result;
  } finally {
    run?.discard();
    if (made !== undefined) await removeEmptyFolders(dirname(target), made);
  }
}

async function putIntoPlace(run: RunFolder, place: OutputPlace, rules: OutputRules): Promise<void> {
  const { target, shown } = place;
  await syncAll(run.result).catch(refuse(shown));
  const there = await statOrUndefined(target);
  // Looked at again: a run may take hours.
  const contents = await readContents(target);
  checkContents(contents, shown, rules);
  const { own, weights, foreign } = contents;
  if (there === undefined) {
    rename(run.result, target, shown);
    return;
  }
  if (run.isBeside && foreign.length === 0 && weights.length === 0 && (await exchange(run, place, there))) return;
  const files = await filesIn(run.result);
  await checkWay(run.result, place);
  const written = new Set(files);
  const stale = [...own, ...weights].filter((name) => !written.has(name));
  try {
    // From here on the result is whole on disk: a killed process is finished by the next one.
    writeFileSync(join(run.path, 'moving'), JSON.stringify(stale), { flush: true });
    moveFiles(run.result, target, files, stale);
  } catch (error) {
    throw asOutputError(error, shown);
  }
}

// Two renames with nothing between them; false where the system does not let a folder go.
async function exchange({ path, result }: RunFolder, { target, shown }: OutputPlace, there: Stats): Promise<boolean> {
  const old = join(path, 'old');
  await chmod(result, there.mode & 0o7777).catch(refuse(shown));
  try {
    renameSync(target, old);
  } catch (error) {
    if (['EXDEV', 'EBUSY', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return false;
    throw asOutputError(error, shown);
  }
  try {
    renameSync(result, target);
  } catch (error) {
    renameSync(old, target);
    throw asOutputError(error, shown);
  }
  return true;
}

function rename(from: string, to: string, shown: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    throw asOutputError(error, shown);
  }
}

// Makes the folders, and sees before the first file is moved what could be in the way.
async function checkWay(source: string, { target, shown }: OutputPlace): Promise<void> {
  const folders: string[] = [];
  for (const entry of await readdir(source, { withFileTypes: true, recursive: true })) {
    const path = relative(source, join(entry.parentPath, entry.name));
    const place = await statOrUndefined(join(target, path));
    if (!entry.isDirectory()) {
      if (place?.isDirectory()) throw inTheWay(join(shown, path), 'folder');
      continue;
    }
    if (place !== undefined && !place.isDirectory()) throw inTheWay(join(shown, path), 'file');
    if (place !== undefined) await access(join(target, path), constants.W_OK).catch(refuse(join(shown, path)));
    else folders.push(path);
  }
  for (const path of folders.sort()) await mkdir(join(target, path), { recursive: true }).catch(refuse(shown));
}

function inTheWay(path: string, kind: 'file' | 'folder'): OutputError {
  return new OutputError(`${path}: a ${kind} is in the way of an output of that name`, {
    hint: `Move the ${kind} away, or choose another output folder.`,
  });
}

// On disk before it is in its place, so that a crash leaves no empty files.
async function syncAll(folder: string): Promise<void> {
  for (const name of await filesIn(folder)) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    const file = await open(path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** Failures of writing into a file that is open, which come without a path. */
const WRITE_FAILURES: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

// A callback may fail for reasons of its own: only failures below the temporary folder, or of a full disk, are failures of
// the output.
function asFolderError(error: unknown, temporary: string, shown: string): unknown {
  const path = error instanceof Error ? (error as NodeJS.ErrnoException).path : undefined;
  if (path === undefined) return WRITE_FAILURES.has(errorCode(error)) ? asOutputError(error, shown) : error;
  const place = resolve(path);
  return isInside(place, temporary) ? asOutputError(error, join(shown, relative(temporary, place))) : error;
}
