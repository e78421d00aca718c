// Counts the segments of a corpus into a frequency table: what `vocab-merge count` does. With a greatest length, the runs
// are condensed to short frequent segments; with a greatest share, no input weighs more than that. Tables are inputs as
// well, so tables of parts are merged by counting them together. Memory is bounded, whatever comes in: a full table goes to
// a temporary file as a sorted run, and the runs are merged at the end. The result is the same for any memory.

import { tmpdir } from 'node:os';
import { checkWhole } from '../../core/check-whole.ts';
import { counted } from '../../core/counted.ts';
import { InputError, OptionError } from '../../errors.ts';
import type { ReadOptions } from '../lines/read-corpus.ts';
import type { CorpusStats } from '../read/corpus-stats.ts';
import { type CorpusFile, expandInputGroups } from '../read/expand-inputs.ts';
import type { FrequencyTable, FrequencyTableHeader } from '../read/frequency-table.ts';
import { type CorpusShard, checkSizes, recordShard, shardFiles } from '../shards/shard-inputs.ts';
import { collectOnThreads } from './collect-on-threads.ts';
import { type CollectTask, collectSegments } from './collect-segments.ts';
import { checkCondenseOptions, type OnCondenseStep } from './condense/condense.ts';
import { condenseRuns } from './condense-on-threads.ts';
import { CHINESE_PUNCTUATION, type SegmentOptions } from './count-segments.ts';
import { collectEntries, type EntryTotals, tableChunks, withoutRare } from './entry-text.ts';
import { mergeRuns, type SortedEntries } from './runs/sorted-runs.ts';
import type { Spill } from './runs/spill.ts';
import { settingsOfTables, type TableRecord } from './table-parts.ts';
import type { CondenseMemory, OpenCountThreads } from './thread-work.ts';

/** Options of {@link buildFrequencyTable}. */
export interface FrequencyTableOptions extends ReadOptions, SegmentOptions {
  /** Files, folders, patterns or `-`. Each of them is one source for `maxSourceShare`. */
  readonly inputs: readonly string[];
  /** Count each distinct line once, whatever input it is in. Default `false`. */
  readonly dedupe?: boolean | undefined;
  /** Cut runs into frequent segments of at most this many characters, 1..16. Default: runs stay whole. */
  readonly maxLength?: number | undefined;
  /** Leave out segments that occur less often. Default 1. */
  readonly minCount?: number | undefined;
  /** No input has more than this share of all counted characters, in (0, 1]; larger ones are weighed down. Default 1. */
  readonly maxSourceShare?: number | undefined;
  /** Only one of so many shards of the inputs, as a part for `mergeTableFiles`. Not with `dedupe` or `maxSourceShare`. */
  readonly shard?: TableShard | undefined;
  /** Memory of the process in bytes, at least 300e6; what does not fit goes to a temporary file. Default 1e9. */
  readonly maxMemory?: number | undefined;
  /** Folder of the temporary file; the file never has a name there for longer than a moment. Default: the system's. */
  readonly temporaryFolder?: string | undefined;
  /** Told now and then how far the inputs are read. */
  readonly onProgress?: ((stats: Readonly<CorpusStats>) => void) | undefined;
  /** Opens threads to read and count on; the table is the same for any number of them. Default: the calling thread alone. */
  readonly openThreads?: OpenCountThreads | undefined;
  /** Told how far a step of condensing is. */
  readonly onCondense?: OnCondenseStep | undefined;
}

/** One of N shards of a count. */
export interface TableShard extends CorpusShard {
  /** Version of the program that counts; shards of different versions are not merged. */
  readonly version: string;
}

/** What one input contributed. */
export interface FrequencySource {
  readonly input: string;
  /** Characters in segments, before weighing. */
  readonly characters: number;
  /** Distinct segments. */
  readonly segments: number;
}

/** How a table came about. */
export interface FrequencyTableSummary {
  readonly stats: CorpusStats;
  /** The inputs in their order, with the factor by which their counts were weighed, at most 1. */
  readonly sources: readonly (FrequencySource & { readonly weight: number })[];
  /** Weighed characters counted, with `join: 'front'` a `▁` for each beginning of a text among them. */
  readonly characters: number;
  /** Of these, characters in segments too rare for the table. */
  readonly droppedCharacters: number;
}

/** A table and how it came about. */
export interface FrequencyTableResult extends FrequencyTableSummary {
  readonly table: FrequencyTable;
}

/** A table on its way into a file. */
export interface FrequencyTableStream {
  /** The text of the table file as UTF-8, to be read once. */
  readonly chunks: Iterable<Uint8Array>;
  /** How it came about; call it when the last chunk has been read. */
  summary(): FrequencyTableSummary & { readonly segments: number; readonly spilledBytes: number };
  /** Gives back memory and the temporary file; to be called in any case. */
  close(): void;
}

/** How the memory is divided, in bytes; {@link roomWithin} knows how. */
export interface CountRoom extends CondenseMemory {
  /** The table that counts while reading; with `dedupe`, lines have half of it. */
  readonly tableBytes: number;
}

