// Which substrings of a corpus may become pieces: inner nodes of the suffix tree of its unsplit sentences, found as
// intervals of the suffix array, with their frequencies. It does not choose among them.
// Spec: MakeSeedSentencePieces of unigram_model_trainer.cc, and what release 0.2.2 was seen to do beyond it: a node that
// runs into the next word or sentence stands for each of its words, with the frequency of the most frequent such node.

import { grown } from '../../../core/grown.ts';
import { InputError } from '../../../errors.ts';
import { createIntervalJudge } from '../../data/document-frequency.ts';
import { createPieceValidity, type PieceShapeOptions } from '../../data/piece-validity.ts';
import { createWordCutter } from '../../data/split-words.ts';
import { BOUNDARY_ID, FIRST_CHARACTER_ID, sentenceCountOf, type TrainingData } from '../../data/training-data.ts';
import type { ResolvedTrainOptions } from '../../options/options.ts';
import { permutedLcpSteps, suffixArraySteps } from './suffix-array.ts';

/** Positions are kept in int32. */
const MAX_TEXT_LENGTH = 2 ** 31 - 1;

/** Suffixes handled between two steps. */
const STEP = 1 << 19;

/** Sentences joined by boundaries, as ranks of characters: 0 boundary, 1 unknown, from 2 on by code point. */
export interface JoinedText {
  readonly text: Int32Array;
  /** How often each sentence is in `text`, one copy behind the other. */
  readonly copies: number;
  /** Code points by rank. */
  readonly alphabet: Uint32Array;
  /** Occurrences in the corpus by rank, times the sentences' counts. */
  readonly counts: Float64Array;
}

/** Substrings that may become pieces, in no particular order. */
export interface Candidates {
  /** The interval of suffixes `[first, end)` that start with the candidate. `[candidates]` */
  readonly firsts: Int32Array;
  readonly ends: Int32Array;
  /** Characters. */
  readonly lengths: Uint16Array;
  /** Frequency x length. */
  readonly scores: Float64Array;
}

/** A corpus, its suffixes in order, and what may become pieces. */
export interface CandidateSearch {
  readonly joined: JoinedText;
  readonly suffixes: Int32Array;
  readonly candidates: Candidates;
  /** Indexes of the candidates in lexicographic order, prefixes first. `[candidates]` */
  readonly lexicographic: Uint32Array;
}

/** What the search reads of the options. */
export type CandidateOptions = PieceShapeOptions & Pick<ResolvedTrainOptions, 'inputFormat' | 'minDocumentFrequency'>;

/**
 * Finds all candidates, in steps. Linear in the corpus.
 *
 * @throws InputError for a corpus beyond int32 positions.
 */
export function* findCandidatesSteps(
  data: TrainingData,
  options: CandidateOptions,
): Generator<number, CandidateSearch> {
  // The reference leaves the counts of tsv input out of the seeds but takes every sentence twice.
  const isTsv = options.inputFormat === 'tsv';
  const joined = joinSentences(data, isTsv ? 2 : 1);
  yield joined.text.length / STEP;
  const suffixes = yield* suffixArraySteps(joined.text, joined.alphabet.length);
  const plcp = yield* permutedLcpSteps(joined.text, suffixes);
  const collector = createCollector({
    joined,
    suffixes,
    plcp,
    options,
    weights: isTsv ? NO_WEIGHTS : createWeights(data),
    isWidespread: createIntervalJudge(data, options, joined.copies),
  });
  for (let from = 1; from <= suffixes.length; from += STEP) {
    const to = Math.min(suffixes.length + 1, from + STEP);
    collector.collect(from, to);
    yield (to - from) / STEP;
  }
  // From here on `plcp` is free for other use.
  const candidates = collector.finish();
  const lexicographic = lexicographicOrder(candidates, plcp);
  yield suffixes.length / STEP;
  return { joined, suffixes, candidates, lexicographic };
}

function joinSentences(data: TrainingData, copies: number): JoinedText {
  const { alphabet, chars, sentenceStarts, sentenceCounts } = data;
  const idsByRank = Uint32Array.from(alphabet.keys());
  idsByRank.subarray(FIRST_CHARACTER_ID).sort((a, b) => alphabet[a]! - alphabet[b]!);
  const ranks = new Int32Array(alphabet.length);
  for (let rank = 0; rank < ranks.length; rank++) ranks[idsByRank[rank]!] = rank;
  const counts = new Float64Array(ranks.length);
  const length = (chars.length + sentenceCountOf(data)) * copies;
  if (length > MAX_TEXT_LENGTH) {
    throw new InputError(
      `the corpus has ${length} characters and sentence ends, at most ${MAX_TEXT_LENGTH} are possible`,
      {
        hint: 'Set inputSentenceSize to train on a sample of the sentences.',
      },
    );
  }
  const text = new Int32Array(length);
  let size = 0;
  for (let sentence = 0; sentence < sentenceCountOf(data); sentence++) {
    const end = sentenceStarts[sentence + 1]!;
    for (let i = sentenceStarts[sentence]!; i < end; i++) {
      const rank = ranks[chars[i]!]!;
      counts[rank]! += sentenceCounts[sentence]!;
      text[size++] = rank;
    }
    text[size++] = BOUNDARY_ID;
    if (copies === 2) {
      const copied = end - sentenceStarts[sentence]! + 1;
      text.copyWithin(size, size - copied, size);
      size += copied;
    }
  }
  return { text, copies, alphabet: idsByRank.map((id) => alphabet[id]!), counts };
}

