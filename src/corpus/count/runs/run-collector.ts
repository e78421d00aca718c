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
  /** Where its chunks begin, and where the last one ends. `[chunks + 1]` */
  readonly chunkPlaces: readonly number[];
  /** Index of its source. */
  readonly source: number;
}

/** Writes one run, entry by entry. */
export interface RunWriter {
  /** Adds an entry, which comes behind all before it. */
  add(units: Uint16Array, start: number, end: number, count: number): void;
  /** Where the chunks begin, and where the last one ends; nothing else may be written to the spill before. `[chunks + 1]` */
  finish(): number[];
}

/** @param spill where the run goes; without one, nowhere */
export function createRunWriter(spill: Spill | undefined): RunWriter {
  const places: number[] = [];
  let chunk = new Uint16Array(RUN_CHUNK_UNITS);
  let filled = 0;
  const flush = (): void => {
    if (filled > 0 && spill !== undefined) places.push(spill.write(bytesOf(chunk.subarray(0, filled))));
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
      if (spill !== undefined) places.push(spill.end);
      return places;
    },
  };
}

/** The chunks of a run. */
export function* readRunChunks(chunkPlaces: readonly number[], spill: Spill): Generator<Uint16Array> {
  for (let i = 0; i + 1 < chunkPlaces.length; i++) {
    const chunk = new Uint16Array((chunkPlaces[i + 1]! - chunkPlaces[i]!) / 2);
    spill.read(chunkPlaces[i]!, bytesOf(chunk));
    yield chunk;
  }
}

/** Runs to be read, each once. */
export function openRuns(sealed: readonly SealedRun[], spill: Spill): SourcedRun[] {
  return sealed.map(({ chunkPlaces, source }) => ({ chunks: readRunChunks(chunkPlaces, spill), source }));
}

/** @param tableBytes memory of the table; its runs go to `spill` */
export function createRunCollector(tableBytes: number, spill: Spill): RunCollector {
  const table = createSegmentTable(tableBytes);
  const sealed: SealedRun[] = [];
  let source = 0;
  const seal = (): void => {
    if (table.size === 0) return;
    const chunkPlaces: number[] = [];
    for (const chunk of table.sorted()) chunkPlaces.push(spill.write(bytesOf(chunk)));
    chunkPlaces.push(spill.end);
    sealed.push({ chunkPlaces, source });
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
