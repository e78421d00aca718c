// Finds every n-gram of weighted runs that occurs often enough. All places of a text where two characters begin an n-gram are
// dealt out to groups (deal-places.ts). A group is counted length by length: only what begins with a frequent n-gram can be
// one, so the places become fewer. Groups are small enough for the processor's cache: a table of all n-grams would miss it at
// every look-up, and would not fit into memory. Of a team, each deals out its part of the text and counts its groups. It
// knows ids of characters only, no text. Time is O(characters x maxLength).

import { doubled } from '../../../core/grown.ts';
import { bytesOf, type Spill } from '../runs/spill.ts';
import {
  type CandidateStreams,
  type CandidateWriter,
  candidateUnits,
  createCandidateWriter,
  isOwn,
} from './candidate-streams.ts';
import { type DealOptions, dealPlaces, GROUP_BYTES, listPlaces, type PlaceLists } from './deal-places.ts';
import { type GroupUnits, openGroups } from './group-blocks.ts';
import { type CharIds, idArrayOf, type RunBlocks, readRunBlocks } from './run-blocks.ts';
import type { Team } from './team.ts';

/** The frequent n-grams of all groups, from two characters on. */
export interface FrequentNgrams {
  /** A power of two. */
  readonly groups: number;
  /** Number of frequent n-grams of each own group; their own numbers are from 0 on. `[groups]` */
  readonly sizes: Uint32Array;
  /** What each of the team has written: those that begin at each place of the text, with their costs. */
  readonly candidates: readonly CandidateStreams[];
  /** The characters of an own group's n-grams, zeros behind shorter ones. `[sizes[group] * maxLength]` */
  charsOf(group: number): CharIds;
}

/** Options of {@link findFrequentNgrams}. */
export interface NgramOptions {
  /** 2..16. */
  readonly maxLength: number;
  /** n-grams that occur less often are left out. */
  readonly minCount: number;
  /** Characters have ids from 1 on, below this. */
  readonly alphabetSize: number;
  /** Characters of the runs of all the team. */
  readonly characters: number;
  /** The cost of an n-gram by its occurrences, overlapping ones included; below {@link NO_SEGMENT}. */
  readonly costOf: (count: number) => number;
  /** Memory for the work, in bytes. */
  readonly workBytes: number;
  /** Places in a group, about. Default: what the cache likes and the memory holds. */
  readonly groupPlaces?: number | undefined;
  /** Places that are dealt out in one pass over the text. Default: what the disk has room for. */
  readonly passPlaces?: number | undefined;
  /** Opens room for blocks. */
  readonly openSpill: () => Spill;
  /** Told before each group how many of all have been counted. */
  readonly onGroup?: ((done: number, total: number) => void) | undefined;
}

/**
 * Places of a group. Few: they stay in the cache with all that counting makes of them. Many: the groups are fewer, which are
 * read side by side when runs are cut. Measured from 2^15 to 2^18.
 */
const GROUP_PLACES = 1 << 16;

/** What counting takes for each place of a group. */
const COUNT_BYTES = 160;

/** Places of a pass, about, which take three gigabytes of disk at the usual lengths; and the most passes: each reads all of the text. */
const PASS_PLACES = 1 << 28;
const MOST_PASSES = 8;

function placesOfGroup(characters: number, workBytes: number): number {
  const wanted = Math.max(GROUP_PLACES, (characters * GROUP_BYTES) / workBytes);
  return Math.max(1, Math.min(wanted, workBytes / COUNT_BYTES));
}

/**
 * Counts n-grams of 2 to `maxLength` characters.
 *
 * @param blocks the own part of the text
 * @param candidateSpill where the candidates go
 */
export async function findFrequentNgrams(
  blocks: RunBlocks,
  options: NgramOptions,
  candidateSpill: Spill,
  team: Team,
): Promise<FrequentNgrams> {
  const { alphabetSize, maxLength, workBytes, characters, openSpill } = options;
  const { groupPlaces = placesOfGroup(characters, workBytes), passPlaces = PASS_PLACES } = options;
  const groups = 2 ** Math.ceil(Math.log2(Math.max(1, characters / groupPlaces)));
  const Ids = idArrayOf(alphabetSize);
  const dealing: DealOptions = { groups, maxLength, alphabetSize, workBytes };
  const passes = Math.min(groups, MOST_PASSES, Math.ceil(characters / passPlaces));
  const writer = createCandidateWriter(candidateSpill, { groups, parts: team.size });
  const count = createGroupCounter(options, writer);
  const texts = openSpill();
  const textPlaces = new Float64Array(groups);
  const sizes = new Uint32Array(groups);
  for (let pass = 0; pass < passes; pass++) {
    const [from, to] = [pass, pass + 1].map((i) => Math.floor((groups * i) / passes)) as [number, number];
    const dealt = openSpill();
    const own = dealPlaces(readRunBlocks(blocks), dealing, [from, to], dealt);
    const readGroup = openGroups<CharIds>(await team.exchange(own), Ids);
    for (let group = from; group < to; group++) {
      options.onGroup?.(group, groups);
      if (!isOwn(group, team)) continue;
      const chars = count(group, readGroup(group - from));
      sizes[group] = chars.length / maxLength;
      textPlaces[group] = texts.write(bytesOf(chars));
    }
    // Others may still read what was dealt out here.
    await team.exchange(undefined);
    dealt.close();
  }
  const candidates = await team.exchange(writer.finish());
  return {
    groups,
    sizes,
    candidates,
    charsOf(group) {
      const chars = new Ids(sizes[group]! * maxLength);
      texts.read(textPlaces[group]!, bytesOf(chars));
      return chars;
    },
  };
}

