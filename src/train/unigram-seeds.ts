// Seeds of Unigram training: all characters, and the substrings with the highest frequency x length, taken from the
// suffix array of the unsplit sentences, where each inner node of the suffix tree is an interval of suffixes.
// It returns the pieces and, for every character of the corpus, the longest seed that starts there.
// Spec: MakeSeedSentencePieces of unigram_model_trainer.cc, and what release 0.2.2 was seen to do beyond it: a node that
// runs into the next word or sentence stands for its first word, with the frequency of the shortest such node.

import { permutedLcpSteps, suffixArraySteps } from '../core/suffix-array.ts';
import type { ResolvedTrainOptions } from './options.ts';
import { createPieceValidity, type PieceValidity } from './piece-validity.ts';
import { createWordCutter, type WordCutter } from './split-words.ts';
import { BOUNDARY_ID, FIRST_CHARACTER_ID, sentenceCountOf, type TrainingData } from './training-data.ts';
import { descendingOrder } from './unigram-order.ts';
import { NO_PARENT, type PieceForest, scoreUnknown, UNKNOWN_NODE } from './unigram-pieces.ts';

/** Suffixes handled between two steps. */
const STEP = 1 << 19;

/** What training starts from. */
export interface Seeds {
  readonly forest: PieceForest;
  /** Node of the longest seed that starts at each character of `data.chars`, word limits ignored. `[chars]` */
  readonly nodes: Int32Array;
}

/** Sentences joined by boundaries, as ranks of characters: 0 boundary, 1 unknown, from 2 on by code point. */
interface JoinedText {
  readonly text: Int32Array;
  /** Code points by rank. */
  readonly alphabet: Uint32Array;
  /** Occurrences in the corpus by rank, times the sentences' counts. */
  readonly counts: Float64Array;
}

/** Substrings that may become pieces, in lexicographic order. */
interface Candidates {
  /** The interval of suffixes `[first, end)` that start with the candidate. */
  readonly firsts: Int32Array;
  readonly ends: Int32Array;
  /** Characters. */
  readonly lengths: Uint16Array;
  /** Frequency x length. */
  readonly scores: Float64Array;
}

type SeedOptions = Pick<ResolvedTrainOptions, 'inputFormat' | 'seedSentencepieceSize' | 'splitByWhitespace'> &
  Parameters<typeof createPieceValidity>[1];

/**
 * Finds the seeds, in steps. Linear in the corpus.
 *
 * @param data unsplit sentences; ones that hold {@link BOUNDARY_ID} are cut there, and `nodes` has -1 at those places
 */
export function* findSeedsSteps(data: TrainingData, options: SeedOptions): Generator<void, Seeds> {
  const joined = joinSentences(data);
  yield;
  const suffixes = yield* suffixArraySteps(joined.text, joined.alphabet.length);
  const plcp = yield* permutedLcpSteps(joined.text, suffixes);
  const collector = createCollector(joined, suffixes, plcp, {
    isValid: createPieceValidity(joined, options),
    maxLength: options.maxSentencepieceLength,
    wordEnd: options.splitByWhitespace
      ? createWordCutter({ chars: joined.text, alphabet: joined.alphabet }, options)
      : undefined,
    weights: createWeights(data, options.inputFormat, joined.text.length),
  });
  for (let from = 1; from <= suffixes.length; from += STEP) {
    collector.collect(from, Math.min(suffixes.length + 1, from + STEP));
    yield;
  }
  // From here on `plcp` is free for other use.
  const candidates = inLexicographicOrder(collector.finish(), plcp);
  yield;
  const chosen = descendingOrder(candidates.scores).subarray(0, options.seedSentencepieceSize);
  yield;
  const builder = createForestBuilder({
    joined,
    suffixes,
    candidates,
    chosen,

    maxLength: options.maxSentencepieceLength,
  });
  for (let from = 0; from < suffixes.length; from += STEP) {
    builder.sweep(from, Math.min(suffixes.length, from + STEP));
    yield;
  }
  return builder.finish(data);
}

function joinSentences(data: TrainingData): JoinedText {
  const { alphabet, chars, sentenceStarts, sentenceCounts } = data;
  const idsByRank = Uint32Array.from(alphabet.keys());
  idsByRank.subarray(FIRST_CHARACTER_ID).sort((a, b) => alphabet[a]! - alphabet[b]!);
  const ranks = new Int32Array(alphabet.length);
  for (let rank = 0; rank < ranks.length; rank++) ranks[idsByRank[rank]!] = rank;
  const counts = new Float64Array(ranks.length);
  const text = new Int32Array(chars.length + sentenceCountOf(data));
  let size = 0;
  for (let sentence = 0; sentence < sentenceCountOf(data); sentence++) {
    const end = sentenceStarts[sentence + 1]!;
    for (let i = sentenceStarts[sentence]!; i < end; i++) {
      const rank = ranks[chars[i]!]!;
      counts[rank]! += sentenceCounts[sentence]!;
      text[size++] = rank;
    }
    text[size++] = BOUNDARY_ID;
  }
  return { text, alphabet: idsByRank.map((id) => alphabet[id]!), counts };
}

/** How often an occurrence counts: `each` everywhere, or by the sentence it is in. */
interface Weights {
  readonly each: number;
  /** Sentence of each text position; `undefined` when all count the same. */
  readonly sentences: Uint32Array | undefined;
  readonly counts: Float64Array;
}

