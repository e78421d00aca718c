// Threads are played by the calling one: what they send goes through a structured clone, as between threads.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectOnThreads } from '../../../src/corpus/count/collect-on-threads.ts';
import {
  type CollectedSegments,
  type CollectTask,
  collectSegments,
} from '../../../src/corpus/count/collect-segments.ts';
import { condenseShare } from '../../../src/corpus/count/condense-on-threads.ts';
import { mergeRuns } from '../../../src/corpus/count/runs/sorted-runs.ts';
import type { CountThreads, ThreadRuns } from '../../../src/corpus/count/thread-work.ts';
import { expandInputs } from '../../../src/corpus/read/expand-inputs.ts';
import { runs } from '../../runs.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { entriesOf } from './entries.ts';

const root = temporaryFolder();

/** Threads that work on copies of what they are given. */
function pretendThreads(count: number): CountThreads {
  return {
    count,
    async collect(task, onProgress) {
      const { sizes, stats, tables, sealed, spills } = await collectSegments(structuredClone(task), { onProgress });
      const sent: ThreadRuns = { sizes, stats, tables, sealed, spill: spills[0]!.detach() };
      return structuredClone(sent);
    },
    async condense(share, team, onStep) {
      const exchange = async <T>(own: T) => structuredClone(await team.exchange(own));
      return structuredClone(await condenseShare(structuredClone(share), { ...team, exchange }, onStep));
    },
    close: () => Promise.resolve(),
  };
}

async function taskOf(names: readonly (readonly string[])[]): Promise<CollectTask> {
  const groups = await Promise.all(names.map((group) => expandInputs(group.map((name) => join(root, name)))));
  return { groups, header: {}, isShard: false, tableBytes: 4e9, runBytes: 300, temporaryFolder: root };
}

function tableOf(collected: CollectedSegments): unknown {
  const distinct = collected.sizes.map(() => 0);
  const merged = mergeRuns(collected.runs(), { weights: collected.sizes.map((_, i) => 1 / (i + 1)), distinct });
  const entries = entriesOf(merged);
  for (const spill of collected.spills) spill.close();
  return { entries, distinct, sizes: collected.sizes, stats: collected.stats };
}

const texts = fc.array(fc.stringMatching(/^[甲乙，a\n]{0,40}$/), { minLength: 2, maxLength: 4 });

describe('collectOnThreads', () => {
  it('counts as one thread does, however many there are', async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 2, max: 5 }), async (contents, count) => {
        const names = contents.map((text, i) => {
          const isPacked = i % 3 === 2;
          return { name: `${i}.txt${isPacked ? '.gz' : ''}`, bytes: isPacked ? gzipSync(text) : `甲${text}` };
        });
        for (const { name, bytes } of names) await writeFile(join(root, name), bytes);
        const [first, ...others] = names.map(({ name }) => name);
        const task = await taskOf([[first!], others]);
        const threaded = await collectOnThreads(task, () => pretendThreads(count), undefined, 0);
        const expected = tableOf(await collectSegments(task));
        // A single shard has everything where the text is short.
        if (threaded !== undefined) expect(tableOf(threaded)).toEqual(expected);
      }),
      runs(6),
    );
  });

  it('divides one long file, with its hash and without taking its middle for a beginning', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `甲乙${'丙丁'[i % 2]}，${i}`).join('\n');
    // Bytes that are no text are at the beginning of the second half.
    const broken = Buffer.concat([Buffer.from(`${lines}甲\n`), Buffer.alloc(100_000, 0xff), Buffer.from(`\n${lines}`)]);
    await writeFile(join(root, 'long.txt'), broken);
    const task = await taskOf([['long.txt']]);
    const reports: number[] = [];
    const threaded = await collectOnThreads(
      task,
      () => pretendThreads(2),
      (stats) => reports.push(stats.bytesRead),
      0,
    );
    expect(threaded).toBeDefined();
    expect(reports.at(-1)).toBeLessThanOrEqual(broken.length);
    expect(tableOf(threaded!)).toEqual(tableOf(await collectSegments(task)));
  });

  it('leaves to one thread what is short, cannot be divided, or asks for all lines', async () => {
    await writeFile(join(root, 'short.txt'), '甲\n乙\n');
    const task = await taskOf([['short.txt']]);
    const threads = (): CountThreads => pretendThreads(2);
    expect(await collectOnThreads(task, threads, undefined)).toBeUndefined();
    expect(await collectOnThreads({ ...task, dedupe: true }, threads, undefined, 0)).toBeUndefined();
    expect(await collectOnThreads({ ...task, isShard: true }, threads, undefined, 0)).toBeUndefined();
    expect(await collectOnThreads({ ...task, tableBytes: 2e8 }, threads, undefined, 0)).toBeUndefined();
    expect(await collectOnThreads(task, undefined, undefined, 0)).toBeUndefined();
  });
});
