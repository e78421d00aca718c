// The folder in which a run makes its result, beside the place of the result or in it: `.NAME.vocab-merge-run`, with a lock that
// names the process, `result`, and, while an old result is replaced, `old`. There is one for every output, so that two runs
// never write one output. What a killed run left is brought to an end, or removed, by the next one.
//
// Layout: lock (tag of the process), result/ (what is made), old/ (the result that is being replaced), moving (JSON list of the
// files that go, while files are moved one by one; from then on the new result is whole in result/ and in its place).
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { access, constants, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OutputError } from '../../errors.ts';
import { holdSignals, registerCleanup } from './cleanup.ts';
import { asOutputError, errorCode, refuse } from './output-error.ts';
import { isInside } from './output-rules.ts';
import { isStale, processOf, processTag } from './process-tag.ts';

const SUFFIX = '.vocab-merge-run';
const RESULT = 'result';

/** Where an output goes. */
export interface OutputPlace {
  /** Links followed. */
  readonly target: string;
  /** Its name in messages. */
  readonly shown: string;
}

/** The folder of one run, locked. */
export interface RunFolder {
  readonly path: string;
  /** Where the result is made. */
  readonly result: string;
  /** Whether the run folder lies beside the target, so that the target can be replaced by one rename. */
  readonly isBeside: boolean;
  /** Removes everything of the run, at once. */
  discard(): void;
}

/** Run folders of this process: its tag alone does not tell them from those of an earlier process with its number. */
const active = new Set<string>();

/**
 * Makes and locks the run folder.
 *
 * @param onNote is told what was found of runs that were killed, and what became of it
 * @throws OutputError when another process is writing there
 */
export async function openRunFolder(place: OutputPlace, onNote?: (note: string) => void): Promise<RunFolder> {
  const { target, shown } = place;
  const beside = join(dirname(target), `.${basename(target)}${SUFFIX}`);
  const inside = join(target, SUFFIX);
  const isBeside = !existsSync(target) || (await canReplace(target));
  const path = isBeside ? beside : inside;
  // Whoever is at work in the other place is at work on the same output.
  const other = isBeside ? inside : beside;
  if (await isHeld(other)) throw await inUse(other, shown);
  const discard = (): void => {
    forget();
    const grave = `${path}.${randomUUID().slice(0, 8)}`;
    try {
      // The lock goes with one rename; what takes longer comes after.
      renameSync(path, grave);
      // Nobody must take it for a result when only half of it is left.
      if (existsSync(join(grave, 'old'))) renameSync(join(grave, 'old'), join(grave, 'replaced'));
    } catch {
      // Gone.
    }
    // A write under way can put a file into it while it is removed: then it is tried again.
    rmSync(grave, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
    active.delete(path);
  };
  // No signal comes between the turn in which the lock is taken and the registration.
  const release = holdSignals();
  let forget: () => void;
  try {
    while (!acquire(path, shown)) {
      if (await isHeld(path)) throw await inUse(path, shown);
      // Put aside in one step: of several that find it, one has it. The others try again.
      const aside = `${path}.${randomUUID().slice(0, 8)}`;
      await rename(path, aside).catch((cause: unknown) => {
        if (errorCode(cause) !== 'ENOENT') throw asOutputError(cause, shown);
      });
    }
    forget = registerCleanup(discard);
  } finally {
    release();
  }
  try {
    for (const name of [beside, inside]) await clearLeftovers(name, place, onNote);
    return { path, result: join(path, RESULT), isBeside, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

// A folder that a process stands in, that is a mount point or whose parent is closed keeps its place; others are exchanged.
async function canReplace(target: string): Promise<boolean> {
  const parent = dirname(target);
  if (parent === target || isInside(process.cwd(), target)) return false;
  if ((await stat(parent)).dev !== (await stat(target)).dev) return false;
  return access(parent, constants.W_OK).then(
    () => true,
    () => false,
  );
}

// False when somebody has it, or left it behind. Made whole under another name first: nobody sees a run folder without its lock.
function acquire(path: string, shown: string): boolean {
  const prepared = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    // Not both at once: Node's recursive mkdir never ends where the system lets nothing be made, as below /proc.
    mkdirSync(prepared);
    mkdirSync(join(prepared, RESULT));
    writeFileSync(join(prepared, 'lock'), processTag());
    renameSync(prepared, path);
    active.add(path);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errorCode(error) ?? '') && existsSync(path)) return false;
    throw asOutputError(error, shown);
  }
}

async function tagOf(path: string): Promise<string | undefined> {
  return readFile(join(path, 'lock'), 'utf8').catch(() => undefined);
}

async function isHeld(path: string): Promise<boolean> {
  const tag = await tagOf(path);
  // Without a lock, somebody was killed while removing it.
  if (tag === undefined) return false;
  return tag === processTag() ? active.has(path) : !isStale(tag);
}

async function inUse(path: string, shown: string): Promise<OutputError> {
  const tag = await tagOf(path);
  return new OutputError(`${shown}: process ${processOf(tag ?? '')} is writing it`, {
    hint: `Wait until it is done. If there is no such run, remove ${path}.`,
  });
}

// Only the holder of the lock does this, so that nobody else does it at the same time.
async function clearLeftovers(path: string, place: OutputPlace, onNote?: (note: string) => void): Promise<void> {
  const stem = `${basename(path)}.`;
  const names = await readdir(dirname(path)).catch((): string[] => []);
  const left = names.filter((name) => name.startsWith(stem) && /^[0-9a-f]{8}$/.test(name.slice(stem.length)));
  if (!active.has(path) && names.includes(basename(path))) left.push(basename(path));
  for (const name of left) {
    const leftover = join(dirname(path), name);
    const tag = await tagOf(leftover);
    // Another run that is about to ask for the lock.
    if (tag !== undefined && tag !== processTag() && !isStale(tag)) continue;
    const what = await finish(leftover, place);
    await rm(leftover, { recursive: true, force: true }).catch(refuse(place.shown));
    onNote?.(what);
  }
}

// Brings to an end what a killed run had begun to put into its place, and says so.
async function finish(leftover: string, { target, shown }: OutputPlace): Promise<string> {
  const has = (name: string): boolean => existsSync(join(leftover, name));
  if (has('old') && !existsSync(target)) {
    const isNew = has('result');
    await rename(join(leftover, isNew ? 'result' : 'old'), target).catch(refuse(shown));
    return `${shown}: a run was killed while it replaced the result: the ${isNew ? 'new' : 'old'} one is put into its place`;
  }
  if (has('moving') && has('result')) {
    const stale = JSON.parse(await readFile(join(leftover, 'moving'), 'utf8').catch(() => '[]')) as readonly string[];
    moveFiles(join(leftover, 'result'), target, await filesIn(join(leftover, 'result')), stale);
    return `${shown}: a run was killed while it put its files there: the rest of them is put there now`;
  }
  return `${leftover} was left by a run that was killed, and is removed`;
}

/** Files below a folder, with `/`, ascending. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

/**
 * Moves files into a folder, each in one step, after `stale` ones are removed. Folders must be there. Manifest last: a folder
 * that has one is whole. Synchronous, so that no signal comes between.
 */
export function moveFiles(from: string, to: string, files: readonly string[], stale: readonly string[]): void {
  for (const name of stale) {
    rmSync(join(to, name), { force: true });
    if (name.includes('/')) removeIfEmpty(dirname(join(to, name)));
  }
  const last = (name: string): number => Number(name === 'manifest.json');
  for (const name of [...files].sort((a, b) => last(a) - last(b))) renameSync(join(from, name), join(to, name));
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Other files are in it.
  }
}
