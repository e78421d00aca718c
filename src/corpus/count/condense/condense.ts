// Makes a small frequency table out of a large one: long runs are cut into frequent n-grams of a few characters, so
// that counts remain and sentences do not. Each character of the source is counted in exactly one segment; what falls
// below the minimum count is dropped, and reported. Deliberately not a word segmenter: cuts fall where few n-grams
// reach across, which is all that training needs. Memory is bounded, whatever the text.
// Method: dynamic programming over the n-grams of frequent-ngrams.ts, fewest segments first, then the more frequent ones;
// segments that are used too rarely are given up and the runs cut again, until every segment is frequent. Several may do it
// together: each cuts its part of the text and counts its groups of n-grams, and they exchange what they find. The segments
// are the same for any number.

import { checkWhole } from '../../../core/check-whole.ts';
import { orderedUnit, plainUnit } from '../runs/segment-table.ts';
import type { SortedEntries } from '../runs/sorted-runs.ts';
import type { Spill } from '../runs/spill.ts';
import {
  type CandidateReader,
  createCandidateWriter,
  createCostChanger,
  isOwn,
  NO_SEGMENT,
  openCandidates,
} from './candidate-streams.ts';
import { groupOf } from './deal-places.ts';
import { findFrequentNgrams } from './frequent-ngrams.ts';
import { createRunBlocks, type RunBlocks, readRunBlocks } from './run-blocks.ts';
import { createUsesWriter, openUses, type UsesWriter } from './segment-uses.ts';
import { ALONE, type Team } from './team.ts';

/** Options of {@link condense}. */
export interface CondenseOptions {
  /** Longest segment, in characters (code points), 1..16. */
  readonly maxLength: number;
  /** Segments that are used less often than this are not in the result; at least 1. */
  readonly minCount: number;
}

/** Where the work is done. */
export interface CondenseRoom {
  /** Opens room for runs and n-grams; five are open at a time, and who opens them closes those that stay open. */
  readonly openSpill: () => Spill;
  /** Memory for the work besides, in bytes. */
  readonly workBytes: number;
  /** Places of a group of n-grams. Default: what the cache likes. */
  readonly groupPlaces?: number | undefined;
  /** Places that are dealt out in one pass over the text. Default: what the disk has room for. */
  readonly passPlaces?: number | undefined;
  readonly onStep?: OnCondenseStep | undefined;
}

/** Told of each step, now and then, how much of it is done. */
export type OnCondenseStep = (what: string, done: number, total: number) => void;

/** Told about each segment, once, in no particular order: ordered units, and the count, a whole number. */
export type OnSegment = (units: Uint16Array, start: number, end: number, count: number) => void;

