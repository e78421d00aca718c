// Byte-pair learning on sequences of integer symbols: again and again the most frequent pair of neighbours becomes a
// new symbol. Which pairs may merge, how ties are broken and what a symbol stands for is the caller's: characters in
// BPE training, base tokens in continued BPE. Overlapping occurrences all count ("aaa" has two pairs), as in
// bpe_model_trainer.cc; unlike there every pair is a candidate at every step, not a sample of the frequent ones.
//
// Cost: each merge touches only the places where its pair occurs, so that all merges together touch every symbol of
// the corpus at most once; positions are lists that are written once, at most three numbers a symbol in total.

import { createHeap } from '../core/heap.ts';
import { createPairTable, REMOVED_PAIR } from './pair-table.ts';
import { yieldToEventLoop } from './yield-to-event-loop.ts';

/** Separates sequences; never part of a pair. */
const BARRIER = -1;
/** Marks a pair that the rules do not allow. */
const FORBIDDEN_PAIR = REMOVED_PAIR - 1;
/** Not looked up yet, in the caches of one merge. */
const UNSEEN = -2;
const NO_PAIR = -1;

/** Work between two turns of the event loop. */
const YIELD_SYMBOLS = 1 << 21;
const YIELD_MERGES = 512;

/** What the caller decides about pairs of symbols. */
export interface MergeRules {
  /** May these two become one symbol? Asked once for each pair that occurs. */
  isAllowed(left: number, right: number): boolean;
  /** Order of two pairs of equal count: negative when the first comes first, 0 when the older one does. */
  compare(leftA: number, rightA: number, leftB: number, rightB: number): number;
  /** The pair was chosen to become `symbol`; false leaves it as it is, for good, and `symbol` free. */
  accept(left: number, right: number, symbol: number, occurrences: PairOccurrences): boolean;
}

/** Where the pair that is to be accepted occurs. */
export interface PairOccurrences {
  /** Calls `visit` with the sequence of each occurrence, in order; overlapping occurrences all count. */
  forEachSequence(visit: (sequence: number) => void): void;
}

