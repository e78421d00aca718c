// Sources with weights, samples, and the documents that lines are from.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { copiesOf, countInSample, isInSample, placeOfLine } from '../../../src/corpus/lines/line-share.ts';
import { type ReadCorpusOptions, readCorpus } from '../../../src/corpus/lines/read-corpus.ts';
import type { CorpusStats } from '../../../src/corpus/read/corpus-stats.ts';
import { expandInputs } from '../../../src/corpus/read/expand-inputs.ts';
import { runs } from '../../runs.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();
beforeAll(async () => {
  await mkdir(join(root, 'sites'));
  await writeFile(join(root, 'news.txt'), numbered('新闻', 1000));
  await writeFile(join(root, 'wiki.txt'), numbered('百科', 100));
  await writeFile(join(root, 'sites/a.txt'), '甲一\n甲二\n\n甲三\n');
  await writeFile(join(root, 'sites/b.txt'), '乙一\n');
  await writeFile(join(root, 'a=b.txt'), '等号\n');
});

function numbered(text: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `${text}第${i}行\n`).join('');
}

async function read(inputs: string[], options?: ReadCorpusOptions) {
  const corpus = readCorpus(inputs, options);
  const sentences = [];
  for await (const sentence of corpus) sentences.push(sentence);
  return { sentences, stats: corpus.stats as CorpusStats };
}

describe('sources', () => {
  const sources = async (input: string) => (await expandInputs([input])).map(({ source }) => source);

  it('are named as said, or after the folder or the file', async () => {
    expect(await sources(join(root, 'news.txt'))).toEqual(['news']);
    expect(await sources(join(root, 'sites'))).toEqual(['sites', 'sites']);
    expect(await sources(join(root, 'sites/*.txt'))).toEqual(['a', 'b']);
    expect(await sources(`web=${join(root, 'sites/*.txt')}`)).toEqual(['web', 'web']);
    expect(await sources(`x=${join(root, 'sites')}`)).toEqual(['x', 'x']);
    expect(await sources('-')).toEqual(['stdin']);
    expect(await sources('in=-')).toEqual(['in']);
  });

  it('leave a file whose name has an equals sign alone', async () => {
    expect((await expandInputs([join(root, 'a=b.txt')]))[0]).toMatchObject({
      path: join(root, 'a=b.txt'),
      source: 'a=b',
    });
    await expect(expandInputs(['a=b=nothing.txt'])).rejects.toThrow('b=nothing.txt: no such file');
  });
});

describe('mix', () => {
  const inputs = () => [join(root, 'news.txt'), join(root, 'wiki.txt')];

  it('counts whole epochs, and takes fractions of the lines', async () => {
    const { sentences, stats } = await read(inputs(), { mix: { news: 0.6, wiki: 3 } });
    const news = sentences.filter(({ text }) => text.startsWith('新闻'));
    const wiki = sentences.filter(({ text }) => text.startsWith('百科'));
    expect(wiki).toHaveLength(100);
    expect(wiki.every(({ count }) => count === 3)).toBe(true);
    expect(news.every(({ count }) => count === 1)).toBe(true);
    expect(news.length).toBeGreaterThan(550);
    expect(news.length).toBeLessThan(650);
    expect(stats.outOfMix).toBe(1000 - news.length);
    expect(stats.keptBytes + stats.outOfMixBytes).toBe((await read(inputs())).stats.keptBytes);
  });

  it('gives both for a weight such as 2.5, and leaves other sources as they are', async () => {
    const { sentences } = await read(inputs(), { mix: { wiki: 2.5 } });
    const counts = sentences.filter(({ text }) => text.startsWith('百科')).map(({ count }) => count);
    expect(new Set(counts)).toEqual(new Set([2, 3]));
    expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThan(235);
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThan(265);
    expect(sentences.filter(({ text, count }) => text.startsWith('新闻') && count === 1)).toHaveLength(1000);
  });

  it('takes the same lines every time, more for a greater weight, whatever else is read', async () => {
    const taken = async (news: number, order = inputs()) =>
      new Set((await read(order, { mix: { news, wiki: 0 } })).sentences.map(({ text }) => text));
    const half = await taken(0.5);
    expect(await taken(0.5, inputs().reverse())).toEqual(half);
    const more = await taken(0.7);
    for (const text of half) expect(more).toContain(text);
  });

  it('multiplies counts', () => {
    expect(copiesOf('行', 10, 0.5)).toBe(5);
    expect(copiesOf('行', 2 ** 40, 3)).toBe(3 * 2 ** 40);
    expect([10, 11]).toContain(copiesOf('行', 7, 1.5));
    expect(copiesOf('行', 7, 0)).toBe(0);
  });

  it('refuses weights and names that make no sense', async () => {
    await expect(read(inputs(), { mix: { newz: 2 } })).rejects.toMatchObject({
      message: 'mix: there is no source "newz"',
      hint: 'The sources are "news", "wiki"; name others as name=path.',
    });
    await expect(read(inputs(), { mix: { news: -1 } })).rejects.toThrow('the weight -1 of "news"');
    await expect(read(inputs(), { mix: { news: 0, wiki: 0 } })).rejects.toThrow('leave out everything (1,100 lines)');
  });
});

