// All paths through a word: forward-backward in log space, with the reference's float32 sums in the reference's order.
// It knows no text, only nodes of the forest, and keeps nothing from one word to the next.
// Spec: Lattice and PopulateMarginal of unigram_model.cc.

import { type LatticeWords, PACKED_BITS, type PackedForest } from '../../runtime/train-threads.ts';
import { UNKNOWN_NODE } from '../forest/pieces.ts';
import { logSumExp } from './lattice-math.ts';

const { fround } = Math;

const INITIAL_EDGES = 1 << 12;

/** Walks word after word: see {@link createLatticeWalker}. */
export interface LatticeWalker {
  /** The lattice of the word from `start` to `end`; it holds until the next one. */
  walk(start: number, end: number): Lattice;
}

/**
 * A walker over words, with the scores of the forest as it was packed.
 *
 * @param unknownPiece piece to which unknown characters count
 */
export function createLatticeWalker(
  packed: PackedForest,
  { nodes, maxLength }: Pick<LatticeWords, 'nodes' | 'maxLength'>,
  unknownPiece: number,
): LatticeWalker {
  let lattice = createLattice(maxLength, INITIAL_EDGES);
  return {
    walk(start, end) {
      while (!forward(lattice, packed, unknownPiece, nodes, start, end)) {
        lattice = createLattice(maxLength, lattice.edgeNodes.length * 2);
      }
      backward(lattice, end - start);
      return lattice;
    },
  };
}

/** All paths through one word. Log probabilities are float32. */
export interface Lattice {
  /** Log sum over all paths up to each position. `[positions + 1]` */
  readonly forwards: Float32Array;
  /** Log sum over all paths from each position on. `[positions + 1]` */
  readonly backwards: Float32Array;
  /** First edge out of each position; edges go from long to short, an unknown character first. `[positions + 1]` */
  readonly edgeStarts: Int32Array;
  /** Node that each edge counts for. */
  readonly edgeNodes: Int32Array;
  /** Position that each edge leads to. */
  readonly edgeEnds: Int32Array;
  readonly edgeScores: Float32Array;
}

function createLattice(maxLength: number, edges: number): Lattice {
  return {
    forwards: new Float32Array(maxLength + 1),
    backwards: new Float32Array(maxLength + 1),
    edgeStarts: new Int32Array(maxLength + 1),
    edgeNodes: new Int32Array(edges),
    edgeEnds: new Int32Array(edges),
    edgeScores: new Float32Array(edges),
  };
}

/**
 * Fills the edges and `forwards`; sums take the edges into a position from the farthest start on.
 *
 * @returns false when there are more edges than the lattice has room for
 */
function forward(
  lattice: Lattice,
  { links, scores }: PackedForest,
  unknownPiece: number,
  nodes: Int32Array,
  start: number,
  stop: number,
): boolean {
  const { forwards, edgeStarts, edgeNodes, edgeEnds, edgeScores } = lattice;
  const size = stop - start;
  const room = edgeNodes.length;
  for (let i = 1; i <= size; i++) forwards[i] = -Infinity;
  let edge = 0;
  for (let i = 0; i < size; i++) {
    edgeStarts[i] = edge;
    const here = forwards[i]!;
    for (let place = nodes[start + i]! << PACKED_BITS; place >= 0; place = links[place]!) {
      if (edge === room) return false;
      const end = i + links[place + 1]!;
      const score = scores[place + 2]!;
      edgeNodes[edge] = place >> PACKED_BITS;
      edgeEnds[edge] = end;
      edgeScores[edge++] = score;
      const path = fround(score + here);
      const sum = forwards[end]!;
      forwards[end] = sum === -Infinity ? path : logSumExp(sum, path);
    }
    if (edgeNodes[edge - 1] === UNKNOWN_NODE) putUnknownFirst(lattice, edgeStarts[i]!, edge - 1, unknownPiece);
  }
  edgeStarts[size] = edge;
  return true;
}

/** The reference has the unknown character behind all pieces of its position, though it is the shortest. */
function putUnknownFirst(lattice: Lattice, first: number, last: number, unknownPiece: number): void {
  const { edgeNodes, edgeEnds, edgeScores } = lattice;
  const end = edgeEnds[last]!;
  const score = edgeScores[last]!;
  edgeNodes.copyWithin(first + 1, first, last);
  edgeEnds.copyWithin(first + 1, first, last);
  edgeScores.copyWithin(first + 1, first, last);
  edgeNodes[first] = unknownPiece;
  edgeEnds[first] = end;
  edgeScores[first] = score;
}

/** Fills `backwards`; sums take the edges out of a position from the last, which is the shortest, on. */
function backward({ backwards, edgeStarts, edgeEnds, edgeScores }: Lattice, size: number): void {
  backwards[size] = 0;
  let edge = edgeStarts[size]! - 1;
  for (let i = size - 1; i >= 0; i--) {
    const first = edgeStarts[i]!;
    let sum = fround(edgeScores[edge]! + backwards[edgeEnds[edge]!]!);
    while (--edge >= first) sum = logSumExp(sum, fround(edgeScores[edge]! + backwards[edgeEnds[edge]!]!));
    backwards[i] = sum;
  }
}
