// The train command's flags about sources, wanted pieces, documents and memory, from files to the model.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainCommand } from '../../../src/cli/commands/train.ts';
import { parseCommandLine } from '../../../src/cli/declare/command-line.ts';
import { createCommandOutput } from '../../../src/cli/output/command-output.ts';
import { manyLines } from '../../many-lines.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();
beforeAll(async () => {
  await writeFile(join(root, 'news.txt'), manyLines('新闻', 400));
  await writeFile(join(root, 'wiki.txt'), manyLines('百科', 200));
  const page = (site: number, text: string) => JSON.stringify({ text, url: `https://s${site}.example/${text.length}` });
  const spam = Array.from({ length: 40 }, (_, i) => page(1, `点击这里订阅${'一二三四五'[i % 5]}`));
  const pages = [page(1, '今天天气很好'), page(2, '昨天天气不好'), page(3, '天气预报说明天很好'), page(3, '天气')];
  await writeFile(join(root, 'pages.jsonl'), [...spam, ...pages].join('\n'));
  await writeFile(join(root, 'must.txt'), '\uFEFF订阅号\r\n天天\n\n');
  await writeFile(join(root, 'exclude.txt'), '天气\n');
});

async function train(...args: string[]) {
  let [out, err] = ['', ''];
  const output = createCommandOutput(
    {
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
      now: () => 0,
      env: {},
    },
    { json: true, quiet: false, verbose: false },
  );
  const model = [
    '--model-prefix',
    join(root, 'out/m'),
    '--hard-vocab-limit=false',
    '--normalization-rule-name=identity',
  ];
  const { flags, positionals, inputs } = parseCommandLine(trainCommand, [
    ...model,
    '--add-dummy-prefix=false',
    ...args,
  ]);
  await trainCommand.run({ flags, positionals, inputs, output });
  const vocab = await readFile(join(root, 'out/m.vocab'), 'utf8');
  const pieces = vocab.split('\n').map((line) => line.split('\t')[0]!);
  return { json: JSON.parse(out), err, pieces };
}

describe('train', () => {
  it('mixes sources by name', async () => {
    const inputs = [`--input=a=${join(root, 'news.txt')}`, `--input=${join(root, 'wiki.txt')}`, '--vocab-size=60'];
    const { json, err } = await train(...inputs, '--mix', 'a=0.5,wiki=2');
    expect(json.corpus.outOfMix).toBeGreaterThan(150);
    expect(json.corpus.outOfMix).toBeLessThan(250);
    expect(json.corpus.kept + json.corpus.outOfMix).toBe(600);
    expect(err).toContain(`left out ${json.corpus.outOfMix} lines by --mix`);
    for (const mix of ['a', 'a=x', '=1', 'a=-1', 'a=1,a=2']) {
      await expect(train(...inputs, '--mix', mix), mix).rejects.toMatchObject({ code: 'USAGE' });
    }
    await expect(train(...inputs, '--mix', 'news=1')).rejects.toThrow('mix: there is no source "news"');
  });

  it.each(['unigram', 'bpe'])('takes lists of pieces, %s', async (type) => {
    const { pieces } = await train(
      ...[`--input=${join(root, 'pages.jsonl')}`, `--model-type=${type}`, '--vocab-size=60'],
      ...[`--must-include=${join(root, 'must.txt')}`, `--exclude=${join(root, 'exclude.txt')}`],
    );
    expect(pieces).toEqual(expect.arrayContaining(['订阅号', '天天']));
    expect(pieces).not.toContain('天气');
    await expect(train('--input=x', '--must-include', join(root, 'none.txt'))).rejects.toThrow(
      'none.txt: no such file',
    );
  });

  it('keeps the boilerplate of one site out, for records and for sites', async () => {
    const base = [`--input=${join(root, 'pages.jsonl')}`, '--model-type=bpe', '--vocab-size=60'];
    expect((await train(...base)).pieces).toContain('点击这里订阅');
    expect((await train(...base, '--min-df=3')).pieces).toContain('点击这里订阅');
    const { pieces, err } = await train(...base, '--min-df=3', '--document-field=url');
    expect(pieces).toContain('天气');
    expect(pieces.some((piece) => piece.includes('订阅') || piece.includes('这里'))).toBe(false);
    expect(err).toContain('from 3 documents');
    await expect(train(...base, '--min-df=2', '--document=file')).rejects.toThrow('the corpus has 1 document');
  });

  it('says what it will take and what it took, and samples to stay within a budget', async () => {
    const large = join(root, 'large.txt');
    await writeFile(large, manyLines('长', 60_000));
    const base = [`--input=${large}`, '--model-type=bpe', '--vocab-size=40'];
    const all = await train(...base);
    expect(all.err).toMatch(/forecast: about [\d.]+ MB of memory and .* of text \(an estimate\)/);
    expect(all.err).toMatch(/trained on .* of text in .*, with .* of memory at most/);
    expect(all.json).toMatchObject({ sampleShare: 1, corpus: { outOfSample: 0 } });
    const budget = `${Math.floor(all.json.forecast.peakBytes / 1e6) - 5}M`;
    const { json, err } = await train(...base, '--max-memory', budget);
    expect(json.sampleShare).toBeLessThan(1);
    expect(json.corpus.kept / 60_000).toBeCloseTo(json.sampleShare, 1);
    expect(json.corpus.kept + json.corpus.outOfSample).toBe(60_000);
    expect(err).toContain(`--max-memory: trains on ${(100 * json.sampleShare).toFixed(1)} % of the lines`);
    expect((await train(...base, '--max-memory', budget)).json.sha256).toBe(json.sha256);
    await expect(train(...base, '--max-memory', '1M')).rejects.toThrow(
      'maxMemory: 1,000,000 bytes hold next to nothing',
    );
    await expect(train(...base, '--max-memory', 'much')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(train('--input=-', '--max-memory', '2GiB')).rejects.toThrow('not known beforehand');
  });

  it('says which lines it cut that spm_train drops, and drops them when told to, cutting at the limit given', async () => {
    const path = join(root, 'long.txt');
    await writeFile(path, `${'天地玄黄，宇宙洪荒。'.repeat(200)}\n天地\n`);
    const base = [`--input=${path}`, '--model-type=bpe', '--vocab-size=40'];
    const cut = await train(...base);
    expect(cut.err).toContain(
      '1 line longer than --max-sentence-length was cut into parts, where spm_train drops it; --split-long-lines=false gives',
    );
    for (const spelling of [['--split-long-lines=false'], ['--split_long_lines', 'false']]) {
      const { err, json } = await train(...base, ...spelling);
      expect(err).not.toContain('was cut');
      expect(err).toContain('1 line (6.0 kB) longer than --max-sentence-length was dropped');
      expect([json.corpus.split, json.corpus.kept]).toEqual([0, 2]);
    }
    expect((await train(...base, '--max-sentence-length=6000')).json.corpus).toMatchObject({ split: 0, kept: 2 });
    expect((await train(...base, '--max-sentence-length=60')).json.corpus).toMatchObject({ split: 1, kept: 101 });
  });
});
