// Makes a small frequency table out of a large one: long runs are cut into frequent n-grams of a few characters, so
// that counts remain and sentences do not. Each character of the source is counted in exactly one segment; what falls
// below the minimum count is dropped, and reported. Deliberately not a word segmenter: cuts fall where few n-grams
// reach across, which is all that training needs.
// Method: dynamic programming over the n-grams of frequent-ngrams.ts, fewest segments first, then the more frequent ones;
// segments that are used too rarely are given up and the runs cut again, until every segment is frequent.

import { checkWhole } from '../../core/check-whole.ts';
import { type CharacterRuns, findFrequentNgrams, type NgramLevel } from './frequent-ngrams.ts';

/** Options of {@link condense}. */
export interface CondenseOptions {
  /** Longest segment, in characters (code points), 1..16. */
  readonly maxLength: number;
  /** Segments that are used less often than this are not in the result; at least 1. */
  readonly minCount: number;
}

/** Texts with their counts, in parallel. */
export interface CountedTexts {
  readonly texts: readonly string[];
  /** At least 0, not necessarily whole. `[texts]` */
  readonly counts: Float64Array;
}

/** Frequent segments and what they cost. */
export interface Condensed {
  /** Each segment once, with its count rounded to a whole number. */
  readonly entries: readonly (readonly [text: string, count: number])[];
  /** Characters of the source, times their counts. */
  readonly characters: number;
  /** Of these, characters that are too rare to be in the result. */
  readonly droppedCharacters: number;
}

/** Rounds of cutting; each makes the set of segments smaller, and the last keeps only what is frequent. */
const ROUNDS = 4;

/** Costs are whole numbers, in 1/256 bit, so that the same cuts are found everywhere. */
const UNITS_PER_BIT = 256;

/** What a segment costs on top of its rarity: so much that fewer segments always win. */
const SEGMENT_COST = 40 * UNITS_PER_BIT;

/**
 * Cuts texts into frequent segments. Memory is about `4 * maxLength` bytes for each character of `texts`.
 *
 * @throws OptionError when an option is out of range
 * @example
 * ```ts
 * const table = frequencyTable([['我们学习', 3], ['学习', 2]]);
 * const { entries } = condense(table, { maxLength: 6, minCount: 3 });
 * ```
 */
export function condense(source: CountedTexts, options: CondenseOptions): Condensed {
  const { maxLength, minCount } = options;
  checkWhole('maxLength', maxLength, 1, 16);
  checkWhole('minCount', minCount, 1, 2 ** 32);
  const { runs, alphabet } = toRuns(source);
  const levels = findFrequentNgrams(runs, maxLength, minCount);
  const used = cutRuns(runs, levels, minCount);
  return collect(runs, alphabet, levels, used, minCount);
}

function toRuns(source: CountedTexts): { runs: CharacterRuns; alphabet: string[] } {
  const { texts, counts } = source;
  let units = 0;
  for (const text of texts) units += text.length;
  const chars = new Uint32Array(units);
  const runStarts = new Uint32Array(texts.length + 1);
  const idOf = new Map<string, number>();
  const alphabet = [''];
  let end = 0;
  texts.forEach((text, r) => {
    for (const character of text) {
      let id = idOf.get(character);
      if (id === undefined) {
        id = alphabet.length;
        idOf.set(character, id);
        alphabet.push(character);
      }
      chars[end++] = id;
    }
    runStarts[r + 1] = end;
  });
  return {
    runs: { chars: chars.subarray(0, end), runStarts, runCounts: counts, alphabetSize: alphabet.length },
    alphabet,
  };
}

// Returns how often each n-gram of each level is used as a segment.
function cutRuns(runs: CharacterRuns, levels: readonly NgramLevel[], minCount: number): Float64Array[] {
  const total = levels[0]!.counts.reduce((sum, count) => sum + count, 0);
  const costOf = (count: number): number => SEGMENT_COST + Math.round(UNITS_PER_BIT * Math.log2(total / count));
  let costs = levels.map(({ counts }) => counts.map((count) => (count > 0 ? costOf(count) : Infinity)));
  for (let round = 1; ; round++) {
    const used = levels.map(({ counts }) => new Float64Array(counts.length));
    cutOnce(runs, levels, costs, used);
    if (round === ROUNDS) return used;
    // Thresholds rise to the minimum, so that a segment is not given up before its rivals have been.
    const threshold = (minCount * round) / (ROUNDS - 1);
    const before = costs;
    // Single characters stay whatever their count, or some text could not be cut at all.
    costs = used.map((uses, n) =>
      n === 0 ? before[0]! : uses.map((count) => (count >= threshold ? costOf(count) : Infinity)),
    );
  }
}

function cutOnce(
  runs: CharacterRuns,
  levels: readonly NgramLevel[],
  costs: readonly Float64Array[],
  used: readonly Float64Array[],
): void {
  const { runStarts, runCounts } = runs;
  let longest = 0;
  for (let r = 0; r < runCounts.length; r++) longest = Math.max(longest, runStarts[r + 1]! - runStarts[r]!);
  const best = new Float64Array(longest + 1);
  const lengths = new Uint8Array(longest + 1);
  for (let r = 0; r < runCounts.length; r++) {
    const start = runStarts[r]!;
    const size = runStarts[r + 1]! - start;
    for (let end = 1; end <= size; end++) {
      let least = Infinity;
      let length = 1;
      for (let n = 1; n <= levels.length && n <= end; n++) {
        const cost = best[end - n]! + costs[n - 1]![levels[n - 1]!.ids[start + end - n]!]!;
        // At equal cost the longer segment.
        if (cost <= least) {
          least = cost;
          length = n;
        }
      }
      best[end] = least;
      lengths[end] = length;
    }
    for (let end = size; end > 0; end -= lengths[end]!) {
      const n = lengths[end]!;
      used[n - 1]![levels[n - 1]!.ids[start + end - n]!]! += runCounts[r]!;
    }
  }
}

function collect(
  runs: CharacterRuns,
  alphabet: readonly string[],
  levels: readonly NgramLevel[],
  used: readonly Float64Array[],
  minCount: number,
): Condensed {
  const { chars } = runs;
  const entries: [string, number][] = [];
  let characters = 0;
  let droppedCharacters = 0;
  used.forEach((uses, n) => {
    const seen = new Uint8Array(uses.length);
    const { ids } = levels[n]!;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (id === 0 || seen[id] !== 0 || uses[id] === 0) continue;
      seen[id] = 1;
      characters += uses[id]! * (n + 1);
      if (uses[id]! < minCount) droppedCharacters += uses[id]! * (n + 1);
      else {
        let text = '';
        for (let at = i; at <= i + n; at++) text += alphabet[chars[at]!];
        entries.push([text, Math.round(uses[id]!)]);
      }
    }
  });
  return { entries, characters, droppedCharacters };
}
