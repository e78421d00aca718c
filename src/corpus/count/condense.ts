// Makes a small frequency table out of a large one: long runs are cut into frequent n-grams of a few characters, so
// that counts remain and sentences do not. Each character of the source is counted in exactly one segment; what falls
// below the minimum count is dropped, and reported. Deliberately not a word segmenter: cuts fall where few n-grams
// reach across, which is all that training needs.
// Method: dynamic programming over the n-grams of frequent-ngrams.ts, fewest segments first, then the more frequent ones;
// segments that are used too rarely are given up and the runs cut again, until every segment is frequent.

import { checkWhole } from '../../core/check-whole.ts';
import { type FrequentNgrams, findFrequentNgrams, groupOf, type NgramReader } from './frequent-ngrams.ts';
import { createRunBlocks, type RunBlocks } from './run-blocks.ts';
import { orderedUnit, plainUnit } from './segment-table.ts';
import type { SortedEntries } from './sorted-runs.ts';
import type { Spill } from './spill.ts';

/** Options of {@link condense}. */
export interface CondenseOptions {
  /** Longest segment, in characters (code points), 1..16. */
  readonly maxLength: number;
  /** Segments that are used less often than this are not in the result; at least 1. */
  readonly minCount: number;
}

/** Where the work is done. */
export interface CondenseRoom {
  /** Opens room for runs and n-grams; it stays open. */
  readonly openSpill: () => Spill;
  /** Memory for what is known of each frequent n-gram, in bytes. */
  readonly idBytes: number;
  /** Characters of a block of runs, and places of a group of n-grams. Default: what the cache likes. */
  readonly blockCharacters?: number | undefined;
  readonly groupPlaces?: number | undefined;
}

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

/** Bytes for each frequent n-gram: its count, and its cost. */
const ID_BYTES = 8 + 2;

/** The cost of what is no segment. A rarity of more than 200 bits is none that text has. */
const NO_SEGMENT = 0xffff;

/**
 * Cuts texts into frequent segments.
 *
 * @param source counts of at least 0, not necessarily whole
 * @throws OptionError when an option is out of range, or there are more frequent n-grams than `room` has memory for
 */
export function condense(
  source: SortedEntries,
  options: CondenseOptions,
  room: CondenseRoom,
  onSegment: OnSegment,
): Condensed {
  const { maxLength, minCount } = options;
  checkCondenseOptions(options);
  const { blocks, alphabet } = toBlocks(source, room);
  const ngrams = findFrequentNgrams(blocks, {
    // Places are those of two characters.
    maxLength: Math.max(2, maxLength),
    minCount: maxLength === 1 ? Infinity : minCount,
    alphabetSize: alphabet.length,
    maxIds: Math.floor(room.idBytes / ID_BYTES),
    groupPlaces: room.groupPlaces,
    openSpill: room.openSpill,
  });
  const used = cutRuns(blocks, alphabet.length, ngrams, minCount);
  return collect(blocks, { alphabet, ngrams, used, minCount }, onSegment);
}

/** @throws OptionError when an option is out of range */
export function checkCondenseOptions({ maxLength, minCount }: CondenseOptions): void {
  checkWhole('maxLength', maxLength, 1, 16);
  checkWhole('minCount', minCount, 1, 2 ** 32);
}

// The alphabet has code points by id; id 0 is none of them.
function toBlocks(source: SortedEntries, room: CondenseRoom): { blocks: RunBlocks; alphabet: number[] } {
  const builder = createRunBlocks(room.openSpill(), room.blockCharacters);
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
  return { blocks: builder.finish(), alphabet };
}

// Returns how often each n-gram is used as a segment.
function cutRuns(blocks: RunBlocks, alphabetSize: number, ngrams: FrequentNgrams, minCount: number): Float64Array {
  const { counts } = ngrams;
  const total = counts.subarray(0, alphabetSize).reduce((sum, count) => sum + count, 0);
  const costOf = (count: number): number =>
    Math.min(NO_SEGMENT - 1, SEGMENT_COST + Math.round(UNITS_PER_BIT * Math.log2(total / count)));
  const costs = Uint16Array.from(counts, (count) => (count > 0 ? costOf(count) : NO_SEGMENT));
  // The counts have had their say: their memory is used again.
  const used = counts;
  for (let round = 1; ; round++) {
    used.fill(0);
    cutOnce(blocks, ngrams.open(), costs, used);
    if (round === ROUNDS) return used;
    // Thresholds rise to the minimum, so that a segment is not given up before its rivals have been.
    const threshold = (minCount * round) / (ROUNDS - 1);
    // Single characters stay whatever their count, or some text could not be cut at all.
    for (let id = alphabetSize; id < used.length; id++) {
      costs[id] = used[id]! >= threshold ? costOf(used[id]!) : NO_SEGMENT;
    }
  }
}

