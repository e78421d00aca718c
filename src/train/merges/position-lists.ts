// Lists of positions that are written once and read until the end, one after the other in big blocks.
// Blocks instead of one growing array: nothing is copied, and memory never holds the old and the new array at once.

/** Positions in a block: 16 MiB. */
const BLOCK_SIZE = 1 << 22;

/** The lists: see {@link createPositionLists}. */
export interface PositionLists {
  readonly blocks: readonly Uint32Array[];
  /** Finds room for `count` positions in a row: in the last block, from the returned offset on. */
  reserve(count: number): number;
}

/** Lists in blocks, of which the first is given and full. */
export function createPositionLists(first: Uint32Array): PositionLists {
  const blocks = [first];
  let used = first.length;
  return {
    blocks,
    reserve(count) {
      if (used + count > blocks.at(-1)!.length) {
        blocks.push(new Uint32Array(Math.max(BLOCK_SIZE, count)));
        used = 0;
      }
      const start = used;
      used += count;
      return start;
    },
  };
}
