// Finds every n-gram of weighted runs that occurs often enough. All places of a text where two characters begin an n-gram are
// dealt out to groups by a hash of the two, each with the characters that follow; a group is sorted, so that the n-grams of
// all lengths stand together, and counted. Groups are small enough for the processor's cache: a table of all n-grams
// would miss it at every look-up. It knows ids only, no text. Time is O(characters x maxLength).

import { counted, groupDigits } from '../../core/counted.ts';
import { grown } from '../../core/grown.ts';
import { OptionError } from '../../errors.ts';
import { bytesOf, type RunBlocks } from './run-blocks.ts';
import type { Spill } from './spill.ts';

/** The frequent n-grams of all lengths. */
export interface FrequentNgrams {
  /**
   * Occurrences of each id, overlapping ones included. Ids below `alphabetSize` are characters, of which all are kept; entry 0
   * means nothing. `[ids]`
   */
  readonly counts: Float64Array;
  /** Reads the ids of the n-grams that start at each place of the text, from its beginning. */
  open(): NgramReader;
}

/**
 * The n-grams at each place, in the order of the text, but group by group: at a place with a second character, `places[group]`
 * is where in `words[group]` its n-grams begin, from two characters on, each as `2 * id + 1`, the last as `2 * id`; a lone 0
 * is none. What has been read is passed by moving `places[group]` on; at the end of `words[group]`, `refill` it.
 */
export interface NgramReader {
  readonly words: Uint32Array[];
  readonly places: Uint32Array;
  /** For `groupOf`. */
  readonly groupMask: number;
  refill(group: number): void;
}

/** Options of {@link findFrequentNgrams}. */
export interface NgramOptions {
  /** At least 2. */
  readonly maxLength: number;
  /** n-grams that occur less often are left out; single characters are kept whatever their count. */
  readonly minCount: number;
  /** Characters have ids from 1 on, below this. */
  readonly alphabetSize: number;
  /** Greatest number of frequent n-grams. */
  readonly maxIds: number;
  /** Places in a group, about. Default: what the cache likes. */
  readonly groupPlaces?: number | undefined;
  /** Opens room for blocks. */
  readonly openSpill: () => Spill;
}

/** Classes of frequency. */
const MOST_CLASSES = 128;

const GROUP_PLACES = 1 << 18;
const MOST_GROUPS = 1 << 10;

/** Words in a chunk of the result of a group, and places in one that goes out to a group. */
const CHUNK_WORDS = 1 << 14;
const CHUNK_PLACES = 1 << 11;

/** The group of two characters. */
export function groupOf(first: number, second: number, groupMask: number): number {
  const hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & groupMask;
}

/**
 * Counts n-grams of 1 to `maxLength` characters.
 *
 * @throws OptionError when there are more frequent ones than `maxIds`
 */
export function findFrequentNgrams(blocks: RunBlocks, options: NgramOptions): FrequentNgrams {
  const { alphabetSize, maxIds, maxLength, groupPlaces = GROUP_PLACES, openSpill } = options;
  const groups = Math.min(MOST_GROUPS, 2 ** Math.ceil(Math.log2(Math.max(1, blocks.characters / groupPlaces))));
  const places = dealOut(blocks, groups, options, openSpill());
  const result = openSpill();
  const chunks: number[][] = [];
  let counts = countCharacters(blocks, alphabetSize);
  let end = alphabetSize;
  for (let group = 0; group < groups; group++) {
    const found = countGroup(places.read(group), options);
    // Groups take turns, each with its most frequent n-gram first: so ids go by frequency, and what is looked up often lies
    // together in memory. Where a group has fewer n-grams than others, ids stay unused.
    const idAt = (rank: number): number => alphabetSize + (rank - 1) * groups + group;
    end = Math.max(end, idAt(found.counts.length) + 1);
    if (end > maxIds) throw tooMany(maxIds, maxLength);
    if (end > counts.length) counts = grown(counts, Math.ceil(1.3 * end));
    for (let rank = 1; rank <= found.counts.length; rank++) counts[idAt(rank)] = found.counts[rank - 1]!;
    chunks.push(writeWords(found, idAt, maxLength, result));
  }
  places.close();
  return {
    counts: counts.subarray(0, end),
    open() {
      const next = new Uint32Array(groups);
      return {
        words: Array.from({ length: groups }, () => new Uint32Array(0)),
        places: new Uint32Array(groups),
        groupMask: groups - 1,
        refill(group) {
          const bytes = result.read(chunks[group]![next[group]!++]!);
          this.words[group] = new Uint32Array(bytes.buffer);
          this.places[group] = 0;
        },
      };
    },
  };
}

