// Where a resized checkpoint may be written: not into the checkpoint, not over another model, not without room for it.
import { realpathSync } from 'node:fs';
import { readdir, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { OptionError, OutputError } from '../../errors.ts';
import { readContents } from '../io/output-rules.ts';

/**
 * Refuses an output folder that is the checkpoint, lies inside it (symbolic links followed), or holds a model.
 *
 * @throws OptionError for the first two, OutputError for the last
 */
export async function checkPlaces(
  checkpoint: string,
  out: string,
  { force = false }: { readonly force?: boolean | undefined } = {},
): Promise<void> {
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
  const weights = names.filter((name) => /\.(safetensors|safetensors\.index\.json|bin|pth|gguf)$/.test(name));
  if (weights.length === 0) return;
  // Those of an earlier resize go when they are told to; whether they were trained since, nobody can see.
  const foreign = force ? (await readContents(to)).foreign : weights;
  const other = weights.find((name) => foreign.includes(name));
  if (other === undefined) return;
  throw new OutputError(`${join(out, other)}: there is a model in the output folder already`, {
    hint: 'Choose another folder, or remove it: shards of two models must not be mixed.',
  });
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
