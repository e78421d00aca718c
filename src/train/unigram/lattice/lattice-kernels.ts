// The passes of shares.ts and best-paths.ts with sums in float32, by loops in WebAssembly with SIMD (lattice-kernels.wat): twice as fast,
// and the same bits. Where there is no WebAssembly, for float64 sums, and for words that do not fit, TypeScript does it.

import { type OpenModule, openModule } from '../../../core/web-assembly.ts';
import type { LatticeWords, PackedForest } from '../../runtime/train-threads.ts';
import { type BestPathCounter, type BestPathPass, createBestPathCounter } from './best-paths.ts';
import { LATTICE_KERNELS_WASM } from './lattice-kernels-wasm.ts';
import { addExp, LOG_COEFFICIENTS, logSumExp } from './lattice-math.ts';
import { createShareWorker, type SharePass, type ShareWorker } from './shares.ts';

const { fround } = Math;

/** Positions and words of a range: some milliseconds of work, so that no thread waits long for its turn. */
const RANGE_SIZE = 1 << 13;

/** Edges that a position may have on average: pieces have up to 16 characters unless told otherwise. Memory that is not used costs nothing. */
const EDGES_PER_POSITION = 16;

const POSITION_BYTES = 16;
const EDGE_BYTES = 16;
/** The end of a word's edges, and the log sum of its paths. */
const WORD_BYTES = 8;

/** What passes over words begin with, one after the other. */
export interface LatticeKernels {
  sharesOf(pass: SharePass): ShareWorker;
  bestPathsOf(pass: BestPathPass): BestPathCounter;
}

interface LatticeExports {
  walk(...places: number[]): number;
  exponentiate(edge: number, end: number): void;
  countBestPaths(...places: number[]): void;
}

/** Where a range of words ends that are worked on at one go; a long word is a range of its own. */
export function endOfRange({ starts }: Pick<LatticeWords, 'starts'>, firstWord: number): number {
  const last = Math.min(starts.length - 1, firstWord + RANGE_SIZE);
  let end = firstWord + 1;
  while (end < last && starts[end + 1]! - starts[firstWord]! <= RANGE_SIZE) end++;
  return end;
}

/** @param slots ranges whose shares may wait to be added at a time */
export function createLatticeKernels(words: LatticeWords, slots: number): LatticeKernels {
  let room: LatticeRoom | undefined;
  const enter = ({ packed }: { packed: PackedForest }): LatticeRoom | undefined => {
    if (room === undefined || room.links.length < packed.links.length) room = openRoom(words, packed, slots);
    room?.links.set(packed.links);
    return room;
  };
  return {
    sharesOf(pass) {
      const plain = createShareWorker(words, pass);
      const entered = pass.expected instanceof Float64Array ? undefined : enter(pass);
      return entered === undefined ? plain : shareWorkerIn(entered, words, pass, plain);
    },
    bestPathsOf(pass) {
      const entered = pass.isWide ? undefined : enter(pass);
      return entered === undefined ? createBestPathCounter(words, pass) : bestPathCounterIn(entered, words, pass);
    },
  };
}

/** Memory, and what lies where. */
interface LatticeRoom extends OpenModule<LatticeExports> {
  /** Positions and words of a range at most. */
  readonly size: number;
  readonly links: Int32Array;
  readonly nodes: Int32Array;
  readonly starts: Uint32Array;
  readonly positions: Int32Array;
  readonly logs: Float64Array;
  readonly occurrences: Float64Array;
  readonly frequencies: Float32Array;
  /** Where the slots start. */
  readonly slots: readonly number[];
  readonly slotBytes: number;
}