/** Fewer characters are condensed sooner than threads are started. */
const LEAST_SHARED_CHARACTERS = 1 << 23;

/** What the program, its reading and writing take without any of these. */
const BASE_BYTES = 220e6;

const DEFAULT_MEMORY = 1e9;
const LEAST_MEMORY = 300e6;

/**
 * Divides `maxMemory` bytes.
 *
 * @throws OptionError for less than the program itself takes
 */
function roomWithin(maxMemory = DEFAULT_MEMORY): CountRoom {
  if (!(maxMemory >= LEAST_MEMORY)) {
    const [given, least] = [maxMemory, LEAST_MEMORY].map((bytes) => `${Math.floor(bytes / 1e6)} MB`);
    throw new OptionError(`maxMemory: ${given} is less than the ${least} that counting takes`, {
      hint: `Give at least ${least}: what does not fit goes to a temporary file.`,
    });
  }
  const free = maxMemory - BASE_BYTES;
  return {
    tableBytes: 0.7 * free,
    runBytes: 0.1 * free,
    blockBytes: 0.1 * free,
    workBytes: 0.2 * free,
    sortBytes: 0.15 * free,
  };
}

/**
 * Counts segments into a table in memory; `streamFrequencyTable` is for tables of any size.
 *
 * @throws InputError for inputs that cannot be read, or without a single segment
 * @throws OptionError for an option out of range
 * @throws OutputError when the temporary file cannot be written
 * @example
 * ```ts
 * const { table } = await buildFrequencyTable({ inputs: ['news.txt.gz', 'wiki'], maxLength: 6, minCount: 3 });
 * await writeFileAtomic('zh.tsv.gz', packFrequencyTable(table, 'zh.tsv.gz'));
 * ```
 */
export async function buildFrequencyTable(
  options: FrequencyTableOptions,
  room?: CountRoom,
): Promise<FrequencyTableResult> {
  const count = await openCount(options, room);
  try {
    const table = { header: count.header, ...collectEntries(count.entries) };
    const { segments: _, spilledBytes: __, ...summary } = count.summary();
    return { table, ...summary };
  } finally {
    count.close();
  }
}

/**
 * Counts segments; the table comes as the chunks of its file, in memory that does not grow with it.
 *
 * @throws InputError, OptionError, OutputError as {@link buildFrequencyTable}
 * @example
 * ```ts
 * const stream = await streamFrequencyTable({ inputs: ['news.txt.gz'], maxMemory: 1e9 });
 * try {
 *   await writeFileAtomic('zh.tsv.gz', packTableChunks(stream.chunks, 'zh.tsv.gz'));
 * } finally {
 *   stream.close();
 * }
 * ```
 */
export async function streamFrequencyTable(
  options: FrequencyTableOptions,
  room?: CountRoom,
): Promise<FrequencyTableStream> {
  const { header, entries, summary, close } = await openCount(options, room);
  return { chunks: tableChunks(entries, header), summary, close };
}

interface OpenCount {
  readonly header: FrequencyTableHeader;
  readonly entries: SortedEntries;
  readonly summary: FrequencyTableStream['summary'];
  readonly close: () => void;
}

