// Where a resized checkpoint may be written: not into the checkpoint, not over another model, not without room for it.
import { realpathSync } from 'node:fs';
import { readdir, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { OptionError, OutputError } from '../../errors.ts';

/**
 * Refuses an output folder that is the checkpoint, lies inside it (symbolic links followed), or holds a model.
 *
 * @throws OptionError for the first two, OutputError for the last
 */
export async function checkPlaces(checkpoint: string, out: string): Promise<void> {
  const from = realpathOf(resolve(checkpoint));
  const to = realpathOf(resolve(out));
  const way = relative(from, to);
  const isOutside = way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
  if (!isOutside) {
    throw new OptionError(`${out}: is ${way === '' ? '' : 'inside '}the checkpoint, which is never changed`, {
      hint: 'Choose another folder for the result.',
    });
  }
  const names = await readdir(to).catch(() => []);
  const weights = names.find((name) => /\.(safetensors|safetensors\.index\.json|bin|pth|gguf)$/.test(name));
  if (weights !== undefined) {
    throw new OutputError(`${join(out, weights)}: there is a model in the output folder already`, {
      hint: 'Choose another folder, or remove it: shards of two models must not be mixed.',
    });
  }
}

/** Temporary folders beside `out` (or in it) that a run left when it was killed, or that another run is filling. */
export async function findLeftovers(out: string): Promise<string[]> {
  const target = resolve(out);
  const beside = await readdir(dirname(target)).catch(() => []);
  const inside = await readdir(target).catch(() => []);
  const isLeft = (name: string, stem: string): boolean =>
    name.startsWith(`.${stem}.`) && /^[0-9a-f]{8}\.tmp$/.test(name.slice(stem.length + 2));
  return [
    ...beside.filter((name) => isLeft(name, basename(target))).map((name) => join(dirname(out), name)),
    ...inside.filter((name) => isLeft(name, 'output')).map((name) => join(out, name)),
  ].sort();
}

// The real path of a place that may not exist yet: of its deepest folder that does.
function realpathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realpathOf(parent), basename(path));
  }
}

/**
 * Refuses to start what the disk has no room for.
 *
 * @param needed bytes
 * @param out the name for the message
 * @throws OutputError
 */
export async function checkSpace(folder: string, needed: number, out: string): Promise<void> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const free = bavail * bsize;
  // Some network file systems say that they have no blocks at all.
  if (free >= needed || blocks === 0) return;
  throw new OutputError(`${out}: the result has ${needed} bytes, the disk has ${free} left`, {
    hint: 'Free some space, or choose a place on another disk.',
  });
}