function openRoom({ maxLength }: LatticeWords, { links }: PackedForest, slots: number): LatticeRoom | undefined {
  const size = Math.max(RANGE_SIZE, maxLength);
  const slotBytes = size * (WORD_BYTES + EDGES_PER_POSITION * EDGE_BYTES);
  let used = 0;
  const take = (bytes: number): number => {
    const start = used;
    used += Math.ceil(bytes / 16) * 16;
    return start;
  };
  const [linksAt, logsAt] = [take(links.byteLength), take(LOG_COEFFICIENTS.byteLength)];
  const [nodesAt, startsAt, positionsAt] = [take(4 * size), take(4 * (size + 1)), take(POSITION_BYTES * (size + 1))];
  const [occurrencesAt, frequenciesAt] = [take(8 * size), take(links.length)];
  const slotStarts = Array.from({ length: slots }, () => take(slotBytes));
  const kernels = openModule<LatticeExports>(LATTICE_KERNELS_WASM, used, { logSumExp });
  if (kernels === undefined) return undefined;
  const { buffer } = kernels;
  const logs = new Float64Array(buffer, logsAt, LOG_COEFFICIENTS.length);
  logs.set(LOG_COEFFICIENTS);
  return {
    ...kernels,
    size,
    links: new Int32Array(buffer, linksAt, links.length),
    nodes: new Int32Array(buffer, nodesAt, size),
    starts: new Uint32Array(buffer, startsAt, size + 1),
    positions: new Int32Array(buffer, positionsAt, (POSITION_BYTES / 4) * (size + 1)),
    logs,
    occurrences: new Float64Array(buffer, occurrencesAt, size),
    frequencies: new Float32Array(buffer, frequenciesAt, links.length / 4),
    slots: slotStarts,
    slotBytes,
  };
}

/** Where the loops find a range of words, which is copied there: the first five of their parameters. */
function placesOf(room: LatticeRoom, { nodes, starts }: LatticeWords, firstWord: number, endWord: number): number[] {
  room.nodes.set(nodes.subarray(starts[firstWord]!, starts[endWord]!));
  room.starts.set(starts.subarray(firstWord, endWord + 1));
  const arrays = [room.links, room.nodes, room.starts] as const;
  return [...arrays.map(({ byteOffset }) => byteOffset), endWord - firstWord, room.positions.byteOffset];
}

function shareWorkerIn(room: LatticeRoom, words: LatticeWords, pass: SharePass, plain: ShareWorker): ShareWorker {
  const { starts, counts } = words;
  const { expected, objective, total, unknownPiece } = pass;
  const { walk, exponentiate } = room.exports;
  const spare = [...room.slots];
  // Edges and words by their parts; an edge is 4 of the first two and 2 of the last.
  const integers = new Int32Array(room.buffer);
  const floats = new Float32Array(room.buffer);
  const doubles = new Float64Array(room.buffer);

  function addEdges(from: number, to: number, count: number): void {
    for (let edge = from >> 2; edge < to >> 2; edge += 4) {
      const node = integers[edge]!;
      expected[node] = addExp(expected[node]!, count, floats[edge + 1]!, doubles[(edge >> 1) + 1]!);
    }
  }

  return (firstWord, endWord) => {
    const size = endWord - firstWord;
    const slot = spare.pop();
    if (slot === undefined) return plain(firstWord, endWord);
    const firstEdge = slot + WORD_BYTES * Math.ceil(size / 2) * 2;
    let edgesEnd = 0;
    if (size <= room.size && starts[endWord]! - starts[firstWord]! <= room.size) {
      // Room for one edge more: see exponentiate.
      const limit = slot + room.slotBytes - EDGE_BYTES;
      const places = placesOf(room, words, firstWord, endWord);
      edgesEnd = walk(...places, slot, firstEdge, limit, unknownPiece, room.logs.byteOffset);
      if (edgesEnd === 0) room.positions.fill(0);
    }
    if (edgesEnd === 0) {
      spare.push(slot);
      return plain(firstWord, endWord);
    }
    exponentiate(firstEdge, edgesEnd);
    return () => {
      let sum = objective[0]!;
      let from = firstEdge;
      for (let word = firstWord, at = slot >> 2; word < endWord; word++, at += 2) {
        const count = fround(counts[word]!);
        const to = integers[at]!;
        addEdges(from, to, count);
        sum -= (count * floats[at + 1]!) / total;
        from = to;
      }
      objective[0] = sum;
      spare.push(slot);
    };
  };
}

function bestPathCounterIn(
  room: LatticeRoom,
  words: LatticeWords,
  { packed, unknownPiece }: BestPathPass,
): BestPathCounter {
  const { frequencies, occurrences, exports } = room;
  const nodes = packed.links.length / 4;
  frequencies.fill(0, 0, nodes);
  return {
    add(firstWord, endWord) {
      for (let first = firstWord; first < endWord; ) {
        const end = Math.min(endWord, endOfRange(words, first));
        occurrences.set(words.counts.subarray(first, end));
        const places = placesOf(room, words, first, end);
        exports.countBestPaths(...places, occurrences.byteOffset, frequencies.byteOffset, unknownPiece);
        first = end;
      }
    },
    finish: () => frequencies.slice(0, nodes),
  };
}
