// What threads that count are given and what they give back: data only, but for the threads themselves. What they do with it is
// collect-segments.ts and condense-on-threads.ts.

import type { CorpusStats } from '../read/corpus-stats.ts';
import type { CollectedSegments, CollectTask } from './collect-segments.ts';
import type { Condensed, CondenseOptions, CondenseTask, OnCondenseStep } from './condense/condense.ts';
import type { Team } from './condense/team.ts';
import type { SealedRun } from './runs/run-collector.ts';
import type { SpillState } from './runs/spill.ts';

/** What a thread has counted, as it comes over. */
export interface ThreadRuns extends Pick<CollectedSegments, 'sizes' | 'stats' | 'tables'> {
  readonly sealed: readonly SealedRun[];
  readonly spill: SpillState;
}

/** Memory of condensing, in bytes. */
export interface CondenseMemory {
  /** Runs and their n-grams, each of five times. */
  readonly blockBytes: number;
  readonly workBytes: number;
  /** The table that sorts the segments, and the sorted runs it leaves. */
  readonly sortBytes: number;
  readonly runBytes: number;
  /** Small ones for tests. */
  readonly blockCharacters?: number | undefined;
  readonly groupPlaces?: number | undefined;
}

/** What one of a team condenses. */
export interface CondenseShare extends CondenseTask, CondenseOptions {
  readonly memory: CondenseMemory;
  readonly temporaryFolder: string;
}

/** What it has found, as it comes over. */
export interface ShareSegments extends Condensed {
  readonly segments: number;
  readonly spilledBytes: number;
  readonly sealed: readonly SealedRun[];
  readonly spill: SpillState;
}

/** Threads that are not started yet. */
export interface CountThreads {
  /** How many there may be. */
  readonly count: number;
  /** Starts one that reads and counts; rejects whatever it meets. */
  collect(task: CollectTask, onProgress: (stats: CorpusStats) => void): Promise<ThreadRuns>;
  /** Starts one of a team that condenses; rejects whatever it meets. */
  condense(share: CondenseShare, team: Team, onStep: OnCondenseStep | undefined): Promise<ShareSegments>;
  /** Ends those that are still at work. */
  close(): Promise<void>;
}

/** Opens threads; `undefined` where there are none. */
export type OpenCountThreads = () => CountThreads | undefined;