function createWeights(data: TrainingData, inputFormat: string, size: number): Weights {
  const { sentenceStarts, sentenceCounts: counts } = data;
  // The reference leaves the counts of tsv input out of the seeds but takes every sentence twice.
  if (inputFormat === 'tsv') return { each: 2, sentences: undefined, counts };
  if (counts.every((count) => count === 1)) return { each: 1, sentences: undefined, counts };
  const sentences = new Uint32Array(size);
  for (let sentence = 0; sentence < counts.length; sentence++) {
    sentences.fill(sentence, sentenceStarts[sentence]! + sentence, sentenceStarts[sentence + 1]! + sentence + 1);
  }
  return { each: 1, sentences, counts };
}

/** Walks the intervals of suffixes from left to right and collects what may become a piece, children before parents. */
function createCollector(
  { text }: JoinedText,
  suffixes: Int32Array,
  plcp: Int32Array,
  rules: {
    readonly isValid: PieceValidity;
    readonly maxLength: number;
    readonly wordEnd: WordCutter | undefined;
    readonly weights: Weights;
  },
) {
  const { isValid, maxLength, wordEnd, weights } = rules;
  // Open intervals, shallow to deep: depth, first suffix, weight of all suffixes before it.
  let depths = new Int32Array(1 << 8);
  let opens = new Int32Array(1 << 8);
  let weightsBefore = new Float64Array(1 << 8);
  let top = 0;
  let weight = 0;

  let size = 0;
  let firsts = new Int32Array(1 << 16);
  let ends = new Int32Array(1 << 16);
  let lengths = new Uint16Array(1 << 16);
  let scores = new Float64Array(1 << 16);

  function add(first: number, end: number, length: number, frequency: number): void {
    if (size === firsts.length) {
      firsts = copyInto(new Int32Array(size * 2), firsts);
      ends = copyInto(new Int32Array(size * 2), ends);
      lengths = copyInto(new Uint16Array(size * 2), lengths);
      scores = copyInto(new Float64Array(size * 2), scores);
    }
    firsts[size] = first;
    ends[size] = end;
    lengths[size] = length;
    scores[size++] = frequency * length;
  }

  function open(depth: number, first: number, before: number): void {
    if (++top === depths.length) {
      depths = copyInto(new Int32Array(top * 2), depths);
      opens = copyInto(new Int32Array(top * 2), opens);
      weightsBefore = copyInto(new Float64Array(top * 2), weightsBefore);
    }
    depths[top] = depth;
    opens[top] = first;
    weightsBefore[top] = before;
  }

  /** Length of the piece that a node stands for, 0 if none. */
  function lengthOf(start: number, depth: number, parentDepth: number): number {
    // A node that runs to the end of the text is passed over, as in the reference.
    if (depth < 2 || start + depth >= text.length) return 0;
    if (depth <= maxLength && isValid(text, start, depth)) return depth;
    let end = start;
    const limit = start + Math.min(depth, maxLength + 1);
    while (end < limit && text[end] !== BOUNDARY_ID) end++;
    if (wordEnd !== undefined && end > start) end = wordEnd(start, end);
    const length = end - start;
    // Where the parent is as long or longer, it stands for the same word.
    return length > 1 && length > parentDepth && length < depth && isValid(text, start, length) ? length : 0;
  }

  return {
    /** Takes suffixes `[from, to)` as the right neighbours of those before them; one past the last closes all. */
    collect(from: number, to: number): void {
      for (let i = from; i < to; i++) {
        const shared = i < suffixes.length ? plcp[suffixes[i]!]! : 0;
        let first = i - 1;
        let before = weight;
        weight +=
          weights.sentences === undefined ? weights.each : weights.counts[weights.sentences[suffixes[i - 1]!]!]!;
        while (depths[top]! > shared) {
          first = opens[top]!;
          before = weightsBefore[top]!;
          const depth = depths[top--]!;
          const length = lengthOf(suffixes[first]!, depth, Math.max(shared, depths[top]!));
          if (length > 0) add(first, i, length, weight - before);
        }
        if (shared > depths[top]!) open(shared, first, before);
      }
    },
    finish: (): Candidates => ({
      firsts: firsts.subarray(0, size),
      ends: ends.subarray(0, size),
      lengths: lengths.subarray(0, size),
      scores: scores.subarray(0, size),
    }),
  };
}

/**
 * Puts parents before children.
 *
 * @param heads scratch of one slot a suffix
 */
function inLexicographicOrder(candidates: Candidates, heads: Int32Array): Candidates {
  const { firsts, ends, lengths, scores } = candidates;
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
  return {
    firsts: Int32Array.from(order, (i) => firsts[i]!),
    ends: Int32Array.from(order, (i) => ends[i]!),
    lengths: Uint16Array.from(order, (i) => lengths[i]!),
    scores: Float64Array.from(order, (i) => scores[i]!),
  };
}

function copyInto<T extends Int32Array | Uint16Array | Float64Array>(larger: T, array: T): T {
  larger.set(array);
  return larger;
}

/** Numbers the chosen candidates and the characters in pre-order, and finds the deepest one of every suffix. */
function createForestBuilder(input: {
  readonly joined: JoinedText;
  readonly suffixes: Int32Array;
  readonly candidates: Candidates;
  /** Indexes of candidates, in the order of pieces. */
  readonly chosen: Uint32Array;
  readonly maxLength: number;
}) {
  const { joined, suffixes, candidates, chosen, maxLength } = input;
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
  let candidate = 0;

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
        for (; candidates.firsts[candidate] === i; candidate++) {
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
      return { forest, nodes: withoutJoints(nodes, data) };
    },
  };
}

/** `nodes` by character of the corpus instead of text position: drops the boundary behind each sentence, in place. */
function withoutJoints(nodes: Int32Array, { chars, sentenceStarts }: TrainingData): Int32Array {
  for (let sentence = 0; sentence < sentenceStarts.length - 1; sentence++) {
    const start = sentenceStarts[sentence]!;
    nodes.copyWithin(start, start + sentence, sentenceStarts[sentence + 1]! + sentence);
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