function tooMany(maxIds: number, maxLength: number): OptionError {
  return new OptionError(
    `maxMemory: the memory holds ${groupDigits(maxIds)} frequent n-grams of up to ${counted(maxLength, 'character')}, and the text has more`,
    { hint: 'Raise --max-memory or --min-count, or count the text in parts and merge the tables.' },
  );
}

function countCharacters(blocks: RunBlocks, alphabetSize: number): Float64Array {
  const counts = new Float64Array(alphabetSize);
  for (let b = 0; b < blocks.size; b++) {
    const { chars, runStarts, runCounts } = blocks.read(b);
    for (let r = 0; r < runCounts.length; r++) {
      const count = runCounts[r]!;
      for (let i = runStarts[r]!; i < runStarts[r + 1]!; i++) counts[chars[i]!]! += count;
    }
  }
  return counts;
}

/** Places of a group in the order of the text. */
interface Places {
  /** `maxLength` characters from each place on, zeros behind the end of its run. `[places * maxLength]` */
  readonly chars: Uint16Array | Uint32Array;
  /** Count of the run of each place. `[places]` */
  readonly weights: Float64Array;
}

function dealOut(
  blocks: RunBlocks,
  groups: number,
  { maxLength, alphabetSize }: NgramOptions,
  spill: Spill,
): { read(group: number): Places; close(): void } {
  const Ids = alphabetSize <= 0x10000 ? Uint16Array : Uint32Array;
  const filling = Array.from({ length: groups }, () => ({
    chars: new Ids(0),
    weights: new Float64Array(0),
    size: 0,
    written: [] as { readonly chars: number; readonly weights: number; readonly size: number }[],
  }));
  for (let b = 0; b < blocks.size; b++) {
    const { chars, runStarts, runCounts } = blocks.read(b);
    for (let r = 0; r < runCounts.length; r++) {
      const count = runCounts[r]!;
      const last = runStarts[r + 1]! - 1;
      for (let i = runStarts[r]!; i < last; i++) {
        const group = filling[groupOf(chars[i]!, chars[i + 1]!, groups - 1)]!;
        if (group.size === group.weights.length) {
          if (group.size === CHUNK_PLACES) {
            group.written.push({
              chars: spill.write(bytesOf(group.chars)),
              weights: spill.write(bytesOf(group.weights)),
              size: group.size,
            });
            group.size = 0;
          }
          group.chars = new Ids(CHUNK_PLACES * maxLength);
          group.weights = new Float64Array(CHUNK_PLACES);
        }
        const at = group.size * maxLength;
        const stop = Math.min(maxLength, last + 1 - i);
        for (let k = 0; k < stop; k++) group.chars[at + k] = chars[i + k]!;
        group.weights[group.size++] = count;
      }
    }
  }
  return {
    read(number) {
      const group = filling[number]!;
      const size = group.written.reduce((sum, { size }) => sum + size, group.size);
      const chars = new Ids(size * maxLength);
      const weights = new Float64Array(size);
      let at = 0;
      for (const written of group.written) {
        chars.set(new Ids(spill.read(written.chars).buffer as ArrayBuffer), at * maxLength);
        weights.set(new Float64Array(spill.read(written.weights).buffer), at);
        at += written.size;
      }
      chars.set(group.chars.subarray(0, group.size * maxLength), at * maxLength);
      weights.set(group.weights.subarray(0, group.size), at);
      return { chars, weights };
    },
    close: () => spill.close(),
  };
}

/** What is found in a group. */
interface GroupNgrams {
  /** Of each frequent n-gram, about the most frequent ones first. `[frequent n-grams]` */
  readonly counts: Float64Array;
  /** By length, from 2 on: number of the n-gram at each place, whether frequent or not. `[maxLength - 1][places]` */
  readonly numbers: readonly Uint32Array[];
  /** Rank among the frequent ones, from 1 on, of each n-gram; 0 if it is not. `[n-grams + 1]` */
  readonly ranks: Uint32Array;
}

