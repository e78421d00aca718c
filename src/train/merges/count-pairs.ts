// The pairs of a text before the first merge that are frequent enough, with their counts and the positions of each.
// Two counting sorts, by the left symbol and within that by the right one, instead of a hash table that is asked at every
// position: each works on memory that stays in the cache. The first takes as many left symbols at a time as there is room
// for; the sorted positions are the lists that merging needs.

import { yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { BARRIER, createCells, type MergeText } from './merge-text.ts';
import { createPairTable, type PairTable } from './pair-table.ts';
import { createPositionLists, type PositionLists } from './position-lists.ts';

/** Positions sorted at a time: this many, or this share of the text. */
const LEAST_ROOM = 1 << 20;
const ROOM_SHARE = 1 / 4;

/** What {@link countPairs} takes. */
export interface CountPairsOptions {
  readonly text: MergeText;
  /** Symbols of the text are below this. */
  readonly symbolCount: number;
  /** Pairs with a lower count are left out. */
  readonly leastCount: number;
  /** May these two become one symbol? Asked once for each pair with that count; others are left out. */
  isAllowed(left: number, right: number): boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Pairs of a text, in no particular order. */
export interface CountedPairs {
  readonly table: PairTable;
  /** Positions of all pairs, those of one pair in a row and ascending. */
  readonly lists: PositionLists;
}

/** Counts the pairs of neighbours. Linear in the text. */
export async function countPairs(options: CountPairsOptions): Promise<CountedPairs> {
  const { text, symbolCount, leastCount, isAllowed, signal } = options;
  const { cells, cellCounts } = text;
  const repeatedCells = cellCounts.length;
  const totals = countLefts(cells, symbolCount);
  await yieldToEventLoop(signal);
  let room = Math.max(LEAST_ROOM, Math.ceil(ROOM_SHARE * cells.length));
  for (const total of totals) room = Math.max(room, total);
  // One place more, where those go that are not sorted this time.
  const sorted = new Uint32Array(Math.min(room, cells.length) + 1);
  const sortedRights = createCells(sorted.length, cells instanceof Int16Array);
  const lists = createPositionLists();

  const table = createPairTable();
  // For the left symbol at hand, by right symbol: occurrences, what repeated sequences add to them, and where a list ends.
  const occurrences = new Uint32Array(symbolCount);
  const repetitions = new Float64Array(symbolCount);
  const listEnds = new Uint32Array(symbolCount);
  const seen = new Int32Array(symbolCount);
  // By symbol, a barrier being the first.
  const ends = new Uint32Array(symbolCount + 1);
  const isSorted = new Uint8Array(symbolCount + 1);

  for (let from = 0, to = 0; from < symbolCount; from = to) {
    let used = 0;
    ends.fill(sorted.length - 1);
    isSorted.fill(0);
    for (; to < symbolCount && used + totals[to]! <= room; to++) {
      ends[to + 1] = used;
      isSorted[to + 1] = 1;
      used += totals[to]!;
    }
    sortByLeft(cells, { ends, isSorted, sorted, sortedRights });
    for (let left = from; left < to; left++) countRights(left, ends[left + 1]! - totals[left]!, ends[left + 1]!);
    await yieldToEventLoop(signal);
  }

  /** Counts what follows a symbol, which stands at `sorted[start..end)`. */
  function countRights(left: number, start: number, end: number): void {
    let distinct = 0;
    for (let i = start; i < end; i++) {
      const right = sortedRights[i]!;
      if (occurrences[right]!++ === 0) seen[distinct++] = right;
    }
    for (let i = start; i < end && sorted[i]! < repeatedCells; i++) {
      repetitions[sortedRights[i]!]! += text.counts[cellCounts[sorted[i]!]!]! - 1;
    }
    const first = table.size;
    let listed = 0;
    for (let i = 0; i < distinct; i++) {
      const right = seen[i]!;
      const count = occurrences[right]! + repetitions[right]!;
      if (count >= leastCount && isAllowed(left, right)) {
        const pair = table.insert(left, right);
        table.pairCounts[pair] = count;
        table.pairPositionLengths[pair] = occurrences[right]!;
        listed += occurrences[right]!;
      } else listEnds[right] = NOT_LISTED;
      occurrences[right] = 0;
      repetitions[right] = 0;
    }
    if (listed === 0) return;
    let place = lists.reserve(listed);
    const block = lists.blocks.length - 1;
    const positions = lists.blocks[block]!;
    for (let pair = first; pair < table.size; pair++) {
      table.pairPositionBlocks[pair] = block;
      table.pairPositionStarts[pair] = place;
      listEnds[table.pairRights[pair]!] = place;
      place += table.pairPositionLengths[pair]!;
    }
    for (let i = start; i < end; i++) {
      const right = sortedRights[i]!;
      if (listEnds[right] !== NOT_LISTED) positions[listEnds[right]!++] = sorted[i]!;
    }
  }

  return { table, lists };
}

/** Marks a right symbol whose pair is left out; no place in a list, since lists are shorter. */
const NOT_LISTED = 0xffffffff;

/** Of each symbol, the places where another one follows. */
function countLefts(cells: MergeText['cells'], symbolCount: number): Uint32Array {
  const totals = new Uint32Array(symbolCount);
  let left = cells[1]!;
  for (let position = 2; position < cells.length; position++) {
    const right = cells[position]!;
    if (left !== BARRIER && right !== BARRIER) totals[left]!++;
    left = right;
  }
  return totals;
}

/**
 * Places of the sorted symbols, those of one symbol in a row and ascending, and the symbol behind each. Without a branch on the
 * symbol, which no processor could foretell.
 */
function sortByLeft(
  cells: MergeText['cells'],
  {
    ends,
    isSorted,
    sorted,
    sortedRights,
  }: {
    /** Where each symbol's places begin; afterwards, where they end. */
    readonly ends: Uint32Array;
    /** 1 for the symbols that are sorted. */
    readonly isSorted: Uint8Array;
    readonly sorted: Uint32Array;
    readonly sortedRights: MergeText['cells'];
  },
): void {
  let left = cells[1]!;
  for (let position = 1; position < cells.length - 1; position++) {
    const right = cells[position + 1]!;
    if (right !== BARRIER) {
      const slot = ends[left + 1]!;
      sorted[slot] = position;
      sortedRights[slot] = right;
      ends[left + 1] = slot + isSorted[left + 1]!;
    }
    left = right;
  }
}
