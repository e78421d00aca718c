// Seeds of Unigram training: all characters and the candidates with the highest frequency x length, as a forest, with
// the longest seed that starts at every character of the corpus.
// Spec: MakeSeedSentencePieces of unigram_model_trainer.cc.

import { utf8Length } from '../../../core/unicode/utf8.ts';
import { FIRST_CHARACTER_ID, type TrainingData } from '../../data/training-data.ts';
import type { Candidates, NodeIntervals, SeedSearch } from '../../runtime/train-threads.ts';
import { descendingOrder } from '../forest/order.ts';
import { NO_PARENT, type PieceForest, scoreUnknown, UNKNOWN_NODE } from '../forest/pieces.ts';
import { openSeedEngine, type SeedEngineOptions, type SeedRuntime } from './engine.ts';
import type { JoinedText } from './joined-text.ts';

/** What training starts from. */
export interface Seeds {
  readonly forest: PieceForest;
  /** Node of the longest seed that starts at each character of `data.chars`, word limits ignored. `[chars]` */
  readonly nodes: Int32Array;
  /** Memory of as many nodes, no longer used. Shared memory is not given back soon when it is let go, so use this. */
  readonly spare: ArrayBufferLike;
}

/**
 * Finds the seeds. Time is that of sorting the suffixes by the first characters of each.
 *
 * @param data unsplit sentences; ones that hold the boundary (U+0000) are cut there, and `nodes` has -1 at those places
 * @throws InputError for a corpus beyond int32 positions
 */
export async function findSeeds(data: TrainingData, options: SeedEngineOptions, runtime: SeedRuntime): Promise<Seeds> {
  const engine = await openSeedEngine(data, options, runtime);
  try {
    const { joined } = engine;
    const { forest, intervals } = plant(joined, await engine.collect());
    const nodes = withoutJoints(await engine.name(intervals), data, joined.copies);
    return { forest, nodes, spare: joined.search.suffixes.buffer };
  } finally {
    await engine.close();
  }
}

/** The candidates that become seeds: by score descending, of equal ones the longer in UTF-8 first, then in lexicographic order. */
function chooseSeeds({ text, alphabet, suffixes, options }: SeedSearch, candidates: Candidates): Candidates {
  const { firsts, lengths, scores } = candidates;
  const bytes = Uint8Array.from(alphabet, (codePoint) => utf8Length(String.fromCodePoint(codePoint)));
  const byteLengths = new Float64Array(firsts.length);
  for (let i = 0; i < firsts.length; i++) {
    const start = suffixes[firsts[i]!]!;
    for (let at = start; at < start + lengths[i]!; at++) byteLengths[i]! += bytes[text[at]!]!;
  }
  let order = descendingOrder(inTextOrder({ firsts, lengths }));
  for (const keys of [byteLengths, scores]) {
    const before = order;
    order = pick(before, descendingOrder(pick(keys, before)));
  }
  const chosen = order.subarray(0, options.seedSentencepieceSize);
  return {
    firsts: pick(firsts, chosen),
    ends: pick(candidates.ends, chosen),
    lengths: pick(lengths, chosen),
    scores: pick(scores, chosen),
  };
}

/** Keys whose descending order is the lexicographic one of candidates, prefixes before what they begin. */
function inTextOrder({ firsts, lengths }: Pick<Candidates, 'firsts' | 'lengths'>): Float64Array {
  const keys = new Float64Array(firsts.length);
  for (let i = 0; i < keys.length; i++) keys[i] = -(firsts[i]! * 0x10000 + lengths[i]!);
  return keys;
}

/** The values at some indexes. Not `from`: that makes a list of them first. */
function pick<T extends Int32Array | Uint32Array | Uint16Array | Float64Array>(values: T, indexes: Uint32Array): T {
  const picked = new (values.constructor as new (length: number) => T)(indexes.length);
  for (let i = 0; i < indexes.length; i++) picked[i] = values[indexes[i]!]!;
  return picked;
}

/** Numbers the seeds and the characters in pre-order: that is lexicographic order, and every interval lies within its parent's. */
function plant({ search, counts }: JoinedText, candidates: Candidates) {
  const seeds = chooseSeeds(search, candidates);
  const characters = charactersByCount(counts);
  const { text, alphabet, suffixes, rankStarts } = search;
  const size = 1 + characters.length + seeds.scores.length;
  const parents = new Int32Array(size);
  const lengths = new Uint16Array(size);
  const textStarts = new Int32Array(size);
  const firsts = new Int32Array(size);
  const ends = new Int32Array(size);
  let total = characters.length;
  for (const length of seeds.lengths) total += length;
  const codePoints = new Uint32Array(total);
  let used = 0;
  parents[UNKNOWN_NODE] = NO_PARENT;
  lengths[UNKNOWN_NODE] = 1;
  let node = 1;

  function addNode(first: number, end: number, length: number): number {
    let parent = node - 1;
    while (parent > UNKNOWN_NODE && ends[parent]! <= first) parent = parents[parent]!;
    parents[node] = parent > UNKNOWN_NODE ? parent : NO_PARENT;
    lengths[node] = length;
    textStarts[node] = used;
    firsts[node] = first;
    ends[node] = end;
    const start = suffixes[first]!;
    for (let i = start; i < start + length; i++) codePoints[used++] = alphabet[text[i]!]!;
    return node++;
  }

  const seedNodes = new Int32Array(seeds.scores.length);
  const characterNodes = new Int32Array(alphabet.length);
  const lexicographic = descendingOrder(inTextOrder(seeds));
  let next = 0;
  for (let rank = FIRST_CHARACTER_ID; rank < alphabet.length; rank++) {
    const end = rankStarts[rank + 1]!;
    if (rankStarts[rank] === end) continue;
    characterNodes[rank] = addNode(rankStarts[rank]!, end, 1);
    for (; next < lexicographic.length && seeds.firsts[lexicographic[next]!]! < end; next++) {
      const seed = lexicographic[next]!;
      seedNodes[seed] = addNode(seeds.firsts[seed]!, seeds.ends[seed]!, seeds.lengths[seed]!);
    }
  }

  const order = new Int32Array(size - 1);
  order.set(characters.map((rank) => characterNodes[rank]!));
  order.set(seedNodes, characters.length);
  const weights = new Float64Array(size - 1);
  weights.set(Float64Array.from(characters, (rank) => counts[rank]!));
  weights.set(seeds.scores, characters.length);
  const scores = new Float32Array(size);
  const forest: PieceForest = { parents, lengths, textStarts, codePoints, scores, order };
  setSeedScores(forest, weights);
  const intervals: NodeIntervals = { firsts, ends };
  return { forest, intervals };
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
