// Byte-pair learning on sequences of integer symbols: again and again the most frequent pair of neighbours becomes a
// new symbol. Which pairs may merge, how ties are broken and what a symbol stands for is the caller's: characters in
// BPE training, base tokens in continued BPE. Overlapping occurrences all count ("aaa" has two pairs), as in
// bpe_model_trainer.cc; unlike there every pair is a candidate at every step, not a sample of the frequent ones.
//
// Cost: each merge touches only the places where its pair occurs, so that all merges together touch every symbol of
// the corpus at most once; positions are lists that are written once, at most three numbers a symbol in total.

import { createHeap } from '../../core/heap.ts';
import { yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { countPairs } from './count-pairs.ts';
import { BARRIER, layOutText, type MergeSequences } from './merge-text.ts';
import { REMOVED_PAIR } from './pair-table.ts';
import { createPositionLists } from './position-lists.ts';

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
export interface MergeTask extends MergeSequences {
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
  onProgress?.(0);
  const symbolCapacity = baseSymbolCount + mergeCount;
  const text = layOutText(task, symbolCapacity);
  const { cells, cellSequences } = text;
  const { sequenceCounts } = task;
  const repeatedCells = cellSequences.length;
  const isAllowed = (left: number, right: number): boolean => rules.isAllowed(left, right);
  const counted = await countPairs({ text, sequenceCounts, symbolCount: baseSymbolCount, isAllowed, signal });
  const { table } = counted;
  const lists = createPositionLists(counted.positions);
  /** Cells that a symbol covers. */
  const spans = new Uint32Array(symbolCapacity).fill(1, 0, baseSymbolCount);

  // Only pairs that reach the floor are in the heap; when none is left the floor halves and the table is searched.
  let floor = Number.POSITIVE_INFINITY;
  const heap = createHeap((a, b) => {
    const { pairLefts, pairRights } = table;
    return rules.compare(pairLefts[a]!, pairRights[a]!, pairLefts[b]!, pairRights[b]!) || a - b;
  });

  let merges = 0;
  let work = 0;
  // Of the merge at hand, by the neighbour's symbol: what its pair with the merged halves loses, on the left and on the
  // right, and the number of its pair with the new symbol. Losses are taken off at the end, once for each pair, since the
  // counts of all pairs are too many for the cache.
  const leftLosses = new Float64Array(symbolCapacity);
  const rightLosses = new Float64Array(symbolCapacity);
  const newLeftPairs = new Int32Array(symbolCapacity).fill(UNSEEN);
  const newRightPairs = new Int32Array(symbolCapacity).fill(UNSEEN);
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
    const positions = lists.blocks[table.pairPositionBlocks[candidate]!]!;
    const start = table.pairPositionStarts[candidate]!;
    const end = start + table.pairPositionLengths[candidate]!;
    for (let i = start; i < end; i++) {
      const position = positions[i]!;
      if (cells[position] === left && cells[position + leftSpan] === right) visit(text.sequenceAt(position));
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
    const positions = lists.blocks[table.pairPositionBlocks[pair]!]!;
    const start = table.pairPositionStarts[pair]!;
    const end = start + table.pairPositionLengths[pair]!;
    reserveFound(2 * (end - start));
    found = 0;
    const leftNeighbours: number[] = [];
    const rightNeighbours: number[] = [];
    let saved = 0;
    for (let i = start; i < end; i++) {
      const position = positions[i]!;
      if (cells[position] !== left || cells[position + leftSpan] !== right) continue;
      const count = position < repeatedCells ? sequenceCounts[cellSequences[position]!]! : 1;
      saved += count;
      const after = cells[position + span]!;
      let before = position - 1;
      // The last cell of a longer symbol says how far back its first one is.
      if (cells[before]! < BARRIER) before += cells[before]! + 1;
      const beforeSymbol = cells[before]!;
      if (beforeSymbol !== BARRIER) {
        if (leftLosses[beforeSymbol] === 0) leftNeighbours.push(beforeSymbol);
        leftLosses[beforeSymbol]! += count;
      }
      if (after !== BARRIER) {
        if (rightLosses[after] === 0) rightNeighbours.push(after);
        rightLosses[after]! += count;
      }
      cells[position] = symbol;
      cells[position + leftSpan] = BARRIER;
      cells[position + span - 1] = -span;
      if (beforeSymbol !== BARRIER) {
        if (newLeftPairs[beforeSymbol] === UNSEEN) newLeftPairs[beforeSymbol] = newPair(beforeSymbol, symbol);
        gain(newLeftPairs[beforeSymbol]!, before, count);
      }
      if (after !== BARRIER) {
        if (newRightPairs[after] === UNSEEN) newRightPairs[after] = newPair(symbol, after);
        gain(newRightPairs[after]!, position, count);
      }
    }
    for (const neighbour of leftNeighbours) {
      lose(neighbour, left, pair, leftLosses[neighbour]!);
      leftLosses[neighbour] = 0;
      newLeftPairs[neighbour] = UNSEEN;
    }
    for (const neighbour of rightNeighbours) {
      lose(right, neighbour, pair, rightLosses[neighbour]!);
      rightLosses[neighbour] = 0;
      newRightPairs[neighbour] = UNSEEN;
    }
    storeFound(firstNewPair);
    const { pairCounts, size } = table;
    for (let added = firstNewPair; added < size; added++) {
      if (pairCounts[added]! >= floor) heap.push(added, pairCounts[added]!);
    }
    return saved;
  }

  /** Occurrences of (left, right) are gone, unless it is the pair being merged, or out of the game. */
  function lose(left: number, right: number, merged: number, count: number): void {
    const pair = table.find(left, right);
    if (pair !== NO_PAIR && pair !== merged && table.pairCounts[pair]! >= 0) table.pairCounts[pair]! -= count;
  }

  function newPair(left: number, right: number): number {
    return rules.isAllowed(left, right) ? table.insert(left, right) : NO_PAIR;
  }

  /** An occurrence of a new pair has come up at `position`. */
  function gain(pair: number, position: number, count: number): void {
    if (pair === NO_PAIR) return;
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
    let start = lists.reserve(found);
    const block = lists.blocks.length - 1;
    const positions = lists.blocks[block]!;
    const { pairPositionBlocks, pairPositionStarts, pairPositionLengths, size } = table;
    for (let i = 0; i < found; i++) pairPositionLengths[foundPairs[i]!]!++;
    for (let pair = firstNewPair; pair < size; pair++) {
      pairPositionBlocks[pair] = block;
      pairPositionStarts[pair] = start;
      start += pairPositionLengths[pair]!;
      pairPositionLengths[pair] = 0;
    }
    for (let i = 0; i < found; i++) {
      const pair = foundPairs[i]!;
      positions[pairPositionStarts[pair]! + pairPositionLengths[pair]!++] = foundPositions[i]!;
    }
  }
}