// Counts one group after the other: writes the candidates of each, and returns the characters of its frequent n-grams, which are
// valid until the next.
function createGroupCounter(
  { maxLength, minCount, alphabetSize, costOf }: NgramOptions,
  writer: CandidateWriter,
): (group: number, places: GroupUnits<CharIds>) => CharIds {
  const lists: PlaceLists = {
    size: 0,
    starts: new Uint32Array(1 << 10),
    lengths: new Uint8Array(1 << 10),
    weights: new Float64Array(1 << 10),
    partEnds: [],
  };
  /** The longest frequent n-gram of each place so far, or 0. */
  let ngrams = new Uint32Array(0);
  /** The places that are still counted, and the n-gram of each. */
  let active = new Uint32Array(0);
  let longer = new Uint32Array(0);
  /** Of each n-gram, from 1 on: the one without its last character (of two characters: the first), the last, and its count. */
  let parents = new Uint32Array(1 << 10);
  let lasts = new Uint32Array(parents.length);
  let sums = new Float64Array(parents.length);
  /** n-grams of one length by a hash of the two, 0 for a free slot. */
  let slots = new Uint32Array(0);
  let costs = new Uint16Array(parents.length);
  let texts = new (idArrayOf(alphabetSize))(0);
  const chain = new Uint32Array(maxLength);

  // The n-grams of so many characters behind the first `before`, which are shorter. Returns the number of all.
  const countLength = (units: CharIds, length: number, places: number, before: number): number => {
    const mask = 2 ** Math.ceil(Math.log2(2 * places + 2)) - 1;
    const [at, to, sum, slot, place] = [parents, lasts, sums, slots, active];
    const { starts, weights } = lists;
    slot.fill(0, 0, mask + 1);
    let found = before;
    for (let i = 0; i < places; i++) {
      const first = starts[place[i]!]!;
      const parent = length === 2 ? units[first]! : ngrams[place[i]!]!;
      const last = units[first + length - 1]!;
      const hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(last, 0x85ebca6b);
      let key = (hash ^ (hash >>> 15)) & mask;
      let ngram = slot[key]!;
      while (ngram !== 0 && (at[ngram] !== parent || to[ngram] !== last)) {
        key = (key + 1) & mask;
        ngram = slot[key]!;
      }
      if (ngram === 0) {
        ngram = ++found;
        slot[key] = ngram;
        at[ngram] = parent;
        to[ngram] = last;
        sum[ngram] = 0;
      }
      sum[ngram]! += weights[place[i]!]!;
      longer[i] = ngram;
    }
    // Rare ones leave, and the others close up; the slots are free to say where to.
    let frequent = before;
    for (let ngram = before + 1; ngram <= found; ngram++) {
      slot[ngram - before] = 0;
      if (sum[ngram]! < minCount) continue;
      frequent++;
      at[frequent] = at[ngram]!;
      to[frequent] = to[ngram]!;
      sum[frequent] = sum[ngram]!;
      slot[ngram - before] = frequent;
    }
    for (let i = 0; i < places; i++) {
      longer[i] = slot[longer[i]! - before]!;
      if (longer[i] !== 0) ngrams[place[i]!] = longer[i]!;
    }
    return frequent;
  };

  const writeCandidates = (group: number, pairs: number, found: number): void => {
    const { units } = writer;
    const step = candidateUnits(found);
    let place = 0;
    for (const [part, end] of lists.partEnds.entries()) {
      for (; place < end; place++) {
        let depth = 0;
        for (let ngram = ngrams[place]!; ngram !== 0; ngram = ngram <= pairs ? 0 : parents[ngram]!) {
          chain[depth++] = ngram;
        }
        let at = writer.begin();
        units[at++] = (1 << depth) - 1;
        while (depth > 0) {
          const ngram = chain[--depth]!;
          units[at] = costs[ngram]!;
          units[at + 1] = ngram - 1;
          if (step > 2) units[at + 2] = (ngram - 1) >>> 16;
          at += step;
        }
        writer.end(at);
      }
      writer.endStream(part, group, step);
    }
  };

  return (group, dealt) => {
    const { units } = dealt;
    listPlaces(dealt, lists);
    const { size, lengths } = lists;
    if (ngrams.length < size) {
      const room = lists.starts.length;
      ngrams = new Uint32Array(room);
      active = new Uint32Array(room);
      longer = new Uint32Array(room);
      slots = new Uint32Array(4 * room);
    }
    ngrams.fill(0, 0, size);
    let places = size;
    for (let i = 0; i < size; i++) active[i] = i;
    let found = 0;
    let pairs = 0;
    for (let length = 2; places > 0; length++) {
      while (parents.length <= found + places) {
        parents = doubled(parents);
        lasts = doubled(lasts);
        sums = doubled(sums);
      }
      const before = found;
      found = countLength(units, length, places, before);
      if (length === 2) pairs = found;
      if (texts.length < found * maxLength) texts = doubled(texts, found * maxLength);
      for (let ngram = before + 1; ngram <= found; ngram++) {
        const text = (ngram - 1) * maxLength;
        texts.fill(0, text, text + maxLength);
        if (length === 2) texts[text] = parents[ngram]!;
        else
          for (let k = 0, from = (parents[ngram]! - 1) * maxLength; k < length - 1; k++)
            texts[text + k] = texts[from + k]!;
        texts[text + length - 1] = lasts[ngram]!;
      }
      const counted = places;
      places = 0;
      for (let i = 0; i < counted; i++) {
        if (longer[i] !== 0 && lengths[active[i]!]! > length) active[places++] = active[i]!;
      }
    }
    if (costs.length <= found) costs = new Uint16Array(parents.length);
    for (let ngram = 1; ngram <= found; ngram++) costs[ngram] = costOf(sums[ngram]!);
    writeCandidates(group, pairs, found);
    return texts.subarray(0, found * maxLength);
  };
}
