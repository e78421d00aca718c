// Divides the inputs of a count among threads as shards are divided, so that every line is read by exactly one, and puts together
// what they have counted. Sums of runs do not depend on how a source was divided: the table is the same for any number.
// How a thread is started is the caller's business: see pipeline/threads/count-threads.ts.

import { type CorpusStats, emptyStats } from '../read/corpus-stats.ts';
import type { CorpusFile } from '../read/expand-inputs.ts';
import { joinStats, sumStats } from '../shards/part-stats.ts';
import { allShards, LEAST_SHARED_BYTES } from '../shards/shard-inputs.ts';
import type { CollectedSegments, CollectTask } from './collect-segments.ts';
import { openRuns } from './runs/run-collector.ts';
import { adoptSpill } from './runs/spill.ts';
import type { OpenCountThreads, ThreadRuns } from './thread-work.ts';

/** Memory of a thread besides its table, and the smallest table that is worth one. */
const THREAD_BYTES = 60e6;
const LEAST_TABLE_BYTES = 100e6;

/**
 * @returns `undefined` where one thread does as well, where the inputs cannot be divided, and where a thread has failed: one
 * thread alone then says what is wrong, and where in the input
 */
export async function collectOnThreads(
  task: CollectTask,
  openThreads: OpenCountThreads | undefined,
  onProgress: ((stats: CorpusStats) => void) | undefined,
  leastInputBytes = LEAST_SHARED_BYTES,
): Promise<CollectedSegments | undefined> {
  const { groups, tableBytes, runBytes, dedupe, isShard, format, encoding = 'utf-8' } = task;
  const files = groups.flat();
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (dedupe || isShard || encoding !== 'utf-8' || total < leastInputBytes) return undefined;
  // Standard input and pipes have no size.
  if (files.some(({ path, size }) => path === '-' || size === 0)) return undefined;
  const threads = openThreads?.();
  if (threads === undefined) return undefined;
  const count = Math.min(threads.count, Math.floor(tableBytes / (THREAD_BYTES + LEAST_TABLE_BYTES)));
  const parts = await allShards(groups, count, format);
  if (parts === undefined) return undefined;
  const share = { tableBytes: tableBytes / parts.length - THREAD_BYTES, runBytes: runBytes / parts.length };
  const all: CorpusStats[] = parts.map(emptyStats);
  const collect = async (own: CorpusFile[][], i: number): Promise<ThreadRuns> => {
    try {
      return await threads.collect({ ...task, ...share, groups: own }, (stats) => {
        all[i] = stats;
        onProgress?.(sumStats(all, total));
      });
    } catch (error) {
      // The others have worked for nothing.
      await threads.close();
      throw error;
    }
  };
  const settled = await Promise.allSettled(parts.map(collect));
  const results = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const spills = results.map(({ spill }) => adoptSpill(spill));
  if (results.length < parts.length) {
    for (const spill of spills) spill.close();
    return undefined;
  }
  return {
    sizes: groups.map((_, source) => results.reduce((sum, { sizes }) => sum + sizes[source]!, 0)),
    stats: await joinStats(
      files,
      parts,
      results.map((each) => each.stats),
    ),
    tables: results.flatMap(({ tables }) => tables),
    seal: () => {},
    runs: () => results.flatMap(({ sealed }, i) => openRuns(sealed, spills[i]!)),
    spills,
  };
}
