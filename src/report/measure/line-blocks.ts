// Lines folded into a bounded number of blocks, so that a text of any length can be resampled afterwards.
// A short text has one block a line; when the blocks are full, neighbours are joined in pairs and every block holds twice
// as many lines from then on. Neighbouring lines are often of one document, and joining them keeps what they have in
// common together, which resampling single lines would not. Only sums are kept, never the lines.

/** Most blocks of a text; between half of it and all of it are in use once lines have been joined. */
const MAX_BLOCKS = 2048;

/** Blocks of one text: see {@link createLineBlocks}. */
export interface LineBlocks {
  /** Adds a line: its code points, and its tokens by each tokenizer from `start` on. */
  add(characters: number, tokens: ArrayLike<number>, start: number): void;
  /** Blocks that hold a line. */
  readonly count: number;
  /** Lines of a full block: 1, 2, 4, … */
  readonly linesPerBlock: number;
  /** Sums of each block, `[count, 1 + tokenizers]` row-major: code points, then the tokens of each tokenizer. */
  readonly sums: Float64Array;
}

/**
 * Creates the blocks of a text.
 *
 * @param options.tokenizers how many there are
 * @param options.maxBlocks even, at least 2; default {@link MAX_BLOCKS}
 * @example
 * ```ts
 * const blocks = createLineBlocks({ tokenizers: 1, maxBlocks: 2 });
 * for (const tokens of [3, 4, 5]) blocks.add(10, [tokens], 0);
 * blocks.linesPerBlock; // 2
 * blocks.sums.subarray(0, 2 * blocks.count); // [20, 7, 10, 5]: 20 characters and 7 tokens, 10 and 5
 * ```
 */
export function createLineBlocks(options: { readonly tokenizers: number; readonly maxBlocks?: number }): LineBlocks {
  const { tokenizers, maxBlocks = MAX_BLOCKS } = options;
  const width = 1 + tokenizers;
  const sums = new Float64Array(maxBlocks * width);
  let lines = 0;
  let linesPerBlock = 1;

  function joinPairs(): void {
    for (let block = 0; block < maxBlocks / 2; block++) {
      for (let i = 0; i < width; i++) {
        sums[block * width + i] = sums[2 * block * width + i]! + sums[(2 * block + 1) * width + i]!;
      }
    }
    sums.fill(0, (maxBlocks / 2) * width);
    linesPerBlock *= 2;
  }

  return {
    add(characters, tokens, start) {
      if (lines === maxBlocks * linesPerBlock) joinPairs();
      const at = Math.floor(lines++ / linesPerBlock) * width;
      sums[at]! += characters;
      for (let i = 0; i < tokenizers; i++) sums[at + 1 + i]! += tokens[start + i]!;
    },
    get count() {
      return Math.ceil(lines / linesPerBlock);
    },
    get linesPerBlock() {
      return linesPerBlock;
    },
    sums,
  };
}