function cutOnce(blocks: RunBlocks, reader: NgramReader, costs: Uint16Array, used: Float64Array): void {
  const { words, places, groupMask } = reader;
  let best = new Float64Array(0);
  /** The last segment of the best way to each end: its id and length. */
  let ids = new Uint32Array(0);
  let lengths = new Uint8Array(0);
  for (let b = 0; b < blocks.size; b++) {
    const { chars, runStarts, runCounts } = blocks.read(b);
    for (let r = 0; r < runCounts.length; r++) {
      const start = runStarts[r]!;
      const size = runStarts[r + 1]! - start;
      if (size >= best.length) {
        best = new Float64Array(2 * size + 64);
        ids = new Uint32Array(best.length);
        lengths = new Uint8Array(best.length);
      }
      for (let at = 1; at <= size; at++) best[at] = Infinity;
      for (let at = 0; at < size; at++) {
        const before = best[at]!;
        const char = chars[start + at]!;
        // At equal cost the longer segment: it comes first, from further back.
        const single = before + costs[char]!;
        if (single < best[at + 1]!) {
          best[at + 1] = single;
          ids[at + 1] = char;
          lengths[at + 1] = 1;
        }
        if (at + 1 === size) break;
        const group = groupOf(char, chars[start + at + 1]!, groupMask);
        if (places[group] === words[group]!.length) reader.refill(group);
        const groupWords = words[group]!;
        let place = places[group]!;
        let word = groupWords[place++]!;
        if (word !== 0) {
          for (let to = at + 2; ; to++) {
            const id = word >>> 1;
            const cost = costs[id]!;
            if (cost !== NO_SEGMENT && before + cost < best[to]!) {
              best[to] = before + cost;
              ids[to] = id;
              lengths[to] = to - at;
            }
            if ((word & 1) === 0) break;
            word = groupWords[place++]!;
          }
        }
        places[group] = place;
      }
      const count = runCounts[r]!;
      for (let end = size; end > 0; end -= lengths[end]!) used[ids[end]!]! += count;
    }
  }
}

interface Cut {
  readonly alphabet: readonly number[];
  readonly ngrams: FrequentNgrams;
  readonly used: Float64Array;
  readonly minCount: number;
}

// Goes through the text once more, for the characters of each segment.
function collect(blocks: RunBlocks, { alphabet, ngrams, used, minCount }: Cut, onSegment: OnSegment): Condensed {
  const reader = ngrams.open();
  const { words, places, groupMask } = reader;
  const units = new Uint16Array(32);
  let characters = 0;
  let droppedCharacters = 0;
  const take = (id: number, chars: Uint32Array, start: number, length: number): void => {
    const count = used[id]!;
    if (count === 0) return;
    // Each only once.
    used[id] = 0;
    characters += count * length;
    if (count < minCount) {
      droppedCharacters += count * length;
      return;
    }
    let end = 0;
    for (let at = start; at < start + length; at++) {
      const code = alphabet[chars[at]!]!;
      if (code >= 0x10000) units[end++] = orderedUnit(0xd7c0 + (code >> 10));
      units[end++] = orderedUnit(code >= 0x10000 ? 0xdc00 | (code & 0x3ff) : code);
    }
    onSegment(units, 0, end, Math.round(count));
  };
  for (let b = 0; b < blocks.size; b++) {
    const { chars, runStarts, runCounts } = blocks.read(b);
    for (let r = 0; r < runCounts.length; r++) {
      const last = runStarts[r + 1]! - 1;
      for (let at = runStarts[r]!; at <= last; at++) {
        take(chars[at]!, chars, at, 1);
        if (at === last) break;
        const group = groupOf(chars[at]!, chars[at + 1]!, groupMask);
        if (places[group] === words[group]!.length) reader.refill(group);
        for (let length = 2, word = 1; (word & 1) === 1; length++) {
          word = words[group]![places[group]!++]!;
          if (word !== 0) take(word >>> 1, chars, at, length);
        }
      }
    }
  }
  return { characters, droppedCharacters };
}