function countGroup({ chars, weights }: Places, { maxLength, minCount, alphabetSize }: NgramOptions): GroupNgrams {
  const size = weights.length;
  const columns = Array.from({ length: maxLength }, (_, k) => {
    const column = new Uint32Array(size);
    for (let i = 0, at = k; i < size; i++, at += maxLength) column[i] = chars[at]!;
    return column;
  });
  const order = sortPlaces(columns, size, alphabetSize);
  const numbers = Array.from({ length: maxLength - 1 }, () => new Uint32Array(size));
  const current = new Uint32Array(maxLength + 1);
  let ngrams = 0;
  for (let j = 0; j < size; j++) {
    const place = order[j]!;
    let shared = 0;
    if (j > 0) {
      const before = order[j - 1]!;
      while (shared < maxLength && columns[shared]![place] === columns[shared]![before]) shared++;
    }
    for (let n = 2; n <= maxLength && columns[n - 1]![place] !== 0; n++) {
      if (n > shared) current[n] = ++ngrams;
      numbers[n - 2]![place] = current[n]!;
    }
  }
  // In the order of the text, so that sums of weights that are not whole are the same numbers for any division into groups.
  const sums = new Float64Array(ngrams + 1);
  for (const column of numbers) for (let i = 0; i < size; i++) sums[column[i]!]! += weights[i]!;
  return { numbers, ...rankFrequent(sums, minCount) };
}

// Ranks by half powers of two are near enough.
function rankFrequent(sums: Float64Array, minCount: number): Pick<GroupNgrams, 'counts' | 'ranks'> {
  const ranks = new Uint32Array(sums.length);
  const classOf = (sum: number): number => Math.max(0, MOST_CLASSES - 1 - Math.floor(2 * Math.log2(sum + 1)));
  const starts = new Uint32Array(MOST_CLASSES + 1);
  for (let number = 1; number < sums.length; number++) {
    if (sums[number]! >= minCount) starts[classOf(sums[number]!) + 1]!++;
  }
  for (let i = 1; i <= MOST_CLASSES; i++) starts[i]! += starts[i - 1]!;
  const counts = new Float64Array(starts[MOST_CLASSES]!);
  for (let number = 1; number < sums.length; number++) {
    const sum = sums[number]!;
    if (sum < minCount) continue;
    const rank = starts[classOf(sum)]!++;
    counts[rank] = sum;
    ranks[number] = rank + 1;
  }
  return { counts, ranks };
}

// Places by their characters: by the last column first, and stable, so that the first decides.
function sortPlaces(columns: readonly Uint32Array[], size: number, alphabetSize: number): Uint32Array {
  let order = Uint32Array.from({ length: size }, (_, i) => i);
  let sorted = new Uint32Array(size);
  const ends = new Uint32Array(alphabetSize + 1);
  for (const column of columns.toReversed()) {
    ends.fill(0);
    for (let i = 0; i < size; i++) ends[column[i]! + 1]!++;
    for (let id = 1; id <= alphabetSize; id++) ends[id]! += ends[id - 1]!;
    for (let j = 0; j < size; j++) {
      const place = order[j]!;
      sorted[ends[column[place]!]!++] = place;
    }
    [order, sorted] = [sorted, order];
  }
  return order;
}

// Writes the frequent n-grams of each place as NgramReader describes them; returns the numbers of the blocks.
function writeWords(
  { numbers, ranks }: GroupNgrams,
  idAt: (rank: number) => number,
  maxLength: number,
  spill: Spill,
): number[] {
  const blocks: number[] = [];
  const words = new Uint32Array(CHUNK_WORDS);
  let at = 0;
  const size = numbers[0]!.length;
  for (let i = 0; i < size; i++) {
    if (at + maxLength > CHUNK_WORDS) {
      blocks.push(spill.write(bytesOf(words.slice(0, at))));
      at = 0;
    }
    let rank = ranks[numbers[0]![i]!]!;
    if (rank === 0) words[at++] = 0;
    for (let n = 1; rank !== 0; n++) {
      const next = n < numbers.length ? ranks[numbers[n]![i]!]! : 0;
      words[at++] = 2 * idAt(rank) + Number(next !== 0);
      rank = next;
    }
  }
  if (at > 0) blocks.push(spill.write(bytesOf(words.slice(0, at))));
  return blocks;
}
