// Entries of sorted runs as text: the strings of a table in memory, and the bytes of a table file. What
// compresses them is pack-table.ts.

import { encodeUtf8, writeUtf8Units } from '../../core/unicode/utf8.ts';
import { OptionError } from '../../errors.ts';
import { type FrequencyTable, type FrequencyTableHeader, tableHead, tableTail } from '../read/frequency-table.ts';
import { plainUnit } from './runs/segment-table.ts';
import type { SortedEntries } from './runs/sorted-runs.ts';

/** Bytes of a chunk of a table file. */
const CHUNK_BYTES = 1 << 18;

/** Bytes of a count and what stands around it. */
const MOST_COUNT_BYTES = 20;

/** The text of ordered units. */
export function segmentText(units: Uint16Array, start: number, end: number): string {
  const plain = Uint16Array.from(units.subarray(start, end), plainUnit);
  return new TextDecoder('utf-16le', { ignoreBOM: true }).decode(plain);
}

/** Number of code points of ordered units. */
function codePointsIn(units: Uint16Array, start: number, end: number): number {
  let count = end - start;
  // The second half of a pair.
  for (let i = start; i < end; i++) if (units[i]! >= 0xfc00) count--;
  return count;
}

/** What {@link withoutRare} adds up. */
export interface EntryTotals {
  /** Characters of all entries, times their counts. */
  characters: number;
  /** Of these, those of the entries left out. */
  droppedCharacters: number;
  /** Entries that stay. */
  segments: number;
}

/**
 * Rounds the counts and leaves out entries below the minimum.
 *
 * @throws OptionError, from `next`, for a sum that is no longer exact
 */
export function withoutRare(source: SortedEntries, minCount: number, totals: EntryTotals): SortedEntries {
  const entry = { units: source.units, start: 0, end: 0, count: 0, next };
  function next(): boolean {
    while (source.next()) {
      const { units, start, end, count } = source;
      if (count > Number.MAX_SAFE_INTEGER) throw inexact(source);
      const weight = codePointsIn(units, start, end) * count;
      totals.characters += weight;
      if (Math.round(count) < minCount) {
        totals.droppedCharacters += weight;
        continue;
      }
      totals.segments++;
      entry.units = units;
      entry.start = start;
      entry.end = end;
      entry.count = Math.round(count);
      return true;
    }
    return false;
  }
  return entry;
}

function inexact({ units, start, end, count }: SortedEntries): OptionError {
  return new OptionError(
    `frequency table: ${JSON.stringify(segmentText(units, start, end))} cannot have the count ${count}`,
    { hint: `Counts are whole numbers from 1 to ${Number.MAX_SAFE_INTEGER}.` },
  );
}

/** All entries in memory. */
export function collectEntries(entries: SortedEntries): Pick<FrequencyTable, 'texts' | 'counts'> {
  const texts: string[] = [];
  const counts: number[] = [];
  while (entries.next()) {
    texts.push(segmentText(entries.units, entries.start, entries.end));
    counts.push(entries.count);
  }
  return { texts, counts: Float64Array.from(counts) };
}

/** The bytes of a table file. */
export function* tableChunks(entries: SortedEntries, header: FrequencyTableHeader): Generator<Uint8Array> {
  yield encodeUtf8(`${tableHead(header)}\n`);
  let bytes = new Uint8Array(CHUNK_BYTES);
  let plain = new Uint16Array(64);
  let at = 0;
  while (entries.next()) {
    const { units, start, end, count } = entries;
    const size = end - start;
    const most = 3 * size + MOST_COUNT_BYTES;
    if (at + most > bytes.length) {
      if (at > 0) yield bytes.subarray(0, at);
      bytes = new Uint8Array(Math.max(CHUNK_BYTES, most));
      at = 0;
    }
    if (size > plain.length) plain = new Uint16Array(2 * size);
    for (let i = 0; i < size; i++) plain[i] = plainUnit(units[start + i]!);
    at = writeUtf8Units(plain, 0, size, bytes, at);
    bytes[at++] = 0x09;
    at = writeNumber(bytes, at, count);
    bytes[at++] = 0x0a;
  }
  if (at > 0) yield bytes.subarray(0, at);
  yield encodeUtf8(tableTail(header));
}

function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  for (let place = at + digits - 1, rest = value; place >= at; place--, rest = Math.floor(rest / 10)) {
    bytes[place] = 0x30 + (rest % 10);
  }
  return at + digits;
}
