// Pruning between rounds of Unigram training: keeps the pieces whose loss would cost the most likelihood.
// The loss of a piece is approximated: all its occurrences are replaced by the best split of its own text. The loss of each piece
// stands alone, so that threads may share the pieces among them.
// Spec: PruneSentencePieces of unigram_model_trainer.cc; float32 roundings in the order they have there.

import { type LatticeWords, type LossInput, PACKED_BITS, type PackedForest } from '../../runtime/train-threads.ts';
import { descendingOrder } from '../forest/order.ts';
import { type PieceForest, UNKNOWN_NODE } from '../forest/pieces.ts';
import { countWords } from './best-paths.ts';

const { fround } = Math;

/** Instead of a loss: of pieces that cannot be split, which stay, and of pieces that go whatever the others cost. */
const STAYS = Infinity;
const GOES = -Infinity;

/** All that losses are worked out from. */
export function lossInputOf(
  { order }: PieceForest,
  words: LatticeWords,
  found: Pick<LossInput, 'packed' | 'frequencies' | 'positions'>,
): LossInput {
  const { frequencies } = found;
  let total = 0;
  for (const frequency of frequencies) total += frequency;
  const wordCount = countWords(words, frequencies instanceof Float64Array);
  return { ...found, unknownPiece: order[0]!, total, wordCount };
}

/** Sets a position for each piece that occurs in a range of the corpus and has none (-1) yet. */
export function findPieces(
  positions: Int32Array,
  { links }: PackedForest,
  nodes: Int32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    // The ancestors of a node that was seen were seen with it.
    let node = nodes[i]!;
    while (node >= 0 && positions[node] === -1) {
      positions[node] = i;
      node = links[node << PACKED_BITS]! >> PACKED_BITS;
    }
  }
}

/**
 * Works out the loss of a piece.
 *
 * @param nodes node at each position of the corpus
 */
export function createLossFinder(input: LossInput, nodes: Int32Array): (piece: number) => number {
  const { packed, frequencies, unknownPiece, wordCount, total } = input;
  const sum = fround(total);
  const logSum = fround(Math.log(sum));
  const splitter = createSplitter(input, nodes);

  return (piece) => {
    const frequency = frequencies[piece]!;
    // On no best path: nothing is lost.
    if (frequency === 0) return GOES;
    const parts = splitter.split(piece);
    if (parts === 0) return STAYS;
    // The best path of its own text splits it, so it is on hardly any path.
    if (splitter.score() > packed.scores[(piece << PACKED_BITS) + 2]!) return GOES;
    // What the parts' shares become when they take over the occurrences of the piece.
    const logAltSum = fround(Math.log(fround(sum + fround(frequency * (parts - 1)))));
    let altScore = 0;
    for (let part = parts - 1; part >= 0; part--) {
      const node = splitter.nodes[part]!;
      const partFrequency = frequencies[node === UNKNOWN_NODE ? unknownPiece : node]!;
      altScore = fround(altScore + (Math.log(fround(partFrequency + frequency)) - logAltSum));
    }
    const score = fround(Math.log(frequency) - logSum);
    return fround(fround(frequency / wordCount) * fround(score - altScore));
  };
}

/**
 * Chooses the pieces to keep: first those that cannot be split, then the rest by loss descending. As in the reference, that is all
 * of them where there are too many of the first.
 *
 * @param losses `[nodes]`
 * @param size pieces to keep
 * @returns nodes of the pieces, in their new order
 */
export function choosePieces({ order }: PieceForest, losses: Float64Array, size: number): Int32Array {
  const kept = order.filter((node) => losses[node] === STAYS);
  const candidates = order.filter((node) => Math.abs(losses[node]!) < Infinity);
  const wanted = kept.length > size ? candidates.length : size - kept.length;
  const byLoss = descendingOrder(Float64Array.from(candidates, (node) => losses[node]!)).subarray(0, wanted);
  const chosen = new Int32Array(kept.length + byLoss.length);
  chosen.set(kept);
  for (let i = 0; i < byLoss.length; i++) chosen[kept.length + i] = candidates[byLoss[i]!]!;
  return chosen;
}

/** Splits the text of a piece into the best other pieces. */
function createSplitter({ packed, positions }: LossInput, corpus: Int32Array) {
  const { links, scores } = packed;
  let longest = 1;
  for (let place = 1; place < links.length; place += 1 << PACKED_BITS) longest = Math.max(longest, links[place]!);
  const bestScores = new Float32Array(longest + 1);
  const bestPlaces = new Int32Array(longest + 1);
  const nodes = new Int32Array(longest + 1);
  let length = 0;

  return {
    /** Parts of the last split, last part first. */
    nodes,
    /** Score of the last split. */
    score: (): number => bestScores[length]!,
    /** Returns the number of parts, 0 when there is no other way. */
    split(piece: number): number {
      const own = piece << PACKED_BITS;
      length = links[own + 1]!;
      if (length === 1) return 0;
      const start = positions[piece]!;
      bestScores.fill(-Infinity, 1, length + 1);
      for (let i = 0; i < length; i++) {
        const here = bestScores[i]!;
        for (let place = corpus[start + i]! << PACKED_BITS; place >= 0; place = links[place]!) {
          const end = i + links[place + 1]!;
          if (end > length || place === own) continue;
          const score = fround(here + scores[place + 2]!);
          if (score > bestScores[end]!) {
            bestScores[end] = score;
            bestPlaces[end] = place;
          }
        }
      }
      let parts = 0;
      for (let end = length; end > 0; end -= links[bestPlaces[end]! + 1]!) {
        nodes[parts++] = bestPlaces[end]! >> PACKED_BITS;
      }
      return parts;
    },
  };
}
