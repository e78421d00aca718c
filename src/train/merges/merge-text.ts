// The text that merges are learnt on, laid out in cells, so that a merge is made in place wherever its pair occurs.
// Every symbol has a cell, with a barrier around each sequence. A merged symbol stays in the first of its cells; the last
// one holds minus the number of cells, and those between are never read. It knows nothing of pairs.

/** Separates sequences; never part of a pair. */
export const BARRIER = -1;

/** Symbols and spans up to this number fit into two bytes with a sign. */
const MAX_NARROW = 0x7fff;

/** As many counts can be told apart by two bytes. */
const MAX_PLACES = 0x10000;

/** Cells of all sequences; two bytes each where that is enough, since random access to them is what merging costs. */
export type Cells = Int16Array | Int32Array;

/** Sequences of symbols and how often each counts. */
export interface MergeSequences {
  /** The sequences one after the other; symbols are 0..baseSymbolCount-1. */
  readonly symbols: Uint16Array | Uint32Array | Int32Array;
  /** Start of each sequence in `symbols`; the last entry is the end. `[sequences + 1]` */
  readonly sequenceStarts: Float64Array;
  /** How often each sequence counts. `[sequences]` */
  readonly sequenceCounts: Float64Array;
}

/** The text in cells. */
export interface MergeText {
  /** `[symbols + sequences + 1]` */
  readonly cells: Cells;
  /**
   * How often each cell counts, as a place in `counts`, as far as there are sequences that count more than once: from
   * `cellCounts.length` on every cell counts once. So a corpus sorted by count spends no memory on it.
   */
  readonly cellCounts: Uint16Array | Uint32Array;
  /** The counts that there are, each once. */
  readonly counts: Float64Array;
  /** Sequence that a cell belongs to; O(log sequences). */
  sequenceAt(cell: number): number;
}

/**
 * Lays out sequences.
 *
 * @param symbolCapacity symbols there will be at most, new ones included
 */
export function layOutText(sequences: MergeSequences, symbolCapacity: number): MergeText {
  const { symbols, sequenceStarts, sequenceCounts } = sequences;
  const count = sequenceCounts.length;
  let longest = 0;
  let repeated = 0;
  for (let sequence = 0; sequence < count; sequence++) {
    longest = Math.max(longest, sequenceStarts[sequence + 1]! - sequenceStarts[sequence]!);
    if (sequenceCounts[sequence] !== 1) repeated = sequence + 1;
  }
  const isNarrow = Math.max(symbolCapacity, longest) <= MAX_NARROW;
  const size = symbols.length + count + 1;
  const cells = isNarrow ? new Int16Array(size) : new Int32Array(size);
  const firstCell = (sequence: number): number => 1 + sequenceStarts[sequence]! + sequence;
  const { sequencePlaces, counts } = distinctCounts(sequenceCounts.subarray(0, repeated));
  const countedCells = repeated === 0 ? 0 : firstCell(repeated);
  const cellCounts = counts.length <= MAX_PLACES ? new Uint16Array(countedCells) : new Uint32Array(countedCells);
  cells[0] = BARRIER;
  for (let sequence = 0; sequence < count; sequence++) {
    const start = firstCell(sequence);
    const end = firstCell(sequence + 1) - 1;
    cells.set(symbols.subarray(sequenceStarts[sequence]!, sequenceStarts[sequence + 1]!), start);
    cells[end] = BARRIER;
    if (sequence < repeated) cellCounts.fill(sequencePlaces[sequence]!, start, end);
  }

  return {
    cells,
    cellCounts,
    counts,
    sequenceAt(cell) {
      let low = 0;
      let high = count - 1;
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (firstCell(middle) <= cell) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}

/** Counts each once, and the place of each sequence's. */
function distinctCounts(sequenceCounts: Float64Array): { sequencePlaces: Uint32Array; counts: Float64Array } {
  const places = new Map<number, number>();
  const sequencePlaces = sequenceCounts.reduce((found, count, sequence) => {
    const place = places.get(count) ?? places.size;
    if (place === places.size) places.set(count, place);
    found[sequence] = place;
    return found;
  }, new Uint32Array(sequenceCounts.length));
  return { sequencePlaces, counts: Float64Array.from(places.keys()) };
}

/**
 * Makes a text what it was before the first merge.
 *
 * @param halves left and right symbol of each merge, in order; the first merge made the symbol `baseSymbolCount`
 */
export function undoMerges({ cells }: MergeText, baseSymbolCount: number, halves: readonly number[]): void {
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
}
