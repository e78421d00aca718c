// Merges a short stretch of symbols by scanning all pairs again after every merge: O(m^2), and faster than the heap of
// long-merger.ts up to SHORT symbols. The order is the same: best merge first, leftmost of equals.
import { type MergeTable, NO_SCORE } from './merge-table.ts';

/** Up to this many symbols the scan beats the heap. */
export const SHORT = 48;

/** Told of every merge in the order in which they are made, with the place of its left symbol in what is left by then. */
export type MergeListener = (merge: number, at: number) => void;

/**
 * Creates a function that merges `stretch[0..size)` in place and returns the new size, any size.
 * Symbols that are negative never merge.
 */
export function createShortMerger(
  table: Pick<MergeTable, 'find' | 'mergeScores' | 'mergeResults'>,
  onMerge?: MergeListener,
): (stretch: Int32Array, size: number) => number {
  const { find, mergeScores, mergeResults } = table;
  let scores = new Float64Array(SHORT);
  let merges = new Int32Array(SHORT);

  const setPair = (stretch: Int32Array, at: number): void => {
    const merge = find(stretch[at]!, stretch[at + 1]!);
    merges[at] = merge;
    scores[at] = merge < 0 ? NO_SCORE : mergeScores[merge]!;
  };

  return (stretch, size) => {
    if (scores.length < size) {
      scores = new Float64Array(size);
      merges = new Int32Array(size);
    }
    for (let i = 0; i + 1 < size; i++) setPair(stretch, i);
    let pairCount = size - 1;
    while (pairCount > 0) {
      let best = 0;
      let bestScore = scores[0]!;
      for (let i = 1; i < pairCount; i++) {
        if (scores[i]! > bestScore) {
          bestScore = scores[i]!;
          best = i;
        }
      }
      if (bestScore === NO_SCORE) break;
      onMerge?.(merges[best]!, best);
      stretch[best] = mergeResults[merges[best]!]!;
      pairCount--;
      for (let i = best + 1; i <= pairCount; i++) stretch[i] = stretch[i + 1]!;
      for (let i = best; i < pairCount; i++) {
        scores[i] = scores[i + 1]!;
        merges[i] = merges[i + 1]!;
      }
      if (best > 0) setPair(stretch, best - 1);
      if (best < pairCount) setPair(stretch, best);
    }
    return pairCount + 1;
  };
}
