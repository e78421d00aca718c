// Condenses runs into sorted segments, and divides this among threads: each has a part of the runs, and they meet after every
// step (team.ts). Counts of whole numbers have the same sums in any order, so the segments are the same for any number of
// threads; other counts are one thread's work. How a thread is started is the caller's business: see
// pipeline/threads/count-threads.ts.

import { SPACE_SYMBOL } from '../../core/model.ts';
import { type Condensed, type CondenseOptions, condense, type OnCondenseStep, readRuns } from './condense/condense.ts';
import { ALONE, createMeeting, type Team } from './condense/team.ts';
import { createRunCollector, openRuns } from './runs/run-collector.ts';
import type { SortedEntries, SourcedRun } from './runs/sorted-runs.ts';
import { adoptSpill, createSpill, type Spill } from './runs/spill.ts';
import type { CondenseMemory, CondenseShare, CountThreads, OpenCountThreads, ShareSegments } from './thread-work.ts';

/** What all have found together. */
export interface CondensedRuns extends Condensed {
  readonly segments: number;
  readonly spilledBytes: number;
  readonly runs: SourcedRun[];
  /** Where the runs are; to be closed behind them. */
  readonly spills: readonly Spill[];
}

/** What condensing runs with. */
export interface CondenseRuntime {
  /** Without it, one thread does all. */
  readonly openThreads?: OpenCountThreads | undefined;
  readonly onStep?: OnCondenseStep | undefined;
}

/** Memory of a thread besides its work, and the least that is worth one. */
const THREAD_BYTES = 60e6;
const LEAST_WORK_BYTES = 50e6;

/** How a thread divides its memory; blocks go to the temporary file, where all can read them. */
const WORK_SHARE = 0.6;
const SORT_SHARE = 0.3;

const SPACE_UNIT = SPACE_SYMBOL.charCodeAt(0);

/**
 * Condenses the runs of a source.
 *
 * @throws OptionError, OutputError
 */
export async function condenseRuns(
  source: SortedEntries,
  options: CondenseOptions,
  memory: CondenseMemory,
  temporaryFolder: string,
  { openThreads, onStep }: CondenseRuntime = {},
): Promise<CondensedRuns> {
  const bytes = 5 * memory.blockBytes + memory.workBytes + memory.sortBytes;
  const threads = openThreads?.();
  const most = Math.min(threads?.count ?? 1, Math.floor(bytes / (THREAD_BYTES + LEAST_WORK_BYTES)));
  const spill = createSpill(temporaryFolder, most > 1 ? 0 : memory.blockBytes);
  try {
    const task = readRuns(source, spill, memory.blockCharacters);
    const share = { ...task, ...options, memory, temporaryFolder };
    const size = Math.min(most, task.blocks.places.length);
    const threaded = size > 1 ? await shareOut(share, size, bytes, threads!, onStep) : undefined;
    const found = threaded ?? [await condenseShare(share, ALONE, onStep)];
    const spills = found.map((each) => adoptSpill(each.spill));
    const sum = (numberOf: (each: ShareSegments) => number): number =>
      found.reduce((total, each) => total + numberOf(each), 0);
    return {
      characters: sum(({ characters }) => characters),
      droppedCharacters: sum(({ droppedCharacters }) => droppedCharacters),
      segments: sum(({ segments }) => segments),
      spilledBytes: sum(({ spilledBytes }) => spilledBytes) + spill.spilledBytes,
      runs: found.flatMap(({ sealed }, i) => openRuns(sealed, spills[i]!)),
      spills,
    };
  } finally {
    spill.close();
  }
}

/** @returns `undefined` where a thread has failed: one thread alone then says what is wrong */
async function shareOut(
  share: CondenseShare,
  size: number,
  bytes: number,
  threads: CountThreads,
  onStep: OnCondenseStep | undefined,
): Promise<ShareSegments[] | undefined> {
  const { blocks, memory } = share;
  const own = bytes / size - THREAD_BYTES;
  const ownMemory = {
    ...memory,
    blockBytes: 0,
    workBytes: WORK_SHARE * own,
    sortBytes: SORT_SHARE * own,
    runBytes: memory.runBytes / size,
  };
  const meeting = createMeeting(size);
  const settled = await Promise.allSettled(
    Array.from({ length: size }, async (_, index) => {
      const [from, to] = [index, index + 1].map((i) => Math.floor((blocks.places.length * i) / size));
      const part = { ...share, memory: ownMemory, blocks: { ...blocks, places: blocks.places.slice(from, to) } };
      const team: Team = {
        index,
        size,
        exchange: async <T>(handed: T) => (await meeting.exchange(index, handed)) as readonly T[],
      };
      try {
        // All are about as far.
        return await threads.condense(part, team, index === 0 ? onStep : undefined);
      } catch (error) {
        meeting.fail();
        throw error;
      }
    }),
  );
  const found = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (found.length === size) return found;
  for (const { spill } of found) adoptSpill(spill).close();
  return undefined;
}

/** Condenses the share of one of a team; what it leaves is in the spill of its runs. */
export async function condenseShare(
  { memory, temporaryFolder, maxLength, minCount, ...task }: CondenseShare,
  team: Team,
  onStep?: OnCondenseStep,
): Promise<ShareSegments> {
  const spills: Spill[] = [];
  const openSpill = (bytes: number): Spill => {
    const spill = createSpill(temporaryFolder, bytes);
    spills.push(spill);
    return spill;
  };
  const sorted = openSpill(memory.runBytes);
  const sorter = createRunCollector(memory.sortBytes, sorted);
  const room = { ...memory, onStep, openSpill: () => openSpill(memory.blockBytes) };
  let segments = 0;
  let isDone = false;
  try {
    const totals = await condense(
      task,
      { maxLength, minCount },
      room,
      (units, start, end, count) => {
        // Where a run was cut behind the `▁` that says that it begins a text, the `▁` alone says nothing.
        if (end - start === 1 && units[start] === SPACE_UNIT) return;
        sorter.table.addUnits(units, start, end, count);
        sorter.sealIfFull();
        segments++;
      },
      team,
    );
    sorter.seal();
    isDone = true;
    const spilledBytes = spills.reduce((sum, spill) => sum + spill.spilledBytes, 0);
    return { ...totals, segments, spilledBytes, sealed: sorter.sealed, spill: sorted.detach() };
  } finally {
    for (const spill of spills) if (!isDone || spill !== sorted) spill.close();
  }
}
