// Reads inputs and counts their segments into sorted runs, source by source: the first half of a count, which several threads
// may do side by side, each a part of the inputs. What becomes of the runs is build-frequency-table.ts.

import { SPACE_SYMBOL } from '../../core/model.ts';
import { createLineSet } from '../lines/line-set.ts';
import { type ReadOptions, readSentenceBatches } from '../lines/read-corpus.ts';
import { type CorpusStats, emptyStats } from '../read/corpus-stats.ts';
import type { CorpusFile } from '../read/expand-inputs.ts';
import type { FrequencyTableHeader } from '../read/frequency-table.ts';
import { createSegmentCutter, type SegmentOptions } from './count-segments.ts';
import { createRunCollector, type SealedRun } from './runs/run-collector.ts';
import type { SourcedRun } from './runs/sorted-runs.ts';
import { createSpill, type Spill } from './runs/spill.ts';
import { checkTableInput, type TablePart } from './table-parts.ts';

/** What to read and how to count it: data only, so that it can go to a thread. */
export interface CollectTask extends Omit<ReadOptions, 'stdin' | 'signal'>, SegmentOptions {
  /** Files, or parts of files, of each source. */
  readonly groups: readonly (readonly CorpusFile[])[];
  /** Of the table that is to be: tables among the inputs must fit it. */
  readonly header: FrequencyTableHeader;
  readonly isShard: boolean;
  readonly dedupe?: boolean | undefined;
  /** Memory of the table; with `dedupe`, lines have half of it. */
  readonly tableBytes: number;
  /** Memory of sorted runs, before they go to a file in `temporaryFolder`. */
  readonly runBytes: number;
  readonly temporaryFolder: string;
}

/** What counting runs with. */
export interface CollectRuntime extends Pick<ReadOptions, 'stdin' | 'signal'> {
  readonly onProgress?: ((stats: Readonly<CorpusStats>) => void) | undefined;
}

/** What was counted. */
export interface CollectedSegments {
  /** Characters in segments of each source. */
  readonly sizes: readonly number[];
  readonly stats: CorpusStats;
  /** The tables among the inputs. */
  readonly tables: readonly TablePart[];
  /** Gives back the memory of the table. */
  seal(): void;
  /** All runs, each to be read once. */
  runs(): SourcedRun[];
  /** Where the runs are; to be closed behind them. */
  readonly spills: readonly Spill[];
}

/** Runs that have all gone to the one spill. */
export interface SealedSegments extends CollectedSegments {
  readonly sealed: readonly SealedRun[];
}

/** Lines are cut only to bound memory: far beyond any run, and after a sentence. */
const MAX_LINE_BYTES = 1 << 20;

/** @throws InputError, OptionError, OutputError as `buildFrequencyTable` */
export async function collectSegments(task: CollectTask, runtime: CollectRuntime = {}): Promise<SealedSegments> {
  const { groups, header, isShard, scripts, punctuation, dedupe = false, join = 'none' } = task;
  const { onProgress, ...reading } = runtime;
  const spill = createSpill(task.temporaryFolder, task.runBytes);
  const stats = emptyStats();
  for (const { size, range } of groups.flat()) stats.totalBytes += range === undefined ? size : range.end - range.start;
  const cut = createSegmentCutter({ scripts, punctuation, join });
  const collector = createRunCollector(dedupe ? task.tableBytes / 2 : task.tableBytes, spill);
  const { table } = collector;
  const seen = dedupe ? createLineSet(task.tableBytes / 2) : undefined;
  const sizes: number[] = [];
  // With the place that the hash of each will have among those of the inputs.
  const tables: { readonly path: string; readonly header: FrequencyTableHeader; readonly at: number }[] = [];
  const onTable = (path: string, found: FrequencyTableHeader): void => {
    checkTableInput({ path, header: found }, header, { dedupe, isShard });
    tables.push({ path, header: found, at: stats.inputs.length });
  };
  try {
    for (const files of groups) {
      if (sizes.length > 0) collector.nextSource();
      let size = 0;
      const options = { ...task, ...reading, maxLineBytes: MAX_LINE_BYTES, onTable };
      for await (const batch of readSentenceBatches(files, options, stats, seen)) {
        onProgress?.(stats);
        for (const { text, count, isFragment } of batch) {
          const line = join === 'front' && !isFragment ? SPACE_SYMBOL + text : text;
          cut(line, (start, end, characters) => {
            table.add(line, start, end, count);
            size += characters * count;
            collector.sealIfFull();
          });
        }
      }
      sizes.push(size);
    }
  } catch (error) {
    spill.close();
    throw error;
  }
  return {
    sizes,
    stats,
    tables: tables.map(({ at, ...each }) => ({ ...each, sha256: stats.inputs[at]!.sha256 })),
    seal: () => collector.seal(),
    runs: () => collector.runs(),
    spills: [spill],
    get sealed() {
      collector.seal();
      return collector.sealed;
    },
  };
}
