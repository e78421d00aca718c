// The tokenizers of a comparison, under names that tell them apart: NAME=TOKENIZER gives one, and folders of one name get as
// much of their paths as it takes. Loading them is loadTokenizer's work.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type LoadedTokenizer, loadTokenizer } from '../../vocab/load-tokenizer.ts';

/** A tokenizer and where it came from. */
export interface NamedTokenizer {
  /** As `loadTokenizer` takes it, without the name. */
  readonly source: string;
  readonly tokenizer: LoadedTokenizer;
}

/** A name has nothing in it that would make it a path or an address. */
const NAMED_SOURCE = /^([^=/\\:]+)=(.+)$/s;

/**
 * Loads tokenizers, each given as TOKENIZER or NAME=TOKENIZER. What exists under the whole text, `NAME=` included, is that file.
 *
 * @throws InputError, FormatError, NetworkError as `loadTokenizer` does
 */
export async function loadNamedTokenizers(sources: readonly string[]): Promise<NamedTokenizer[]> {
  const entries: { source: string; name: string | undefined; tokenizer: LoadedTokenizer }[] = [];
  for (const given of sources) {
    const named = NAMED_SOURCE.exec(given);
    const isNamed = named !== null && (await stat(given).catch(() => undefined)) === undefined;
    const source = isNamed ? named[2]! : given;
    entries.push({ source, name: isNamed ? named[1] : undefined, tokenizer: await loadTokenizer(source) });
  }
  const names = distinctNames(
    entries.map(({ source, name, tokenizer }) => ({
      name: name ?? tokenizer.name,
      path: name === undefined ? source : '',
    })),
  );
  return entries.map(({ source, tokenizer }, i) => ({ source, tokenizer: renamed(tokenizer, names[i]!) }));
}

/**
 * Names with as many folders in front as make them different: `run1/models`, `run2/models`. What is one path twice, or no path,
 * keeps its name.
 *
 * @param entries names, and the paths that they are the ends of; `''` where the name is given
 */
export function distinctNames(entries: readonly { readonly name: string; readonly path: string }[]): string[] {
  return entries.map(({ name, path }, i) => {
    const rivals = entries.filter((other, k) => k !== i && other.name === name && other.path !== path);
    if (rivals.length === 0 || path === '' || path.startsWith('hf://')) return name;
    const folders = foldersAbove(path, name);
    const others = rivals.map((rival) => (rival.path === '' ? [] : foldersAbove(rival.path, name)));
    for (let count = 1; count <= folders.length; count++) {
      const prefix = folders.slice(-count).join('/');
      if (others.every((other) => other.slice(-count).join('/') !== prefix)) return `${prefix}/${name}`;
    }
    return name;
  });
}

// The folders in front of the part of a path that gave the name; the file in a folder of that name is not counted.
function foldersAbove(path: string, name: string): string[] {
  const parts = resolve(path)
    .split(/[/\\]/)
    .filter((part) => part !== '');
  const at = parts.findLastIndex((part) => part === name || part.startsWith(`${name}.`));
  return at < 0 ? parts.slice(0, -1) : parts.slice(0, at);
}

// What is made on first use stays so: a copy would make it now.
function renamed(tokenizer: LoadedTokenizer, name: string): LoadedTokenizer {
  if (tokenizer.name === name) return tokenizer;
  return Object.create(tokenizer, { name: { value: name, enumerable: true } }) as LoadedTokenizer;
}
