// Reads a corpus as a stream: files, folders, patterns and standard input, in every format of corpus-format.ts.
// `readCorpus` gives sentences for training: split where they are too long, cleaned, counted. `readLines` gives the
// texts as they are, for encoding and measuring. Neither ever holds a file in memory; both are read once, from the start.

import { checkWhole } from '../../core/check-whole.ts';
import { counted } from '../../core/counted.ts';
import { SPACE_SYMBOL } from '../../core/model.ts';
import { utf8Length } from '../../core/unicode/utf8.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { InputError, OptionError } from '../../errors.ts';
import { type CorpusFormat, formatOfName } from '../read/corpus-format.ts';
import { type CorpusStats, emptyStats } from '../read/corpus-stats.ts';
import { type CorpusFile, expandInputs } from '../read/expand-inputs.ts';
import type { FrequencyTableHeader } from '../read/frequency-table.ts';
import type { RareEntries } from '../read/rare-entries.ts';
import type { RecordBatch, RecordOptions } from '../read/records/corpus-record.ts';
import { readRecords } from '../read/records/read-records.ts';
import { checkWholeWorks, recordOf, type WorkPart } from '../shards/part-record.ts';
import { createDocumentCounter, type DocumentOptions } from './document-counter.ts';
import { createLineSet, type LineSet } from './line-set.ts';
import { checkMix, copiesOf, countInSample, isInSample } from './line-share.ts';
import { splitLine } from './split-line.ts';

