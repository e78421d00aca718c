// The table that segments are counted in and the sorted runs that it leaves behind when it is full, source by source.
// What reads them all as one is mergeRuns of sorted-runs.ts.

import { createSegmentTable, type SegmentTable } from './segment-table.ts';
import { entryUnits, RUN_CHUNK_UNITS, type SourcedRun, writeEntry } from './sorted-runs.ts';
import { bytesOf, type Spill } from './spill.ts';

/** Counts segments of one source after the other. */
export interface RunCollector {
  /** What to add to; after adding, `sealIfFull`. */
  readonly table: SegmentTable;
  sealIfFull(): void;
  /** What is added from now on is of the next source. */
  nextSource(): void;
  /** Makes a run of what is in the table, and gives back its memory. */
  seal(): void;
  /** The runs made so far. */
  readonly sealed: readonly SealedRun[];
  /** All runs; nothing may be added afterwards. Each can be read once. */
  runs(): SourcedRun[];
}

/** A run in a spill. */
export interface SealedRun {
  /** The numbers of its blocks. */
  readonly blocks: readonly number[];
  /** Index of its source. */
  readonly source: number;
}

/** Writes one run, entry by entry. */
export interface RunWriter {
  /** Adds an entry, which comes behind all before it. */
  add(units: Uint16Array, start: number, end: number, count: number): void;
  /** The numbers of the blocks. */
  finish(): number[];
}

/** @param spill where the run goes; without one, nowhere */
export function createRunWriter(spill: Spill | undefined): RunWriter {
  const blocks: number[] = [];
  let chunk = new Uint16Array(RUN_CHUNK_UNITS);
  let filled = 0;
  const flush = (): void => {
    if (filled > 0 && spill !== undefined) blocks.push(spill.write(bytesOf(chunk.subarray(0, filled))));
    filled = 0;
  };
  return {
    add(units, start, end, count) {
      const needed = entryUnits(end - start);
      if (filled + needed > chunk.length) {
        flush();
        if (needed > chunk.length) chunk = new Uint16Array(needed);
      }
      filled = writeEntry(chunk, filled, units, start, end, count);
    },
    finish() {
      flush();
      return blocks;
    },
  };
}

/** The chunks of a run. */
export function* readRunChunks(blocks: readonly number[], spill: Spill): Generator<Uint16Array> {
  for (const block of blocks) {
    const bytes = spill.read(block);
    yield new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  }
}

/** Runs to be read, each once. */
export function openRuns(sealed: readonly SealedRun[], spill: Spill): SourcedRun[] {
  return sealed.map(({ blocks, source }) => ({ chunks: readRunChunks(blocks, spill), source }));
}

/** @param tableBytes memory of the table; its runs go to `spill` */
export function createRunCollector(tableBytes: number, spill: Spill): RunCollector {
  const table = createSegmentTable(tableBytes);
  const sealed: SealedRun[] = [];
  let source = 0;
  const seal = (): void => {
    if (table.size === 0) return;
    const blocks: number[] = [];
    for (const chunk of table.sorted()) blocks.push(spill.write(bytesOf(chunk)));
    sealed.push({ blocks, source });
    table.clear();
  };
  return {
    table,
    seal() {
      seal();
      table.free();
    },
    sealIfFull() {
      if (table.isFull) seal();
    },
    sealed,
    nextSource() {
      seal();
      source++;
    },
    runs() {
      const runs = openRuns(sealed, spill);
      if (table.size > 0) runs.push({ chunks: table.sorted(), source });
      return runs;
    },
  };
}
