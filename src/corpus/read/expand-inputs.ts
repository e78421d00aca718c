// From what a user gives as input (files, folders, patterns, `-`) to the files to read, in a stable order: as given, and
// within a folder or a pattern by UTF-8 bytes of the path. From folders only known extensions are taken, and nothing
// whose name starts with a dot. `hf://datasets/owner/name/path` names files on a hub in the same way. It opens no file. A file
// that comes twice is refused: it would count twice, and nobody would see it.

import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { compareUtf8 } from '../../core/unicode/utf8.ts';
import { InputError } from '../../errors.ts';
import { isDatasetAddress, listDatasetFiles, parseDatasetReference } from '../hub/dataset-files.ts';
import { formatOfName, isCorpusName } from './corpus-format.ts';
import { globRoot, globToRegExp, isGlob } from './glob.ts';

/** A file to read. */
export interface CorpusFile {
  /** Path, or `-` for standard input. */
  readonly path: string;
  /** Bytes on disk; 0 when that is not known (standard input, pipes). */
  readonly size: number;
  /** Name of the source that it belongs to: the one given, else the name of the folder or of the file itself. */
  readonly source: string;
  /** Of a file on a hub: what changes with its contents, SHA-256 where it is large. */
  readonly etag?: string | undefined;
  /** Only a part of it: the lines, or row groups, that begin in these bytes. */
  readonly range?: ByteRange | undefined;
}

/** A part of a file that can be cut. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
  /** Bytes of the whole file when it was divided. */
  readonly size: number;
  /** Of the file; its beginning, which would tell, may be in another part. */
  readonly format: 'text' | 'jsonl' | 'parquet';
  /** Of a compressed file, the members that begin in these bytes: offsets of all of them, see compressed-members.ts. */
  readonly members?: { readonly compression: 'gzip' | 'zstd'; readonly starts: readonly number[] } | undefined;
}

/** `name=path`; names have nothing in them that would make them a path. */
const NAMED_INPUT = /^([^=/\\]+)=(.+)$/s;

/**
 * The files behind `inputs`: each a path, a folder, a pattern or `-`, with `name=` in front of it to name the source. What
 * exists under the whole text, `name=` included, is that file.
 *
 * @throws InputError for a missing file, a pattern without a match, a folder without a usable file, and a file that is
 * given twice
 */
export async function expandInputs(inputs: readonly string[]): Promise<CorpusFile[]> {
  return (await expandInputGroups(inputs)).flat();
}

/** As {@link expandInputs}, with the files of each input by themselves. */
export async function expandInputGroups(inputs: readonly string[]): Promise<CorpusFile[][]> {
  if (inputs.length === 0)
    throw new InputError('no input was given', { hint: 'Give a file, a folder or - for stdin.' });
  const groups: CorpusFile[][] = [];
  for (const input of inputs) groups.push(await expandInput(input));
  await refuseDoubled(groups);
  return groups;
}

// Links to folders are seen through, and links to files that were named by themselves; of files in folders that are links
// nobody says that they are meant to be one text.
async function refuseDoubled(groups: readonly (readonly CorpusFile[])[]): Promise<void> {
  const folders = new Map<string, string>();
  const shown = new Map<string, string>();
  for (const files of groups) {
    for (const { path } of files) {
      const places = new Set([path]);
      if (path !== '-' && !isDatasetAddress(path)) {
        const folder = dirname(path);
        if (!folders.has(folder)) folders.set(folder, await realPathOf(folder));
        places.clear();
        places.add(join(folders.get(folder)!, basename(path)));
        if (files.length === 1) places.add(await realPathOf(path));
      }
      for (const place of places) {
        const other = shown.get(place);
        if (other !== undefined) throw givenTwice(path, other);
      }
      for (const place of places) shown.set(place, path);
    }
  }
}

// Of what is no place of a file system, such as a pipe, the name.
const realPathOf = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

function givenTwice(path: string, other: string): InputError {
  const [name, same] = [path, other].map((each) => (each === '-' ? 'standard input' : each));
  return new InputError(`${name}: is given twice${same === name ? '' : `, also as ${same}`}`, {
    hint: 'Give each file once: its text would count twice. For text that is to count more, train, extend and build have --mix.',
  });
}

async function expandInput(input: string, name?: string): Promise<CorpusFile[]> {
  if (input === '-') return [{ path: '-', size: 0, source: name ?? 'stdin' }];
  if (isDatasetAddress(input)) return expandDataset(input, name);
  const place = await stat(input).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw unreadable(input, error);
  });
  if (place === undefined) {
    const named = name === undefined ? NAMED_INPUT.exec(input) : null;
    if (named !== null) return expandInput(named[2]!, named[1]!);
    return isGlob(input) ? expandGlob(input, name) : refuseMissing(input);
  }
  if (!place.isDirectory()) {
    return [{ path: input, size: place.isFile() ? place.size : 0, source: name ?? sourceNameOf(input) }];
  }
  const files = (await walk(input)).filter((file) => isCorpusName(file.path));
  if (files.length === 0) {
    throw new InputError(`${input}: the folder has no file that can be read as a corpus`, {
      hint: 'Known are .txt, .jsonl, .csv, .tsv and .parquet, also with .gz or .zst; other files can be named one by one.',
    });
  }
  const source = name ?? basename(resolve(input));
  return files.map((file) => ({ ...file, source }));
}