/** What cutting runs into segments costs. */
export interface Condensed {
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

/** Sums are of whole numbers of this, so that they are the same in any order. */
const LEAST_CHARACTER = 2 ** -10;

/** Runs to be cut, and what has to be known of all of them: data only. */
export interface CondenseTask {
  /** All runs, or the part of one of a team. */
  readonly blocks: RunBlocks;
  /** Characters of all runs. */
  readonly characters: number;
  /** Code points by id; id 0 is none of them. */
  readonly alphabet: readonly number[];
  /** How often each occurs. `[alphabet]` */
  readonly charCounts: Float64Array;
}

/**
 * Cuts texts into frequent segments. Of a team, each is told of some of the segments, and of their share of the totals.
 *
 * @param task from {@link readRuns}; with counts that are no whole numbers, no team of several
 * @throws OptionError when an option is out of range
 */
export async function condense(
  { blocks, characters, alphabet, charCounts }: CondenseTask,
  options: CondenseOptions,
  room: CondenseRoom,
  onSegment: OnSegment,
  team: Team = ALONE,
): Promise<Condensed> {
  const { maxLength, minCount } = options;
  checkCondenseOptions(options);
  const total = charCounts.reduce((sum, count) => sum + count, 0);
  const costOf = (count: number): number =>
    Math.min(NO_SEGMENT - 1, SEGMENT_COST + Math.round(UNITS_PER_BIT * Math.log2(total / count)));
  // Places are those of two characters.
  const longest = Math.max(2, maxLength);
  let spill = room.openSpill();
  const ngramOptions = {
    ...room,
    maxLength: longest,
    minCount: maxLength === 1 ? Infinity : minCount,
    alphabetSize: alphabet.length,
    characters,
    costOf,
    onGroup: (done: number, of: number) => room.onStep?.('counting n-grams', done, of),
  };
  const { groups, sizes, charsOf, candidates } = await findFrequentNgrams(blocks, ngramOptions, spill, team);
  // Single characters stay whatever their count, or some text could not be cut at all.
  const charCosts = Uint16Array.from(charCounts, (count) => (count > 0 ? costOf(count) : NO_SEGMENT));
  const ownGroups = Array.from({ length: groups }, (_, group) => group).filter((group) => isOwn(group, team));
  let streams = candidates;
  for (let round = 1; ; round++) {
    const usesSpill = room.openSpill();
    const uses = createUsesWriter(groups, room.workBytes / 2, usesSpill);
    const reader = openCandidates(streams, team.index, room.workBytes / 2);
    const charUses = cutOnce(blocks, reader, charCosts, uses, (done, of) =>
      room.onStep?.(`cutting, round ${round} of ${ROUNDS}`, done, of),
    );
    const used = await team.exchange({ charUses, uses: uses.finish() });
    const sumUses = openUses(used.map((each) => each.uses));
    if (round === ROUNDS) {
      spill.close();
      const out = createSegmentWriter(alphabet, minCount, onSegment);
      for (let id = 1; id < alphabet.length; id++) {
        if (!isOwn(id, team)) continue;
        out.add(
          [id],
          0,
          1,
          used.reduce((sum, each) => sum + each.charUses[id]!, 0),
        );
      }
      for (const group of ownGroups) {
        const chars = charsOf(group);
        const counts = sumUses(group, sizes[group]!);
        for (let number = 0; number < counts.length; number++) {
          if (counts[number] !== 0) out.add(chars, number * longest, longest, counts[number]!);
        }
      }
      // Others may still read what is written here.
      await team.exchange(undefined);
      return out.totals;
    }
    // Thresholds rise to the minimum, so that a segment is not given up before its rivals have been.
    const threshold = (minCount * round) / (ROUNDS - 1);
    const written = room.openSpill();
    const writer = createCandidateWriter(written, { groups, parts: team.size });
    const writeAgain = createCostChanger(streams[team.index]!, writer);
    // The last ones in the file first: it can be cut behind the others.
    for (const group of ownGroups.reverse()) {
      const counts = sumUses(group, sizes[group]!);
      const costs = new Uint16Array(counts.length).fill(NO_SEGMENT);
      for (let number = 0; number < counts.length; number++) {
        if (counts[number]! >= threshold) costs[number] = costOf(counts[number]!);
      }
      writeAgain(group, costs);
      spill.cut(streams[team.index]!.starts[group]!);
    }
    streams = await team.exchange(writer.finish());
    spill.close();
    usesSpill.close();
    spill = written;
  }
}

/** @throws OptionError when an option is out of range */
export function checkCondenseOptions({ maxLength, minCount }: CondenseOptions): void {
  checkWhole('maxLength', maxLength, 1, 16);
  checkWhole('minCount', minCount, 1, 2 ** 32);
}

/** Reads the runs of a source into blocks. @param source counts of at least 0, not necessarily whole */
export function readRuns(source: SortedEntries, spill: Spill, blockCharacters?: number): CondenseTask {
  const builder = createRunBlocks(spill, blockCharacters);
  const idOf = new Uint32Array(0x110000);
  const alphabet = [0];
  while (source.next()) {
    const { units, end } = source;
    for (let i = source.start; i < end; i++) {
      let code = plainUnit(units[i]!);
      if (code >= 0xd800 && code < 0xdc00 && i + 1 < end) {
        const low = plainUnit(units[i + 1]!);
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          i++;
        }
      }
      if (idOf[code] === 0) idOf[code] = alphabet.push(code) - 1;
      builder.addCharacter(idOf[code]!);
    }
    builder.endRun(source.count);
  }
  const blocks = builder.finish();
  return { blocks, characters: builder.characters, alphabet, charCounts: countCharacters(blocks, alphabet.length) };
}

