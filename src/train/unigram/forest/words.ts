// The corpus as Unigram training sees it: distinct words with their counts, each a row of nodes, the longest piece that
// starts at each position (see pieces.ts). Such a row is a whole lattice in one number a position.
// Words keep the reference's order, because the float32 sums over them depend on it.
// Spec: SplitSentencesByWhitespace of trainer_interface.cc.

import { grown } from '../../../core/grown.ts';
import { createWordCutter } from '../../data/split-words.ts';
import { sentenceCountOf, type TrainingData, UNKNOWN_CODE_POINT } from '../../data/training-data.ts';
import type { ResolvedTrainOptions } from '../../options/options.ts';
import type { LatticeWords } from '../../runtime/train-threads.ts';
import { descendingOrder } from './order.ts';
import { type PieceForest, UNKNOWN_NODE } from './pieces.ts';

/** Positions handled between two steps. */
const STEP = 1 << 20;

type WordOptions = Pick<
  ResolvedTrainOptions,
  'splitByWhitespace' | 'treatWhitespaceAsSuffix' | 'allowWhitespaceOnlyPieces'
>;

/**
 * Cuts sentences into words, in steps: distinct ones by count descending, then in UTF-8 order. Without
 * `splitByWhitespace` the words are the sentences as they come.
 *
 * @param nodes node at each character of `data`; pieces may reach beyond their word and are shortened to fit
 * @param spare memory for the nodes of the words, used if it is large enough
 */
export function* latticeWordsSteps(
  data: TrainingData,
  nodes: Int32Array,
  forest: PieceForest,
  options: WordOptions,
  spare: ArrayBufferLike = new ArrayBuffer(0),
): Generator<number, LatticeWords> {
  const { sentenceStarts, sentenceCounts } = data;
  if (!options.splitByWhitespace) {
    return withLength({ nodes, starts: Uint32Array.from(sentenceStarts), counts: sentenceCounts });
  }
  const { parents, lengths } = forest;
  const wordEnd = createWordCutter(data, options);
  const table = createWordTable(nodes);
  let work = 0;
  for (let sentence = 0; sentence < sentenceCountOf(data); sentence++) {
    const sentenceEnd = sentenceStarts[sentence + 1]!;
    for (let start = sentenceStarts[sentence]!; start < sentenceEnd; ) {
      const end = wordEnd(start, sentenceEnd);
      for (let i = start; i < end; i++) {
        while (i + lengths[nodes[i]!]! > end) nodes[i] = parents[nodes[i]!]!;
      }
      table.add(start, end - start, sentenceCounts[sentence]!);
      start = end;
    }
    work += sentenceEnd - sentenceStarts[sentence]!;
    if (work >= STEP) {
      work = 0;
      yield 1;
    }
  }
  yield work / STEP;
  return table.finish(codePointsOf(forest), spare);
}

/** Replaces every node, in steps. */
export function* renameNodesSteps({ nodes }: LatticeWords, newNodes: Int32Array): Generator<number, void> {
  for (let from = 0; from < nodes.length; from += STEP) {
    const to = Math.min(nodes.length, from + STEP);
    for (let i = from; i < to; i++) nodes[i] = newNodes[nodes[i]!]!;
    yield (to - from) / STEP;
  }
}

/** First code point of each node's text. */
function codePointsOf({ textStarts, codePoints }: PieceForest): Uint32Array {
  const firsts = Uint32Array.from(textStarts, (start) => codePoints[start]!);
  firsts[UNKNOWN_NODE] = UNKNOWN_CODE_POINT;
  return firsts;
}

/**
 * Distinct words in a hash table with open addressing; a word is where it was first seen. In the first model every
 * character is a piece, so that equal rows of nodes are equal texts.
 */
function createWordTable(nodes: Int32Array) {
  let size = 0;
  let starts = new Uint32Array(1 << 12);
  let lengths = new Uint32Array(1 << 12);
  let counts = new Float64Array(1 << 12);
  let hashes = new Int32Array(1 << 12);
  // Word + 1 by hash, 0 where free, at most half full.
  let slots = new Int32Array(1 << 13);

  function grow(): void {
    starts = grown(starts, size * 2);
    lengths = grown(lengths, size * 2);
    counts = grown(counts, size * 2);
    hashes = grown(hashes, size * 2);
    slots = new Int32Array(size * 4);
    const mask = slots.length - 1;
    for (let word = 0; word < size; word++) {
      let slot = hashes[word]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = word + 1;
    }
  }

  function isAt(word: number, start: number, length: number): boolean {
    if (lengths[word] !== length) return false;
    const other = starts[word]!;
    for (let i = 0; i < length; i++) if (nodes[other + i] !== nodes[start + i]) return false;
    return true;
  }

  return {
    add(start: number, length: number, count: number): void {
      let hash = length;
      for (let i = start; i < start + length; i++) {
        hash = Math.imul(hash ^ nodes[i]!, 0x5bd1e995);
        hash ^= hash >>> 15;
      }
      const mask = slots.length - 1;
      let slot = hash & mask;
      for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
        const word = slots[slot]! - 1;
        if (hashes[word] === hash && isAt(word, start, length)) {
          counts[word]! += count;
          return;
        }
      }
      slots[slot] = size + 1;
      starts[size] = start;
      lengths[size] = length;
      counts[size] = count;
      hashes[size++] = hash;
      if (size === starts.length) grow();
    },

    /** @param codePoints first character of each node */
    finish(codePoints: Uint32Array, spare: ArrayBufferLike): LatticeWords {
      // By count alone first, in linear time; then each run of equal counts by text.
      const order = descendingOrder(counts.slice(0, size));
      const byText = (a: number, b: number): number => {
        const length = Math.min(lengths[a]!, lengths[b]!);
        for (let i = 0; i < length; i++) {
          const x = codePoints[nodes[starts[a]! + i]!]!;
          const y = codePoints[nodes[starts[b]! + i]!]!;
          if (x !== y) return x - y;
        }
        return lengths[a]! - lengths[b]!;
      };
      for (let from = 0; from < size; ) {
        let to = from + 1;
        while (to < size && counts[order[to]!] === counts[order[from]!]) to++;
        order.subarray(from, to).sort(byText);
        from = to;
      }
      let total = 0;
      for (let word = 0; word < size; word++) total += lengths[word]!;
      const bytes = total * Int32Array.BYTES_PER_ELEMENT;
      const wordNodes = new Int32Array(spare.byteLength < bytes ? new ArrayBuffer(bytes) : spare, 0, total);
      const wordStarts = new Uint32Array(size + 1);
      let used = 0;
      order.forEach((word, i) => {
        wordStarts[i] = used;
        wordNodes.set(nodes.subarray(starts[word]!, starts[word]! + lengths[word]!), used);
        used += lengths[word]!;
      });
      wordStarts[size] = used;
      return withLength({
        nodes: wordNodes,
        starts: wordStarts,
        counts: Float64Array.from(order, (word) => counts[word]!),
      });
    },
  };
}

function withLength(words: Omit<LatticeWords, 'maxLength'>): LatticeWords {
  let maxLength = 0;
  for (let word = 0; word < words.counts.length; word++) {
    maxLength = Math.max(maxLength, words.starts[word + 1]! - words.starts[word]!);
  }
  return { ...words, maxLength };
}
