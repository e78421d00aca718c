// The estimate against what is read afterwards.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { estimateCorpus } from '../../../src/corpus/lines/estimate-corpus.ts';
import { type ReadCorpusOptions, readCorpus } from '../../../src/corpus/lines/read-corpus.ts';
import { frequencyTable, serializeFrequencyTable } from '../../../src/corpus/read/frequency-table.ts';
import { manyLines } from '../../many-lines.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();
const text = manyLines('天地玄黄，宇宙洪荒', 50_000);
beforeAll(async () => {
  await writeFile(join(root, 'a.txt'), text);
  await writeFile(join(root, 'b.txt.gz'), gzipSync(text));
  const records = text
    .split('\n')
    .map((line, id) => JSON.stringify({ id, body: { text: line }, url: 'https://x.example' }));
  await writeFile(join(root, 'c.jsonl'), records.join('\n'));
  await writeFile(join(root, 'empty.txt'), '');
  const entries = Array.from({ length: 20_000 }, (_, i) => [`天地${i}`, 1 + (i % 9)] as const);
  await writeFile(join(root, 'd.tsv.gz'), gzipSync(serializeFrequencyTable(frequencyTable(entries))));
});

async function ratios(inputs: string[], options: ReadCorpusOptions = {}) {
  const estimate = await estimateCorpus(inputs, options);
  let characters = 0;
  const corpus = readCorpus(inputs, options);
  for await (const sentence of corpus) characters += sentence.text.length;
  const { keptBytes, kept } = corpus.stats;
  return [estimate!.bytes / keptBytes, estimate!.characters / characters, estimate!.sentences / kept];
}

describe('estimateCorpus', () => {
  it.each<[what: string, names: string[], options: ReadCorpusOptions]>([
    ['text', ['a.txt'], {}],
    ['compressed text', ['b.txt.gz'], {}],
    ['a field of records', ['c.jsonl'], { field: 'body.text' }],
    ['a frequency table', ['d.tsv.gz'], {}],
    ['several files and an empty one', ['a.txt', 'b.txt.gz', 'empty.txt'], {}],
    ['sources with weights', ['a.txt', 'b.txt.gz'], { mix: { a: 0.25, b: 3 } }],
  ])('comes near for %s', async (_, names, options) => {
    for (const ratio of await ratios(
      names.map((name) => join(root, name)),
      options,
    )) {
      expect(ratio).toBeGreaterThan(0.9);
      expect(ratio).toBeLessThan(1.1);
    }
  });

  it('is exact for files that it sees whole', async () => {
    const path = join(root, 'small.txt');
    await writeFile(path, '你好\n世界，你好\n');
    expect(await estimateCorpus([path])).toEqual({ bytes: 21, characters: 7, sentences: 2 });
  });

  it('assumes something for Parquet, and says nothing about standard input', async () => {
    const parquet = fileURLToPath(new URL('../../fixtures/corpus/snappy.parquet', import.meta.url));
    expect((await estimateCorpus([parquet]))!.bytes).toBeGreaterThan(1000);
    expect(await estimateCorpus(['-'])).toBeUndefined();
    expect(await estimateCorpus([join(root, 'a.txt'), '-'])).toBeUndefined();
    await expect(estimateCorpus([join(root, 'none.txt')])).rejects.toThrow('no such file');
  });
});