function countCharacters(blocks: RunBlocks, alphabetSize: number): Float64Array {
  const counts = new Float64Array(alphabetSize);
  for (const { chars, runStarts, runCounts } of readRunBlocks(blocks)) {
    for (let r = 0; r < runCounts.length; r++) {
      const count = runCounts[r]!;
      for (let i = runStarts[r]!; i < runStarts[r + 1]!; i++) counts[chars[i]!]! += count;
    }
  }
  return counts;
}

// Cuts all runs; returns how often each character is a segment of its own. The other segments go to `uses`.
function cutOnce(
  blocks: RunBlocks,
  reader: CandidateReader,
  charCosts: Uint16Array,
  uses: UsesWriter,
  onBlock: (done: number, total: number) => void,
): Float64Array {
  const charUses = new Float64Array(charCosts.length);
  const { units, places, limits, steps } = reader;
  const groupMask = places.length - 1;
  let best = new Float64Array(0);
  /** The last segment of the best way to each end: its number, or the character, and its length. */
  let numbers = new Uint32Array(0);
  let lengths = new Uint8Array(0);
  let done = 0;
  for (const { chars, runStarts, runCounts } of readRunBlocks(blocks)) {
    onBlock(done++, blocks.places.length);
    for (let r = 0; r < runCounts.length; r++) {
      const start = runStarts[r]!;
      const size = runStarts[r + 1]! - start;
      if (size >= best.length) {
        best = new Float64Array(2 * size + 64);
        numbers = new Uint32Array(best.length);
        lengths = new Uint8Array(best.length);
      }
      for (let at = 1; at <= size; at++) best[at] = Infinity;
      for (let at = 0; at < size; at++) {
        const before = best[at]!;
        const char = chars[start + at]!;
        // At equal cost the longer segment: it comes first, from further back.
        const single = before + charCosts[char]!;
        if (single < best[at + 1]!) {
          best[at + 1] = single;
          numbers[at + 1] = char;
          lengths[at + 1] = 1;
        }
        if (at + 1 === size) break;
        const group = groupOf(char, chars[start + at + 1]!, groupMask);
        if (places[group]! > limits[group]!) reader.refill(group);
        let place = places[group]!;
        const step = steps[group]!;
        for (let to = at + 2, mask = units[place++]!; mask !== 0; to++, mask >>>= 1) {
          if ((mask & 1) === 0) continue;
          const cost = before + units[place]!;
          if (cost < best[to]!) {
            best[to] = cost;
            numbers[to] = units[place + 1]! + (step > 2 ? units[place + 2]! * 0x10000 : 0);
            lengths[to] = to - at;
          }
          place += step;
        }
        places[group] = place;
      }
      const count = runCounts[r]!;
      for (let end = size; end > 0; ) {
        const number = numbers[end]!;
        const length = lengths[end]!;
        end -= length;
        if (length === 1) charUses[number]! += count;
        else uses.add(groupOf(chars[start + end]!, chars[start + end + 1]!, groupMask), number, count);
      }
    }
  }
  return charUses;
}

// Hands out the segments that are frequent, and adds up what they and the others have of the text.
function createSegmentWriter(alphabet: readonly number[], minCount: number, onSegment: OnSegment) {
  const units = new Uint16Array(32);
  const totals = { characters: 0, droppedCharacters: 0 };
  return {
    totals: totals as Condensed,
    /** A segment ends behind `most` characters, or before a 0. */
    add(chars: ArrayLike<number>, start: number, most: number, count: number): void {
      let length = 0;
      let end = 0;
      for (; length < most && chars[start + length] !== 0; length++) {
        const code = alphabet[chars[start + length]!]!;
        if (code >= 0x10000) units[end++] = orderedUnit(0xd7c0 + (code >> 10));
        units[end++] = orderedUnit(code >= 0x10000 ? 0xdc00 | (code & 0x3ff) : code);
      }
      const characters = Math.round((count * length) / LEAST_CHARACTER) * LEAST_CHARACTER;
      totals.characters += characters;
      if (count < minCount) totals.droppedCharacters += characters;
      else onSegment(units, 0, end, Math.round(count));
    },
  };
}
