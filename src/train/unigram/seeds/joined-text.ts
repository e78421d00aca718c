// The text that seeds are searched in: all sentences, joined by boundaries, and its suffixes by first symbol. It searches
// nothing. Spec: MakeSeedSentencePieces of unigram_model_trainer.cc.

import { InputError } from '../../../errors.ts';
import {
  BOUNDARY_ID,
  FIRST_CHARACTER_ID,
  sentenceCountOf,
  sentencesByPosition,
  type TrainingData,
} from '../../data/training-data.ts';
import type { ResolvedTrainOptions } from '../../options/options.ts';
import type { SeedOptions, SeedSearch } from '../../runtime/train-threads.ts';
import { depthOfMany, listByFirstSymbol, MANY, type Symbols } from './suffix-order.ts';

/** Positions are kept in int32. */
const MAX_TEXT_LENGTH = 2 ** 31 - 1;

/** Suffixes of a task, but for characters that have more: some tens of milliseconds of work. */
const TASK_SUFFIXES = 1 << 16;

/** Symbols handled between two steps. */
const STEP = 1 << 19;

/** A search that is ready to begin, and what nobody but its caller needs. */
export interface JoinedText {
  readonly search: SeedSearch;
  /** How often each sentence is in the text, one copy behind the other. */
  readonly copies: number;
  /** Occurrences in the corpus by rank, times the sentences' counts. */
  readonly counts: Float64Array;
}

/**
 * Joins the sentences and lists the suffixes, in steps.
 *
 * @param allocate memory for the large arrays, which threads may share
 * @throws InputError for a corpus beyond int32 positions.
 */
export function* joinSteps(
  data: TrainingData,
  options: SeedOptions & Pick<ResolvedTrainOptions, 'inputFormat'>,
  allocate: (bytes: number) => ArrayBufferLike,
): Generator<number, JoinedText> {
  // The reference leaves the counts of tsv input out of the seeds but takes every sentence twice.
  const isTsv = options.inputFormat === 'tsv';
  const copies = isTsv ? 2 : 1;
  const { alphabet, sentenceCounts } = data;
  const length = (data.chars.length + sentenceCountOf(data)) * copies;
  if (length > MAX_TEXT_LENGTH) {
    throw new InputError(
      `the corpus has ${length} characters and sentence ends, at most ${MAX_TEXT_LENGTH} are possible`,
      {
        hint: 'Set inputSentenceSize to train on a sample of the sentences.',
      },
    );
  }
  const idsByRank = Uint32Array.from(alphabet.keys());
  idsByRank.subarray(FIRST_CHARACTER_ID).sort((a, b) => alphabet[a]! - alphabet[b]!);
  // Room for an int32 a position, which later stands in its place.
  const buffer = allocate(length * Int32Array.BYTES_PER_ELEMENT);
  const text = alphabet.length <= 0x10000 ? new Uint16Array(buffer, 0, length) : new Uint32Array(buffer);
  const counts = join(data, idsByRank, copies, text);
  yield length / STEP;
  const suffixes = new Int32Array(allocate(length * Int32Array.BYTES_PER_ELEMENT));
  const rankStarts = listByFirstSymbol(text, alphabet.length, suffixes);
  yield length / STEP;
  const isWeighted = !isTsv && sentenceCounts.some((count) => count !== 1);
  const search: SeedSearch = {
    text,
    alphabet: idsByRank.map((id) => alphabet[id]!),
    suffixes,
    rankStarts,
    tasks: divide(rankStarts),
    // A node that runs beyond the longest piece stands for its first word, as one that ends the text does for its best child.
    depth: Math.max(options.maxSentencepieceLength, repeatedEnd(text)) + 1,
    weights: isWeighted
      ? { sentences: sentencesByPosition(data, copies, allocate), counts: sentenceCounts }
      : undefined,
    options,
  };
  return { search, copies, counts };
}

/** Writes the sentences into `text`; returns the occurrences of each rank. */
function join(data: TrainingData, idsByRank: Uint32Array, copies: number, text: Symbols): Float64Array {
  const { chars, sentenceStarts, sentenceCounts } = data;
  const ranks = new Uint32Array(idsByRank.length);
  for (let rank = 0; rank < ranks.length; rank++) ranks[idsByRank[rank]!] = rank;
  const counts = new Float64Array(ranks.length);
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
  return counts;
}

/** Ranges of ranks with some suffixes each, the largest first. */
function divide(rankStarts: Uint32Array): Uint32Array {
  const ranges: { readonly from: number; readonly to: number; readonly size: number }[] = [];
  const ranks = rankStarts.length - 1;
  for (let from = 0, to = 1; from < ranks; from = to++) {
    while (to < ranks && rankStarts[to + 1]! - rankStarts[from]! <= TASK_SUFFIXES) to++;
    ranges.push({ from, to, size: rankStarts[to]! - rankStarts[from]! });
  }
  return Uint32Array.from(ranges.sort((a, b) => b.size - a.size).flatMap(({ from, to }) => [from, to]));
}

/**
 * Symbols at the end of the text, from some place on, that occur elsewhere too. Of an end that occurs in many places, such as one line
 * a thousand times, only as many as sorting looks at in many suffixes: all of it would take time quadratic in its length.
 */
function repeatedEnd(text: Symbols): number {
  const last = text.length - 1;
  const limitOfMany = depthOfMany(text.length);
  let limit = text.length;
  let longest = 0;
  let places = 0;
  for (let end = text.indexOf(BOUNDARY_ID); end >= 0 && end < last; end = text.indexOf(BOUNDARY_ID, end + 1)) {
    let length = 1;
    while (length < limit && length <= end && text[end - length] === text[last - length]) length++;
    longest = Math.max(longest, length);
    if (length >= limitOfMany && ++places === MANY) limit = limitOfMany;
  }
  return Math.min(longest, limit);
}
