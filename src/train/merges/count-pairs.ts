// The pairs of a text before the first merge, with their counts and the positions of each.
// Two counting sorts, by the left symbol and within that by the right one, instead of a hash table that is asked at every
// position: each works on memory that stays in the cache, and the sorted positions are the lists that merging needs.

import { yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { BARRIER, type MergeText } from './merge-text.ts';
import { createPairTable, type PairTable } from './pair-table.ts';

/** Work between two turns of the event loop. */
const YIELD_POSITIONS = 1 << 21;

/** What {@link countPairs} takes. */
export interface CountPairsOptions {
  readonly text: MergeText;
  /** `[sequences]` */
  readonly sequenceCounts: Float64Array;
  /** Symbols of the text are below this. */
  readonly symbolCount: number;
  /** May these two become one symbol? Asked once for each pair that occurs; others are left out. */
  isAllowed(left: number, right: number): boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Pairs of a text, numbered in the order in which they first occur. */
export interface CountedPairs {
  readonly table: PairTable;
  /** Positions of all pairs, those of one pair in a row and ascending: block 0 of the table's lists. */
  readonly positions: Uint32Array;
}

/** Counts the pairs of neighbours. Linear in the text, but for a sort of the distinct pairs. */
export async function countPairs(options: CountPairsOptions): Promise<CountedPairs> {
  const { text, sequenceCounts, symbolCount, isAllowed, signal } = options;
  const { cells, cellSequences } = text;
  const { starts, positions, rights: rightSymbols } = await sortByLeft(text, symbolCount, signal);

  const lefts: number[] = [];
  const rights: number[] = [];
  const counts: number[] = [];
  const pairStarts: number[] = [];
  // For the left symbol at hand, by right symbol.
  const rightTotals = new Uint32Array(symbolCount);
  const rightCounts = new Float64Array(symbolCount);
  const rightEnds = new Uint32Array(symbolCount);
  let bucket = new Uint32Array(1 << 16);
  let used = 0;
  let work = 0;
  for (let left = 0; left < symbolCount; left++) {
    const start = starts[left]!;
    const length = starts[left + 1]! - start;
    if (length === 0) continue;
    if (length > bucket.length) bucket = new Uint32Array(2 * length);
    bucket.set(positions.subarray(start, start + length));
    const seen: number[] = [];
    for (let i = 0; i < length; i++) {
      const position = bucket[i]!;
      const right = rightSymbols[start + i]!;
      if (rightTotals[right]! === 0) seen.push(right);
      rightTotals[right]!++;
      rightCounts[right]! += position < cellSequences.length ? sequenceCounts[cellSequences[position]!]! : 1;
    }
    // What is allowed is written back over what was read, which is never less far.
    for (const right of seen) {
      if (!isAllowed(left, right)) {
        rightEnds[right] = NOT_ALLOWED;
        continue;
      }
      lefts.push(left);
      rights.push(right);
      counts.push(rightCounts[right]!);
      pairStarts.push(used);
      rightEnds[right] = used;
      used += rightTotals[right]!;
    }
    for (let i = 0; i < length; i++) {
      const right = rightSymbols[start + i]!;
      if (rightEnds[right] !== NOT_ALLOWED) positions[rightEnds[right]!++] = bucket[i]!;
    }
    for (const right of seen) {
      rightTotals[right] = 0;
      rightCounts[right] = 0;
    }
    work += length;
    if (work >= YIELD_POSITIONS) {
      work = 0;
      await yieldToEventLoop(signal);
    }
  }
  pairStarts.push(used);

  // Merging about doubles the number of pairs.
  const table = createPairTable(2 * lefts.length);
  for (const pair of orderOfAppearance(positions, pairStarts, cells.length)) {
    const number = table.insert(lefts[pair]!, rights[pair]!);
    table.pairCounts[number] = counts[pair]!;
    table.pairPositionStarts[number] = pairStarts[pair]!;
    table.pairPositionLengths[number] = pairStarts[pair + 1]! - pairStarts[pair]!;
  }
  // A copy when much was left out: the rest of the array would stay in memory until the end.
  return { table, positions: used > 0.9 * positions.length ? positions.subarray(0, used) : positions.slice(0, used) };
}

/** Marks a right symbol whose pair is left out; no position, since the last cell of a text is a barrier. */
const NOT_ALLOWED = 0xffffffff;

/** Positions of all pairs, those with the same left symbol in a row and ascending, and the right symbol of each. */
async function sortByLeft({ cells }: MergeText, symbolCount: number, signal: AbortSignal | undefined) {
  const starts = new Float64Array(symbolCount + 1);
  const last = cells.length - 1;
  for (let position = 1; position < last; position++) {
    const left = cells[position]!;
    if (left !== BARRIER && cells[position + 1] !== BARRIER) starts[left + 1]!++;
  }
  await yieldToEventLoop(signal);
  for (let symbol = 0; symbol < symbolCount; symbol++) starts[symbol + 1]! += starts[symbol]!;
  const positions = new Uint32Array(starts[symbolCount]!);
  const rights = cells instanceof Int16Array ? new Int16Array(positions.length) : new Int32Array(positions.length);
  const ends = Uint32Array.from(starts);
  let left = cells[1]!;
  for (let position = 1; position < last; position++) {
    const right = cells[position + 1]!;
    if (left !== BARRIER && right !== BARRIER) {
      const slot = ends[left]!++;
      positions[slot] = position;
      rights[slot] = right;
    }
    left = right;
  }
  await yieldToEventLoop(signal);
  return { starts, positions, rights };
}

/** Pairs by the position at which they first occur. */
function orderOfAppearance(positions: Uint32Array, pairStarts: readonly number[], cellCount: number): Iterable<number> {
  const pairs = pairStarts.length - 1;
  const first = (pair: number): number => positions[pairStarts[pair]!]!;
  if (cellCount * pairs > Number.MAX_SAFE_INTEGER) {
    return Uint32Array.from({ length: pairs }, (_, pair) => pair).sort((a, b) => first(a) - first(b));
  }
  // Position and pair in one number: sorting plain numbers needs no comparison function.
  const keys = new Float64Array(pairs);
  for (let pair = 0; pair < pairs; pair++) keys[pair] = first(pair) * pairs + pair;
  return keys.sort().map((key) => key % pairs);
}
