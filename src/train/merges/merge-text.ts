// The text that merges are learnt on, laid out in cells, so that a merge is made in place wherever its pair occurs.
// Every symbol has a cell, with a barrier around each sequence. A merged symbol stays in the first of its cells; the last
// one holds minus the number of cells, and those between are never read. It knows nothing of pairs.

/** Separates sequences; never part of a pair. */
export const BARRIER = -1;

/** Symbols and spans up to this number fit into two bytes with a sign. */
export const MAX_NARROW = 0x7fff;

/** As many counts can be told apart by two bytes. */
const MAX_PLACES = 0x10000;

/** Cells of all sequences; two bytes each where that is enough, since random access to them is what merging costs. */
export type Cells = Int16Array | Int32Array;

/** Cells, all of them 0; of two bytes each, or of four. */
export function createCells(length: number, isNarrow: boolean): Cells {
  return isNarrow ? new Int16Array(length) : new Int32Array(length);
}

/** Sequences of symbols and how often each counts. */
export interface MergeSequences {
  /** Text that has the sequences; symbols are 0..baseSymbolCount-1. */
  readonly symbols: Uint16Array | Uint32Array | Int32Array;
  /** Start and end of each sequence in `symbols`. `[sequences]`; behind the starts there may be more. */
  readonly sequenceStarts: Float64Array;
  readonly sequenceEnds: Float64Array;
  /** How often each sequence counts. `[sequences]` */
  readonly sequenceCounts: Float64Array;
}

/** The text in cells. */
export interface MergeText {
  /** `[symbols + sequences + 1]`; wider ones take their place where symbols get too many. */
  cells: Cells;
  /**
   * How often each cell counts, as a place in `counts`, as far as there are sequences that count more than once: from
   * `cellCounts.length` on every cell counts once. So a corpus sorted by count spends no memory on it.
   */
  readonly cellCounts: Uint16Array | Uint32Array;
  /** The counts that there are, each once. */
  readonly counts: Float64Array;
  /** Left and right symbol of each merge that has been made in the cells, in order. */
  readonly halves: number[];
  /** Sequence that a cell belongs to, of those with counts at least; O(log sequences). */
  sequenceAt(cell: number): number;
  /** Which of two cells was read first, negative for the first; without it they are in that order. */
  compareCells?: ((a: number, b: number) => number) | undefined;
}

/**
 * Lays out sequences.
 *
 * @param symbolCapacity symbols there will be at most, new ones included
 */
export function layOutText(sequences: MergeSequences, symbolCapacity: number): MergeText {
  const { symbols, sequenceStarts, sequenceEnds, sequenceCounts } = sequences;
  const count = sequenceCounts.length;
  const firstCells = new Float64Array(count);
  let longest = 0;
  let repeated = 0;
  let size = 1;
  let countedCells = 0;
  for (let sequence = 0; sequence < count; sequence++) {
    const length = sequenceEnds[sequence]! - sequenceStarts[sequence]!;
    longest = Math.max(longest, length);
    firstCells[sequence] = size;
    size += length + 1;
    if (sequenceCounts[sequence] === 1) continue;
    repeated = sequence + 1;
    countedCells = size;
  }
  const cells = createCells(size, Math.max(symbolCapacity, longest) <= MAX_NARROW);
  const { sequencePlaces, counts, cellCounts } = openCounts(sequenceCounts.subarray(0, repeated), countedCells);
  cells[0] = BARRIER;
  for (let sequence = 0, cell = 1; sequence < count; sequence++) {
    const first = cell;
    for (let i = sequenceStarts[sequence]!; i < sequenceEnds[sequence]!; i++) cells[cell++] = symbols[i]!;
    if (sequence < repeated) cellCounts.fill(sequencePlaces[sequence]!, first, cell);
    cells[cell++] = BARRIER;
  }
  return { cells, cellCounts, counts, halves: [], sequenceAt: (cell) => lastUpTo(firstCells, cell) };
}