/** Sequences to learn on, and how far. */
export interface MergeTask {
  /** The sequences one after the other; symbols are 0..baseSymbolCount-1. */
  readonly symbols: Uint16Array | Uint32Array | Int32Array;
  /** Start of each sequence in `symbols`; the last entry is the end. `[sequences + 1]` */
  readonly sequenceStarts: Float64Array;
  /** How often each sequence counts. `[sequences]` */
  readonly sequenceCounts: Float64Array;
  /** New symbols get the ids from here on. */
  readonly baseSymbolCount: number;
  /** Merges to learn at most. */
  readonly mergeCount: number;
  /** Least count of a pair; 0 also takes pairs that earlier merges have used up. */
  readonly leastCount: number;
  readonly rules: MergeRules;
  readonly onProgress?: ((merges: number) => void) | undefined;
  /** A merge was made: by how many symbols it shortened the text, times the counts of the sequences. */
  readonly onMerge?: ((symbol: number, saved: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Learns merges.
 *
 * @returns the number of merges accepted: `mergeCount`, or fewer when no pair is left
 */
export async function learnMerges(task: MergeTask): Promise<number> {
  const { baseSymbolCount, mergeCount, leastCount, rules, onProgress, onMerge, signal } = task;
  const symbolCapacity = baseSymbolCount + mergeCount;
  const text = layOut(task);
  const { cells, cellSequences } = text;
  const { sequenceCounts } = task;
  const table = createPairTable();
  let positions = new Uint32Array(0);
  let positionsUsed = 0;
  /** Cells that a symbol covers. */
  const spans = new Uint32Array(symbolCapacity).fill(1, 0, baseSymbolCount);

  await countPairs();

  // Only pairs that reach the floor are in the heap; when none is left the floor halves and the table is searched.
  let floor = Number.POSITIVE_INFINITY;
  const heap = createHeap((a, b) => {
    const { pairLefts, pairRights } = table;
    return rules.compare(pairLefts[a]!, pairRights[a]!, pairLefts[b]!, pairRights[b]!) || a - b;
  });

  let merges = 0;
  let work = 0;
  // Pair numbers of the merge at hand by the neighbour's symbol: before the merge and after it, left and right.
  const oldLeftPairs = new Int32Array(symbolCapacity).fill(UNSEEN);
  const oldRightPairs = new Int32Array(symbolCapacity).fill(UNSEEN);
  const newLeftPairs = new Int32Array(symbolCapacity).fill(UNSEEN);
  const newRightPairs = new Int32Array(symbolCapacity).fill(UNSEEN);
  let neighbours: number[] = [];
  // Occurrences of the new pairs in text order.
  let foundPairs = new Int32Array(1024);
  let foundPositions = new Uint32Array(1024);
  let found = 0;

  let candidate = NO_PAIR;
  const occurrences: PairOccurrences = { forEachSequence };

  while (merges < mergeCount) {
    const pair = nextPair();
    if (pair === NO_PAIR) break;
    const symbol = baseSymbolCount + merges;
    candidate = pair;
    if (rules.accept(table.pairLefts[pair]!, table.pairRights[pair]!, symbol, occurrences)) {
      const saved = merge(pair, symbol);
      onMerge?.(symbol, saved);
      merges++;
      work += table.pairPositionLengths[pair]! / YIELD_SYMBOLS + 1 / YIELD_MERGES;
    }
    table.pairCounts[pair] = REMOVED_PAIR;
    if (work >= 1) {
      work = 0;
      onProgress?.(merges);
      await yieldToEventLoop(signal);
    }
  }
  onProgress?.(merges);
  return merges;

  /** Takes the best pair out of the heap. */
  function nextPair(): number {
    for (;;) {
      while (heap.size > 0) {
        const pair = heap.top;
        const count = table.pairCounts[pair]!;
        const isCurrent = count === heap.topPriority;
        heap.pop();
        if (isCurrent) return pair;
        if (count >= floor) heap.push(pair, count);
      }
      if (floor <= leastCount) return NO_PAIR;
      lowerFloor();
    }
  }

  function lowerFloor(): void {
    const { pairCounts, size } = table;
    let highest = leastCount;
    for (let pair = 0; pair < size; pair++) highest = Math.max(highest, pairCounts[pair]!);
    floor = Math.max(leastCount, Math.floor(highest / 2));
    for (let pair = 0; pair < size; pair++) if (pairCounts[pair]! >= floor) heap.push(pair, pairCounts[pair]!);
  }

  function forEachSequence(visit: (sequence: number) => void): void {
    const left = table.pairLefts[candidate]!;
    const right = table.pairRights[candidate]!;
    const leftSpan = spans[left]!;
    const start = table.pairPositionStarts[candidate]!;
    const end = start + table.pairPositionLengths[candidate]!;
    for (let i = start; i < end; i++) {
      const position = positions[i]!;
      if (cells[position] === left && cells[position + leftSpan] === right) visit(cellSequences[position]!);
    }
  }

  /** Replaces a pair by a symbol wherever it still occurs; returns the symbols saved. */
  function merge(pair: number, symbol: number): number {
    const left = table.pairLefts[pair]!;
    const right = table.pairRights[pair]!;
    const leftSpan = spans[left]!;
    const span = leftSpan + spans[right]!;
    spans[symbol] = span;
    const firstNewPair = table.size;
    const start = table.pairPositionStarts[pair]!;
    const end = start + table.pairPositionLengths[pair]!;
    reserveFound(2 * (end - start));
    found = 0;
    let saved = 0;
    for (let i = start; i < end; i++) {
      const position = positions[i]!;
      if (cells[position] !== left || cells[position + leftSpan] !== right) continue;
      const count = sequenceCounts[cellSequences[position]!]!;
      saved += count;
      const after = cells[position + span]!;
      let before = position - 1;
      // The last cell of a longer symbol says how far back its first one is.
      if (cells[before]! < BARRIER) before += cells[before]! + 1;
      const beforeSymbol = cells[before]!;
      if (beforeSymbol !== BARRIER) lose(oldLeftPairs, beforeSymbol, beforeSymbol, left, pair, count);
      if (after !== BARRIER) lose(oldRightPairs, after, right, after, pair, count);
      cells[position] = symbol;
      cells[position + leftSpan] = BARRIER;
      cells[position + span - 1] = -span;
      if (beforeSymbol !== BARRIER) gain(newLeftPairs, beforeSymbol, beforeSymbol, symbol, before, count);
      if (after !== BARRIER) gain(newRightPairs, after, symbol, after, position, count);
    }
    for (const neighbour of neighbours) {
      oldLeftPairs[neighbour] = UNSEEN;
      oldRightPairs[neighbour] = UNSEEN;
      newLeftPairs[neighbour] = UNSEEN;
      newRightPairs[neighbour] = UNSEEN;
    }
    neighbours = [];
    storeFound(firstNewPair);
    const { pairCounts, size } = table;
    for (let added = firstNewPair; added < size; added++) {
      if (pairCounts[added]! >= floor) heap.push(added, pairCounts[added]!);
    }
    return saved;
  }

  /** An occurrence of (left, right) is gone, unless it is the pair being merged. */
  function lose(
    cache: Int32Array,
    neighbour: number,
    left: number,
    right: number,
    merged: number,
    count: number,
  ): void {
    let pair = cache[neighbour]!;
    if (pair === UNSEEN) {
      pair = table.find(left, right);
      if (pair === merged || (pair >= 0 && table.pairCounts[pair]! < 0)) pair = NO_PAIR;
      cache[neighbour] = pair;
      neighbours.push(neighbour);
    }
    if (pair >= 0) table.pairCounts[pair]! -= count;
  }

  /** An occurrence of (left, right) has come up at `position`. */
  function gain(
    cache: Int32Array,
    neighbour: number,
    left: number,
    right: number,
    position: number,
    count: number,
  ): void {
    let pair = cache[neighbour]!;
    if (pair === UNSEEN) {
      pair = rules.isAllowed(left, right) ? table.insert(left, right) : NO_PAIR;
      cache[neighbour] = pair;
      neighbours.push(neighbour);
    }
    if (pair < 0) return;
    table.pairCounts[pair]! += count;
    foundPairs[found] = pair;
    foundPositions[found++] = position;
  }

  function reserveFound(count: number): void {
    if (count <= foundPairs.length) return;
    foundPairs = new Int32Array(2 * count);
    foundPositions = new Uint32Array(2 * count);
  }

  /** Sorts what was found into one list of positions for each pair, in text order. */
  function storeFound(firstNewPair: number): void {
    const { pairPositionStarts, pairPositionLengths, size } = table;
    if (positionsUsed + found > positions.length) {
      const grown = new Uint32Array(Math.ceil(1.25 * (positionsUsed + found)));
      grown.set(positions.subarray(0, positionsUsed));
      positions = grown;
    }
    for (let i = 0; i < found; i++) pairPositionLengths[foundPairs[i]!]!++;
    for (let pair = firstNewPair; pair < size; pair++) {
      pairPositionStarts[pair] = positionsUsed;
      positionsUsed += pairPositionLengths[pair]!;
      pairPositionLengths[pair] = 0;
    }
    for (let i = 0; i < found; i++) {
      const pair = foundPairs[i]!;
      positions[pairPositionStarts[pair]! + pairPositionLengths[pair]!++] = foundPositions[i]!;
    }
  }

  /** Fills the table with the pairs of the text as it is given. */
  async function countPairs(): Promise<void> {
    const cellPairs = new Int32Array(cells.length).fill(NO_PAIR);
    let total = 0;
    for (let position = 1; position + 1 < cells.length; position++) {
      const left = cells[position]!;
      const right = cells[position + 1]!;
      if (left === BARRIER || right === BARRIER) continue;
      let pair = table.find(left, right);
      if (pair < 0) {
        pair = table.insert(left, right);
        if (!rules.isAllowed(left, right)) table.pairCounts[pair] = FORBIDDEN_PAIR;
      }
      if (table.pairCounts[pair]! >= 0) {
        table.pairCounts[pair]! += sequenceCounts[cellSequences[position]!]!;
        table.pairPositionLengths[pair]!++;
        cellPairs[position] = pair;
        total++;
      }
      if (position % YIELD_SYMBOLS === 0) await yieldToEventLoop(signal);
    }
    positions = new Uint32Array(total);
    const { pairPositionStarts, pairPositionLengths, size } = table;
    for (let pair = 0; pair < size; pair++) {
      pairPositionStarts[pair] = positionsUsed;
      positionsUsed += pairPositionLengths[pair]!;
      pairPositionLengths[pair] = 0;
    }
    for (let position = 1; position < cells.length; position++) {
      const pair = cellPairs[position]!;
      if (pair >= 0) positions[pairPositionStarts[pair]! + pairPositionLengths[pair]!++] = position;
    }
  }
}

/**
 * Puts every symbol into a cell, with a barrier around each sequence. A merged symbol stays in the first of its cells;
 * the last one holds minus the number of cells, and those between are never read.
 */
function layOut({ symbols, sequenceStarts, sequenceCounts }: MergeTask) {
  const cells = new Int32Array(symbols.length + sequenceCounts.length + 1).fill(BARRIER);
  const cellSequences = new Uint32Array(cells.length);
  let cell = 1;
  for (let sequence = 0; sequence < sequenceCounts.length; sequence++) {
    const end = sequenceStarts[sequence + 1]!;
    for (let i = sequenceStarts[sequence]!; i < end; i++) {
      cellSequences[cell] = sequence;
      cells[cell++] = symbols[i]!;
    }
    cell++;
  }
  return { cells, cellSequences };
}
