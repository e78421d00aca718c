// Says which seed is the longest at each position of a text: of the intervals of sorted suffixes that seeds are, the deepest one
// around each suffix. It chooses no seeds.

import { firstIndex } from '../../../core/first-index.ts';
import { BOUNDARY_ID, FIRST_CHARACTER_ID } from '../../data/training-data.ts';
import type { NodeIntervals, SeedSearch } from '../../runtime/train-threads.ts';
import { NO_PARENT, UNKNOWN_NODE } from '../forest/pieces.ts';

/**
 * Writes the node at the position of each suffix of a task; returns how many suffixes there were.
 *
 * @param intervals by node, in pre-order; every character has a node
 */
export function nameNodes(
  { suffixes, rankStarts, tasks, options }: SeedSearch,
  task: number,
  { firsts, ends }: NodeIntervals,
  nodes: Int32Array,
): number {
  const from = tasks[task * 2]!;
  const to = tasks[task * 2 + 1]!;
  const end = rankStarts[to]!;
  // The nodes around the current suffix, the last one inside.
  const open = new Int32Array(options.maxSentencepieceLength + 2);
  let top = 0;
  let next =
    1 + firstIndex(firsts.length - 1, (i) => firsts[i + 1]! >= rankStarts[Math.max(from, FIRST_CHARACTER_ID)]!);
  for (let rank = from; rank < to; rank++) {
    open[0] = rank === BOUNDARY_ID ? NO_PARENT : UNKNOWN_NODE;
    const rankEnd = rankStarts[rank + 1]!;
    for (let i = rankStarts[rank]!; i < rankEnd; i++) {
      while (top > 0 && ends[open[top]!]! <= i) top--;
      while (firsts[next] === i) open[++top] = next++;
      nodes[suffixes[i]!] = open[top]!;
    }
    top = 0;
  }
  return end - rankStarts[from]!;
}
