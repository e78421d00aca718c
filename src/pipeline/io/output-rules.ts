// What may be written where: never over an input, and over something else than a result of this program only when asked for.
// A folder is a run's own when its manifest.json lists every file in it with the hash that the file has; a lone file, when it
// opens as this program's files of that kind do and is no part of a larger work, which hours of other machines may have gone into.
// The one place of these rules; writing is atomic-write.ts and output-folder.ts.
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { brotliDecompressSync, constants, gunzipSync } from 'node:zlib';
import { isObject } from '../../core/json-object.ts';
import { globRoot, isGlob } from '../../corpus/read/glob.ts';
import { OutputError } from '../../errors.ts';
import { MANIFEST_FORMAT } from './manifest.ts';
import { sha256OfChunks } from './sha256.ts';

/** What an output must not touch, and who hears of it. */
export interface OutputRules {
  /** Files, folders and patterns that are read, `name=` in front or not; what is no path does not matter. */
  readonly inputs?: readonly string[] | undefined;
  /** Write although something else is there: files of the same names are replaced, all others stay. Default false. */
  readonly force?: boolean | undefined;
  /** True for a file of this name that an earlier run of the same command wrote. Default: judged by how it opens. */
  readonly isOwn?: ((path: string) => Promise<boolean>) | undefined;
  /** Is told what else was done, such as removing what a killed run left. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * Refuses a folder that is an input or holds one.
 *
 * @param target where it really is
 * @param shown its name in messages
 * @throws OutputError
 */
export async function checkFolderIsNoInput(target: string, shown: string, { inputs = [] }: OutputRules): Promise<void> {
  for (const input of inputs) {
    const path = await pathOfInput(input);
    if (path === undefined || !isInside(path, target)) continue;
    const what = path === target ? 'is' : 'holds';
    throw new OutputError(`${shown}: ${what} the input ${input}, and would be replaced`, {
      hint: 'Choose another folder for the result: no command writes over what it reads.',
    });
  }
}

/**
 * Refuses a file that is an input, lies in a folder that is one, or is something else than an earlier result.
 *
 * @throws OutputError
 */
export async function checkOutputFile(path: string, rules: OutputRules): Promise<void> {
  const { inputs = [], force = false, isOwn = opensAsWholeResult } = rules;
  const place = await stat(path).catch(() => undefined);
  if (place === undefined || !place.isFile() || /^\/(dev|proc)\//.test(resolve(path))) return;
  const target = await realpath(path);
  for (const input of inputs) {
    const read = await pathOfInput(input);
    if (read === undefined) continue;
    const there = await stat(read).catch(() => undefined);
    // Two names of one file count as one.
    const isSame = there?.ino === place.ino && there.dev === place.dev;
    if (!isSame && !(there?.isDirectory() && isInside(target, read))) continue;
    throw new OutputError(`${path}: ${isSame ? 'is' : 'lies in'} the input ${input}, and would be replaced`, {
      hint: 'Choose another place for the result: no command writes over what it reads.',
    });
  }
  if (force || place.size === 0 || (await isOwn(path))) return;
  throw isThere(path, 'no earlier result of this command');
}

/** The error for a file that is not to be replaced, for what it is. */
export function isThere(path: string, what: string, cause?: unknown): OutputError {
  return new OutputError(`${path}: is there already, and ${what}`, {
    cause,
    hint: 'Choose another name, or add --force to replace it.',
  });
}

// The path behind an input, links followed; of a pattern, the folder that it starts from.
async function pathOfInput(input: string): Promise<string | undefined> {
  const named = /^[^=/\\]+=(.+)$/s.exec(input)?.[1];
  for (const candidate of named === undefined ? [input] : [input, named]) {
    const path = await realpath(candidate).catch(() => undefined);
    if (path !== undefined) return path;
    if (!isGlob(candidate)) continue;
    const root = globRoot(candidate.replaceAll(sep, '/'));
    return realpath(root === '' ? '.' : root).catch(() => undefined);
  }
  return undefined;
}

/** True for a path that is `folder` or lies in it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** How the files of this program open. */
const OPENINGS: readonly RegExp[] = [
  /^\{\s*"format": ?"vocab-merge\//,
  /^#vocab-merge\//,
  /^scope,text,tokenizer,engine,/,
  /^## [^\n]+\n\n[^|]*\n\n\| tokenizer +\| vocabulary +\| tokens /,
  /^<!doctype html>\s*<html lang="[a-z-]+">\s*<head>\s*<meta charset="utf-8">\s*<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/,
];

/** How parts of a work open, with `part` in the first line: no run makes one again that is not told to. */
const PART_OPENING = /^#vocab-merge\/(?:comparison-part |[^\n]*[{,]"part":)/;

async function opensAsWholeResult(path: string): Promise<boolean> {
  const text = await readOpening(path);
  if (PART_OPENING.test(text)) throw isThere(path, 'a part of a larger work');
  return OPENINGS.some((opening) => opening.test(text));
}

/** True for a file that opens as results of this program do, parts among them. */
export async function opensAsResult(path: string): Promise<boolean> {
  const text = await readOpening(path);
  return OPENINGS.some((opening) => opening.test(text));
}

async function readOpening(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return unpack(head.subarray(0, bytesRead), path).toString('utf8').trimStart();
  } finally {
    await file.close();
  }
}

// The start of a packed file, as far as it can be unpacked.
function unpack(head: Buffer, path: string): Buffer {
  try {
    if (head[0] === 0x1f && head[1] === 0x8b) return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
    if (path.endsWith('.br')) return brotliDecompressSync(head, { finishFlush: constants.BROTLI_OPERATION_FLUSH });
  } catch {
    // Not what it is called: then it is nothing of this program.
  }
  return head;
}

/** What is in a folder. Paths are relative to it, with `/`. */
export interface FolderContents {
  /** Files that an earlier run wrote, unchanged since. */
  readonly own: readonly string[];
  /** Files of weights that an earlier resize wrote; whether they were trained since, their manifest cannot tell. */
  readonly weights: readonly string[];
  /** Everything else. */
  readonly foreign: readonly string[];
}

/** What systems and this program put into folders without being asked. */
const IGNORED = /^(\.DS_Store|Thumbs\.db|desktop\.ini|lost\+found|\.nfs[0-9a-f]+|\.vocab-merge-.*)$/;

/** Tells the files of an earlier run from all others; a folder that is missing is empty. */
export async function readContents(folder: string): Promise<FolderContents> {
  const found = await list(folder, '');
  const { files, weights: known } = await readManifest(folder);
  const [own, weights, foreign]: [string[], string[], string[]] = [[], [], []];
  for (const { name, isFile, size } of found) {
    const listed = files.get(name);
    const isSame =
      isFile && listed !== undefined && listed.bytes === size
        ? (await sha256OfChunks(createReadStream(join(folder, name)))) === listed.sha256
        : false;
    if (isSame || (isFile && name === 'manifest.json' && files.size > 0)) own.push(name);
    else if (isFile && known.has(name)) weights.push(name);
    else foreign.push(name);
  }
  return { own, weights, foreign };
}

/**
 * Refuses a folder with other files in it than those of an earlier run.
 *
 * @throws OutputError naming one of them
 */
export function checkContents({ foreign, weights }: FolderContents, shown: string, { force }: OutputRules): void {
  const other = [...foreign, ...weights];
  if (force === true || other.length === 0) return;
  const more = other.length > 1 ? ` and ${other.length - 1} more` : '';
  throw new OutputError(`${shown}: holds files that are no unchanged result of a run: ${other[0]}${more}`, {
    hint: 'Choose another folder, or add --force: files of the same names are replaced, all others stay.',
  });
}

interface FoundFile {
  readonly name: string;
  readonly isFile: boolean;
  readonly size: number;
}

async function list(folder: string, prefix: string): Promise<FoundFile[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => []);
  const found: FoundFile[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (IGNORED.test(entry.name)) continue;
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) {
      const below = await list(folder, name);
      // An empty folder was made by somebody, too.
      found.push(...(below.length > 0 ? below : [{ name, isFile: false, size: 0 }]));
    } else {
      const size = entry.isFile() ? (await stat(join(folder, name))).size : 0;
      found.push({ name, isFile: entry.isFile(), size });
    }
  }
  return found;
}

interface ListedFiles {
  readonly files: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>;
  readonly weights: ReadonlySet<string>;
}

async function readManifest(folder: string): Promise<ListedFiles> {
  const files = new Map<string, { bytes: number; sha256: string }>();
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => '');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { files, weights: new Set() };
  }
  if (!isObject(json) || json.format !== MANIFEST_FORMAT || !isObject(json.files)) return { files, weights: new Set() };
  for (const [name, entry] of Object.entries(json.files)) {
    if (!isObject(entry) || typeof entry.bytes !== 'number' || typeof entry.sha256 !== 'string') continue;
    files.set(name, { bytes: entry.bytes, sha256: entry.sha256 });
  }
  return { files, weights: new Set(isObject(json.weights) ? Object.keys(json.weights) : []) };
}
