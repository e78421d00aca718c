// Byte-pair learning on sequences of integer symbols: again and again the most frequent pair of neighbours becomes a
// new symbol. Which pairs may merge, how ties are broken and what a symbol stands for is the caller's: characters in
// BPE training, base tokens in continued BPE. Overlapping occurrences all count ("aaa" has two pairs), as in
// bpe_model_trainer.cc; unlike there every pair is a candidate at every step, not a sample of the frequent ones.
//
// Cost: each merge touches only the places where its pair occurs, so that all merges together touch every symbol of
// the corpus at most once; positions are lists that are written once, at most three numbers a symbol in total.
// Nine pairs in ten are too rare ever to merge. A pair is never more frequent than when it comes up, so those below a count that
// merging will not come down to need no entry and no positions. Should it come down to that count, it begins again with all.

import { createHeap } from '../../core/heap.ts';
import { yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { countPairs } from './count-pairs.ts';
import { BARRIER, MAX_NARROW, type MergeText, undoMerges } from './merge-text.ts';
import { REMOVED_PAIR } from './pair-table.ts';

const NO_PAIR = -1;

/** Marks a neighbour whose pair with the new symbol has no list of positions. */
const NOT_LISTED = 0xffffffff;

/**
 * The count below which pairs are left out at first, as a share of the pairs in the text for each merge. The last merge of text
 * in Chinese has six to fourteen times that count; text in few letters has not enough pairs (the other condition).
 */
const RARE_SHARE = 1 / 50;
/** As many pairs a merge must reach that count, or none is left out. */
const PAIRS_A_MERGE = 4;

/**
 * Places that are looked at before any of them is changed: a look waits for memory, and looks that depend on nothing wait together.
 */
const LOOK_AHEAD = 256;

/** Work between two turns of the event loop. */
const YIELD_SYMBOLS = 1 << 21;
const YIELD_MERGES = 512;

/** What the caller decides about pairs of symbols. */
export interface MergeRules {
  /** May these two become one symbol? The answer must not change; pairs that are too rare are not asked for. */
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

/** What to learn, and how far. */
export interface MergeTask {
  /** New symbols get the ids from here on. */
  readonly baseSymbolCount: number;
  /** Merges to learn at most. */
  readonly mergeCount: number;
  /** Least count of a pair; 0 also takes pairs that earlier merges have used up. */
  readonly leastCount: number;
  /** Leaves out pairs with a lower count at first; by default it is chosen by the text. The result is the same. */
  readonly rareCount?: number | undefined;
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
export async function learnMerges(text: MergeText, task: MergeTask): Promise<number> {
  const { baseSymbolCount, leastCount, mergeCount } = task;
  if (text.cells instanceof Int16Array && baseSymbolCount + mergeCount > MAX_NARROW) {
    text.cells = new Int32Array(text.cells);
  }
  undoMerges(text, baseSymbolCount);
  const rareCount = Math.max(leastCount, task.rareCount ?? rareCountOf(text, task));
  /** What became of each pair that was chosen, in order: a second attempt chooses the same. */
  const decisions: boolean[] = [];
  const merges = await attemptMerges(text, task, { rareCount, decisions });
  if (merges === mergeCount || rareCount === leastCount) return merges;
  undoMerges(text, baseSymbolCount);
  return attemptMerges(text, task, { rareCount: leastCount, decisions });
}

function rareCountOf({ cells, cellCounts, counts }: MergeText, { mergeCount }: MergeTask): number {
  let barriers = 0;
  for (let cell = 1; cell < cells.length; cell++) if (cells[cell] === BARRIER) barriers++;
  // A sequence has a place less than symbols, and a barrier.
  let total = cells.length - 1 - 2 * barriers;
  for (let cell = 1; cell < cellCounts.length; cell++) {
    if (cells[cell] !== BARRIER && cells[cell - 1] !== BARRIER) total += counts[cellCounts[cell]!]! - 1;
  }
  return Math.floor((RARE_SHARE * total) / Math.max(1, mergeCount));
}

interface Attempt {
  /** Pairs with a lower count are left out. */
  readonly rareCount: number;
  readonly decisions: boolean[];
}

async function attemptMerges(text: MergeText, task: MergeTask, { rareCount, decisions }: Attempt): Promise<number> {
  const { baseSymbolCount, mergeCount, rules, onProgress, onMerge, signal } = task;
  onProgress?.(0);
  const symbolCapacity = baseSymbolCount + mergeCount;
  const { cells, cellCounts, counts, halves, compareCells = (a, b) => a - b } = text;
  const repeatedCells = cellCounts.length;
  const isAllowed = (left: number, right: number): boolean => rules.isAllowed(left, right);
  const counting = { text, symbolCount: baseSymbolCount, isAllowed, signal };
  let leastCount = rareCount;
  let counted = await countPairs({ ...counting, leastCount });
  if (leastCount > task.leastCount && task.rareCount === undefined && counted.table.size < PAIRS_A_MERGE * mergeCount) {
    leastCount = task.leastCount;
    counted = await countPairs({ ...counting, leastCount });
  }
  const { table, lists } = counted;
  /** Cells that a symbol covers. */
  const spans = new Uint32Array(symbolCapacity).fill(1, 0, baseSymbolCount);

  // Only pairs that reach the floor are in the heap; when none is left the floor halves and the table is searched.
  let floor = Number.POSITIVE_INFINITY;
  const heap = createHeap((a, b) => {
    const { pairLefts, pairRights } = table;
    return rules.compare(pairLefts[a]!, pairRights[a]!, pairLefts[b]!, pairRights[b]!) || compareAges(a, b);
  });

  let merges = 0;
  let chosen = 0;
  let work = 0;
  // Of the merge at hand, by neighbour, those on the right behind all on the left: how often its pair with the new symbol
  // comes up, which is what its pair with the merged half loses; at how many places; and where the list of these ends.
  const neighbourCounts = new Float64Array(2 * symbolCapacity);
  const neighbourPlaces = new Uint32Array(2 * symbolCapacity);
  const listEnds = new Uint32Array(2 * symbolCapacity);
  const neighbours = new Int32Array(2 * symbolCapacity);
  // The places in text order: a neighbour, and the position of its pair with the new symbol.
  let foundNeighbours = new Int32Array(1024);
  let foundPositions = new Uint32Array(1024);
  const livingPositions = new Uint32Array(LOOK_AHEAD);

  let candidate = NO_PAIR;
  const occurrences: PairOccurrences = { forEachSequence };

  while (merges < mergeCount) {
    const pair = nextPair();
    if (pair === NO_PAIR) break;
    const symbol = baseSymbolCount + merges;
    candidate = pair;
    const isNew = chosen === decisions.length;
    if (isNew) decisions.push(rules.accept(table.pairLefts[pair]!, table.pairRights[pair]!, symbol, occurrences));
    if (decisions[chosen++]) {
      const saved = merge(pair, symbol);
      halves.push(table.pairLefts[pair]!, table.pairRights[pair]!);
      if (isNew) onMerge?.(symbol, saved);
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

  /** The older pair first: the one that came up with an earlier merge, or earlier in the text. */
  function compareAges(a: number, b: number): number {
    return mergeOf(a) - mergeOf(b) || compareCells(firstPlace(a), firstPlace(b)) || a - b;
  }

  /** The merge that made the newer half of a pair, all that were there before being of merge -1. */
  function mergeOf(pair: number): number {
    return Math.max(table.pairLefts[pair]!, table.pairRights[pair]!, baseSymbolCount - 1) - baseSymbolCount;
  }

  /** Where a pair was read first: at its first place, or at the first of those that count once. */
  function firstPlace(pair: number): number {
    const positions = positionsOf(pair);
    const once = positions.find((position) => position >= repeatedCells);
    return once !== undefined && compareCells(once, positions[0]!) < 0 ? once : positions[0]!;
  }

  /** The positions of a pair, those included where it is no more. */
  function positionsOf(pair: number): Uint32Array {
    const start = table.pairPositionStarts[pair]!;
    const positions = lists.blocks[table.pairPositionBlocks[pair]!]!;
    return positions.subarray(start, start + table.pairPositionLengths[pair]!);
  }

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
    for (const position of positionsOf(candidate)) {
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
    const positions = positionsOf(pair);
    reserveFound(2 * positions.length);
    let found = 0;
    let distinct = 0;
    let saved = 0;
    for (let from = 0; from < positions.length; from += LOOK_AHEAD) {
      const end = Math.min(positions.length, from + LOOK_AHEAD);
      let living = 0;
      for (let i = from; i < end; i++) {
        const position = positions[i]!;
        if (cells[position] === left && cells[position + leftSpan] === right) livingPositions[living++] = position;
      }
      for (let i = 0; i < living; i++) {
        const position = livingPositions[i]!;
        // A place that overlaps with the one before is gone by now.
        if (cells[position] !== left || cells[position + leftSpan] !== right) continue;
        const count = position < repeatedCells ? counts[cellCounts[position]!]! : 1;
        saved += count;
        const after = cells[position + span]!;
        let before = position - 1;
        // The last cell of a longer symbol says how far back its first one is.
        if (cells[before]! < BARRIER) before += cells[before]! + 1;
        const beforeSymbol = cells[before]!;
        cells[position] = symbol;
        cells[position + leftSpan] = BARRIER;
        cells[position + span - 1] = -span;
        if (beforeSymbol !== BARRIER) {
          if (neighbourPlaces[beforeSymbol]!++ === 0) neighbours[distinct++] = beforeSymbol;
          neighbourCounts[beforeSymbol]! += count;
          foundNeighbours[found] = beforeSymbol;
          foundPositions[found++] = before;
        }
        if (after !== BARRIER) {
          const neighbour = symbolCapacity + after;
          if (neighbourPlaces[neighbour]!++ === 0) neighbours[distinct++] = neighbour;
          neighbourCounts[neighbour]! += count;
          foundNeighbours[found] = neighbour;
          foundPositions[found++] = position;
        }
      }
    }
    const firstNewPair = table.size;
    addNewPairs(symbol, distinct, found);
    for (let i = 0; i < distinct; i++) {
      const neighbour = neighbours[i]!;
      if (neighbour < symbolCapacity) lose(neighbour, left, pair, neighbourCounts[neighbour]!);
      else lose(right, neighbour - symbolCapacity, pair, neighbourCounts[neighbour]!);
      neighbourCounts[neighbour] = 0;
      neighbourPlaces[neighbour] = 0;
    }
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

  function reserveFound(count: number): void {
    if (count <= foundNeighbours.length) return;
    foundNeighbours = new Int32Array(2 * count);
    foundPositions = new Uint32Array(2 * count);
  }

  /** Puts the pairs of a new symbol that are frequent enough into the table, each with the list of its positions in text order. */
  function addNewPairs(symbol: number, distinct: number, found: number): void {
    const firstNewPair = table.size;
    let listed = 0;
    for (let i = 0; i < distinct; i++) {
      const neighbour = neighbours[i]!;
      const left = neighbour < symbolCapacity ? neighbour : symbol;
      const right = neighbour < symbolCapacity ? symbol : neighbour - symbolCapacity;
      if (neighbourCounts[neighbour]! < leastCount || !rules.isAllowed(left, right)) {
        listEnds[neighbour] = NOT_LISTED;
        continue;
      }
      const pair = table.insert(left, right);
      table.pairCounts[pair] = neighbourCounts[neighbour]!;
      table.pairPositionStarts[pair] = listed;
      table.pairPositionLengths[pair] = neighbourPlaces[neighbour]!;
      listEnds[neighbour] = listed;
      listed += neighbourPlaces[neighbour]!;
    }
    if (listed === 0) return;
    const from = lists.reserve(listed);
    const block = lists.blocks.length - 1;
    for (let pair = firstNewPair; pair < table.size; pair++) {
      table.pairPositionStarts[pair]! += from;
      table.pairPositionBlocks[pair] = block;
    }
    const positions = lists.blocks[block]!.subarray(from, from + listed);
    for (let i = 0; i < found; i++) {
      const neighbour = foundNeighbours[i]!;
      if (listEnds[neighbour] !== NOT_LISTED) positions[listEnds[neighbour]!++] = foundPositions[i]!;
    }
  }
}