/** The name of a file without what says its format: `texts/zh-news.txt.gz` is `zh-news`. */
function sourceNameOf(path: string): string {
  let name = basename(path);
  for (let parts = 0; parts < 2; parts++) {
    const { format, compression } = formatOfName(name);
    const dot = name.lastIndexOf('.');
    const isKnown = format !== undefined || compression !== undefined;
    if (dot > 0 && isKnown) name = name.slice(0, dot);
  }
  return name;
}

async function expandGlob(pattern: string, name: string | undefined): Promise<CorpusFile[]> {
  const wanted = globToRegExp(pattern.replaceAll(sep, '/').replace(/^(?:\.\/)+/, ''));
  const root = globRoot(pattern.replaceAll(sep, '/'));
  const start = await stat(root === '' ? '.' : root).catch(() => undefined);
  const all = start?.isDirectory() ? await walk(root === '' ? '.' : root) : [];
  const files = all
    .filter((file) => wanted.test(file.path.replaceAll(sep, '/')))
    .map((file) => (name === undefined ? file : { ...file, source: name }));
  if (files.length === 0) {
    throw new InputError(`${pattern}: no file matches this pattern`, { hint: 'Check the path and the pattern.' });
  }
  return files;
}

async function expandDataset(input: string, name: string | undefined): Promise<CorpusFile[]> {
  const reference = parseDatasetReference(input);
  const { path } = reference;
  const isPattern = isGlob(path);
  const pattern = isPattern ? globToRegExp(path) : undefined;
  const above = isPattern ? globRoot(path) : path.split('/').slice(0, -1).join('/');
  const all = await listDatasetFiles(reference, above);
  const files = all.filter((file) => {
    if (pattern !== undefined) return pattern.test(file.path);
    return file.path === path || ((path === '' || file.path.startsWith(`${path}/`)) && isCorpusName(file.path));
  });
  if (files.length === 0) {
    throw new InputError(`${input}: the dataset has no such file that can be read as a corpus`, {
      hint: `Check the path and the pattern; the dataset has ${all.length === 0 ? 'nothing there' : `for example ${all[0]!.path}`}.`,
    });
  }
  return files
    .sort((a, b) => compareUtf8(a.path, b.path))
    .map(({ address, path: own, size, etag }) => ({ path: address, size, etag, source: name ?? sourceNameOf(own) }));
}

/** Whether a file can be read once only: standard input, a pipe. */
export async function isReadOnce({ path, size }: Pick<CorpusFile, 'path' | 'size'>): Promise<boolean> {
  if (size > 0 || isDatasetAddress(path)) return false;
  return path === '-' || (await stat(path).catch(() => undefined))?.isFile() !== true;
}

async function walk(root: string): Promise<CorpusFile[]> {
  const files: CorpusFile[] = [];
  // Links to folders are followed; one that leads back to where we came from is not.
  const visit = async (folder: string, above: readonly string[]): Promise<void> => {
    const real = await realpath(folder).catch((error: unknown) => {
      throw unreadable(folder, error);
    });
    if (above.includes(real)) return;
    const names = await readdir(folder).catch((error: unknown) => {
      throw unreadable(folder, error);
    });
    for (const name of names.filter((each) => !each.startsWith('.')).sort(compareUtf8)) {
      const path = join(folder, name);
      const place = await stat(path).catch(() => undefined);
      if (place?.isDirectory()) await visit(path, [...above, real]);
      else if (place?.isFile()) files.push({ path, size: place.size, source: sourceNameOf(path) });
    }
  };
  await visit(root, []);
  return files.sort((a, b) => compareUtf8(a.path, b.path));
}

function refuseMissing(input: string): never {
  const hint = input.startsWith('hf://')
    ? 'Text on a hub is named hf://datasets/owner/name/path, or hf://datasets/owner/name@revision/path.'
    : 'Check the path.';
  throw new InputError(`${input}: no such file or folder`, { hint });
}

/** The InputError for a place that the operating system does not let us read. */
export function unreadable(path: string, cause: unknown): InputError {
  const code = (cause as NodeJS.ErrnoException).code;
  const reason =
    code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'permission denied' : `cannot be read (${code ?? cause})`;
  return new InputError(`${path}: ${reason}`, { cause, hint: 'Check the path and its permissions.' });
}
