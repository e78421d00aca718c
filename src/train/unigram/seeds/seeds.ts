// Seeds of Unigram training: all characters and the candidates with the highest frequency x length, as a forest, with
// the longest seed that starts at every character of the corpus.
// Spec: MakeSeedSentencePieces of unigram_model_trainer.cc.

import { utf8Length } from '../../../core/unicode/utf8.ts';
import { BOUNDARY_ID, FIRST_CHARACTER_ID, type TrainingData } from '../../data/training-data.ts';
import type { ResolvedTrainOptions } from '../../options/options.ts';
import { descendingOrder } from '../forest/order.ts';
import { NO_PARENT, type PieceForest, scoreUnknown, UNKNOWN_NODE } from '../forest/pieces.ts';
import { type CandidateOptions, type CandidateSearch, findCandidatesSteps } from './candidates.ts';

/** Suffixes handled between two steps. */
const STEP = 1 << 19;

/** What training starts from. */
export interface Seeds {
  readonly forest: PieceForest;
  /** Node of the longest seed that starts at each character of `data.chars`, word limits ignored. `[chars]` */
  readonly nodes: Int32Array;
}

type SeedOptions = CandidateOptions & Pick<ResolvedTrainOptions, 'seedSentencepieceSize'>;

/**
 * Finds the seeds, in steps. Linear in the corpus.
 *
 * @param data unsplit sentences; ones that hold {@link BOUNDARY_ID} are cut there, and `nodes` has -1 at those places
 */
export function* findSeedsSteps(data: TrainingData, options: SeedOptions): Generator<number, Seeds> {
  const search = yield* findCandidatesSteps(data, options);
  const chosen = orderCandidates(search).subarray(0, options.seedSentencepieceSize);
  yield search.candidates.scores.length / STEP;
  const builder = createForestBuilder(search, chosen, options.maxSentencepieceLength);
  for (let from = 0; from < search.suffixes.length; from += STEP) {
    const to = Math.min(search.suffixes.length, from + STEP);
    builder.sweep(from, to);
    yield (to - from) / STEP;
  }
  return builder.finish(data);
}

/** Candidates by score descending, of equal ones the longer in UTF-8 first, then in lexicographic order. */
function orderCandidates({ joined, suffixes, candidates, lexicographic }: CandidateSearch): Uint32Array {
  const { firsts, lengths, scores } = candidates;
  const bytes = Uint8Array.from(joined.alphabet, (codePoint) => utf8Length(String.fromCodePoint(codePoint)));
  const byteLengths = Float64Array.from(lexicographic, (candidate) => {
    const start = suffixes[firsts[candidate]!]!;
    let sum = 0;
    for (let i = start; i < start + lengths[candidate]!; i++) sum += bytes[joined.text[i]!]!;
    return sum;
  });
  const byLength = descendingOrder(byteLengths).map((index) => lexicographic[index]!);
  return descendingOrder(Float64Array.from(byLength, (candidate) => scores[candidate]!)).map(
    (index) => byLength[index]!,
  );
}