async function openCount(options: FrequencyTableOptions, room = roomWithin(options.maxMemory)): Promise<OpenCount> {
  const { inputs, scripts = ['Han'], maxLength, minCount = 1 } = options;
  const { maxSourceShare = 1, temporaryFolder = tmpdir() } = options;
  checkShare(maxSourceShare, inputs.length);
  checkWhole('minCount', minCount, 1);
  if (maxLength !== undefined) checkCondenseOptions({ maxLength, minCount });
  const spills: Spill[] = [];
  const close = (): void => {
    for (const spill of spills) spill.close();
  };
  try {
    const groups = await expandInputGroups(inputs);
    const own = options.shard === undefined ? groups : await shardFiles(groups, options.shard, options.format);
    const part = options.shard && (await partOf(options, options.shard, groups));
    const header = headerOf(options);
    const { format, field, encoding, invalidUtf8, punctuation, join, dedupe } = options;
    const { openThreads, onProgress, signal, stdin } = options;
    const task: CollectTask = {
      ...{ format, field, encoding, invalidUtf8, scripts, punctuation, join, dedupe },
      ...{ groups: own, header, isShard: part !== undefined, temporaryFolder },
      ...{ tableBytes: room.tableBytes, runBytes: room.runBytes },
    };
    const runtime = { onProgress, signal, stdin };
    const threads = signal === undefined ? openThreads : undefined;
    const collected = (await collectOnThreads(task, threads, onProgress)) ?? (await collectSegments(task, runtime));
    const { sizes, stats, tables } = collected;
    spills.push(...collected.spills);
    if (part !== undefined) await checkSizes(own.flat());
    const settings = settingsOfTables(tables, header);
    if (part === undefined && sizes.every((size) => size === 0)) {
      throw new InputError(
        `${inputs.join(', ')}: no segment of script ${scripts.join(', ')} in ${counted(stats.lines, 'line')}`,
        {
          hint: 'Check the inputs, the field and the scripts.',
        },
      );
    }
    const weights = weigh(sizes, maxSourceShare);
    const distinct = sizes.map(() => 0);
    const totals = { characters: 0, droppedCharacters: 0, segments: 0 };
    let entries: SortedEntries;
    let spilledWhileCondensing = 0;
    if (maxLength === undefined) {
      entries = withoutRare(mergeRuns(collected.runs(), { weights, distinct }), minCount, totals);
    } else {
      // The table has to make room.
      collected.seal();
      const merged = mergeRuns(collected.runs(), { weights, distinct });
      // Only whole numbers have the same sums in any order.
      const isWhole = weights.every((weight) => weight === 1);
      const isLong = sizes.reduce((sum, size) => sum + size, 0) >= LEAST_SHARED_CHARACTERS;
      const condensed = await condenseRuns(merged, { maxLength, minCount }, room, temporaryFolder, {
        openThreads: isWhole && isLong ? threads : undefined,
        onStep: options.onCondense,
      });
      spills.push(...condensed.spills);
      const { characters, droppedCharacters, segments, spilledBytes } = condensed;
      Object.assign(totals, { characters, droppedCharacters, segments });
      spilledWhileCondensing = spilledBytes;
      entries = mergeRuns(condensed.runs, { weights: [1], distinct: [0] });
    }
    return {
      header:
        part === undefined
          ? settings
          : { ...settings, part: { ...part, ...(maxLength !== undefined && sumsOf(totals)) } },
      entries,
      summary: () => ({
        stats,
        sources: inputs.map((input, i) => ({
          input,
          characters: sizes[i]!,
          segments: distinct[i]!,
          weight: weights[i]!,
        })),
        ...totals,
        spilledBytes: spills.reduce((sum, { spilledBytes }) => sum + spilledBytes, spilledWhileCondensing),
      }),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function partOf(
  { field, dedupe = false, maxSourceShare = 1 }: FrequencyTableOptions,
  shard: TableShard,
  groups: readonly (readonly CorpusFile[])[],
): Promise<TableRecord> {
  if (dedupe) {
    throw new OptionError('shard: dedupe would miss lines that are in two shards', {
      hint: 'Remove duplicate lines before, or count in one process.',
    });
  }
  if (maxSourceShare < 1) {
    throw new OptionError('shard: maxSourceShare needs the sizes of all sources, which no shard knows', {
      hint: 'Count each source by itself, merge its shards, and count the tables together with --max-source-share.',
    });
  }
  return recordShard(groups.flat(), shard, { version: shard.version, field });
}

/**
 * The header of the table that a shard will have, before anything is counted: by it, a part that is there already is known.
 *
 * @throws OptionError, InputError as {@link buildFrequencyTable}
 */
export async function shardHeader(
  options: FrequencyTableOptions & { readonly shard: TableShard },
): Promise<FrequencyTableHeader> {
  const groups = await expandInputGroups(options.inputs);
  await shardFiles(groups, options.shard, options.format);
  return { ...headerOf(options), part: await partOf(options, options.shard, groups) };
}

function headerOf(options: FrequencyTableOptions): FrequencyTableHeader {
  const { scripts = ['Han'], punctuation = CHINESE_PUNCTUATION, maxLength, minCount = 1, maxSourceShare = 1 } = options;
  const { join = 'none' } = options;
  return {
    scripts: scripts.join(','),
    punctuation,
    minCount,
    ...(maxLength !== undefined && { maxLength }),
    ...(maxSourceShare < 1 && { maxSourceShare }),
    ...(join !== 'none' && { join }),
  };
}

function sumsOf({ characters, droppedCharacters }: EntryTotals): Pick<TableRecord, 'characters' | 'droppedCharacters'> {
  return { characters, droppedCharacters };
}

function checkShare(share: number, inputs: number): void {
  if (!(share > 0 && share <= 1)) throw new OptionError(`maxSourceShare: ${share} is not above 0 and at most 1`);
  if (share * inputs < 1 && inputs > 0) {
    throw new OptionError(
      `maxSourceShare: ${counted(inputs, 'input cannot', 'inputs cannot all')} have at most ${share} of the characters`,
      {
        hint: `Give at least ${Math.ceil(1 / share)} inputs, or a share of at least ${(Math.ceil(1000 / inputs) / 1000).toFixed(3)}.`,
      },
    );
  }
}

// Finds the size to which the larger sources are cut down so that each of them has just the greatest share.
function weigh(sizes: readonly number[], share: number): number[] {
  const ascending = [...sizes].sort((a, b) => a - b);
  let below = 0;
  for (let i = 0; i < ascending.length; i++) {
    const above = ascending.length - i;
    // With `above` sources cut down to `cap`: cap = share * (below + above * cap).
    const cap = share * above < 1 ? (share * below) / (1 - share * above) : Infinity;
    if (cap > 0 && cap <= ascending[i]!) return sizes.map((size) => (size > cap ? cap / size : 1));
    below += ascending[i]!;
  }
  return sizes.map(() => 1);
}
