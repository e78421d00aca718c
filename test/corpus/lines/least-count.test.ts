import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastCountWithin } from '../../../src/corpus/lines/least-count.ts';
import { readCorpus } from '../../../src/corpus/lines/read-corpus.ts';
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

async function kept(path: string, leastCount: number | undefined): Promise<number[]> {
  const counts: number[] = [];
  for await (const { count } of readCorpus([path], { leastCount })) counts.push(count);
  return counts;
}

describe('leastCountWithin', () => {
  it('leaves out the least counts, and a share of the last ones that go', async () => {
    const path = await table([9, 7, 70_000, 7, 1, 1, 1, 1, 1, 1]);
    const within = (most: number) => leastCountWithin([path], { share: 1, most }, {});
    expect(await within(12)).toEqual({ leastCount: 1, share: 1 });
    expect(await within(4)).toEqual({ leastCount: 2, share: 0.4 });
    expect(await within(3)).toEqual({ leastCount: 7.5, share: 0.3 });
    expect(await within(2)).toEqual({ leastCount: 8, share: 0.2 });
    expect(await kept(path, 2)).toEqual([9, 7, 70_000, 7]);
    expect(await kept(path, 8)).toEqual([9, 70_000]);
  });

  it('keeps about the share, and nothing rarer than what it leaves out', async () => {
    const counts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 500, maxLength: 500 });
    await fc.assert(
      fc.asyncProperty(counts, fc.integer({ min: 1, max: 10 }), async (given, tenths) => {
        const path = await table(given);
        const found = await leastCountWithin([path], { share: 1, most: 50 * tenths }, {});
        const stay = await kept(path, found!.leastCount);
        expect(Math.abs(stay.length / 500 - tenths / 10)).toBeLessThan(0.1);
        const floor = Math.min(...stay);
        expect(stay.filter((count) => count > floor).length).toBe(given.filter((count) => count > floor).length);
      }),
      runs(20),
    );
  });

  it('says nothing of text, and leaves it its share', async () => {
    const path = join(root, 'plain.txt');
    await writeFile(path, '天气\n');
    const mixed = await leastCountWithin([path, await table([3, 2, 1, 1])], { share: 0.5, most: 1000 }, {});
    expect(mixed).toEqual({ leastCount: 2, share: 0.5 });
    expect(await leastCountWithin([path], { share: 0.5, most: Infinity }, {})).toBeUndefined();
  });
});
