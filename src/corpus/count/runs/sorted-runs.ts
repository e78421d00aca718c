// Sorted runs of counted segments and their merge: what a full table leaves behind, and how tables become one. A run is a list
// of chunks of 16-bit units with whole entries: the length, the ordered units (segment-table.ts) and the count. A length
// below 0x8000 is one unit, a longer one two; a count below 0x8000 is one unit, a larger one 0x8000 and four units.

/** Units of a chunk, unless a single entry is longer. */
export const RUN_CHUNK_UNITS = 1 << 15;

const LARGE = 0x8000;
const MOST_COUNT_UNITS = 5;

/** Room for an entry of this many units, whatever its count. */
export function entryUnits(length: number): number {
  return 2 + length + MOST_COUNT_UNITS;
}

/** Writes one entry at `at`, where there must be room; returns where it ends. */
export function writeEntry(
  chunk: Uint16Array,
  at: number,
  units: Uint16Array,
  start: number,
  end: number,
  count: number,
): number {
  const length = end - start;
  if (length < LARGE) chunk[at++] = length;
  else {
    chunk[at++] = LARGE | (length >>> 16);
    chunk[at++] = length & 0xffff;
  }
  for (let i = start; i < end; i++) chunk[at++] = units[i]!;
  if (count < LARGE) chunk[at++] = count;
  else {
    chunk[at++] = LARGE;
    for (let place = 2 ** 48; place >= 1; place /= 2 ** 16) chunk[at++] = Math.floor(count / place) % 2 ** 16;
  }
  return at;
}

/** Entries in UTF-8 order, every text once, to be read once. */
export interface SortedEntries {
  /** Moves to the next entry; false when there is none. */
  next(): boolean;
  /** The entry's text is `units[start, end)`, in ordered units; the array may be another one after `next`. */
  readonly units: Uint16Array;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** The entries of one run. */
export function readRun(chunks: Iterator<Uint16Array>): SortedEntries {
  let chunk = new Uint16Array(0);
  let at = 0;
  const entry = { units: chunk, start: 0, end: 0, count: 0, next };
  function next(): boolean {
    if (at === chunk.length) {
      const more = chunks.next();
      if (more.done === true) return false;
      chunk = more.value as Uint16Array<ArrayBuffer>;
      at = 0;
      entry.units = chunk;
    }
    let length = chunk[at++]!;
    if (length >= LARGE) length = (length - LARGE) * 0x10000 + chunk[at++]!;
    entry.start = at;
    at += length;
    entry.end = at;
    let count = chunk[at++]!;
    if (count === LARGE) {
      count = 0;
      for (let i = 0; i < MOST_COUNT_UNITS - 1; i++) count = count * 0x10000 + chunk[at++]!;
    }
    entry.count = count;
    return true;
  }
  return entry;
}

/** A run and where it comes from. */
export interface SourcedRun {
  readonly chunks: Iterator<Uint16Array>;
  /** Index of its source. */
  readonly source: number;
}

/** How runs of several sources become one list. */
export interface MergeSources {
  /** Factor of the counts of each source. `[sources]` */
  readonly weights: readonly number[];
  /** Filled with the number of distinct texts of each source. `[sources]` */
  readonly distinct: number[];
}

/**
 * All entries of sorted runs, counts of equal texts added up: within a source first, then, weighed, in the order of the
 * sources, so that the sums are the same numbers however a source was divided into runs. Memory is one chunk a run.
 */
export function mergeRuns(runs: readonly SourcedRun[], { weights, distinct }: MergeSources): SortedEntries {
  const heads = runs.map(({ chunks }) => readRun(chunks));
  const sources = runs.map(({ source }) => source);
  // A heap of runs by their current entries; of equal ones, the earlier source is above. It is its own: core/heap.ts compares
  // number priorities first, which makes a merge a third slower.
  const heap: number[] = [];
  const isBefore = (a: number, b: number): boolean => {
    const order = compareEntries(heads[a]!, heads[b]!);
    return order < 0 || (order === 0 && sources[a]! < sources[b]!);
  };
  const sink = (run: number): void => {
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, run)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = run;
  };
  const advance = (): void => {
    const run = heap[0]!;
    if (heads[run]!.next()) sink(run);
    else {
      const last = heap.pop()!;
      if (heap.length > 0) sink(last);
    }
  };
  const ready = heads.flatMap((head, run) => (head.next() ? [run] : []));
  ready.sort((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0));
  // An ascending list is a heap.
  heap.push(...ready);

  const merged = { units: new Uint16Array(0) as Uint16Array, start: 0, end: 0, count: 0, next };
  function next(): boolean {
    if (heap.length === 0) return false;
    const { units, start, end } = heads[heap[0]!]!;
    merged.units = units;
    merged.start = start;
    merged.end = end;
    let total = 0;
    let isFirst = true;
    do {
      const source = sources[heap[0]!]!;
      let sum = 0;
      do {
        sum += heads[heap[0]!]!.count;
        advance();
      } while (heap.length > 0 && sources[heap[0]!] === source && compareEntries(heads[heap[0]!]!, merged) === 0);
      distinct[source]!++;
      const weighed = sum * weights[source]!;
      total = isFirst ? weighed : total + weighed;
      isFirst = false;
    } while (heap.length > 0 && compareEntries(heads[heap[0]!]!, merged) === 0);
    merged.count = total;
    return true;
  }
  return merged;
}

function compareEntries(a: SortedEntries, b: SortedEntries): number {
  const [x, y] = [a.units, b.units];
  const shift = b.start - a.start;
  const stop = a.start + Math.min(a.end - a.start, b.end - b.start);
  for (let i = a.start; i < stop; i++) {
    const difference = x[i]! - y[i + shift]!;
    if (difference !== 0) return difference;
  }
  return a.end - a.start - (b.end - b.start);
}
