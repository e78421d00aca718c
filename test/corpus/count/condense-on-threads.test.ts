// Threads are played by the calling one: what they send goes through a structured clone, as between threads.
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { condenseRuns, condenseShare } from '../../../src/corpus/count/condense-on-threads.ts';
import { createRunCollector } from '../../../src/corpus/count/runs/run-collector.ts';
import { mergeRuns } from '../../../src/corpus/count/runs/sorted-runs.ts';
import { createSpill } from '../../../src/corpus/count/runs/spill.ts';
import type { CountThreads } from '../../../src/corpus/count/thread-work.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { entriesOf } from './entries.ts';

const root = temporaryFolder();

/** Threads that work on copies of what they are given; the one of this index fails after so many exchanges. */
function pretendThreads(count: number, failing?: { readonly index: number; readonly exchanges: number }): CountThreads {
  return {
    count,
    collect: () => Promise.reject(new Error('nothing is to be read')),
    async condense(share, team, onStep) {
      let exchanges = 0;
      const exchange = async <T>(own: T): Promise<readonly T[]> => {
        if (team.index === failing?.index && exchanges++ === failing.exchanges)
          throw new Error('the thread has failed');
        return structuredClone(await team.exchange(own));
      };
      return structuredClone(await condenseShare(structuredClone(share), { ...team, exchange }, onStep));
    },
    close: () => Promise.resolve(),
  };
}

async function condensed(threads: CountThreads | undefined) {
  const collector = createRunCollector(1 << 20, createSpill(root, 1 << 20));
  for (let i = 0; i < 900; i++) {
    const text = `▁${'甲乙丙丁戊'.slice(i % 3, 2 + (i % 4))}${'己庚辛'.slice(i % 2)}${String.fromCodePoint(0x4e00 + (i % 50))}甲乙`;
    collector.table.add(text, 0, text.length, 1 + (i % 7));
  }
  const source = mergeRuns(collector.runs(), { weights: [1], distinct: [0] });
  // 400 MB of work: enough for three threads.
  const memory = {
    blockBytes: 60e6,
    workBytes: 5e7,
    sortBytes: 5e7,
    runBytes: 100,
    blockCharacters: 50,
    groupPlaces: 40,
  };
  const steps: string[] = [];
  const { runs, spills, spilledBytes, ...totals } = await condenseRuns(
    source,
    { maxLength: 4, minCount: 20 },
    memory,
    root,
    { openThreads: threads && (() => threads), onStep: (what, done, total) => steps.push(`${what}: ${done <= total}`) },
  );
  const entries = entriesOf(mergeRuns(runs, { weights: [1], distinct: [0] }));
  for (const spill of spills) spill.close();
  return { entries, totals, spills: spills.length, spilledBytes, steps: [...new Set(steps)] };
}

const STEPS = ['counting n-grams', ...[1, 2, 3, 4].map((round) => `cutting, round ${round} of 4`)];

describe('condenseRuns', () => {
  it('finds the same on one thread and on several, and leaves no file behind', async () => {
    const alone = await condensed(undefined);
    expect(alone.spills).toBe(1);
    expect(alone.entries.length).toBeGreaterThan(20);
    expect(alone.entries.map(([text]) => text)).not.toContain('▁');
    expect(alone.totals.segments).toBe(alone.entries.length);
    for (const count of [2, 3]) {
      const threaded = await condensed(pretendThreads(count));
      expect(threaded.spills).toBe(count);
      expect(threaded.spilledBytes).toBeGreaterThan(alone.spilledBytes);
      expect(threaded.steps).toEqual(STEPS.map((step) => `${step}: true`));
      expect([threaded.entries, threaded.totals]).toEqual([alone.entries, alone.totals]);
    }
    expect(await readdir(root)).toEqual([]);
  });

  it('does all on one thread when one of several fails, whenever that is', async () => {
    const alone = await condensed(undefined);
    for (const failing of [
      { index: 1, exchanges: 0 },
      { index: 0, exchanges: 4 },
    ]) {
      const { entries, spills } = await condensed(pretendThreads(3, failing));
      expect(spills).toBe(1);
      expect(entries).toEqual(alone.entries);
    }
  });
});
