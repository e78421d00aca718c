// The texts that are encoded: the project's samples by kind, or files of the caller's choice, line by line; and one
// unbroken line of Chinese, which is where engines with quadratic parts show it.
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';

const SAMPLES = new URL('../corpus-samples/', import.meta.url);

/** Longest text that is measured, in UTF-16 units; more only makes the run longer. */
const MAX_UNITS = 4_000_000;
const UNBROKEN_CHARACTERS = 100_000;

/** `{ name, lines, bytes, characters }[]`; `bytes` and `characters` do without line breaks. */
export async function readTexts(paths) {
  const texts = paths.length > 0 ? await readFiles(paths) : await readSamples();
  const chinese =
    texts
      .flatMap(({ lines }) => lines)
      .join('')
      .match(/\p{Script=Han}/gu) ?? [];
  if (chinese.length >= 100) {
    const copies = Math.ceil(UNBROKEN_CHARACTERS / chinese.length);
    const line = Array.from({ length: copies }, () => chinese.join(''))
      .join('')
      .slice(0, UNBROKEN_CHARACTERS);
    texts.push(describe('one line of Han', [line]));
  }
  return texts;
}

async function readSamples() {
  const names = (await readdir(SAMPLES)).filter((name) => name.endsWith('.txt')).sort();
  const read = async (selected) =>
    (await Promise.all(selected.map((name) => readFile(new URL(name, SAMPLES), 'utf8')))).flatMap(splitLines);
  return [
    describe('Chinese', await read(names.filter((name) => name.startsWith('zh-')))),
    describe('English', await read(['en.txt'])),
    describe('code', await read(['code.txt'])),
    describe('mixed', await read(['mixed.txt'])),
  ];
}

function readFiles(paths) {
  return Promise.all(
    paths.map(async (path) => describe(basename(path), splitLines((await readText(path)).slice(0, MAX_UNITS)))),
  );
}

async function readText(path) {
  try {
    const bytes = await readFile(path);
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  } catch (error) {
    process.stderr.write(`error: ${path}: ${error.message}\nhint: --text takes UTF-8 text files.\n`);
    process.exit(1);
  }
}

function splitLines(text) {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

/** A text with its size. */
export function describe(name, lines) {
  const text = lines.join('');
  return { name, lines, bytes: Buffer.byteLength(text), characters: Array.from(text).length };
}

/** Numbers from 0 to 1, the same for a seed: for texts that are made. */
export function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
