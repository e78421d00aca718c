// How often each piece is on the best path of a word, over all words: what pruning weighs pieces by.
// Counts are whole numbers, so their sums are exact in any order, and threads may share the words among them.
// Spec: the Viterbi pass of PruneSentencePieces of unigram_model_trainer.cc.

import { type LatticeWords, PACKED_BITS, type PackedForest } from '../../runtime/train-threads.ts';
import { UNKNOWN_NODE } from '../forest/pieces.ts';

const { fround } = Math;

/** Counts best paths: see {@link createBestPathCounter}. */
export interface BestPathCounter {
  /** Adds a range of words. */
  add(firstWord: number, endWord: number): void;
  /** Occurrences of each piece; those of unknown characters count to `unknownPiece`. `[nodes]` */
  finish(): Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
}

/** What one pass reads. */
export interface BestPathPass {
  readonly packed: PackedForest;
  /** Piece to which unknown characters count. */
  readonly unknownPiece: number;
  /** Count in float64: where float32 would stop growing. */
  readonly isWide: boolean;
}

/** A counter for words, with the scores of the forest as it was packed. */
export function createBestPathCounter(
  { nodes, starts, counts, maxLength }: LatticeWords,
  { packed, unknownPiece, isWide }: BestPathPass,
): BestPathCounter {
  const { links, scores } = packed;
  const frequencies = emptyFrequencies(links.length >> PACKED_BITS, isWide);
  const bestScores = new Float32Array(maxLength + 1);
  const bestNodes = new Int32Array(maxLength + 1);
  return {
    finish: () => frequencies,
    add(firstWord, endWord) {
      for (let word = firstWord; word < endWord; word++) {
        const start = starts[word]!;
        const size = starts[word + 1]! - start;
        const count = counts[word]!;
        bestScores.fill(-Infinity, 1, size + 1);
        for (let i = 0; i < size; i++) {
          const here = bestScores[i]!;
          for (let place = nodes[start + i]! << PACKED_BITS; place >= 0; place = links[place]!) {
            const end = i + links[place + 1]!;
            const score = fround(here + scores[place + 2]!);
            // Of equal paths the one with the longest last piece stays.
            if (score > bestScores[end]!) {
              bestScores[end] = score;
              bestNodes[end] = place >> PACKED_BITS;
            }
          }
        }
        for (let end = size; end > 0; ) {
          const node = bestNodes[end]!;
          frequencies[node === UNKNOWN_NODE ? unknownPiece : node]! += count;
          end -= links[(node << PACKED_BITS) + 1]!;
        }
      }
    },
  };
}

/** Zeros for the frequencies of nodes; float64 where float32 sums would stop growing. */
export function emptyFrequencies(
  nodes: number,
  isWide: boolean,
): Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> {
  return isWide ? new Float64Array(nodes) : new Float32Array(nodes);
}

/** Words of the corpus, summed as the reference sums them. */
export function countWords({ counts }: LatticeWords, isWide: boolean): number {
  let sum = 0;
  for (const count of counts) sum = isWide ? sum + count : fround(sum + count);
  return sum;
}