/** Numbers the chosen candidates and the characters in pre-order, and finds the deepest one of every suffix. */
function createForestBuilder(
  { joined, suffixes, candidates, lexicographic }: CandidateSearch,
  /** Indexes of candidates, in the order of pieces. */
  chosen: Uint32Array,
  maxLength: number,
) {
  const { text, alphabet, counts } = joined;
  const isChosen = new Uint8Array(candidates.scores.length);
  for (const candidate of chosen) isChosen[candidate] = 1;

  const characters = charactersByCount(counts);
  const size = 1 + characters.length + chosen.length;
  const parents = new Int32Array(size);
  const lengths = new Uint16Array(size);
  const textStarts = new Int32Array(size);
  const characterNodes = new Int32Array(alphabet.length);
  const candidateNodes = new Int32Array(candidates.scores.length);
  let total = characters.length;
  for (const candidate of chosen) total += candidates.lengths[candidate]!;
  const codePoints = new Uint32Array(total);
  let used = 0;
  parents[UNKNOWN_NODE] = NO_PARENT;
  lengths[UNKNOWN_NODE] = 1;
  let node = 1;

  function addNode(parent: number, position: number, length: number): number {
    parents[node] = parent;
    lengths[node] = length;
    textStarts[node] = used;
    for (let i = position; i < position + length; i++) codePoints[used++] = alphabet[text[i]!]!;
    return node++;
  }

  const nodes = new Int32Array(text.length);
  // Open intervals of chosen candidates around the current suffix; below them the node of its first character.
  const stack = new Int32Array(maxLength + 1);
  const stackEnds = new Int32Array(maxLength + 1);
  let top = 0;
  let character = -1;
  let next = 0;

  return {
    /** Takes suffixes `[from, to)`. */
    sweep(from: number, to: number): void {
      for (let i = from; i < to; i++) {
        const position = suffixes[i]!;
        while (top > 0 && stackEnds[top]! <= i) top--;
        if (text[position] !== character) {
          character = text[position]!;
          let root: number = character === BOUNDARY_ID ? NO_PARENT : UNKNOWN_NODE;
          if (character >= FIRST_CHARACTER_ID) {
            root = addNode(NO_PARENT, position, 1);
            characterNodes[character] = root;
          }
          stack[0] = root;
        }
        for (; candidates.firsts[lexicographic[next]!] === i; next++) {
          const candidate = lexicographic[next]!;
          if (isChosen[candidate] === 0) continue;
          const added = addNode(stack[top]!, position, candidates.lengths[candidate]!);
          candidateNodes[candidate] = added;
          stack[++top] = added;
          stackEnds[top] = candidates.ends[candidate]!;
        }
        nodes[position] = stack[top]!;
      }
    },
    finish(data: TrainingData): Seeds {
      const order = new Int32Array(size - 1);
      const weights = new Float64Array(size - 1);
      characters.forEach((rank, i) => {
        order[i] = characterNodes[rank]!;
        weights[i] = counts[rank]!;
      });
      for (let i = 0; i < chosen.length; i++) {
        order[characters.length + i] = candidateNodes[chosen[i]!]!;
        weights[characters.length + i] = candidates.scores[chosen[i]!]!;
      }
      const scores = new Float32Array(size);
      const forest = { parents, lengths, textStarts, codePoints, scores, order };
      setSeedScores(forest, weights);
      return { forest, nodes: withoutJoints(nodes, data, joined.copies) };
    },
  };
}

/** `nodes` by character of the corpus instead of text position: drops boundaries and second copies, in place. */
function withoutJoints(nodes: Int32Array, { chars, sentenceStarts }: TrainingData, copies: number): Int32Array {
  for (let sentence = 0; sentence < sentenceStarts.length - 1; sentence++) {
    const start = sentenceStarts[sentence]!;
    const from = (start + sentence) * copies;
    nodes.copyWithin(start, from, from + sentenceStarts[sentence + 1]! - start);
  }
  return nodes.subarray(0, chars.length);
}

/** Ranks of the characters that occur, by count descending, then code point. */
function charactersByCount(counts: Float64Array): Uint32Array {
  const order = descendingOrder(counts);
  return order.filter((rank) => rank >= FIRST_CHARACTER_ID && counts[rank]! > 0);
}

/** Log of each weight's share of all, with the float32 sum that the reference takes in the order of pieces. */
function setSeedScores(forest: PieceForest, weights: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum = Math.fround(sum + Math.fround(weights[i]!));
  const logSum = Math.fround(Math.log(sum));
  for (let i = 0; i < weights.length; i++) {
    forest.scores[forest.order[i]!] = Math.log(Math.fround(weights[i]!)) - logSum;
  }
  scoreUnknown(forest);
}
