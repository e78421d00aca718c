// Lists of positions that are written once and read until the end, one after the other in big blocks.
// Blocks instead of one growing array: nothing is copied, and memory never holds the old and the new array at once. Each is
// twice as long as the one before, up to a limit, so that a small corpus takes little.

const SMALLEST_BLOCK = 1 << 10;
/** Positions in the longest block: 16 MiB. */
const LARGEST_BLOCK = 1 << 22;

/** The lists: see {@link createPositionLists}. */
export interface PositionLists {
  readonly blocks: readonly Uint32Array[];
  /** Finds room for `count` positions in a row: in the last block, from the returned offset on. */
  reserve(count: number): number;
}

/** Lists in blocks, none yet. */
export function createPositionLists(): PositionLists {
  const blocks: Uint32Array[] = [];
  let used = 0;
  return {
    blocks,
    reserve(count) {
      const last = blocks.at(-1)?.length ?? 0;
      if (blocks.length === 0 || used + count > last) {
        const length = Math.min(Math.max(2 * last, SMALLEST_BLOCK), LARGEST_BLOCK);
        blocks.push(new Uint32Array(Math.max(length, count)));
        used = 0;
      }
      const start = used;
      used += count;
      return start;
    },
  };
}