/** Options that {@link readCorpus} and {@link readLines} share. */
export interface ReadOptions {
  /** Format of all inputs, instead of what their names and bytes say. */
  readonly format?: CorpusFormat | undefined;
  /**
   * Field of JSON objects and column of tables that holds the text, default `text`: `a.b` goes into nested objects,
   * `messages[].content` into the entries of a list. The texts of several are one text, each in a line of its own.
   */
  readonly field?: string | readonly string[] | undefined;
  /** A label of the Encoding Standard, default `utf-8`; a byte order mark overrules it. */
  readonly encoding?: string | undefined;
  /** Bytes that are not UTF-8 become U+FFFD and are counted, or stop the reading. Default `replace`. */
  readonly invalidUtf8?: 'replace' | 'error' | undefined;
  /** What `-` reads, default `process.stdin`. */
  readonly stdin?: AsyncIterable<Uint8Array | string> | undefined;
  /** Stops the reading: the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link readCorpus}. */
export interface ReadCorpusOptions extends ReadOptions, DocumentOptions {
  /** Split lines longer than `maxLineBytes`; `false` hands them out whole, for the trainer to drop. Default `true`. */
  readonly splitLongLines?: boolean | undefined;
  /** UTF-8 bytes of the longest part; default 4192, up to which SentencePiece drops nothing. At least 16. */
  readonly maxLineBytes?: number | undefined;
  /** Hand out each sentence only the first time it is seen. Default `false`. */
  readonly dedupe?: boolean | undefined;
  /**
   * Weights of sources by name, 1 for those left out: 3 counts each line three times, 0.6 takes six lines in ten, chosen by
   * a hash of the line, 2.5 does both. A source is an input given as `name=path`, else a folder, or a file by its name.
   */
  readonly mix?: Readonly<Record<string, number>> | undefined;
  /** Take this share of the lines, above 0 and at most 1, chosen by a hash of the line. Default 1. */
  readonly sampleShare?: number | undefined;
  /**
   * Instead of that, for entries of frequency tables: take all with this count at least, and of those with a smaller one as many as it
   * is of this, chosen by a hash, each as if it had this count. Of 4, every other entry of count 2, which then counts 4.
   * Lines of other inputs then count for those that are left out as well. Default 1.
   */
  readonly sampleThreshold?: number | undefined;
}

/** A corpus that is being read: sentences in the order of the inputs, to be iterated once. */
export interface CorpusReader extends AsyncIterable<WeightedSentence> {
  /** Filled in as the sentences are read; complete after the last one. */
  readonly stats: CorpusStats;
  /** What it was opened with, for readers of the same text on threads. */
  readonly inputs: readonly string[];
  readonly options: ReadCorpusOptions;
  /** The same sentences, many at a time: instead of iterating the corpus, where millions of promises would cost too much. */
  batches(): AsyncIterable<readonly WeightedSentence[]>;
}

/** Lines that are being read, to be iterated once. */
export interface LineReader extends AsyncIterable<string> {
  /** As of {@link CorpusReader}; nothing is ever split, deduplicated or empty here. */
  readonly stats: CorpusStats;
}

/** Default of `max_sentence_length` of SentencePiece: lines of more bytes than this are dropped by its trainer. */
const SENTENCEPIECE_MAX_BYTES = 4192;

/**
 * The sentences of a corpus, each with its count (1, but in frequency tables and `counts` files).
 *
 * @param inputs files, folders, patterns such as `data/*.jsonl`, or `-`; `name=` in front names the source
 * @returns an iterable; all errors are thrown while it is iterated
 * @throws InputError for inputs that are missing, damaged or no text, for folders without a usable file, and when there
 * is no text in any of them
 * @throws OptionError for an option out of range
 * @example
 * ```ts
 * const corpus = readCorpus(['data'], { field: 'content' });
 * const model = await trainSentencePiece(corpus, { vocabSize: 4000 });
 * console.error(`${corpus.stats.kept} sentences, ${corpus.stats.split} long lines split`);
 * ```
 */
export function readCorpus(inputs: readonly string[], options: ReadCorpusOptions = {}): CorpusReader {
  const stats = emptyStats();
  async function* batchesOf(files: readonly CorpusFile[]): AsyncGenerator<readonly WeightedSentence[]> {
    if (options.mix) checkMix(options.mix, files);
    await checkShards(files, options);
    yield* readSentenceBatches(files, options, stats);
    if (stats.kept > 0) return;
    if (stats.outOfMix + stats.outOfSample > 0) {
      throw new InputError(
        `${inputs.join(', ')}: the weights of the sources leave out everything (${counted(stats.lines, 'line')})`,
        {
          hint: 'Raise the weights, or give more text.',
        },
      );
    }
    throw new InputError(`${inputs.join(', ')}: no text in ${counted(stats.lines, 'line')}`, {
      hint: 'Check the input.',
    });
  }
  const batches = () => start(inputs, stats, batchesOf);
  async function* sentences(): AsyncGenerator<WeightedSentence> {
    for await (const batch of batches()) yield* batch;
  }
  return { stats, inputs, options, batches, [Symbol.asyncIterator]: sentences };
}

/**
 * The texts of a corpus as they are: the lines of text files, and the whole text of each JSON value or cell, empty
 * ones included. Frequency tables have none, and are refused. Memory does not grow with the files.
 *
 * @throws InputError, OptionError as {@link readCorpus}
 * @example
 * ```ts
 * for await (const line of readLines(['book.txt.gz'])) console.log(tokenizer.encode(line).length);
 * ```
 */
export function readLines(inputs: readonly string[], options: ReadOptions = {}): LineReader {
  const stats = emptyStats();
  return {
    stats,
    [Symbol.asyncIterator]: () => start(inputs, stats, (files) => readWholeTexts(files, options, stats)),
  };
}

/**
 * Refuses shards of a count whose other shards are not there: what is learnt would be of the others only. Of each table the
 * beginning is read; a table that is no shard goes with any other.
 *
 * @throws InputError naming the shards that are missing, or one that is there twice
 */
export async function checkShards(files: readonly CorpusFile[], options: ReadCorpusOptions): Promise<void> {
  const shards: WorkPart[] = [];
  const onTable = (path: string, header: FrequencyTableHeader): void => {
    const part = { path, header, sha256: path };
    if (recordOf(part).of !== undefined) shards.push(part);
  };
  const reading = { ...recordOptionsOf(options, emptyStats()), fragments: true, onTable };
  for (const file of files) {
    if (file.size === 0 || formatOfName(file.path).format !== 'tsv') continue;
    const records = readRecords(file, reading);
    // A broken table has its error when it is read as a whole.
    await records.next().catch(() => {});
    await records.return(undefined);
  }
  checkWholeWorks(shards);
}

async function* start<T>(
  inputs: readonly string[],
  stats: CorpusStats,
  read: (files: readonly CorpusFile[]) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const files = await expandInputs(inputs);
  for (const file of files) stats.totalBytes += file.size;
  yield* read(files);
}

/** As {@link readLines}, of files that are already found, or parts of them. */
export async function* readWholeTexts(
  files: readonly CorpusFile[],
  options: ReadOptions,
  stats: CorpusStats,
): AsyncGenerator<string> {
  for await (const { texts } of readTextBatches(files, options, stats)) {
    for (const text of texts) {
      stats.lines++;
      stats.kept++;
      stats.keptBytes += utf8Length(text);
      yield text;
    }
  }
}

/** Options of {@link readTextBatches}. */
export interface ReadBatchOptions extends ReadOptions, Pick<RecordOptions, 'asBytes'> {}

/** Texts as {@link readWholeTexts} gives them, as many at a time as were read together; `stats` counts none of them. */
export async function* readTextBatches(
  files: readonly CorpusFile[],
  { asBytes, ...options }: ReadBatchOptions,
  stats: CorpusStats,
): AsyncGenerator<RecordBatch> {
  for (const file of files) {
    const recordOptions = { ...recordOptionsOf(options, stats), fragments: false, asBytes, onTable: refuseTable };
    for await (const batch of readRecords(file, recordOptions)) {
      options.signal?.throwIfAborted();
      yield batch;
    }
  }
}

// Its entries would be taken for lines that occur once each.
function refuseTable(path: string): never {
  throw new InputError(`${path}: is a frequency table, and has no lines of text`, {
    hint: 'Give the text that it was counted from: only count, train, extend and build take tables.',
  });
}

/** Where in a text a line is, and how often it counts. */
interface LinePlace {
  readonly count: number;
  /** The whole line, of an entry of a table. */
  readonly entry?: string | undefined;
  /** Behind the beginning of a text. */
  readonly isInside: boolean;
  /** An entry of a table that begins a text: it has a `▁` that is no part of it. */
  readonly begins?: boolean;
  readonly document?: number | undefined;
}

/** Sentence by sentence what {@link readSentenceBatches} gives. */
export async function* readSentences(
  ...args: Parameters<typeof readSentenceBatches>
): AsyncGenerator<WeightedSentence> {
  for await (const batch of readSentenceBatches(...args)) yield* batch;
}

/**
 * The sentences of files that are already found; with `known`, only those that are not in it, which are added to it. They
 * come in batches, because a promise for each of millions of lines would cost more than reading them.
 */
export async function* readSentenceBatches(
  files: readonly CorpusFile[],
  options: ReadCorpusOptions & Pick<RecordOptions, 'onTable'>,
  stats: CorpusStats,
  known?: LineSet,
): AsyncGenerator<readonly WeightedSentence[]> {
  const { splitLongLines = true, maxLineBytes = SENTENCEPIECE_MAX_BYTES, dedupe = false, signal } = options;
  const { mix = {}, sampleShare = 1, sampleThreshold = 1 } = options;
  checkWhole('maxLineBytes', maxLineBytes, 16);
  if (!(sampleShare > 0 && sampleShare <= 1)) {
    throw new OptionError(`sampleShare: ${sampleShare} is not above 0 and at most 1`);
  }
  const seen = known ?? (dedupe ? createLineSet() : undefined);
  const rare: RareEntries = {
    isKept: (count, units, length) => countInSample(units, count, sampleThreshold, length) > 0,
    onEntry(_, bytes) {
      stats.lines++;
      stats.outOfSample++;
      stats.outOfSampleBytes += bytes;
    },
  };
  const recordOptions = { ...recordOptionsOf(options, stats), fragments: splitLongLines, onTable: options.onTable };
  const hasDocuments = options.document !== undefined || options.documentField !== undefined;
  const documents = hasDocuments ? createDocumentCounter(options) : undefined;
  // With a threshold, what is taken of tables stands for all of them.
  const lineCount = sampleThreshold > 1 ? 1 / sampleShare : 1;
  let weight = 1;
  let document: number | undefined;

  let batch: WeightedSentence[] = [];
  // Takes a line, or a stretch of one that has been cut where `splitLine` would have cut it.
  function take(parts: readonly string[], { count, entry, isInside, begins, document }: LinePlace): void {
    const sampled = entry === undefined ? lineCount : countInSample(entry, count, sampleThreshold);
    for (let i = 0; i < parts.length; i++) {
      const text = parts[i]!;
      const bytes = utf8Length(text);
      if (seen !== undefined && !seen.add(text)) {
        stats.duplicates++;
        stats.duplicateBytes += bytes;
        continue;
      }
      const copies = copiesOf(text, count, weight);
      if (copies === 0) {
        stats.outOfMix++;
        stats.outOfMixBytes += bytes;
        continue;
      }
      if (entry === undefined ? !isInSample(text, sampleShare) : sampled === 0) {
        stats.outOfSample++;
        stats.outOfSampleBytes += bytes;
        continue;
      }
      stats.kept++;
      stats.keptBytes += bytes;
      const isFragment = isInside || i > 0;
      batch.push({
        text: begins && i === 0 ? text.slice(SPACE_SYMBOL.length) : text,
        count: sampled === count ? copies : copiesOf(text, sampled, weight),
        ...(isFragment && { isFragment }),
        ...(document !== undefined && { document }),
      });
    }
  }

  // What is left of a line whose beginning has been handed out in parts already.
  let rest = '';
  let partsBefore = 0;
  for (const file of files) {
    weight = mix[file.source] ?? 1;
    let isFirst = true;
    for await (const { texts, counts, hasFronts, open, documentKeys } of readRecords(file, {
      ...recordOptions,
      // Which lines are doubled, and which are out of the mix, is told of all.
      ...(seen === undefined && weight === 1 && sampleThreshold > 1 && { rare }),
    })) {
      signal?.throwIfAborted();
      if (isFirst) documents?.startFile(file, documentKeys !== undefined);
      isFirst = false;
      for (let r = 0; r < texts.length; r++) {
        if (documentKeys) documents?.startRecord(documentKeys[r]);
        const count = counts?.[r] ?? 1;
        const lines = texts[r]!.includes('\n') ? texts[r]!.split(/\r?\n/) : [texts[r]!];
        for (const raw of lines) {
          const clean = raw.includes('\0') ? withoutNul(raw, stats) : raw;
          const isContinued = rest !== '' || partsBefore > 0;
          const line = rest === '' ? clean : rest + clean;
          rest = '';
          if (!isContinued) document = documents?.documentOf(line);
          if (open && r === texts.length - 1) {
            const parts = splitLine(line, maxLineBytes);
            rest = parts.pop() ?? '';
            const isInside = partsBefore > 0;
            partsBefore += parts.length;
            take(parts, { count, isInside, document });
            continue;
          }
          stats.lines++;
          if (partsBefore === 0 && line.trim() === '') {
            stats.empty++;
            continue;
          }
          const parts = splitLongLines ? splitLine(line, maxLineBytes) : [line];
          if (partsBefore + parts.length > 1) stats.split++;
          // Entries with counts are segments from inside of texts, but for those that say that they begin one.
          const begins = hasFronts === true && line.startsWith(SPACE_SYMBOL);
          const isInside = partsBefore > 0 || (counts !== undefined && !begins);
          partsBefore = 0;
          take(parts, { count, entry: counts === undefined ? undefined : line, isInside, begins, document });
        }
      }
      if (batch.length > 0) yield batch;
      batch = [];
    }
  }
  stats.documents += documents?.size ?? 0;
}

function withoutNul(line: string, stats: CorpusStats): string {
  const clean = line.replaceAll('\0', '');
  stats.nulCharacters += line.length - clean.length;
  return clean;
}

/** How records are read for these options. */
export function recordOptionsOf(options: ReadCorpusOptions, stats: CorpusStats): Omit<RecordOptions, 'fragments'> {
  return {
    format: options.format,
    fields: typeof options.field === 'string' ? [options.field] : options.field,
    documentField: options.documentField,
    encoding: options.encoding ?? 'utf-8',
    invalidUtf8: options.invalidUtf8 ?? 'replace',
    stdin: options.stdin,
    stats,
  };
}