describe('samples', () => {
  it('take a share of the lines, independent of the mix', async () => {
    const { sentences, stats } = await read([join(root, 'news.txt')], { mix: { news: 0.5 }, sampleShare: 0.5 });
    expect(sentences.length).toBeGreaterThan(200);
    expect(sentences.length).toBeLessThan(300);
    expect(stats.outOfSample + stats.outOfMix + stats.kept).toBe(1000);
    await expect(read([join(root, 'news.txt')], { sampleShare: 0 })).rejects.toThrow('sampleShare: 0');
  });

  it('spread lines evenly, short and similar ones too', () => {
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) buckets[Math.floor(10 * placeOfLine(String(i), 1))]!++;
    for (const size of buckets) expect(Math.abs(size - 2000)).toBeLessThan(200);
    let both = 0;
    for (let i = 0; i < 20_000; i++) if (isInSample(String(i), 0.5) && copiesOf(String(i), 1, 0.5) === 1) both++;
    expect(Math.abs(both - 5000)).toBeLessThan(300);
  });
});

describe('documents', () => {
  const documents = async (input: string, options: ReadCorpusOptions) =>
    (await read([input], options)).sentences.map(({ document }) => document);

  it('are lines, blocks, files or sources of text', async () => {
    const folder = join(root, 'sites');
    expect(await documents(folder, {})).toEqual([undefined, undefined, undefined, undefined]);
    expect(await documents(folder, { document: 'line' })).toEqual([0, 1, 2, 3]);
    expect(await documents(folder, { document: 'block' })).toEqual([0, 0, 1, 2]);
    expect(await documents(folder, { document: 'record' })).toEqual([0, 0, 0, 1]);
    expect(await documents(folder, { document: 'file' })).toEqual([0, 0, 0, 1]);
    expect(await documents(folder, { document: 'source' })).toEqual([0, 0, 0, 0]);
  });

  it('are records, or records that share a field; of a URL the host', async () => {
    const rows = [
      { text: '一\n\n二', url: 'https://a.example/1', site: 1 },
      { text: '三', url: 'https://b.example/1', site: 2 },
      { text: '四', url: 'https://a.example/2', site: 1 },
      { text: '五' },
    ];
    const jsonl = join(root, 'pages.jsonl');
    await writeFile(jsonl, rows.map((row) => JSON.stringify(row)).join('\n'));
    expect(await documents(jsonl, { document: 'record' })).toEqual([0, 0, 1, 2, 3]);
    expect(await documents(jsonl, { document: 'block' })).toEqual([0, 1, 2, 3, 4]);
    expect(await documents(jsonl, { document: 'file' })).toEqual([0, 0, 0, 0, 0]);
    expect(await documents(jsonl, { documentField: 'url' })).toEqual([0, 0, 1, 0, 2]);
    expect(await documents(jsonl, { documentField: 'site', document: 'record' })).toEqual([0, 0, 1, 0, 2]);

    const csv = join(root, 'pages.csv');
    await writeFile(csv, 'text,url\n一,https://a.example/1\n二,https://b.example/1\n三,https://a.example/2\n');
    expect(await documents(csv, { document: 'record' })).toEqual([0, 1, 2]);
    expect(await documents(csv, { documentField: 'url' })).toEqual([0, 1, 0]);
  });

  it('stay one over the parts of a long line, and are counted', async () => {
    const path = join(root, 'long.txt');
    await writeFile(path, `${'天地玄黄。'.repeat(200_000)}\n短\n`);
    const { sentences, stats } = await read([path], { document: 'line' });
    expect(sentences.length).toBeGreaterThan(500);
    expect(new Set(sentences.map(({ document }) => document))).toEqual(new Set([0, 1]));
    expect(sentences.at(-1)).toMatchObject({ text: '短', document: 1 });
    expect(stats.documents).toBe(2);
  });

  it('is the same for the units of a text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 9 }), (text, count) => {
        const units = Uint16Array.from([...text.split('').map((unit) => unit.charCodeAt(0)), 7]);
        expect(countInSample(units, count, 5, text.length)).toBe(countInSample(text, count, 5));
        expect(countInSample(text, count, 5)).toBeOneOf(count >= 5 ? [count] : [0, 5]);
      }),
      runs(50),
    );
  });
});
