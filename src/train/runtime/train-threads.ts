// What the threads of Unigram training are told and answer, as types: arrays in shared memory, one request for each pass.
// The work is unigram/seeds/thread.ts and unigram/passes/thread.ts, the requests are made beside them, and the caller of the
// trainer starts the threads.

import type { ResolvedTrainOptions } from '../options/options.ts';

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
 * length, its score, and how many nodes its chain has, itself and its ancestors.
 */
export interface PackedForest {
  /** Parent's place at +0, length at +1, nodes of the chain at +3. */
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

/** What the losses of pieces are worked out from: see lattice/prune.ts. */
export interface LossInput {
  readonly packed: PackedForest;
  /** Piece to which unknown characters count. */
  readonly unknownPiece: number;
  /** How often each piece is on the best paths of all words. `[nodes]` */
  readonly frequencies: Float32Array | Float64Array;
  /** All of these. */
  readonly total: number;
  /** A position in `nodes` of the words where each piece occurs. `[nodes]` */
  readonly positions: Int32Array;
  /** Occurrences of all words, summed as the reference sums them. */
  readonly wordCount: number;
}

/** One pass over all words, or over all pieces for `losses`, sent to every thread alike; all arrays are in shared memory. */
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
  | { readonly kind: 'find-pieces'; readonly packed: PackedForest; readonly positions: Int32Array }
  | { readonly kind: 'losses'; readonly input: LossInput; readonly losses: Float64Array }
  | { readonly kind: 'rename'; readonly newNodes: Int32Array }
);

/** Counts of this thread's chunks for `best-paths`, nothing for the others. */
export type LatticeReply = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | undefined;

/** What may become a piece is decided by these. */
export type SeedOptions = Pick<
  ResolvedTrainOptions,
  | 'allowWhitespaceOnlyPieces'
  | 'exclude'
  | 'maxSentencepieceLength'
  | 'seedSentencepieceSize'
  | 'splitByNumber'
  | 'splitByUnicodeScript'
  | 'splitByWhitespace'
  | 'splitDigits'
  | 'treatWhitespaceAsSuffix'
>;

/** A text whose substrings may become pieces, and its suffixes by first symbol; sorted symbol by symbol as the search goes on. */
export interface SeedSearch {
  /** Sentences joined by boundaries, as ranks of characters: 0 boundary, 1 unknown, from 2 on by code point. */
  readonly text: Uint16Array | Uint32Array;
  /** Code points by rank. */
  readonly alphabet: Uint32Array;
  /** Where the suffixes start. `[text.length]` */
  readonly suffixes: Int32Array;
  /** First suffix of each rank. `[ranks + 1]` */
  readonly rankStarts: Uint32Array;
  /** Ranges of ranks `[first, end)` that are searched at one go, two numbers each; those with most suffixes first. */
  readonly tasks: Uint32Array;
  /** First symbols of a suffix that are looked at. */
  readonly depth: number;
  /** How often an occurrence counts, by the sentence of each text position; `undefined` when all count once. */
  readonly weights: { readonly sentences: Uint32Array; readonly counts: Float64Array } | undefined;
  readonly options: SeedOptions;
}

/** Substrings that may become pieces, in no particular order. */
export interface Candidates {
  /** The interval of suffixes `[first, end)` that start with the candidate. `[candidates]` */
  readonly firsts: Int32Array;
  readonly ends: Int32Array;
  /** Characters. */
  readonly lengths: Uint16Array;
  /** Frequency x length. */
  readonly scores: Float64Array;
}

/** The interval of suffixes `[first, end)` that start with the piece of each node. `[nodes]` */
export type NodeIntervals = Pick<Candidates, 'firsts' | 'ends'>;

/** A part of finding seeds, sent to every thread alike; all arrays are in shared memory. */
export type SeedRequest = { readonly control: Int32Array } & (
  | { readonly kind: 'collect' }
  | { readonly kind: 'name'; readonly intervals: NodeIntervals; readonly nodes: Int32Array }
);

/** What this thread has collected, nothing for `name`. */
export type SeedReply = Candidates | undefined;

/** A started thread, which works on one request after the other. */
export interface TrainThread<Request, Reply> {
  request(request: Request): Promise<Reply>;
}

/** Threads of one part of a training. */
export interface TrainThreads<Request, Reply> {
  readonly threads: readonly TrainThread<Request, Reply>[];
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Starts up to `count` threads; `undefined` where there are none to be had. */
export type OpenTrainThreads<Init, Request, Reply> = (
  count: number,
  init: Init,
) => TrainThreads<Request, Reply> | undefined;

/** A thread that passes over all words. */
export type LatticeThread = TrainThread<LatticeRequest, LatticeReply>;

/** Starts threads that find seeds; all large arrays of the search are in shared memory. */
export type OpenSeedThreads = OpenTrainThreads<SeedSearch, SeedRequest, SeedReply>;

/** Starts threads that pass over all words. */
export type OpenLatticeThreads = OpenTrainThreads<LatticeThreadInit, LatticeRequest, LatticeReply>;