/** How often an occurrence counts: by the sentence it is in. */
interface Weights {
  /** Sentence of each text position; `undefined` when all count once. */
  readonly sentences: Uint32Array | undefined;
  /** Counts of the sentences. */
  readonly counts: Float64Array;
}

const NO_WEIGHTS: Weights = { sentences: undefined, counts: new Float64Array(0) };

function createWeights({ chars, sentenceStarts, sentenceCounts: counts }: TrainingData): Weights {
  if (counts.every((count) => count === 1)) return NO_WEIGHTS;
  const sentences = new Uint32Array(chars.length + counts.length);
  for (let sentence = 0; sentence < counts.length; sentence++) {
    sentences.fill(sentence, sentenceStarts[sentence]! + sentence, sentenceStarts[sentence + 1]! + sentence + 1);
  }
  return { sentences, counts };
}

/** Walks the intervals of suffixes from left to right and collects what may become a piece, children before parents. */
function createCollector(input: {
  readonly joined: JoinedText;
  readonly suffixes: Int32Array;
  readonly plcp: Int32Array;
  readonly options: CandidateOptions;
  readonly weights: Weights;
  readonly isWidespread: ReturnType<typeof createIntervalJudge>;
}) {
  const { suffixes, plcp, options, weights, isWidespread } = input;
  const { text, alphabet } = input.joined;
  const { maxSentencepieceLength: maxLength } = options;
  const isValid = createPieceValidity({ alphabet }, options);
  const wordEnd = options.splitByWhitespace ? createWordCutter({ chars: text, alphabet }, options) : undefined;
  // Open intervals, shallow to deep: depth, first suffix, weight of all suffixes before it.
  let depths = new Int32Array(1 << 8);
  let opens = new Int32Array(1 << 8);
  let weightsBefore = new Float64Array(1 << 8);
  // The reference passes over intervals whose first suffix ends the text with its last letter in common. Below such a
  // tail the greatest frequency of a child is kept, for the word that both begin with.
  let tailBests = new Float64Array(1 << 8);
  let top = 0;
  let weight = 0;
  // Start of the last sentence: repeated, its suffixes are tails.
  const lastSentence = text.length < 2 ? 0 : text.lastIndexOf(BOUNDARY_ID, text.length - 2) + 1;

  let size = 0;
  let firsts = new Int32Array(1 << 16);
  let ends = new Int32Array(1 << 16);
  let lengths = new Uint16Array(1 << 16);
  let scores = new Float64Array(1 << 16);

  function add(first: number, end: number, length: number, frequency: number): void {
    if (isWidespread !== undefined && !isWidespread(suffixes, first, end)) return;
    if (size === firsts.length) {
      firsts = grown(firsts, size * 2);
      ends = grown(ends, size * 2);
      lengths = grown(lengths, size * 2);
      scores = grown(scores, size * 2);
    }
    firsts[size] = first;
    ends[size] = end;
    lengths[size] = length;
    scores[size++] = frequency * length;
  }

  function open(depth: number, first: number, before: number, tailBest: number): void {
    if (++top === depths.length) {
      depths = grown(depths, top * 2);
      opens = grown(opens, top * 2);
      weightsBefore = grown(weightsBefore, top * 2);
      tailBests = grown(tailBests, top * 2);
    }
    depths[top] = depth;
    opens[top] = first;
    weightsBefore[top] = before;
    tailBests[top] = tailBest;
  }

  function isTail(start: number, depth: number): boolean {
    return start + depth >= text.length;
  }

  /** Whether a word starts at a place behind the first. */
  function isWordStart(position: number): boolean {
    if (position === 0) return false;
    if (text[position - 1] === BOUNDARY_ID) return true;
    return wordEnd !== undefined && wordEnd(position - 1, position + 1) === position;
  }

  /**
   * A node stands for the words behind its first one, too. That matters only where a word's own node is passed over, because
   * the text ends with it: then the most frequent node counts that begins further left and does not end the text, 0 if none.
   *
   * @param first of the suffixes `[first, end)`: the one that ends the text with what they have in common
   */
  function frequencyFromLeft(first: number, end: number): number {
    const last = suffixes[first]!;
    let best = 0;
    let alike = suffixes.subarray(first + 1, end).filter(isWordStart);
    for (let back = 1; alike.length > 0; back++) {
      const sums = new Map<number, number>();
      const same: number[] = [];
      for (const suffix of alike) {
        if (suffix < back) continue;
        const before = text[suffix - back]!;
        if (last >= back && before === text[last - back]) same.push(suffix);
        else sums.set(before, (sums.get(before) ?? 0) + weightOf(suffix));
      }
      for (const sum of sums.values()) if (sum > 1) best = Math.max(best, sum);
      alike = Int32Array.from(same);
    }
    return best;
  }

  function weightOf(suffix: number): number {
    return weights.sentences === undefined ? 1 : weights.counts[weights.sentences[suffix]!]!;
  }

  /** Length of the piece that the text from `start` stands for as far as `depth`, 0 if none. */
  function lengthOf(start: number, depth: number): number {
    if (depth < 2) return 0;
    if (depth <= maxLength && isValid(text, start, depth)) return depth;
    let end = start;
    const limit = start + Math.min(depth, maxLength + 1);
    while (end < limit && text[end] !== BOUNDARY_ID) end++;
    if (wordEnd !== undefined && end > start) end = wordEnd(start, end);
    const length = end - start;
    return length > 1 && length < depth && isValid(text, start, length) ? length : 0;
  }

  /**
   * Lets the text from suffix `first` to `depth` be a candidate, or leaves its frequency to a tail above it. The interval
   * above is the deepest open one, or the one of depth `shared` that is about to open.
   *
   * @returns the frequency left to the interval about to open, 0 if none
   */
  function settle(first: number, end: number, depth: number, frequency: number, shared: number): number {
    const isParentNew = shared > depths[top]!;
    const parentDepth = isParentNew ? shared : depths[top]!;
    const isParentTail = isTail(suffixes[isParentNew ? first : opens[top]!]!, parentDepth);
    if (frequency === 0 || (parentDepth >= maxLength && !isParentTail)) return 0;
    const length = lengthOf(suffixes[first]!, depth);
    // Where the parent is as long or longer, it stands for the same word.
    if (length > parentDepth) add(first, end, length, frequency);
    else if (length > 0 && isParentTail) {
      if (isParentNew) return frequency;
      tailBests[top] = Math.max(tailBests[top]!, frequency);
    }
    return 0;
  }

  return {
    /** Takes suffixes `[from, to)` as the right neighbours of those before them; one past the last closes all. */
    collect(from: number, to: number): void {
      for (let i = from; i < to; i++) {
        const shared = i < suffixes.length ? plcp[suffixes[i]!]! : 0;
        let first = i - 1;
        let before = weight;
        let tailBest = 0;
        const suffix = suffixes[first]!;
        const own = weightOf(suffix);
        weight += own;
        // A suffix that occurs more than once by its weight is an interval of its own, as long as the text.
        if (own > 1 && suffix < lastSentence) tailBest = settle(first, i, text.length, own, shared);
        while (depths[top]! > shared) {
          first = opens[top]!;
          before = weightsBefore[top]!;
          const depth = depths[top]!;
          const frequency = isTail(suffixes[first]!, depth)
            ? Math.max(tailBests[top]!, frequencyFromLeft(first, i))
            : weight - before;
          top--;
          tailBest = settle(first, i, depth, frequency, shared);
        }
        if (shared > depths[top]!) open(shared, first, before, tailBest);
      }
    },
    finish: (): Candidates => ({
      firsts: firsts.subarray(0, size),
      ends: ends.subarray(0, size),
      lengths: lengths.subarray(0, size),
      scores: scores.slice(0, size),
    }),
  };
}

/**
 * Prefixes before what they begin.
 *
 * @param heads scratch of one slot a suffix
 */
function lexicographicOrder({ firsts }: Candidates, heads: Int32Array): Uint32Array {
  // Of those with the same first suffix the longer come first, so prepending puts the shortest in front.
  const nexts = new Int32Array(firsts.length);
  heads.fill(-1);
  for (let i = 0; i < firsts.length; i++) {
    nexts[i] = heads[firsts[i]!]!;
    heads[firsts[i]!] = i;
  }
  const order = new Uint32Array(firsts.length);
  let size = 0;
  for (let suffix = 0; suffix < heads.length; suffix++) {
    for (let i = heads[suffix]!; i >= 0; i = nexts[i]!) order[size++] = i;
  }
  return order;
}
