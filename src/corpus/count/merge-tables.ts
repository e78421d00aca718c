// Merges frequency tables that were counted apart, on disk: memory does not grow with the tables, nor with their number. Every
// part is read to its end before anything is written, so a damaged, foreign or doubled one is refused first.

import { tmpdir } from 'node:os';
import { checkWhole } from '../../core/check-whole.ts';
import { compareUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError, InputError } from '../../errors.ts';
import { openByteSource } from '../read/byte-source.ts';
import { decodeText } from '../read/decode-text.ts';
import { expandInputs } from '../read/expand-inputs.ts';
import {
  cutOffPart,
  type FrequencyTableHeader,
  parseTableEntry,
  parseTableHeader,
  TABLE_END,
} from '../read/frequency-table.ts';
import { hashChunks } from '../read/input-hash.ts';
import { textLines } from '../read/records/text-lines.ts';
import { tableChunks, withoutRare } from './entry-text.ts';
import { createRunWriter, readRunChunks } from './runs/run-collector.ts';
import { orderedUnit } from './runs/segment-table.ts';
import { mergeRuns } from './runs/sorted-runs.ts';
import { createSpill, type Spill } from './runs/spill.ts';
import { mergeHeaders, type PartMergeOptions, type TablePart } from './table-parts.ts';

/** Options of {@link mergeTableFiles}. */
export interface MergeTablesOptions extends PartMergeOptions {
  /** Files, folders or patterns of tables. */
  readonly inputs: readonly string[];
  /** Folder of the temporary file. Default: the system's. */
  readonly temporaryFolder?: string | undefined;
  /** Told how many bytes of all tables have been read. */
  readonly onProgress?: ((bytes: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** A merged table on its way into a file. */
export interface MergedTables {
  readonly header: FrequencyTableHeader;
  readonly parts: readonly TablePart[];
  /** The text of the table file as UTF-8, to be read once. */
  readonly chunks: Iterable<Uint8Array>;
  /** What was merged; complete after the last chunk. */
  readonly totals: { readonly characters: number; readonly droppedCharacters: number; readonly segments: number };
  /** Gives back memory and the temporary file; to be called in any case. */
  close(): void;
}

/** Memory before the entries go to disk. */
const KEPT_BYTES = 1e8;

/**
 * Merges tables: the bytes are the same in any order of the parts, and in any tree of merges. Shards of one count (all of
 * them, nothing dropped) give the bytes of that count in one process.
 *
 * @throws InputError when parts were counted with different options, one is there twice, or a shard is missing
 * @throws FormatError when one is no table, damaged, or cut off
 * @throws OutputError when the temporary file cannot be written
 * @example
 * ```ts
 * const merged = await mergeTableFiles({ inputs: ['part-1.tsv', 'part-2.tsv'] });
 * try {
 *   await writeFile('both.tsv.gz', packTableChunks(merged.chunks, 'both.tsv.gz'));
 * } finally {
 *   merged.close();
 * }
 * ```
 */
export async function mergeTableFiles(options: MergeTablesOptions): Promise<MergedTables> {
  const { inputs, minCount = 1, temporaryFolder = tmpdir(), onProgress } = options;
  checkWhole('minCount', minCount, 1);
  const files = await expandInputs(inputs);
  const spill = createSpill(temporaryFolder, KEPT_BYTES);
  try {
    const parts: (TablePart & { readonly chunkPlaces: readonly number[] })[] = [];
    const total = files.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    const onRead = (bytes: number): void => {
      done += bytes;
      onProgress?.({ done, total });
    };
    for (const { path } of files) {
      if (path === '-') {
        throw new InputError('count merge: standard input is no part', { hint: 'Write the table to a file first.' });
      }
      parts.push(await readPart(path, spill, onRead));
    }
    const header = mergeHeaders(parts, options);
    const runs = parts.map(({ chunkPlaces }) => ({ chunks: readRunChunks(chunkPlaces, spill), source: 0 }));
    const totals = { characters: 0, droppedCharacters: 0, segments: 0 };
    const entries = withoutRare(mergeRuns(runs, { weights: [1], distinct: [0] }), minCount, totals);
    return { header, parts, chunks: tableChunks(entries, header), totals, close: () => spill.close() };
  } catch (error) {
    spill.close();
    throw error;
  }
}

/** Reads one table to its end. @throws FormatError when it is no whole table */
export async function checkTableFile(path: string): Promise<TablePart> {
  return readPart(path, undefined);
}

async function readPart(
  path: string,
  spill: Spill | undefined,
  onRead?: (bytes: number) => void,
): Promise<TablePart & { readonly chunkPlaces: readonly number[] }> {
  const opened = await openByteSource({ path }, { onRead });
  let sha256 = '';
  let lastByte = 0x0a;
  const hashed = hashChunks(opened.chunks, path, (hash) => {
    sha256 = hash.sha256;
  });
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const chunk of hashed) {
      lastByte = chunk.at(-1) ?? lastByte;
      yield chunk;
    }
  }
  const decoded = decodeText(watched(), path, { encoding: 'utf-8', invalidUtf8: 'error' }, () => {});
  const writer = createRunWriter(spill);
  let header: FrequencyTableHeader | undefined;
  let before = '';
  let lineNumber = 0;
  let isEnded = false;
  let units = new Uint16Array(64);
  for await (const { lines } of textLines(decoded, { shown: path, fragments: false })) {
    for (const line of lines) {
      lineNumber++;
      if (header === undefined) {
        header = parseTableHeader(line, path);
        continue;
      }
      isEnded = header.part !== undefined && line === TABLE_END;
      if (isEnded) continue;
      const entry = parseTableEntry(line);
      if (entry === undefined) {
        throw new FormatError(`${path}: line ${lineNumber} is not text, a tab and a count`, {
          hint: 'The file is damaged: count it again.',
        });
      }
      const { text, count } = entry;
      if (compareUtf8(before, text) >= 0) {
        throw new FormatError(`${path}: line ${lineNumber} (${JSON.stringify(text)}) is not in UTF-8 order`, {
          hint: 'The file is no table of count, or damaged: count it again.',
        });
      }
      before = text;
      if (text.length > units.length) units = new Uint16Array(2 * text.length);
      for (let i = 0; i < text.length; i++) units[i] = orderedUnit(text.charCodeAt(i));
      writer.add(units, 0, text.length, count);
    }
  }
  if (header === undefined || lastByte !== 0x0a) {
    throw new FormatError(`${path}: ${header === undefined ? 'is empty' : 'its last line has no line end'}`, {
      hint: 'The file is cut off: get it again.',
    });
  }
  if (header.part !== undefined && !isEnded) throw cutOffPart(path);
  return { path, header, sha256, chunkPlaces: writer.finish() };
}