/** The last of ascending numbers that is not above `value`, the first of them being none. */
function lastUpTo(numbers: Float64Array, value: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (numbers[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Sequences that are in cells already, each with a barrier behind it. */
export interface CountedCells {
  /** Sequences with counts, and those that count once; both lists are emptied, so that memory holds the text once. */
  readonly counted: Cells[];
  readonly once: Cells[];
  /** How often each sequence of `counted` counts. `[sequences of counted]` */
  readonly sequenceCounts: Float64Array;
  /** How many cells of `once` were read before each sequence of `counted`. `[sequences of counted]` */
  readonly places: Float64Array;
}

/** Lays out sequences that were counted in part: those with counts in front, and told apart when they were read. */
export function layOutCells({ counted, once, sequenceCounts, places }: CountedCells): MergeText {
  const all = [...counted, ...once];
  const countedCells = counted.reduce((sum, { length }) => sum + length, 1);
  const isNarrow = all.every((cells) => cells instanceof Int16Array);
  const cells = createCells(
    all.reduce((sum, { length }) => sum + length, 1),
    isNarrow,
  );
  counted.length = 0;
  once.length = 0;
  cells[0] = BARRIER;
  let filled = 1;
  all.reverse();
  for (let part = all.pop(); part !== undefined; part = all.pop()) {
    cells.set(part, filled);
    filled += part.length;
  }

  const { sequencePlaces, counts, cellCounts } = openCounts(sequenceCounts, countedCells);
  const firstCells = new Float64Array(sequenceCounts.length);
  for (let cell = 1, sequence = 0; cell < countedCells; cell++) {
    if (cells[cell - 1] === BARRIER) firstCells[sequence] = cell;
    if (cells[cell] === BARRIER) sequence++;
    else cellCounts[cell] = sequencePlaces[sequence]!;
  }
  const sequenceAt = (cell: number): number => lastUpTo(firstCells, cell);
  return {
    cells,
    cellCounts,
    counts,
    halves: [],
    sequenceAt,
    compareCells(a, b) {
      if (a < countedCells === b < countedCells) return a - b;
      if (a < countedCells) return places[sequenceAt(a)]! <= b - countedCells ? -1 : 1;
      return places[sequenceAt(b)]! <= a - countedCells ? 1 : -1;
    },
  };
}

/** Counts each once, the place of each sequence's, and those of the cells, to be filled in. */
function openCounts(
  sequenceCounts: Float64Array,
  countedCells: number,
): Pick<MergeText, 'counts' | 'cellCounts'> & { readonly sequencePlaces: Uint32Array } {
  const places = new Map<number, number>();
  const sequencePlaces = sequenceCounts.reduce((found, count, sequence) => {
    const place = places.get(count) ?? places.size;
    if (place === places.size) places.set(count, place);
    found[sequence] = place;
    return found;
  }, new Uint32Array(sequenceCounts.length));
  const cellCounts = places.size <= MAX_PLACES ? new Uint16Array(countedCells) : new Uint32Array(countedCells);
  return { sequencePlaces, counts: Float64Array.from(places.keys()), cellCounts };
}

/** Makes a text what it was before the first merge; that made the symbol `baseSymbolCount`. */
export function undoMerges({ cells, halves }: MergeText, baseSymbolCount: number): void {
  if (halves.length === 0) return;
  const parts: number[] = [];
  for (let position = 0; position < cells.length; ) {
    if (cells[position]! < baseSymbolCount) {
      position++;
      continue;
    }
    // The cells of a symbol are as many as the base symbols that it is made of.
    parts.push(cells[position]!);
    while (parts.length > 0) {
      const symbol = parts.pop()!;
      if (symbol < baseSymbolCount) cells[position++] = symbol;
      else parts.push(halves[2 * (symbol - baseSymbolCount) + 1]!, halves[2 * (symbol - baseSymbolCount)]!);
    }
  }
  halves.length = 0;
}
