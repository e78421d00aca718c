// The corpus as Unigram training sees it: stretches that no piece of the current model crosses the ends of, each
// distinct one once, with its count. The lattice of a sentence falls apart at such ends, so nothing is lost; and as
// pieces are dropped, stretches get shorter and coincide more often. A stretch is the row of nodes of its positions:
// the longest piece that starts there, see unigram-pieces.ts. Stretches with equal nodes have equal lattices.

import type { PieceForest } from './unigram-pieces.ts';

/** Positions handled between two steps. */
const STEP = 1 << 20;

/** Distinct weighted stretches, in order of first appearance. */
export interface Stretches {
  /** Node of the longest piece at each position, within its stretch. */
  readonly nodes: Int32Array;
  /** Start of each stretch in `nodes`. `[stretches + 1]` */
  readonly starts: Uint32Array;
  /** Occurrences of each stretch. `[stretches]` */
  readonly counts: Float64Array;
  /** Positions of the longest stretch. */
  readonly maxLength: number;
}

/** Words in text order, not yet distinct; `starts` and `counts` as in {@link Stretches}. */
export type WeightedRuns = Pick<Stretches, 'nodes' | 'starts' | 'counts'>;

/**
 * Cuts runs into distinct stretches, in steps. Linear in the positions.
 *
 * @param runs nodes of another forest, whose pieces may reach beyond the end of a run: they are shortened to fit
 * @param newNodes node of `forest` for each node in `runs`
 */
export function* cutStretchesSteps(
  runs: WeightedRuns,
  newNodes: Int32Array,
  forest: PieceForest,
): Generator<void, Stretches> {
  const { starts, counts } = runs;
  const { parents, lengths } = forest;
  const table = createStretchTable(runs.nodes.length);
  let work = 0;
  for (let run = 0; run < counts.length; run++) {
    const end = starts[run + 1]!;
    const count = counts[run]!;
    let reach = starts[run]!;
    for (let i = reach; i < end; i++) {
      if (reach === i) table.close(count);
      let node = newNodes[runs.nodes[i]!]!;
      while (i + lengths[node]! > end) node = parents[node]!;
      reach = Math.max(reach, i + lengths[node]!);
      table.push(node);
    }
    table.close(count);
    work += end - starts[run]!;
    if (work >= STEP) {
      work = 0;
      yield;
    }
  }
  return table.finish();
}

/** Collects stretches behind each other and takes back the last one when it is not new. */
function createStretchTable(capacity: number) {
  let nodes = new Int32Array(Math.min(capacity, 1 << 16));
  let used = 0;
  let size = 0;
  let start = 0;
  let hash = 0;
  let maxLength = 0;
  let starts = new Uint32Array(1 << 12);
  let counts = new Float64Array(1 << 12);
  let hashes = new Int32Array(1 << 12);
  // Stretch + 1 by hash, 0 where free, at most half full.
  let slots = new Int32Array(1 << 13);

  function growSlots(): void {
    starts = copyInto(new Uint32Array(size * 2), starts);
    counts = copyInto(new Float64Array(size * 2), counts);
    hashes = copyInto(new Int32Array(size * 2), hashes);
    slots = new Int32Array(size * 4);
    const mask = slots.length - 1;
    for (let stretch = 0; stretch < size; stretch++) {
      let slot = hashes[stretch]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = stretch + 1;
    }
  }

  /** True when `stretch` is the one under construction. */
  function isSame(stretch: number): boolean {
    const other = starts[stretch]!;
    const length = used - start;
    const otherEnd = stretch + 1 < size ? starts[stretch + 1]! : start;
    if (otherEnd - other !== length) return false;
    for (let i = 0; i < length; i++) if (nodes[other + i] !== nodes[start + i]) return false;
    return true;
  }

  return {
    /** Appends a position to the stretch under construction. */
    push(node: number): void {
      if (used === nodes.length) nodes = copyInto(new Int32Array(Math.min(capacity, used * 2)), nodes);
      nodes[used++] = node;
      const mixed = Math.imul(hash ^ node, 0x5bd1e995);
      hash = mixed ^ (mixed >>> 15);
    },

    /** Ends the stretch under construction, if it has positions. */
    close(count: number): void {
      if (used === start) return;
      const mask = slots.length - 1;
      let slot = hash & mask;
      for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
        const stretch = slots[slot]! - 1;
        if (hashes[stretch] === hash && isSame(stretch)) {
          counts[stretch]! += count;
          used = start;
          hash = 0;
          return;
        }
      }
      slots[slot] = size + 1;
      starts[size] = start;
      counts[size] = count;
      hashes[size++] = hash;
      maxLength = Math.max(maxLength, used - start);
      start = used;
      hash = 0;
      if (size === starts.length) growSlots();
    },

    finish(): Stretches {
      starts[size] = used;
      return {
        nodes: nodes.slice(0, used),
        starts: starts.slice(0, size + 1),
        counts: counts.slice(0, size),
        maxLength,
      };
    },
  };
}

function copyInto<T extends Int32Array | Uint32Array | Float64Array>(larger: T, array: T): T {
  larger.set(array);
  return larger;
}
