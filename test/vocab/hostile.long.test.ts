// Files that are made to break readers: each is refused, in one of this library's errors, before it costs gigabytes or minutes.
// How much each took is in docs/reference/limits.md; here only what happens is asserted, since machines differ.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../src/corpus/lines/read-corpus.ts';
import { FormatError, InputError } from '../../src/errors.ts';
import { parseTokenizerJson } from '../../src/formats/tokenizer-json/tokenizer-json.ts';
import { createFinder } from '../../src/tokenize/regex/finder.ts';
import { loadTokenizer } from '../../src/vocab/load-tokenizer.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { errorOf } from '../thrown.ts';

const root = temporaryFolder();

async function file(name: string, data: string | Uint8Array): Promise<string> {
  await writeFile(join(root, name), data);
  return join(root, name);
}

async function read(path: string): Promise<void> {
  for await (const _ of readLines([path]));
}

describe('vocabularies', () => {
  it('a .model of three million pieces', async () => {
    const entry = (i: number): Buffer => {
      const text = Buffer.from(i.toString(36));
      return Buffer.concat([Buffer.of(10, text.length + 2, 10, text.length), text]);
    };
    const pieces = Array.from({ length: 3_000_000 }, (_, i) => entry(i));
    const path = await file('many.model', Buffer.concat([...pieces, Buffer.of(0x12, 0, 0x1a, 0)]));
    const error = await errorOf(loadTokenizer(path), Error);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain('has 2,097,152 pieces or more');
  });

  it('a tokenizer.json that is too long for objects', () => {
    expect(() => parseTokenizerJson(' '.repeat(2 ** 27 + 1))).toThrow('at most 134,217,728 are read');
  });

  it('half a million Sequences within each other', async () => {
    const deep = `${'{"type":"Sequence","normalizers":['.repeat(500_000)}${']}'.repeat(500_000)}`;
    const model = '{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}';
    const path = await file('deep.json', `{"normalizer":${deep},"model":${model}}`);
    const loaded = await loadTokenizer(path).catch((error: unknown) => error);
    if (loaded instanceof Error) expect(loaded).toBeInstanceOf(FormatError);
    else expect(loaded).toMatchObject({ reason: expect.stringContaining('more than 32 Sequences within each other') });
  });

  it('patterns that backtrack without end', () => {
    const text = `${'a'.repeat(200_000)}b`;
    for (const regex of ['(a+)+$', '(a|a)*(?=c)|(?:a?){5000}a{5000}']) {
      const finder = createFinder({ regex }, 'pre-tokenizer');
      expect(() => finder.findAll(text)).toThrow(/takes more than \d+ steps/);
    }
  });
});

describe('corpora', () => {
  it('a row of CSV without an end', async () => {
    const error = await errorOf(read(await file('open.csv', `text\n"${'abc,def\n'.repeat(1_200_000)}`)), Error);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('a row is longer than 8,388,608 characters');
  });

  it('a line of six hundred million characters in 600 kB', async () => {
    const part = gzipSync('a'.repeat(10_000_000), { level: 9 });
    const error = await errorOf(read(await file('bomb.jsonl.gz', Buffer.concat(Array(60).fill(part)))), Error);
    expect(error.message).toContain('a line is longer than 500000000 characters');
  });

  it('a value that is nested five million times', async () => {
    const error = await errorOf(read(await file('deep.jsonl', `${'['.repeat(5e6)}${']'.repeat(5e6)}\n`)), Error);
    expect(error).toBeInstanceOf(InputError);
  });
});
