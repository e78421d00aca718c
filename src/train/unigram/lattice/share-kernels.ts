// Shares as in shares.ts, whose sums are float32, by loops in WebAssembly with SIMD (share-kernels.wat): more than twice as fast, and
// the same bits. Where there is no WebAssembly, for float64 sums, and for words that do not fit, shares.ts does it.

import { type OpenModule, openModule } from '../../../core/web-assembly.ts';
import type { LatticeWords, PackedForest } from '../../runtime/train-threads.ts';
import { addExp, LOG_COEFFICIENTS, logSumExp } from './lattice-math.ts';
import { SHARE_KERNELS_WASM } from './share-kernels-wasm.ts';
import { createShareWorker, type SharePass, type ShareWorker } from './shares.ts';

const { fround } = Math;

/** Positions of a range: some milliseconds of work, so that no thread waits long for its turn. */
const RANGE_POSITIONS = 1 << 13;

/** Edges that a position may have on average: pieces have up to 16 characters unless told otherwise. Memory that is not used costs nothing. */
const EDGES_PER_POSITION = 16;

const POSITION_BYTES = 16;
const EDGE_BYTES = 16;
/** The end of a word's edges, and the log sum of its paths. */
const WORD_BYTES = 8;

interface ShareExports {
  walk(...places: number[]): number;
  exponentiate(edge: number, end: number): void;
}

/** Where a range of words ends that are worked on at one go; a long word is a range of its own. */
export function endOfRange({ starts }: Pick<LatticeWords, 'starts'>, firstWord: number): number {
  let end = firstWord + 1;
  while (end + 1 < starts.length && starts[end + 1]! - starts[firstWord]! <= RANGE_POSITIONS) end++;
  return end;
}

/**
 * Workers for one pass after the other.
 *
 * @param slots ranges that may wait to be added at a time
 */
export function createShareKernels(words: LatticeWords, slots: number): (pass: SharePass) => ShareWorker {
  let room: ShareRoom | undefined;
  return (pass) => {
    const plain = createShareWorker(words, pass);
    const { packed, expected } = pass;
    if (expected instanceof Float64Array) return plain;
    if (room === undefined || room.links.length < packed.links.length) room = openRoom(words, packed, slots);
    return room === undefined ? plain : createKernelWorker(room, words, pass, plain);
  };
}

/** Memory, and what lies where. */
interface ShareRoom extends OpenModule<ShareExports> {
  /** Positions and words of a range at most. */
  readonly size: number;
  readonly links: Int32Array;
  readonly nodes: Int32Array;
  readonly starts: Uint32Array;
  readonly positions: Int32Array;
  readonly logs: Float64Array;
  /** Where the slots start. */
  readonly slots: readonly number[];
  readonly slotBytes: number;
}

function openRoom({ maxLength }: LatticeWords, { links }: PackedForest, slots: number): ShareRoom | undefined {
  const size = Math.max(RANGE_POSITIONS, maxLength);
  const slotBytes = size * (WORD_BYTES + EDGES_PER_POSITION * EDGE_BYTES);
  let used = 0;
  const take = (bytes: number): number => {
    const start = used;
    used += Math.ceil(bytes / 16) * 16;
    return start;
  };
  const [linksAt, logsAt] = [take(links.byteLength), take(LOG_COEFFICIENTS.byteLength)];
  const [nodesAt, startsAt, positionsAt] = [take(4 * size), take(4 * (size + 1)), take(POSITION_BYTES * (size + 1))];
  const slotStarts = Array.from({ length: slots }, () => take(slotBytes));
  const kernels = openModule<ShareExports>(SHARE_KERNELS_WASM, used, { logSumExp });
  if (kernels === undefined) return undefined;
  const { buffer } = kernels;
  const room = {
    ...kernels,
    size,
    links: new Int32Array(buffer, linksAt, links.length),
    nodes: new Int32Array(buffer, nodesAt, size),
    starts: new Uint32Array(buffer, startsAt, size + 1),
    positions: new Int32Array(buffer, positionsAt, (POSITION_BYTES / 4) * (size + 1)),
    logs: new Float64Array(buffer, logsAt, LOG_COEFFICIENTS.length),
    slots: slotStarts,
    slotBytes,
  };
  room.logs.set(LOG_COEFFICIENTS);
  return room;
}

function createKernelWorker(room: ShareRoom, words: LatticeWords, pass: SharePass, plain: ShareWorker): ShareWorker {
  const { nodes, starts, counts } = words;
  const { expected, objective, total, unknownPiece } = pass;
  const { walk, exponentiate } = room.exports;
  const spare = [...room.slots];
  // Edges and words by their parts; an edge is 4 of the first two and 2 of the last.
  const [integers, floats, doubles] = [
    new Int32Array(room.buffer),
    new Float32Array(room.buffer),
    new Float64Array(room.buffer),
  ];
  room.links.set(pass.packed.links);

  function addEdges(from: number, to: number, count: number): void {
    for (let edge = from >> 2; edge < to >> 2; edge += 4) {
      const node = integers[edge]!;
      expected[node] = addExp(expected[node]!, count, floats[edge + 1]!, doubles[(edge >> 1) + 1]!);
    }
  }

  return (firstWord, endWord) => {
    const size = endWord - firstWord;
    const start = starts[firstWord]!;
    const end = starts[endWord]!;
    const slot = spare.pop();
    if (slot === undefined) return plain(firstWord, endWord);
    const firstEdge = slot + WORD_BYTES * Math.ceil(size / 2) * 2;
    let edgesEnd = 0;
    if (size <= room.size && end - start <= room.size) {
      room.nodes.set(nodes.subarray(start, end));
      room.starts.set(starts.subarray(firstWord, endWord + 1));
      edgesEnd = walk(
        ...[room.links.byteOffset, room.nodes.byteOffset, room.starts.byteOffset, size, room.positions.byteOffset],
        // Room for one edge more: see exponentiate.
        ...[slot, firstEdge, slot + room.slotBytes - EDGE_BYTES, unknownPiece, room.logs.byteOffset],
      );
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
