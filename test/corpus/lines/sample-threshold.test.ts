import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCorpus } from '../../../src/corpus/lines/read-corpus.ts';
import { sampleThresholdWithin } from '../../../src/corpus/lines/sample-threshold.ts';
import { frequencyTable, serializeFrequencyTable } from '../../../src/corpus/read/frequency-table.ts';
import { runs } from '../../runs.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

async function table(counts: readonly number[]): Promise<string> {
  const path = join(root, 'table.tsv');
  const entries = counts.map((count, i) => [String.fromCodePoint(0x4e00 + i), count] as const);
  await writeFile(path, serializeFrequencyTable(frequencyTable(entries)));
  return path;
}

async function kept(path: string, sampleThreshold: number | undefined): Promise<number[]> {
  const counts: number[] = [];
  for await (const { count } of readCorpus([path], { sampleThreshold })) counts.push(count);
  return counts;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

describe('sampleThresholdWithin', () => {
  it('finds the least threshold with which no more stays', async () => {
    const path = await table([9, 7, 70_000, 7, 1, 1, 1, 1, 1, 1]);
    const within = (most: number) => sampleThresholdWithin([path], { share: 1, most }, {});
    expect(await within(12)).toEqual({ sampleThreshold: 1, share: 1, hasText: false });
    // Four stay whole, and of six with 1 three.
    expect(await within(7)).toEqual({ sampleThreshold: 2, share: 0.7, hasText: false });
    // 70,000 stays, and of the others, 29 together, 29 / 29.
    expect((await within(2))?.sampleThreshold).toBeCloseTo(29);
    expect(await within(0.0001)).toEqual({ sampleThreshold: 65_536, share: expect.closeTo(0.1, 3), hasText: false });
    expect(await kept(path, 7)).toEqual(expect.arrayContaining([9, 7, 70_000, 7]));
  });

  it('keeps about the share, all that is frequent, and the sum of all counts', async () => {
    const counts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2000, maxLength: 2000 });
    await fc.assert(
      fc.asyncProperty(counts, fc.integer({ min: 2, max: 10 }), async (given, tenths) => {
        const path = await table(given);
        const found = await sampleThresholdWithin([path], { share: 1, most: 200 * tenths }, {});
        const threshold = found!.sampleThreshold;
        const stay = await kept(path, threshold);
        expect(Math.abs(stay.length / 2000 - tenths / 10)).toBeLessThan(0.06);
        expect(sum(stay) / sum(given)).toBeGreaterThan(0.85);
        expect(sum(stay) / sum(given)).toBeLessThan(1.15);
        expect(Math.min(...stay)).toBeGreaterThanOrEqual(Math.floor(threshold));
        const frequent = (each: readonly number[]) => each.filter((count) => count > Math.ceil(threshold));
        expect(frequent(stay)).toEqual(frequent(given));
      }),
      runs(20),
    );
  });

  it('says nothing of text, and leaves it its share', async () => {
    const path = join(root, 'plain.txt');
    await writeFile(path, '天气\n');
    const mixed = await sampleThresholdWithin([path, await table([3, 2, 1, 1])], { share: 0.5, most: 1000 }, {});
    expect(mixed).toEqual({ sampleThreshold: 3.5, share: 0.5, hasText: true });
    expect(await sampleThresholdWithin([path], { share: 0.5, most: Infinity }, {})).toBeUndefined();
  });

  it('lets lines beside tables stand for those that are left out, too', async () => {
    const path = join(root, 'lines.txt');
    await writeFile(path, Array.from({ length: 400 }, (_, i) => `第${i}行\n`).join(''));
    const counts: number[] = [];
    for await (const { count } of readCorpus([path], { sampleShare: 0.4, sampleThreshold: 3 })) counts.push(count);
    expect(counts.length).toBeLessThan(240);
    expect(new Set(counts)).toEqual(new Set([2, 3]));
    expect(sum(counts) / 400).toBeCloseTo(1, 0);
  });
});
