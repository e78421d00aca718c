// The local copy of hub repositories' tokenizer files: one folder a commit, and for each branch or tag the commit it was.
//   <cacheDir>/<endpoint's host>/<owner>--<repo>/commits/<commit>/<file>     complete, or not there
//   <cacheDir>/<endpoint's host>/<owner>--<repo>/revisions/<revision>        one line: the commit
// It knows nothing of the network. Every write is made under a temporary name and moved into place.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isCommit } from '../corpus/hub/hub-access.ts';
import { OutputError } from '../errors.ts';

/** Folder for downloaded files when none is given: `VOCAB_MERGE_CACHE`, else the operating system's user cache. */
export function defaultCacheDir(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.VOCAB_MERGE_CACHE) return env.VOCAB_MERGE_CACHE;
  if (platform === 'win32')
    return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'vocab-merge', 'Cache');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'vocab-merge');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vocab-merge');
}

/** The part of the cache that belongs to one repository. */
export interface RepositoryCache {
  /** Folder of a commit whose files are complete, or `undefined`. */
  findCommit(commit: string): Promise<string | undefined>;
  /** Commit that a revision was when it was last looked up, or `undefined`. */
  findRevision(revision: string): Promise<string | undefined>;
  /** Stores a commit's files and gives its folder. */
  storeCommit(commit: string, files: ReadonlyMap<string, Uint8Array>): Promise<string>;
  /** Remembers which commit a revision is. */
  storeRevision(revision: string, commit: string): Promise<void>;
}

/**
 * Opens the cache of one repository; nothing is created before something is stored.
 *
 * @param root folder of the repository inside the cache
 * @throws OutputError (from the store methods) when the folder cannot be written
 */
export function openRepositoryCache(root: string): RepositoryCache {
  const commitFolder = (commit: string) => join(root, 'commits', commit);
  // "/" in refs/pr/1 must not become a folder, and a name of dots only must not leave this one.
  const revisionFile = (revision: string) => join(root, 'revisions', `${encodeURIComponent(revision)}.txt`);

  return {
    async findCommit(commit) {
      const folder = commitFolder(commit);
      return existsSync(folder) ? folder : undefined;
    },
    async findRevision(revision) {
      const text = await readFile(revisionFile(revision), 'utf8').catch(() => '');
      return isCommit(text.trim()) ? text.trim() : undefined;
    },
    async storeCommit(commit, files) {
      const folder = commitFolder(commit);
      await replaceInto(folder, async (temporary) => {
        await mkdir(temporary);
        for (const [name, bytes] of files) await writeFile(join(temporary, name), bytes);
      });
      return folder;
    },
    async storeRevision(revision, commit) {
      await replaceInto(revisionFile(revision), (temporary) => writeFile(temporary, `${commit}\n`));
    },
  };
}

async function replaceInto(target: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    await mkdir(join(target, '..'), { recursive: true });
    await write(temporary);
    await rename(temporary, target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    // Another process stored the same commit in the meantime: a commit's files are the same for both.
    if ((code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM') && existsSync(target)) return;
    throw new OutputError(`${target}: the cache cannot be written: ${code ?? String(error)}`, {
      hint: 'Point VOCAB_MERGE_CACHE at a folder that can be written.',
      cause: error,
    });
  }
}
