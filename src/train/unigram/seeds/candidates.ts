// Which substrings of a corpus may become pieces: inner nodes of the suffix tree of its unsplit sentences, found as
// intervals of the sorted suffixes, with their frequencies, one first character after the other. Of many more than
// there can be seeds, only the best are kept.
// Spec: MakeSeedSentencePieces of unigram_model_trainer.cc, and what release 0.2.2 was seen to do beyond it: a node that
// runs into the next word or sentence stands for each of its words, with the frequency of the most frequent such node.

import { grown } from '../../../core/grown.ts';
import type { createIntervalJudge } from '../../data/document-frequency.ts';
import { createPieceValidity } from '../../data/piece-validity.ts';
import { createWordCutter } from '../../data/split-words.ts';
import { BOUNDARY_ID, FIRST_CHARACTER_ID } from '../../data/training-data.ts';
import type { Candidates, SeedSearch } from '../../runtime/train-threads.ts';
import { createSuffixSorter } from './suffix-order.ts';

/** Collects candidates: see {@link createCollector}. */
export interface Collector {
  /** Sorts the suffixes of a task of the search and takes what may become a piece; returns how many suffixes there were. */
  collect(task: number): number;
  /** What was taken; of more than there can be seeds, those that cannot be among them may be missing. */
  finish(): Candidates;
}

/**
 * Walks the intervals of suffixes from left to right and collects what may become a piece, children before parents.
 *
 * @param isWidespread whether what some suffixes begin with is in enough documents; `undefined` where that is not asked
 */
export function createCollector(search: SeedSearch, isWidespread?: ReturnType<typeof createIntervalJudge>): Collector {
  const { text, alphabet, suffixes, rankStarts, tasks, weights, options } = search;
  const { maxSentencepieceLength: maxLength, seedSentencepieceSize: seedCount } = options;
  const sorter = createSuffixSorter(text, alphabet.length, search.depth);
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
  // By distance to the end of the text, where what is repeated there begins; found once.
  const alikeStarts = new Map<number, number>();
  // Start of the last sentence: repeated, its suffixes are tails.
  const lastSentence = text.length < 2 ? 0 : text.lastIndexOf(BOUNDARY_ID, text.length - 2) + 1;

  let size = 0;
  // Candidates kept at most, and the score that a seed must have, by what was taken so far.
  let limit = Math.max(Math.ceil(seedCount * 1.5), 1 << 16);
  let leastScore = 0;
  // Room for all of them at once: memory that is not written to costs nothing, and arrays that grew would leave others behind.
  const room = Math.min(limit, text.length);
  let firsts = new Int32Array(room);
  let ends = new Int32Array(room);
  let lengths = new Uint16Array(room);
  let scores = new Float64Array(room);
  let sorted = new Float64Array(0);

  function add(first: number, end: number, length: number, frequency: number): void {
    const score = frequency * length;
    if (score < leastScore || (isWidespread !== undefined && !isWidespread(suffixes, first, end))) return;
    if (size === limit) keepBest();
    if (size === firsts.length) {
      firsts = grown(firsts, limit);
      ends = grown(ends, limit);
      lengths = grown(lengths, limit);
      scores = grown(scores, limit);
    }
    firsts[size] = first;
    ends[size] = end;
    lengths[size] = length;
    scores[size++] = score;
  }

  /** Drops what cannot be among the seeds; where too many are alike, the limit gives way. */
  function keepBest(): void {
    if (sorted.length < size) sorted = new Float64Array(limit);
    sorted.set(scores.subarray(0, size));
    leastScore = leastOfBest(sorted.subarray(0, size), seedCount);
    let kept = 0;
    for (let i = 0; i < size; i++) {
      if (scores[i]! < leastScore) continue;
      firsts[kept] = firsts[i]!;
      ends[kept] = ends[i]!;
      lengths[kept] = lengths[i]!;
      scores[kept++] = scores[i]!;
    }
    size = kept;
    if (size > limit * 0.75) limit *= 2;
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
   * the text ends with it: then the most frequent node counts that begins further left and does not end the text, 0 if none: what is
   * followed by the same wherever it stands is no node.
   *
   * @param first of the suffixes `[first, end)`: the one that ends the text with what they have in common
   */
  function frequencyFromLeft(first: number, end: number): number {
    const last = suffixes[first]!;
    const length = text.length - last;
    // Of those that go on to the left as the last one does for equally long, by what stands in front of that.
    const groups = new Map<number, { weight: number; readonly follower: number; isNode: boolean }>();
    for (let i = first + 1; i < end; i++) {
      const suffix = suffixes[i]!;
      if (!isWordStart(suffix)) continue;
      const start = alikeFrom(suffix, last);
      if (start === 0) continue;
      const key = (suffix - start) * alphabet.length + text[start - 1]!;
      const own = weightOf(suffix);
      const follower = text[suffix + length]!;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { weight: own, follower, isNode: own > 1 });
      else {
        group.weight += own;
        group.isNode ||= own > 1 || follower !== group.follower;
      }
    }
    let best = 0;
    for (const { weight, isNode } of groups.values()) if (isNode) best = Math.max(best, weight);
    return best;
  }

  /**
   * Where the text begins to be like the text before `last`, which is like it from `suffix` to the end; 0 where that is the beginning of
   * the text, or further left than is looked at.
   */
  function alikeFrom(suffix: number, last: number): number {
    const distance = last - suffix;
    let start = alikeStarts.get(distance);
    if (start === undefined) {
      const limit = Math.max(0, text.length - search.depth - distance);
      start = suffix;
      while (start > limit && text[start - 1] === text[start - 1 + distance]) start--;
      if (start === limit) start = 0;
      alikeStarts.set(distance, start);
    }
    return start;
  }

  function weightOf(suffix: number): number {
    return weights === undefined ? 1 : weights.counts[weights.sentences[suffix]!]!;
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

  /** Takes the sorted suffixes `[from, to)`, all of those that start with one character. */
  function walk(from: number, to: number): void {
    for (let i = from + 1; i <= to; i++) {
      const shared = i < to ? sorter.shared(suffixes[i - 1]!, suffixes[i]!) : 0;
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
  }

  return {
    collect(task) {
      const from = Math.max(tasks[task * 2]!, FIRST_CHARACTER_ID);
      const to = tasks[task * 2 + 1]!;
      for (let rank = from; rank < to; rank++) {
        const first = rankStarts[rank]!;
        const end = rankStarts[rank + 1]!;
        sorter.sort(suffixes, first, end);
        walk(first, end);
      }
      return rankStarts[to]! - rankStarts[tasks[task * 2]!]!;
    },
    finish: () => ({
      firsts: firsts.subarray(0, size),
      ends: ends.subarray(0, size),
      lengths: lengths.subarray(0, size),
      scores: scores.subarray(0, size),
    }),
  };
}

/** The lowest of the `count` highest scores, 0 when there are fewer. Scores are positive; they are sorted in place. */
export function leastOfBest(scores: Float64Array, count: number): number {
  return scores.length <= count ? 0 : scores.sort()[scores.length - count]!;
}
