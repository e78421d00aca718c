// The heap against sorting.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createHeap } from '../../src/core/heap.ts';
import { runs } from '../runs.ts';

it('gives values by priority, ties as the caller orders them', () => {
  const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 5 })), {
    maxLength: 3000,
  });
  fc.assert(
    fc.property(entries, (pushed) => {
      const heap = createHeap((a, b) => a - b);
      for (const [value, priority] of pushed) heap.push(value, priority);
      const popped: [number, number][] = [];
      while (heap.size > 0) {
        popped.push([heap.top, heap.topPriority]);
        heap.pop();
      }
      expect(popped).toEqual([...pushed].sort(([a, p], [b, q]) => q - p || a - b));
    }),
    { ...runs(60), seed: 1 },
  );
});
