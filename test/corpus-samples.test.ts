// The sample texts are what corpus-samples/README.md says: which there are, how long, in which script.
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { codePointLength } from '../src/core/unicode/utf8.ts';

const folder = new URL('../corpus-samples/', import.meta.url);

const SIMPLIFIED_DOMAINS = [
  'news',
  'law',
  'medicine',
  'finance',
  'science',
  'technology',
  'history',
  'literature',
  'conversation',
  'reviews',
  'recipes',
  'children',
];
const SIMPLIFIED = SIMPLIFIED_DOMAINS.map((domain) => `zh-${domain}.txt`);
const FILES = [...SIMPLIFIED, 'zh-hant.txt', 'en.txt', 'code.txt', 'mixed.txt'].sort();

/** Characters in their two spellings that have no other use in the other script, aligned. */
const ONLY_SIMPLIFIED = '们这来时为说国会学对过还没样经动长问间开点实现发进种头让给话';
const ONLY_TRADITIONAL = '們這來時為說國會學對過還沒樣經動長問間開點實現發進種頭讓給話';

async function read(name: string): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(new URL(name, folder)));
}

function share(text: string, pattern: RegExp): number {
  const visible = text.replace(/\s/g, '');
  return (visible.match(pattern)?.length ?? 0) / codePointLength(visible);
}

function countOf(text: string, characters: string): number {
  return Array.from(text).filter((character) => characters.includes(character)).length;
}

describe('corpus-samples', () => {
  it('has one text for each domain and a README that names them all', async () => {
    const names = await readdir(folder);
    expect(names.filter((name) => name.endsWith('.txt')).sort()).toEqual(FILES);
    const readme = await read('README.md');
    for (const name of FILES) expect(readme).toContain(`| ${name} |`);
  });

  it.each(FILES)('%s is 2 to 6 KB of UTF-8, one paragraph a line', async (name) => {
    const text = await read(name);
    const bytes = new TextEncoder().encode(text).length;
    expect(bytes).toBeGreaterThanOrEqual(2000);
    expect(bytes).toBeLessThanOrEqual(6144);
    expect(text).not.toMatch(/[\r\uFEFF\uFFFD\0]/);
    expect(text.endsWith('\n')).toBe(true);
    const lines = text.slice(0, -1).split('\n');
    expect(Math.max(...lines.map(codePointLength))).toBeLessThanOrEqual(1000);
  });

  it.each(FILES.filter((name) => name !== 'code.txt'))('%s has no line empty, indented or twice', async (name) => {
    const lines = (await read(name)).slice(0, -1).split('\n');
    for (const line of lines) expect(line).toBe(line.trim());
    expect(lines).not.toContain('');
    expect(new Set(lines).size).toBe(lines.length);
  });

  it.each(SIMPLIFIED)('%s is Simplified Chinese with full-width punctuation', async (name) => {
    const text = await read(name);
    expect(share(text, /\p{Script=Han}/gu)).toBeGreaterThan(0.75);
    expect(countOf(text, ONLY_TRADITIONAL)).toBe(0);
    expect(countOf(text, ONLY_SIMPLIFIED)).toBeGreaterThan(30);
    expect(text).not.toMatch(/\p{Script=Han}[,;:!?()]|[,;:!?()]\p{Script=Han}/u);
  });

  it('zh-hant.txt is Traditional Chinese', async () => {
    const text = await read('zh-hant.txt');
    expect(share(text, /\p{Script=Han}/gu)).toBeGreaterThan(0.75);
    expect(countOf(text, ONLY_SIMPLIFIED)).toBe(0);
    expect(countOf(text, ONLY_TRADITIONAL)).toBeGreaterThan(60);
  });

  it('en.txt and code.txt are mostly ASCII, code with Chinese comments', async () => {
    expect(share(await read('en.txt'), /[!-~]/g)).toBeGreaterThan(0.99);
    const code = await read('code.txt');
    expect(share(code, /[!-~]/g)).toBeGreaterThan(0.8);
    expect(share(code, /\p{Script=Han}/gu)).toBeGreaterThan(0.03);
  });

  it('mixed.txt has Chinese and English in the same lines', async () => {
    const text = await read('mixed.txt');
    expect(share(text, /\p{Script=Han}/gu)).toBeGreaterThan(0.3);
    expect(share(text, /[A-Za-z]/g)).toBeGreaterThan(0.3);
    const both = text.split('\n').filter((line) => /\p{Script=Han}/u.test(line) && /[A-Za-z]{2}/.test(line));
    expect(both.length).toBeGreaterThan(10);
  });
});
