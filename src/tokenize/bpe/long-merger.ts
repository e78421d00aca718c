// Merges one long stretch of symbols in O(m log m): a linked list over typed arrays and a heap of candidate pairs with
// lazy deletion. The order is that of short-merger.ts: best merge first, leftmost of equals.
import type { MergeTable } from './merge-table.ts';

/** Told of every candidate pair in the order in which SentencePiece would queue it. */
export type OfferListener = (merge: number, left: number, right: number) => void;

/**
 * Creates a function that merges `stretch[0..size)` in place and returns the new size.
 * Symbols that are negative never merge. The buffers grow with the longest stretch and are reused.
 */
export function createLongMerger(
  table: MergeTable,
  onOffer?: OfferListener,
): (stretch: Int32Array, size: number) => number {
  const { find, mergeResults } = table;
  let previous = new Int32Array(0);
  let next = new Int32Array(0);
  let mergeAt = new Int32Array(0);
  // Keys are rank * 2^31 + position, so one float64 comparison orders by score and then by place. Merges lengthen the
  // heap by at most one entry each beyond the size - 1 first pairs.
  let heap = new Float64Array(0);
  let heapSize = 0;

  const push = (key: number): void => {
    let at = heapSize++;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (heap[parent]! <= key) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = key;
  };
  const pop = (): number => {
    const top = heap[0]!;
    const key = heap[--heapSize]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heapSize) break;
      if (child + 1 < heapSize && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = key;
    return top;
  };

  return (stretch, size) => {
    const { mergeRanks } = table;
    if (next.length < size) {
      const capacity = Math.max(size, next.length * 2);
      previous = new Int32Array(capacity);
      next = new Int32Array(capacity);
      mergeAt = new Int32Array(capacity);
      heap = new Float64Array(capacity * 3);
    }
    heapSize = 0;
    const offer = (at: number): void => {
      const merge = next[at]! < size ? find(stretch[at]!, stretch[next[at]!]!) : -1;
      mergeAt[at] = merge;
      if (merge < 0) return;
      push(mergeRanks[merge]! * 0x80000000 + at);
      onOffer?.(merge, stretch[at]!, stretch[next[at]!]!);
    };
    for (let i = 0; i < size; i++) {
      previous[i] = i - 1;
      next[i] = i + 1;
    }
    for (let i = 0; i < size; i++) offer(i);
    while (heapSize > 0) {
      const key = pop();
      const at = key % 0x80000000;
      const merge = mergeAt[at]!;
      // Stale entries: the symbol was swallowed, or its pair is another one now.
      if (merge < 0 || mergeRanks[merge]! !== (key - at) / 0x80000000) continue;
      const swallowed = next[at]!;
      stretch[at] = mergeResults[merge]!;
      mergeAt[swallowed] = -1;
      next[at] = next[swallowed]!;
      if (next[at]! < size) previous[next[at]!] = at;
      if (previous[at]! >= 0) offer(previous[at]!);
      offer(at);
    }
    let left = 0;
    for (let at = 0; at < size; at = next[at]!) stretch[left++] = stretch[at]!;
    return left;
  };
}
