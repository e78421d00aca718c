// Finds every n-gram of a set of weighted character runs that occurs often enough, level by level: an n-gram can only
// be frequent if the two (n-1)-grams in it are, so each level counts pairs of ids of the level below (the Apriori
// principle). It knows ids only, no text. Time is O(characters x maxLength); memory is that of the widest level.

import { grown } from '../../core/grown.ts';
/** Character runs with counts, in flat arrays. */
export interface CharacterRuns {
  /** All runs one after the other, as ids of an alphabet from 1 on. `[characters]` */
  readonly chars: Uint32Array;
  /** Start of each run in `chars`; the last entry is the end. `[runs + 1]` */
  readonly runStarts: Uint32Array;
  /** How often each run occurs. `[runs]` */
  readonly runCounts: Float64Array;
  /** Ids are below this. */
  readonly alphabetSize: number;
}

/** The frequent n-grams of one length. */
export interface NgramLevel {
  /** Id of the n-gram that starts at each position of `chars`, 0 if it is not frequent. `[characters]` */
  readonly ids: Uint32Array;
  /** Occurrences of each id, overlapping ones included; entry 0 means nothing. `[frequent n-grams + 1]` */
  readonly counts: Float64Array;
}

/**
 * Counts n-grams of 1 to `maxLength` characters.
 *
 * @param minCount n-grams that occur less often get id 0; single characters are kept whatever their count
 * @returns one level for each length, the first for single characters
 */
export function findFrequentNgrams(runs: CharacterRuns, maxLength: number, minCount: number): NgramLevel[] {
  const levels = [countCharacters(runs)];
  while (levels.length < maxLength) {
    const level = countLevel(runs, levels.at(-1)!, levels.length + 1, minCount);
    levels.push(level);
  }
  return levels;
}

function countCharacters(runs: CharacterRuns): NgramLevel {
  const { chars, runStarts, runCounts, alphabetSize } = runs;
  const counts = new Float64Array(alphabetSize);
  for (let r = 0; r < runCounts.length; r++) {
    const count = runCounts[r]!;
    for (let i = runStarts[r]!; i < runStarts[r + 1]!; i++) counts[chars[i]!]! += count;
  }
  return { ids: chars, counts };
}

function countLevel(runs: CharacterRuns, below: NgramLevel, length: number, minCount: number): NgramLevel {
  const { chars, runStarts, runCounts } = runs;
  const table = createPairCounter(1 << 16);
  const ids = new Uint32Array(chars.length);
  for (let r = 0; r < runCounts.length; r++) {
    const count = runCounts[r]!;
    for (let i = runStarts[r]!; i + length <= runStarts[r + 1]!; i++) {
      const prefix = below.ids[i]!;
      const suffix = below.ids[i + 1]!;
      if (prefix !== 0 && suffix !== 0) ids[i] = table.add(prefix, suffix, count);
    }
  }
  const { size, counts } = table.finish();
  // Ids are given anew to the frequent ones, in the order in which they first occur.
  const renamed = new Uint32Array(size + 1);
  let kept = 0;
  for (let id = 1; id <= size; id++) if (counts[id]! >= minCount) renamed[id] = ++kept;
  const keptCounts = new Float64Array(kept + 1);
  for (let id = 1; id <= size; id++) if (renamed[id] !== 0) keptCounts[renamed[id]!] = counts[id]!;
  for (let i = 0; i < ids.length; i++) ids[i] = renamed[ids[i]!]!;
  return { ids, counts: keptCounts };
}

interface PairCounter {
  /** Adds `count` to a pair of ids and returns the pair's own id, from 1 on in the order of first use. */
  add(first: number, second: number, count: number): number;
  finish(): { size: number; counts: Float64Array };
}

// Open addressing from a pair of ids to a running id; grows at half load.
function createPairCounter(initialSlots: number): PairCounter {
  let slots = new Uint32Array(initialSlots);
  let mask = initialSlots - 1;
  let firsts = new Uint32Array(initialSlots >> 1);
  let seconds = new Uint32Array(initialSlots >> 1);
  let counts = new Float64Array(initialSlots >> 1);
  let size = 0;

  const hashOf = (first: number, second: number): number => {
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return hash ^ (hash >>> 13);
  };

  const grow = (): void => {
    slots = new Uint32Array(slots.length * 2);
    mask = slots.length - 1;
    for (let id = 1; id <= size; id++) {
      let at = hashOf(firsts[id]!, seconds[id]!) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = id;
    }
    firsts = grown(firsts, slots.length >> 1);
    seconds = grown(seconds, slots.length >> 1);
    counts = grown(counts, slots.length >> 1);
  };

  return {
    add(first, second, count) {
      let at = hashOf(first, second) & mask;
      for (let id = slots[at]!; id !== 0; id = slots[at]!) {
        if (firsts[id] === first && seconds[id] === second) {
          counts[id]! += count;
          return id;
        }
        at = (at + 1) & mask;
      }
      const id = ++size;
      slots[at] = id;
      firsts[id] = first;
      seconds[id] = second;
      counts[id] = count;
      if (size + 1 >= slots.length >> 1) grow();
      return id;
    },
    finish: () => ({ size, counts }),
  };
}
