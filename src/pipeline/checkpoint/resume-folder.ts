// Where the shards of a resize are made: in the folder of the output, or, for --resume, in a folder beside it that outlives the
// process when it is stopped. There, a shard counts as finished when it is whole, on disk and named in state.json. Work that
// was started for another input or with other options is thrown away. One process at a time: the run folder of the output
// (pipeline/io/run-folder.ts) is locked.
import { rmdirSync, rmSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '../io/atomic-write.ts';
import { registerCleanup } from '../io/cleanup.ts';

/** A shard that an earlier run finished. */
export interface FinishedShard<T> {
  readonly bytes: number;
  readonly result: T;
}

/** The folder, opened. */
export interface ShardFolder<T> {
  /** Finished shards by name. */
  readonly finished: ReadonlyMap<string, FinishedShard<T>>;
  /** Lets `write` make a shard at the path that it gets, and notes it as finished. Several may be at work. */
  add(name: string, write: (path: string) => Promise<T>): Promise<T>;
  /** Moves the finished shards to where they belong: the work is done. */
  moveTo(folder: string): Promise<void>;
  /** Lets other processes have it. Finished shards that were not moved stay; without any, nothing does. */
  release(): Promise<void>;
}

/** The folder of the output itself: nothing was finished before, and nothing outlives the process. */
export function openShardFolder<T>(folder: string): ShardFolder<T> {
  return {
    finished: new Map(),
    add: (name, write) => write(join(folder, name)),
    moveTo: async () => undefined,
    release: async () => undefined,
  };
}

interface State<T> {
  readonly fingerprint: string;
  readonly shards: Record<string, FinishedShard<T>>;
}

/**
 * Opens the folder for `--resume` that belongs to the output folder `out`, or makes it.
 *
 * @param fingerprint of input and options: finished work of another fingerprint is removed
 */
export async function openResumeFolder<T>(out: string, fingerprint: string): Promise<ShardFolder<T>> {
  const folder = await placeOf(resolve(out));
  await mkdir(folder, { recursive: true });
  // Without a finished shard in it, nothing of it stays.
  const forgetFolder = registerCleanup(() => rmdirSync(folder));
  let state = await readState<T>(folder);
  if (state?.fingerprint !== fingerprint) {
    for (const name of Object.keys(state?.shards ?? {})) await rm(join(folder, basename(name)), { force: true });
    state = { fingerprint, shards: {} };
  }
  const finished = new Map<string, FinishedShard<T>>();
  for (const [name, shard] of Object.entries(state.shards)) {
    const place = await stat(join(folder, basename(name))).catch(() => undefined);
    if (place?.size === shard.bytes) finished.set(name, shard);
  }
  // One after the other, so that the last state is the one that stays.
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    const state: State<T> = { fingerprint, shards: Object.fromEntries(finished) };
    return writeFileAtomic(join(folder, 'state.json'), JSON.stringify(state), { force: true });
  };
  return {
    finished,
    async add(name, write) {
      const part = join(folder, `${name}.part`);
      const forget = registerCleanup(() => rmSync(part, { force: true }));
      try {
        await rm(part, { force: true });
        const result = await write(part);
        await rename(part, join(folder, name));
        finished.set(name, { bytes: (await stat(join(folder, name))).size, result });
        saving = saving.then(save);
        await saving;
        return result;
      } catch (error) {
        await rm(part, { force: true }).catch(() => undefined);
        throw error;
      } finally {
        forget();
      }
    },
    async moveTo(target) {
      for (const name of finished.keys()) await rename(join(folder, name), join(target, name));
      finished.clear();
    },
    async release() {
      forgetFolder();
      if (finished.size === 0) await rm(folder, { recursive: true, force: true });
    },
  };
}

// Moving must be a rename, so the folder is on the file system of the output: inside it when it exists (it may be a mount
// point), beside it otherwise.
async function placeOf(out: string): Promise<string> {
  const place = await stat(out).catch(() => undefined);
  return place?.isDirectory()
    ? join(out, '.vocab-merge-resume')
    : join(dirname(out), `.${basename(out)}.vocab-merge-resume`);
}

async function readState<T>(folder: string): Promise<State<T> | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')) as State<T>;
  } catch {
    return undefined;
  }
}
