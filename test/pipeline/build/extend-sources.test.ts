// The sources of continued BPE from files: one for each file, and no weight that goes nowhere.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSources } from '../../../src/pipeline/build/extend-sources.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();
beforeAll(async () => {
  await writeFile(join(folder, 'news.txt'), '新闻一\n新闻二\n');
  await writeFile(join(folder, 'wiki.txt'), '百科\n新闻一\n');
});

async function textsOf(mix: Record<string, number> | undefined, dedupe = false) {
  const inputs = [join(folder, 'news.txt'), join(folder, 'wiki.txt')];
  const { sources, stats } = await openSources(inputs, { mix, dedupe });
  const found: [name: string, text: string, count: number][] = [];
  for (const { name, sentences } of sources) {
    for await (const sentence of sentences) {
      if (typeof sentence === 'string') throw new Error('a sentence without a count');
      found.push([name.slice(folder.length + 1), sentence.text, sentence.count]);
    }
  }
  return { found, stats };
}

describe('openSources', () => {
  it('keeps files apart and applies their weights', async () => {
    const { found, stats } = await textsOf({ news: 3 });
    expect(found).toEqual([
      ['news.txt', '新闻一', 3],
      ['news.txt', '新闻二', 3],
      ['wiki.txt', '百科', 1],
      ['wiki.txt', '新闻一', 1],
    ]);
    expect(stats.kept).toBe(4);
  });

  it('takes a line once over all files when asked to', async () => {
    const { found } = await textsOf(undefined, true);
    expect(found.map(([, text]) => text)).toEqual(['新闻一', '新闻二', '百科']);
  });

  it('refuses a weight for a source that is not there', async () => {
    await expect(textsOf({ newz: 2 })).rejects.toThrow('newz');
  });

  it('refuses shards of a count without the others', async () => {
    const part = { tables: ['1/3'], of: { shards: 3, version: '1', inputs: [] } };
    const path = join(folder, 'part.tsv');
    await writeFile(path, `#vocab-merge/frequency-table 1 ${JSON.stringify({ part })}\n一\t1\n#end\n`);
    await expect(openSources([path])).rejects.toThrow('part.tsv: 2 shards of 3 missing: 2/3, 3/3');
  });
});
