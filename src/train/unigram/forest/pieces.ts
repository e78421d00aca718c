// The pieces of a Unigram model in training, as a forest: the parent of a piece is the longest other piece that it
// starts with. All pieces that match at one position of a text are then the deepest one and its ancestors, so that the
// whole lattice of a text is one number a position, and no trie is ever built or walked.

import { PACKED_BITS, type PackedForest } from '../../runtime/train-threads.ts';

/** Node of an unknown character: length 1, the root of chains that no single-character piece starts. */
export const UNKNOWN_NODE = 0;

/** Parent of a root. */
export const NO_PARENT = -1;

/**
 * Pieces by node: parallel arrays of `[nodes]`. Nodes are in pre-order, a parent before its children, so neighbours
 * in the forest are neighbours in memory. Node 0 is {@link UNKNOWN_NODE} and no piece.
 */
export interface PieceForest {
  /** Node of the longest piece that is a proper prefix, {@link NO_PARENT} for one character. */
  readonly parents: Int32Array;
  /** Characters of the piece. */
  readonly lengths: Uint16Array;
  /** Where the text of the piece starts in `codePoints`. */
  readonly textStarts: Int32Array;
  /** Texts, shared by all forests of one training. */
  readonly codePoints: Uint32Array;
  /** Log probability of the piece, float32. */
  readonly scores: Float32Array;
  /**
   * Nodes in the reference's order of pieces; sums of float32 and ties follow it. `[pieces]`
   * Its first piece is also the one to which the reference counts unknown characters.
   */
  readonly order: Int32Array;
}

/** The reference scores an unknown character this far below the lowest piece. */
const UNKNOWN_PENALTY = 10;

/** Number of pieces. */
export function pieceCountOf(forest: PieceForest): number {
  return forest.order.length;
}

/** Lowest score of a piece, FLT_MAX when there is none. */
export function minScoreOf(forest: PieceForest): number {
  let min = 3.4028234663852886e38;
  for (const node of forest.order) min = Math.min(min, forest.scores[node]!);
  return min;
}

/** Sets the score of {@link UNKNOWN_NODE} after the pieces got theirs. */
export function scoreUnknown(forest: PieceForest): void {
  forest.scores[UNKNOWN_NODE] = minScoreOf(forest) - UNKNOWN_PENALTY;
}

/** Text of a node's piece. */
export function pieceTextOf(forest: PieceForest, node: number): string {
  const start = forest.textStarts[node]!;
  return String.fromCodePoint(...forest.codePoints.subarray(start, start + forest.lengths[node]!));
}

/**
 * Packs the forest as it is now; later changes of scores do not show.
 *
 * @param allocate memory to pack into, which threads may share; private by default
 */
export function packForest(
  { parents, lengths, scores }: PieceForest,
  allocate: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
): PackedForest {
  const size = parents.length << PACKED_BITS;
  const links = new Int32Array(allocate(size * Int32Array.BYTES_PER_ELEMENT), 0, size);
  const packedScores = new Float32Array(links.buffer, 0, size);
  for (let node = 0; node < parents.length; node++) {
    const place = node << PACKED_BITS;
    const parentPlace = parents[node]! << PACKED_BITS;
    links[place] = parentPlace;
    links[place + 1] = lengths[node]!;
    packedScores[place + 2] = scores[node]!;
    links[place + 3] = parentPlace < 0 ? 1 : links[parentPlace + 3]! + 1;
  }
  return { links, scores: packedScores };
}

/** A forest of fewer pieces, and where each old node went. */
export interface ReducedForest {
  readonly forest: PieceForest;
  /** New node of each old node: itself, or its nearest ancestor that was kept. `[old nodes]` */
  readonly newNodes: Int32Array;
}

/**
 * Keeps the pieces of `order` (nodes of `forest`), in that order; their scores are carried over.
 * Linear in the nodes of `forest`.
 */
export function keepPieces(forest: PieceForest, order: Int32Array): ReducedForest {
  const size = forest.parents.length;
  const newNodes = new Int32Array(size).fill(-1);
  newNodes[UNKNOWN_NODE] = UNKNOWN_NODE;
  for (let i = 0; i < order.length; i++) newNodes[order[i]!] = 0;
  const nodes = order.length + 1;
  const parents = new Int32Array(nodes);
  const lengths = new Uint16Array(nodes);
  const textStarts = new Int32Array(nodes);
  const scores = new Float32Array(nodes);
  parents[UNKNOWN_NODE] = NO_PARENT;
  lengths[UNKNOWN_NODE] = 1;
  let next = 1;
  for (let node = 1; node < size; node++) {
    const parent = forest.parents[node]!;
    // A dropped character leaves its children to the unknown node.
    const heir = parent === NO_PARENT ? UNKNOWN_NODE : newNodes[parent]!;
    if (newNodes[node] === -1) {
      newNodes[node] = heir;
      continue;
    }
    newNodes[node] = next;
    parents[next] = parent === NO_PARENT ? NO_PARENT : heir;
    lengths[next] = forest.lengths[node]!;
    textStarts[next] = forest.textStarts[node]!;
    scores[next] = forest.scores[node]!;
    next++;
  }
  const newOrder = order.map((node) => newNodes[node]!);
  const reduced = { parents, lengths, textStarts, codePoints: forest.codePoints, scores, order: newOrder };
  scoreUnknown(reduced);
  return { forest: reduced, newNodes };
}
