// How much text is in a corpus, before it is read: from the sizes of the files and the beginnings of some of them. What
// the format, the compression and the field leave of a file is measured on its first megabyte. An estimate, no more:
// duplicates and what comes later in a file are not known.

import { open } from 'node:fs/promises';
import { VocabMergeError } from '../../errors.ts';
import { isDatasetAddress, openDatasetFile } from '../hub/dataset-files.ts';
import { formatOfName } from '../read/corpus-format.ts';
import { emptyStats } from '../read/corpus-stats.ts';
import { type CorpusFile, expandInputs, isReadOnce } from '../read/expand-inputs.ts';
import { type ReadCorpusOptions, readSentenceBatches } from './read-corpus.ts';

/** Bytes looked at of each of this many files, spread over all of them. */
const SAMPLE_BYTES = 1 << 20;
const MOST_SAMPLES = 16;

/** Text in a byte of a file that cannot be looked at from its beginning (Parquet, brotli without its name). */
const ASSUMED_BYTES = 2;
const ASSUMED_BYTES_PER_CHARACTER = 2.5;
const ASSUMED_BYTES_PER_LINE = 100;

/** What there is to read. */
export interface CorpusEstimate {
  /** UTF-8 bytes of the sentences. */
  readonly bytes: number;
  /** UTF-16 units of the sentences. */
  readonly characters: number;
  readonly sentences: number;
}

/**
 * Estimates the text of `inputs`, without what `mix` leaves out; lines that count several times are there once.
 *
 * @returns `undefined` when there is no telling: standard input, pipes
 * @throws InputError for inputs that are missing
 */
export async function estimateCorpus(
  inputs: readonly string[],
  options: ReadCorpusOptions = {},
): Promise<CorpusEstimate | undefined> {
  const files = await expandInputs(inputs);
  if ((await Promise.all(files.map(isReadOnce))).includes(true)) return undefined;
  const step = Math.max(1, files.length / MOST_SAMPLES);
  const looked = new Map<CorpusFile, Contents>();
  for (let i = 0; i < files.length; i += step) {
    const file = files[Math.floor(i)]!;
    looked.set(file, await lookInto(file, options));
  }
  const all = sum([...looked.values()]);
  let [bytes, characters, sentences] = [0, 0, 0];
  for (const file of files) {
    const { stored, ...found } = looked.get(file) ?? all;
    const scale = (Math.min(1, options.mix?.[file.source] ?? 1) * file.size) / Math.max(1, stored);
    bytes += found.bytes * scale;
    characters += found.characters * scale;
    sentences += found.sentences * scale;
  }
  return { bytes: Math.round(bytes), characters: Math.round(characters), sentences: Math.round(sentences) };
}

/** What some stored bytes hold. */
interface Contents extends CorpusEstimate {
  readonly stored: number;
}

function sum(parts: readonly Contents[]): Contents {
  const total = (figure: (part: Contents) => number): number => parts.reduce((all, part) => all + figure(part), 0);
  return {
    stored: total(({ stored }) => stored),
    bytes: total(({ bytes }) => bytes),
    characters: total(({ characters }) => characters),
    sentences: total(({ sentences }) => sentences),
  };
}

async function lookInto(file: CorpusFile, options: ReadCorpusOptions): Promise<Contents> {
  const { format: namedFormat, compression } = formatOfName(file.path);
  const format = options.format ?? namedFormat;
  const stored = Math.min(file.size, SAMPLE_BYTES);
  let [characters, sentences] = [0, 0];
  const stats = emptyStats();
  if (format !== 'parquet' && compression !== 'brotli' && stored > 0) {
    const beginning = await readBeginning(file.path, stored);
    // A frequency table has the same extension as a table with columns; its first line says what it is.
    for (const tried of format === 'tsv' && options.format === undefined ? [format, undefined] : [format]) {
      const sampleOptions = {
        ...options,
        ...(tried !== undefined && { format: tried }),
        mix: undefined,
        sampleShare: 1,
        dedupe: false,
        stdin: (async function* () {
          yield beginning;
        })(),
      };
      try {
        for await (const batch of readSentenceBatches([{ ...file, path: '-' }], sampleOptions, stats)) {
          for (const { text } of batch) characters += text.length;
          sentences += batch.length;
        }
      } catch (error) {
        // The end of the sample cuts through compressed data, a record, a character. What is wrong with the file itself
        // comes up when it is read.
        if (!(error instanceof VocabMergeError)) throw error;
      }
      if (sentences > 0) break;
    }
  }
  if (stats.keptBytes > 0) return { stored, bytes: stats.keptBytes, characters, sentences };
  const bytes = stored * ASSUMED_BYTES;
  return {
    stored,
    bytes,
    characters: bytes / ASSUMED_BYTES_PER_CHARACTER,
    sentences: bytes / ASSUMED_BYTES_PER_LINE,
  };
}

async function readBeginning(path: string, length: number): Promise<Uint8Array> {
  if (isDatasetAddress(path)) return (await openDatasetFile(path)).read(0, length);
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return new Uint8Array(0);
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
