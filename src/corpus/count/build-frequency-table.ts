// Counts the segments of a corpus into a frequency table: what `vocab-merge count` does. With a greatest length, the runs
// are condensed to short frequent segments; with a greatest share, no input weighs more than that. Tables are inputs as
// well, so tables of parts are merged by counting them together.

import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { checkWhole } from '../../core/check-whole.ts';
import { counted } from '../../core/counted.ts';
import { SPACE_SYMBOL } from '../../core/model.ts';
import { codePointLength, compareUtf8, encodeUtf8 } from '../../core/unicode/utf8.ts';
import { InputError, OptionError } from '../../errors.ts';
import { createLineSet } from '../lines/line-set.ts';
import { type ReadOptions, readSentences } from '../lines/read-corpus.ts';
import { type CorpusStats, emptyStats } from '../read/corpus-stats.ts';
import { type CorpusFile, expandInputs } from '../read/expand-inputs.ts';
import {
  type FrequencyTable,
  type FrequencyTableHeader,
  frequencyTable,
  serializeFrequencyTable,
} from '../read/frequency-table.ts';
import { condense } from './condense.ts';
import { CHINESE_PUNCTUATION, createSegmentCutter, createTextCounter, type SegmentOptions } from './count-segments.ts';

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
  /** Told about each input that has been read. */
  readonly onSource?: ((source: FrequencySource) => void) | undefined;
  /** Told now and then how far the inputs are read. */
  readonly onProgress?: ((stats: Readonly<CorpusStats>) => void) | undefined;
}

/** What one input contributed. */
export interface FrequencySource {
  readonly input: string;
  /** Characters in segments, before weighing. */
  readonly characters: number;
  /** Distinct segments. */
  readonly segments: number;
}

/** A table and how it came about. */
export interface FrequencyTableResult {
  readonly table: FrequencyTable;
  readonly stats: CorpusStats;
  /** The inputs in their order, with the factor by which their counts were weighed, at most 1. */
  readonly sources: readonly (FrequencySource & { readonly weight: number })[];
  /** Weighed characters counted, with `join: 'front'` a `▁` for each beginning of a text among them. */
  readonly characters: number;
  /** Of these, characters in segments too rare for the table. */
  readonly droppedCharacters: number;
}

/** Lines are cut only to bound memory: far beyond any run, and after a sentence. */
const MAX_LINE_BYTES = 1 << 20;

/** Sentences between two reports of progress. */
const PROGRESS_SENTENCES = 1024;

/**
 * Counts segments.
 *
 * @throws InputError for inputs that cannot be read, or without a single segment
 * @throws OptionError for an option out of range
 * @example
 * ```ts
 * const { table } = await buildFrequencyTable({ inputs: ['news.txt.gz', 'wiki'], maxLength: 6, minCount: 3 });
 * await writeFileAtomic('zh.tsv.gz', packFrequencyTable(table, 'zh.tsv.gz'));
 * ```
 */
export async function buildFrequencyTable(options: FrequencyTableOptions): Promise<FrequencyTableResult> {
  const { inputs, scripts = ['Han'], punctuation = CHINESE_PUNCTUATION, maxLength, minCount = 1 } = options;
  const { maxSourceShare = 1, dedupe = false, join = 'none', onSource, onProgress } = options;
  checkShare(maxSourceShare, inputs.length);
  checkWhole('minCount', minCount, 1);
  const groups: CorpusFile[][] = [];
  for (const input of inputs) groups.push(await expandInputs([input]));
  if (groups.length === 0) await expandInputs([]);

  const stats = emptyStats();
  for (const file of groups.flat()) stats.totalBytes += file.size;
  const cut = createSegmentCutter({ scripts, punctuation, join });
  const seen = dedupe ? createLineSet() : undefined;
  const counters = [];
  const sources: FrequencySource[] = [];
  for (const [i, files] of groups.entries()) {
    const counter = createTextCounter();
    for await (const { text, count, isFragment } of readSentences(
      files,
      { ...options, maxLineBytes: MAX_LINE_BYTES, refuseFronts: join === 'none' },
      stats,
      seen,
    )) {
      const hasFront = join === 'front' && !isFragment;
      cut(hasFront ? SPACE_SYMBOL + text : text, (segment) => counter.add(segment, count));
      if (stats.kept % PROGRESS_SENTENCES === 1) onProgress?.(stats);
    }
    counters.push(counter);
    sources.push({ input: inputs[i]!, ...measure(counter.entries()) });
    onSource?.(sources.at(-1)!);
  }

  const weights = weigh(
    sources.map(({ characters }) => characters),
    maxSourceShare,
  );
  const sums = createTextCounter();
  counters.forEach((counter, i) => {
    for (const [text, count] of counter.entries()) sums.add(text, count * weights[i]!);
  });
  const merged = [...sums.entries()].sort(([a], [b]) => compareUtf8(a, b));
  if (merged.length === 0) {
    throw new InputError(
      `${inputs.join(', ')}: no segment of script ${scripts.join(', ')} in ${counted(stats.lines, 'line')}`,
      {
        hint: 'Check the inputs, the field and the scripts.',
      },
    );
  }
  const header: FrequencyTableHeader = {
    scripts: scripts.join(','),
    punctuation,
    minCount,
    ...(maxLength !== undefined && { maxLength }),
    ...(maxSourceShare < 1 && { maxSourceShare }),
    ...(join !== 'none' && { join }),
  };
  const { entries, characters, droppedCharacters } =
    maxLength === undefined
      ? dropRare(merged, minCount)
      : condense(
          { texts: merged.map(([text]) => text), counts: Float64Array.from(merged, ([, count]) => count) },
          { maxLength, minCount },
        );
  const weighed = sources.map((source, i) => ({ ...source, weight: weights[i]! }));
  // Where a run was cut behind the `▁` that says that it begins a text, the `▁` alone says nothing.
  const table = frequencyTable(
    entries.filter(([text]) => text !== SPACE_SYMBOL),
    header,
  );
  return { table, stats, sources: weighed, characters, droppedCharacters };
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

function measure(entries: Iterable<[string, number]>): { characters: number; segments: number } {
  let characters = 0;
  let segments = 0;
  for (const [text, count] of entries) {
    characters += codePointLength(text) * count;
    segments++;
  }
  return { characters, segments };
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

function dropRare(merged: readonly [string, number][], minCount: number) {
  const entries: [string, number][] = [];
  let characters = 0;
  let droppedCharacters = 0;
  for (const [text, count] of merged) {
    const weight = codePointLength(text) * count;
    characters += weight;
    if (Math.round(count) >= minCount) entries.push([text, Math.round(count)]);
    else droppedCharacters += weight;
  }
  return { entries, characters, droppedCharacters };
}

/**
 * The bytes of a table file, compressed as the extension of `name` says (.gz, .br; anything else is plain text).
 *
 * @example
 * ```ts
 * const { table } = await buildFrequencyTable({ inputs: ['news.txt.gz'] });
 * await writeFile('news.tsv.br', packFrequencyTable(table, 'news.tsv.br'));
 * ```
 */
export function packFrequencyTable(table: FrequencyTable, name: string): Uint8Array {
  const bytes = encodeUtf8(serializeFrequencyTable(table));
  if (name.endsWith('.gz')) return gzipSync(bytes, { level: 9 });
  if (!name.endsWith('.br')) return bytes;
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}
