// From training to the warning: what a manifest records of its inputs is found again when one of them is compared.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLines } from '../../../src/corpus/lines/read-corpus.ts';
import { adviceContextOf, auditCompared } from '../../../src/pipeline/build/audit-compared.ts';
import { openSources } from '../../../src/pipeline/build/extend-sources.ts';
import { type ExtendedVocabulary, extendVocabulary } from '../../../src/pipeline/build/extend-vocabulary.ts';
import { readTokenizerRecord } from '../../../src/pipeline/io/tokenizer-record.ts';
import { adviseOn } from '../../../src/report/advise/comparison-facts.ts';
import { compareTokenizers } from '../../../src/report/measure/compare-tokenizers.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { llama2 } from '../../llama2.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();
let base: ExtendableTokenizer;
let extended: ExtendedVocabulary;
let news: string;

beforeAll(async () => {
  base = llama2;
  const samples = await sampleTexts();
  news = samples.find(({ name }) => name === 'zh-news')!.lines;
  // Learnt from the packed file; what is compared later is the same text unpacked.
  await writeFile(join(root, 'news.txt.gz'), gzipSync(news));
  await writeFile(join(root, 'law.txt'), samples.find(({ name }) => name === 'zh-law')!.lines);
  const { sources, stats } = await openSources([join(root, 'news.txt.gz'), join(root, 'law.txt')]);
  extended = await extendVocabulary({
    base,
    sources,
    newPieces: 100,
    curve: { step: 50, upTo: 200 },
    corpusStats: () => stats,
  });
  await writeFolder('extended');
});

async function writeFolder(name: string, changes: Record<string, string | undefined> = {}): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  for (const [file, data] of Object.entries({ ...Object.fromEntries(extended.files), ...changes })) {
    if (data !== undefined) await writeFile(join(folder, file), data);
  }
  return folder;
}

describe('readTokenizerRecord', () => {
  it('tells the inputs and the curve, for the folder, the model and the tokenizer.json', async () => {
    const { sha256 } = await loadTokenizer(join(root, 'extended'));
    const record = await readTokenizerRecord(join(root, 'extended'), sha256);
    expect(record.trainedOn!.map(({ name }) => name)).toEqual(['news.txt.gz', 'law.txt']);
    expect(record.curve).toEqual(extended.curve);
    for (const file of ['tokenizer.model', 'tokenizer.json']) {
      const path = join(root, 'extended', file);
      expect(await readTokenizerRecord(path, (await loadTokenizer(path)).sha256)).toEqual(record);
    }
  });

  it('believes no manifest of another tokenizer, no damaged one, and no curve with another hash', async () => {
    const nothing = { trainedOn: undefined, curve: undefined };
    const { sha256 } = await loadTokenizer(join(root, 'extended'));
    expect(await readTokenizerRecord(join(root, 'extended'), base.sha256)).toEqual(nothing);
    expect(await readTokenizerRecord('llama2', base.sha256)).toEqual(nothing);
    for (const manifest of [undefined, '{', '[]', '{"format":"other"}']) {
      const folder = await writeFolder(`bad-${String(manifest).length}-${String(manifest)[0]}`, {
        'manifest.json': manifest,
      });
      expect(await readTokenizerRecord(folder, sha256)).toEqual(nothing);
    }
    const changed = await writeFolder('changed-curve', { 'curve.json': `${extended.files.get('curve.json')} ` });
    const record = await readTokenizerRecord(changed, sha256);
    expect(record.curve).toBeUndefined();
    expect(record.trainedOn).toHaveLength(2);
  });
});

describe('a comparison on a text that was learnt from', () => {
  it('warns, and gives no advice to extend', async () => {
    const target = requireExtendable(await loadTokenizer(join(root, 'extended')));
    const { trainedOn, curve } = await readTokenizerRecord(join(root, 'extended'), target.sha256);
    await writeFile(join(root, 'renamed.txt'), news);
    const lines = readLines([join(root, 'renamed.txt')]);
    const hashes = () => lines.stats.inputs.map(({ sha256 }) => sha256);
    const report = await compareTokenizers({
      tokenizers: [base, target],
      texts: [
        { name: 'renamed', lines, hashes },
        { name: 'other', lines: Array.from({ length: 200 }, () => news.split('\n')[0]!) },
      ],
      trainedOn: [undefined, trainedOn],
    });
    expect(report.heldOut).toEqual([
      { tokenizer: 'extended', text: 'renamed', trainingText: 'news.txt.gz', sha256: hashes()[0] },
    ]);
    const audits = await auditCompared([base, target], report);
    expect(audits[0]).toBeUndefined();
    expect(adviceContextOf(audits[1], curve)).toEqual({
      deadPieces: 0,
      canRescore: false,
      brokenPieces: 0,
      knee: { newPieces: curve!.knee, isReached: curve!.kneeIsReached },
    });
    const advice = adviseOn(report, 1, adviceContextOf(audits[1], curve))!;
    expect(advice.verdict).toBe('measure');
    expect(advice.reasons.map(({ code }) => code)).toContain('not-held-out');
    expect(adviseOn(report, 0)).toBeUndefined();
  });
});
