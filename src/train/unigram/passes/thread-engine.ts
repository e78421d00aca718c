// The passes of Unigram training on several threads that share memory: see thread.ts for what each of them does.
// How a thread is started is the caller's; so this runs wherever there is shared memory and something like a worker.

import { allocateShared, requestAll } from '../../runtime/thread-requests.ts';
import type { LatticeRequest, LatticeThread, LatticeThreadInit, LatticeWords } from '../../runtime/train-threads.ts';
import { type PieceForest, packForest } from '../forest/pieces.ts';
import { emptyFrequencies } from '../lattice/best-paths.ts';
import { type Expectation, sumOf } from '../lattice/em.ts';
import { endOfRange } from '../lattice/lattice-kernels.ts';
import { lossInputOf } from '../lattice/prune.ts';
import type { LatticeEngine } from './engine.ts';

/** Whole numbers up to this one add up exactly in float32, in any order. */
const FLOAT32_EXACT_LIMIT = 2 ** 24;

/** The words in shared memory, cut into chunks. */
export function shareWords({ nodes, starts, counts, maxLength }: LatticeWords): LatticeThreadInit {
  const chunks = [0];
  while (chunks.at(-1)! < counts.length) chunks.push(endOfRange({ starts }, chunks.at(-1)!));
  return {
    words: {
      nodes: shared(Int32Array, nodes),
      starts: shared(Uint32Array, starts),
      counts: shared(Float64Array, counts),
      maxLength,
    },
    chunkStarts: shared(Uint32Array, Uint32Array.from(chunks)),
  };
}

/** What {@link createThreadEngine} takes. */
export interface ThreadEngineOptions {
  /** In shared memory, as the threads have them. */
  readonly words: LatticeWords;
  /** Chunks that the words are cut into, for progress only. */
  readonly chunks?: number;
  readonly threads: readonly LatticeThread[];
  readonly isWide: boolean;
  /** For the one thing that needs the order of the corpus. */
  readonly sequential: LatticeEngine;
  readonly signal: AbortSignal | undefined;
}

/** An engine on threads; what a pass finds holds until the next pass. */
export function createThreadEngine(options: ThreadEngineOptions): LatticeEngine {
  const { words, chunks = Number.POSITIVE_INFINITY, threads, isWide, sequential, signal } = options;
  const total = sumOf(words.counts);
  const [allocatePacked, allocateSums] = [reuseShared(), reuseShared()];
  const [allocateNames, allocateLosses] = [reuseShared(), reuseShared()];
  const sharedSums = (sums: Float32Array | Float64Array): Float32Array | Float64Array =>
    sums instanceof Float64Array ? shared(Float64Array, sums, allocateSums) : shared(Float32Array, sums, allocateSums);

  const request = (build: (control: Int32Array) => LatticeRequest, onShare?: (share: number) => void) =>
    requestAll(threads, build, { signal, tasks: chunks, onShare });

  return {
    async expect(forest, onShare): Promise<Expectation> {
      const expected = sharedSums(emptyFrequencies(forest.parents.length, isWide));
      const objective = shared(Float64Array, new Float64Array(1));
      const unknownPiece = forest.order[0]!;
      const packed = packForest(forest, allocatePacked);
      await request(
        (control) => ({ kind: 'expect', control, packed, unknownPiece, expected, objective, total }),
        onShare,
      );
      return { expected, objective: objective[0]! };
    },

    async countBestPaths(forest: PieceForest) {
      const packed = packForest(forest, allocatePacked);
      const unknownPiece = forest.order[0]!;
      const parts = await request((control) => ({ kind: 'best-paths', control, packed, unknownPiece, isWide }));
      const sums = emptyFrequencies(forest.parents.length, isWide);
      let greatest = 0;
      for (let node = 0; node < sums.length; node++) {
        let sum = 0;
        for (const part of parts) sum += part![node]!;
        sums[node] = sum;
        if (sum > greatest) greatest = sum;
      }
      // Beyond this the order of additions would show: unknown characters can come to so many.
      return isWide || greatest < FLOAT32_EXACT_LIMIT ? sums : sequential.countBestPaths(forest);
    },

    async findLosses(forest, frequencies) {
      const packed = packForest(forest, allocatePacked);
      const size = forest.parents.length;
      const positions = new Int32Array(allocateNames(size * Int32Array.BYTES_PER_ELEMENT), 0, size).fill(-1);
      await request((control) => ({ kind: 'find-pieces', control, packed, positions }));
      const input = lossInputOf(forest, words, { packed, positions, frequencies: sharedSums(frequencies) });
      const losses = new Float64Array(allocateLosses(size * Float64Array.BYTES_PER_ELEMENT), 0, size);
      await request((control) => ({ kind: 'losses', control, input, losses }));
      return losses;
    },

    async renameNodes(newNodes) {
      const names = shared(Int32Array, newNodes, allocateNames);
      await request((control) => ({ kind: 'rename', control, newNodes: names }));
    },
  };
}

/** Gives the same shared memory again and again, more when it must: each pass takes over that of the last one of its kind. */
function reuseShared(): (bytes: number) => SharedArrayBuffer {
  let buffer = allocateShared(0);
  return (bytes) => {
    if (buffer.byteLength < bytes) buffer = allocateShared(bytes);
    return buffer;
  };
}

type SharedArray = Int32Array | Uint32Array | Float32Array | Float64Array;

interface ArrayConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer, start: number, length: number): T;
}

/** A copy in shared memory, or the values themselves where they lie there. */
function shared<T extends SharedArray>(Type: ArrayConstructor<T>, values: T, allocate = allocateShared): T {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const copy = new Type(allocate(values.length * Type.BYTES_PER_ELEMENT), 0, values.length);
  copy.set(values);
  return copy;
}
