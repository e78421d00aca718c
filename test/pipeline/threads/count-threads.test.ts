// Real threads: what comes over is read on this side, from memory and from the file of a thread that has ended.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectOnThreads } from '../../../src/corpus/count/collect-on-threads.ts';
import {
  type CollectedSegments,
  type CollectTask,
  collectSegments,
} from '../../../src/corpus/count/collect-segments.ts';
import { condenseRuns } from '../../../src/corpus/count/condense-on-threads.ts';
import { mergeRuns } from '../../../src/corpus/count/runs/sorted-runs.ts';
import { expandInputs } from '../../../src/corpus/read/expand-inputs.ts';
import { openCountThreads } from '../../../src/pipeline/threads/count-threads.ts';
import { entriesOf } from '../../corpus/count/entries.ts';
import { skipUnless } from '../../skip.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

async function taskOf(name: string, contents: string): Promise<CollectTask> {
  const path = join(root, name);
  await writeFile(path, contents);
  const groups = [await expandInputs([path])];
  return { groups, header: {}, isShard: false, tableBytes: 4e8, runBytes: 1e4, temporaryFolder: root };
}

function countedBy(collected: CollectedSegments): [string, number][] {
  const entries = entriesOf(mergeRuns(collected.runs(), { weights: [1], distinct: [0] }));
  for (const spill of collected.spills) spill.close();
  return entries;
}

describe(
  'openCountThreads',
  skipUnless(openCountThreads() !== undefined, 'one processor, or nothing is compiled'),
  () => {
    const lines = Array.from({ length: 20_000 }, (_, i) =>
      String.fromCodePoint(0x4e00 + (i % 5000), 0x4e00 + (i % 7919)),
    );

    it('counts on threads what one counts, and leaves no file behind', async () => {
      const task = await taskOf('a.txt', lines.join('\n'));
      const threaded = await collectOnThreads(task, openCountThreads, undefined, 0);
      expect(threaded!.spills.length).toBeGreaterThan(1);
      expect(threaded!.spills.every(({ spilledBytes }) => spilledBytes > 0)).toBe(true);
      expect(countedBy(threaded!)).toEqual(countedBy(await collectSegments(task)));
      expect(await readdir(root)).toEqual(['a.txt']);
    });

    it('condenses on threads as one does, and leaves no file behind', async () => {
      const task = await taskOf('c.txt', Array.from({ length: 3 }, () => lines.join('\n')).join('\n'));
      const memory = { blockBytes: 60e6, workBytes: 5e7, sortBytes: 5e7, runBytes: 1e4, blockCharacters: 5000 };
      const condensedBy = async (openThreads: typeof openCountThreads | undefined) => {
        const collected = await collectSegments(task);
        const merged = mergeRuns(collected.runs(), { weights: [1], distinct: [0] });
        const options = { maxLength: 2, minCount: 4 };
        const { runs, spills, ...found } = await condenseRuns(merged, options, memory, root, { openThreads });
        const entries = entriesOf(mergeRuns(runs, { weights: [1], distinct: [0] }));
        for (const spill of [...spills, ...collected.spills]) spill.close();
        return { spills: spills.length, entries, characters: found.characters, dropped: found.droppedCharacters };
      };
      const { spills, ...threaded } = await condensedBy(openCountThreads);
      expect(spills).toBeGreaterThan(1);
      expect(threaded.entries.length).toBeGreaterThan(1000);
      expect({ spills: 1, ...threaded }).toEqual(await condensedBy(undefined));
      expect(await readdir(root)).not.toContainEqual(expect.stringContaining('.tmp'));
    });

    it('leaves it to one thread to say what is wrong', async () => {
      const broken = [
        ...lines.slice(0, 15_000).map((text) => JSON.stringify({ text })),
        '{"text": 1',
        '{"text": "甲"}',
      ];
      const task = await taskOf('b.jsonl', broken.join('\n'));
      expect(await collectOnThreads(task, openCountThreads, undefined, 0)).toBeUndefined();
      await expect(collectSegments(task)).rejects.toThrow('b.jsonl: line 15001 is not JSON');
      expect(await readdir(root)).not.toContainEqual(expect.stringContaining('.tmp'));
    });
  },
);
