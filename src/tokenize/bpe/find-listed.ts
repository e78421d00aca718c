// The merges of a model that lists them: a pair of ids is looked up as it stands, and its place in the list is its rank.
// A pair that is listed twice has the rank of the later one, as in Hugging Face's engines.
import type { MergeList } from '../../core/model.ts';
import { hashPair } from './join-filter.ts';

/** Creates the function from two symbols to the place of their merge in the list, -1 for none. */
export function createListedFinder({ leftIds, rightIds }: MergeList): (left: number, right: number) => number {
  let slots = 16;
  while (slots * 3 < leftIds.length * 4) slots *= 2;
  slots *= 2;
  const mask = slots - 1;
  const merges = new Int32Array(slots).fill(-1);
  const slotOf = (left: number, right: number): number => {
    let slot = hashPair(left, right) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const merge = merges[slot]!;
      if (merge < 0 || (leftIds[merge] === left && rightIds[merge] === right)) return slot;
    }
  };
  for (let merge = 0; merge < leftIds.length; merge++) merges[slotOf(leftIds[merge]!, rightIds[merge]!)] = merge;
  return (left, right) => merges[slotOf(left, right)]!;
}
