// A binary heap of small integers with number priorities, highest first; ties are ordered by the caller.
// Priorities are what they were when the value was pushed: a lazy queue checks them against the present when it pops.

import { doubled } from './grown.ts';
/** Orders two values of equal priority: negative when `a` comes out first. Must be a total order. */
export type TieOrder = (a: number, b: number) => number;

/** A heap: see {@link createHeap}. */
export interface Heap {
  readonly size: number;
  /** Value with the highest priority; the heap must not be empty. */
  readonly top: number;
  /** Priority of {@link Heap.top}. */
  readonly topPriority: number;
  /** O(log n). */
  push(value: number, priority: number): void;
  /** Removes {@link Heap.top}. O(log n). */
  pop(): void;
}

const INITIAL_CAPACITY = 1024;

/**
 * An empty heap.
 *
 * @example
 * ```ts
 * const heap = createHeap((a, b) => a - b);
 * heap.push(7, 1);
 * heap.push(5, 2);
 * heap.top; // 5
 * ```
 */
export function createHeap(compareTies: TieOrder): Heap {
  let values = new Int32Array(INITIAL_CAPACITY);
  let priorities = new Float64Array(INITIAL_CAPACITY);
  let size = 0;

  function grow(): void {
    values = doubled(values);
    priorities = doubled(priorities);
  }

  /** True when the given entry comes out before the one in `slot`. */
  function isBefore(value: number, priority: number, slot: number): boolean {
    const other = priorities[slot]!;
    return priority > other || (priority === other && compareTies(value, values[slot]!) < 0);
  }

  return {
    get size() {
      return size;
    },
    get top() {
      return values[0]!;
    },
    get topPriority() {
      return priorities[0]!;
    },
    push(value, priority) {
      if (size === values.length) grow();
      let slot = size++;
      while (slot > 0) {
        const parent = (slot - 1) >> 1;
        if (!isBefore(value, priority, parent)) break;
        values[slot] = values[parent]!;
        priorities[slot] = priorities[parent]!;
        slot = parent;
      }
      values[slot] = value;
      priorities[slot] = priority;
    },
    pop() {
      size--;
      const value = values[size]!;
      const priority = priorities[size]!;
      let slot = 0;
      for (;;) {
        let child = 2 * slot + 1;
        if (child >= size) break;
        if (child + 1 < size && isBefore(values[child + 1]!, priorities[child + 1]!, child)) child++;
        if (isBefore(value, priority, child)) break;
        values[slot] = values[child]!;
        priorities[slot] = priorities[child]!;
        slot = child;
      }
      values[slot] = value;
      priorities[slot] = priority;
    },
  };
}
