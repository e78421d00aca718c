// What the threads of Unigram training are told and answer, as types: arrays in shared memory, one request for each pass.
// The work is unigram/passes/thread.ts, the requests are made in thread-engine.ts beside it, and the caller of the trainer
// starts the threads.

/** Weighted words. */
export interface LatticeWords {
  /** Node of the longest piece at each position, within its word. */
  readonly nodes: Int32Array;
  /** Start of each word in `nodes`; the last entry is the end. `[words + 1]` */
  readonly starts: Uint32Array;
  /** Occurrences of each word. `[words]` */
  readonly counts: Float64Array;
  /** Positions of the longest word. */
  readonly maxLength: number;
}

/** Numbers per node in {@link PackedForest}, as a power of two. */
export const PACKED_BITS = 2;

/**
 * What walks over chains read of a node, side by side, so that a node costs one line of the cache and not three.
 * Node `n` is at `n << PACKED_BITS`, and nodes are named by that place: its parent's place (negative for a root), its
 * length, its score.
 */
export interface PackedForest {
  /** Parent's place at +0, length at +1. */
  readonly links: Int32Array;
  /** The same memory: score at +2. */
  readonly scores: Float32Array;
}

/** What a thread gets when it starts; all arrays are in shared memory. */
export interface LatticeThreadInit {
  readonly words: LatticeWords;
  /** First word of each chunk; the last entry is the end. `[chunks + 1]` */
  readonly chunkStarts: Uint32Array;
}

/** One pass over all words, sent to every thread alike; all arrays are in shared memory. */
export type LatticeRequest = { readonly control: Int32Array } & (
  | {
      readonly kind: 'expect';
      readonly packed: PackedForest;
      readonly unknownPiece: number;
      /** Float64 for sums without rounding. `[nodes]` */
      readonly expected: Float32Array | Float64Array;
      /** Where the objective is summed. `[1]` */
      readonly objective: Float64Array;
      /** Occurrences of all words. */
      readonly total: number;
    }
  | {
      readonly kind: 'best-paths';
      readonly packed: PackedForest;
      readonly unknownPiece: number;
      /** This thread's part of the counts comes back in an array like this one. `[nodes]` */
      readonly isWide: boolean;
    }
  | { readonly kind: 'rename'; readonly newNodes: Int32Array }
);

/** Counts of this thread's chunks for `best-paths`, nothing for the others. */
export type LatticeReply = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | undefined;

/** A started thread, which works on its requests with `createLatticeThread`. */
export interface LatticeThread {
  request(request: LatticeRequest): Promise<LatticeReply>;
}

/** Threads of one training. */
export interface LatticeThreads {
  readonly threads: readonly LatticeThread[];
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Starts up to `count` threads; `undefined` where there are none to be had. */
export type OpenLatticeThreads = (count: number, init: LatticeThreadInit) => LatticeThreads | undefined;
