// Takes pieces out of a set in which each is reachable, so that the rest stays so: only leaves are taken, which no other
// piece of the set contains. A merge joins two parts of its result, so a piece that is in none of the others was never
// formed on the way to one, and without it every other encoding goes as before.
import { createHeap } from '../../core/heap.ts';

/** Input of {@link pruneLeaves}. */
export interface PruneLeavesOptions {
  /** Distinct texts, best first. */
  readonly texts: readonly string[];
  /** How many to keep. */
  readonly count: number;
}

/**
 * Leaves out the worst-ranked leaf, again and again, until `count` texts are left.
 *
 * @returns ranks of the texts that are kept, ascending
 * @example
 * ```ts
 * pruneLeaves({ texts: ['abc', 'd', 'ab'], count: 2 }); // [0, 2]: 'ab' is needed for 'abc'
 * ```
 */
export function pruneLeaves({ texts, count }: PruneLeavesOptions): number[] {
  const rankOf = new Map(texts.map((text, rank) => [text, rank]));
  const containers = new Int32Array(texts.length);
  for (const text of texts) for (const part of partsOf(text, rankOf)) containers[part]!++;
  const isKept = new Uint8Array(texts.length).fill(1);
  const leaves = createHeap((a, b) => b - a);
  for (let rank = 0; rank < texts.length; rank++) if (containers[rank] === 0) leaves.push(rank, rank);
  for (let left = texts.length; left > count; left--) {
    const rank = leaves.top;
    leaves.pop();
    isKept[rank] = 0;
    for (const part of partsOf(texts[rank]!, rankOf)) if (--containers[part]! === 0) leaves.push(part, part);
  }
  return [...isKept.keys()].filter((rank) => isKept[rank] === 1);
}

/** Ranks of the texts that stand within `text`, itself left out, each once. */
function partsOf(text: string, rankOf: ReadonlyMap<string, number>): Set<number> {
  const ranks = new Set<number>();
  for (let start = 0; start < text.length; start++) {
    for (let end = start + 1; end <= text.length; end++) {
      const rank = end - start === text.length ? undefined : rankOf.get(text.slice(start, end));
      if (rank !== undefined) ranks.add(rank);
    }
  }
  return ranks;
}
