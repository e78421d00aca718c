// Pruning between rounds of Unigram training: keeps the pieces whose loss would cost the most likelihood.
// The loss of a piece is approximated: all its occurrences are replaced by the best split of its own text.
// Spec: PruneSentencePieces of unigram_model_trainer.cc; float32 roundings in the order they have there.

import type { LatticeWords } from '../runtime/train-threads.ts';
import { descendingOrder } from './forest/order.ts';
import { type PieceForest, pieceCountOf, UNKNOWN_NODE } from './forest/pieces.ts';
import { countWords } from './lattice/best-paths.ts';
import type { SumOptions } from './lattice/em.ts';

/** Pieces handled between two steps. */
const STEP = 1 << 18;

const { fround } = Math;

/** What pruning aims at. */
export interface PruneGoal extends SumOptions {
  /** Occurrences of each piece on the best paths of all words. `[nodes]` */
  readonly frequencies: Float32Array | Float64Array;
  /** Pieces to keep. */
  readonly size: number;
}

/**
 * Chooses the pieces to keep, in steps: first those that cannot be split, then the rest by loss descending.
 *
 * @param words what every piece of the forest occurs in
 * @returns nodes of the pieces, in their new order
 */
export function* pruneSteps(forest: PieceForest, words: LatticeWords, goal: PruneGoal): Generator<number, Int32Array> {
  const { frequencies } = goal;
  const wordCount = countWords(words, goal.isWide);
  const { order, scores } = forest;
  let total = 0;
  for (const node of order) total += frequencies[node]!;
  const sum = fround(total);
  const logSum = fround(Math.log(sum));
  const splitter = createSplitter(forest, words);
  const kept = new Int32Array(pieceCountOf(forest));
  let size = 0;
  const candidates = new Int32Array(pieceCountOf(forest));
  const losses = new Float64Array(pieceCountOf(forest));
  let candidateCount = 0;

  for (let i = 0; i < order.length; i++) {
    if (i % STEP === STEP - 1) yield 1;
    const node = order[i]!;
    const frequency = frequencies[node]!;
    // On no best path: nothing is lost.
    if (frequency === 0) continue;
    const parts = splitter.split(node);
    if (parts === 0) {
      kept[size++] = node;
      continue;
    }
    // The best path of its own text splits it, so it is on hardly any path.
    if (splitter.score() > scores[node]!) continue;
    // What the parts' shares become when they take over the occurrences of the piece.
    const logAltSum = fround(Math.log(fround(sum + fround(frequency * (parts - 1)))));
    let altScore = 0;
    for (let part = parts - 1; part >= 0; part--) {
      const partFrequency = frequencies[pieceOf(splitter.nodes[part]!, order)]!;
      altScore = fround(altScore + (Math.log(fround(partFrequency + frequency)) - logAltSum));
    }
    const score = fround(Math.log(frequency) - logSum);
    candidates[candidateCount] = node;
    losses[candidateCount++] = fround(fround(frequency / wordCount) * fround(score - altScore));
  }
  yield order.length / STEP;
  for (const candidate of descendingOrder(losses.slice(0, candidateCount))) {
    if (size === goal.size) break;
    kept[size++] = candidates[candidate]!;
  }
  return kept.slice(0, size);
}

/** The reference counts unknown characters to its first piece. */
function pieceOf(node: number, order: Int32Array): number {
  return node === UNKNOWN_NODE ? order[0]! : node;
}

/** Splits the text of a piece into the best other pieces. */
function createSplitter(forest: PieceForest, words: LatticeWords) {
  const { parents, lengths, scores } = forest;
  const { nodes: corpus } = words;
  const positions = findPieces(forest, words);
  const longest = lengths.reduce((max, length) => Math.max(max, length), 1);
  const bestScores = new Float32Array(longest + 1);
  const bestNodes = new Int32Array(longest + 1);
  const nodes = new Int32Array(longest + 1);
  let length = 0;

  return {
    /** Parts of the last split, last part first. */
    nodes,
    /** Score of the last split. */
    score: (): number => bestScores[length]!,
    /** Returns the number of parts, 0 when there is no other way. */
    split(piece: number): number {
      length = lengths[piece]!;
      if (length === 1) return 0;
      const start = positions[piece]!;
      bestScores.fill(-Infinity, 1, length + 1);
      for (let i = 0; i < length; i++) {
        const here = bestScores[i]!;
        for (let node = corpus[start + i]!; node >= 0; node = parents[node]!) {
          const end = i + lengths[node]!;
          if (end > length || node === piece) continue;
          const score = fround(here + scores[node]!);
          if (score > bestScores[end]!) {
            bestScores[end] = score;
            bestNodes[end] = node;
          }
        }
      }
      let parts = 0;
      for (let end = length; end > 0; end -= lengths[nodes[parts - 1]!]!) nodes[parts++] = bestNodes[end]!;
      return parts;
    },
  };
}

/** A position in the corpus where each piece occurs. `[nodes]`; -1 for those that do not */
function findPieces({ parents }: PieceForest, { nodes }: LatticeWords): Int32Array {
  const positions = new Int32Array(parents.length).fill(-1);
  for (let i = 0; i < nodes.length; i++) {
    // The ancestors of a node that was seen were seen with it.
    for (let node = nodes[i]!; node >= 0 && positions[node] === -1; node = parents[node]!) positions[node] = i;
  }
  return positions;
}
