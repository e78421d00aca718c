// How often segments occur, in flat arrays: no object for a segment, so that tens of millions of them take what their
// characters take. A table has a limit; when it is full, its entries go out in order, as one run of sorted-runs.ts, and it
// starts again. It counts whole numbers only: weights come in when runs are merged.
// Units are UTF-16 units, moved so that comparing them as numbers gives the order of UTF-8 bytes.

import { doubled } from '../../core/grown.ts';
import { entryUnits, RUN_CHUNK_UNITS, writeEntry } from './sorted-runs.ts';

/** Counts segments of texts. */
export interface SegmentTable {
  /** Adds `count` to the segment `text[start, end)`. */
  add(text: string, start: number, end: number, count: number): void;
  /** Adds `count` to a segment in ordered units. */
  addUnits(units: Uint16Array, start: number, end: number, count: number): void;
  /** Distinct segments. */
  readonly size: number;
  /** True from the limit on; what is added then still counts. */
  readonly isFull: boolean;
  /** All entries in UTF-8 order, in chunks as sorted-runs.ts describes them. */
  sorted(): Generator<Uint16Array>;
  /** Forgets all entries. */
  clear(): void;
  /** Forgets all entries and gives back the memory; nothing may be added afterwards. */
  free(): void;
}

/** Bytes of one entry without its characters: its start and count, its key while sorting, and its share of the slots. */
const ENTRY_BYTES = 4 + 8 + 8 + 20;

/** Units of a segment, for dividing the memory. Chinese has 8 to 10; what differs only fills one part before the other. */
const TYPICAL_UNITS = 10;

const FIRST_ENTRIES = 1 << 12;

/** Groups of at most this many entries are sorted by insertion. */
const SMALL_GROUP = 24;

/** A word of 64 bits as two of 32: which of them is the upper one depends on the machine. */
const UPPER = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** Moves surrogates behind all other units, as their code points are: then the order of units is that of UTF-8 bytes. */
export function orderedUnit(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The UTF-16 unit behind an ordered one. */
export function plainUnit(ordered: number): number {
  if (ordered < 0xd800) return ordered;
  return ordered < 0xf800 ? ordered + 0x800 : ordered - 0x2000;
}

/**
 * An empty table.
 *
 * @param maxBytes memory of a full table; a single segment may exceed it
 */
export function createSegmentTable(maxBytes: number): SegmentTable {
  const maxEntries = Math.min(2 ** 30, Math.max(16, Math.floor(maxBytes / (ENTRY_BYTES + 2 * TYPICAL_UNITS))));
  const maxUnits = Math.min(2 ** 31, maxEntries * TYPICAL_UNITS);
  let starts = new Uint32Array(FIRST_ENTRIES);
  let counts = new Float64Array(FIRST_ENTRIES);
  let arena = new Uint16Array(FIRST_ENTRIES * TYPICAL_UNITS);
  /** Two words a slot: the hash, and the number of the entry from 1 on, 0 for a free slot. */
  let slots = new Uint32Array(4 * FIRST_ENTRIES);
  let mask = 2 * FIRST_ENTRIES - 1;
  let size = 0;
  let end = 0;

  const growSlots = (): void => {
    const old = slots;
    slots = new Uint32Array(old.length * 2);
    mask = slots.length / 2 - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let at = (old[from]! & mask) * 2;
      while (slots[at + 1] !== 0) at = (at + 2) & (slots.length - 1);
      slots[at] = old[from]!;
      slots[at + 1] = old[from + 1]!;
    }
  };

  // The new entry's units lie at the end of the arena already, [end, stop).
  const addTail = (stop: number, count: number): void => {
    let hash = stop - end;
    for (let i = end; i < stop; i++) hash = Math.imul(hash ^ arena[i]!, 0x9e3779b1) ^ (hash >>> 15);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = (hash ^ (hash >>> 13)) >>> 0;
    let at = (hash & mask) * 2;
    for (let entry = slots[at + 1]!; entry !== 0; entry = slots[at + 1]!) {
      if (slots[at] === hash) {
        const start = starts[entry - 1]!;
        const length = (entry < size ? starts[entry]! : end) - start;
        if (length === stop - end) {
          let i = 0;
          while (i < length && arena[start + i] === arena[end + i]) i++;
          if (i === length) {
            counts[entry - 1]! += count;
            return;
          }
        }
      }
      at = (at + 2) & (slots.length - 1);
    }
    if (size === starts.length) {
      starts = doubled(starts);
      counts = doubled(counts);
    }
    starts[size] = end;
    counts[size] = count;
    size++;
    slots[at] = hash;
    slots[at + 1] = size;
    end = stop;
    if (size * 4 > slots.length + slots.length / 2) growSlots();
  };

  return {
    add(text, from, to, count) {
      const stop = end + to - from;
      if (stop > arena.length) arena = doubled(arena, stop);
      for (let i = from, at = end; i < to; i++, at++) {
        const unit = text.charCodeAt(i);
        arena[at] = unit < 0xd800 ? unit : orderedUnit(unit);
      }
      addTail(stop, count);
    },
    addUnits(units, from, to, count) {
      const stop = end + to - from;
      if (stop > arena.length) arena = doubled(arena, stop);
      arena.set(units.subarray(from, to), end);
      addTail(stop, count);
    },
    get size() {
      return size;
    },
    get isFull() {
      return size >= maxEntries || end >= maxUnits;
    },
    *sorted() {
      const order = sortEntries(arena, starts, size, end);
      let chunk = new Uint16Array(RUN_CHUNK_UNITS);
      let filled = 0;
      for (let k = 0; k < size; k++) {
        const entry = order[2 * k + 1 - UPPER]!;
        const start = starts[entry]!;
        const stop = entry + 1 < size ? starts[entry + 1]! : end;
        const needed = entryUnits(stop - start);
        if (filled + needed > chunk.length) {
          if (filled > 0) yield chunk.subarray(0, filled);
          chunk = new Uint16Array(Math.max(RUN_CHUNK_UNITS, needed));
          filled = 0;
        }
        filled = writeEntry(chunk, filled, arena, start, stop, counts[entry]!);
      }
      if (filled > 0) yield chunk.subarray(0, filled);
    },
    clear() {
      slots.fill(0);
      size = 0;
      end = 0;
    },
    free() {
      size = 0;
      starts = new Uint32Array(0);
      counts = new Float64Array(0);
      arena = new Uint16Array(0);
      slots = new Uint32Array(0);
    },
  };
}

// Sorts by two units at a time: each is the upper half of a 64-bit word whose lower half is the entry, and the words are
// sorted as numbers; entries that agree in both are a group, sorted by the next two. Returns the words.
function sortEntries(arena: Uint16Array, starts: Uint32Array, size: number, end: number): Uint32Array {
  const words = new BigUint64Array(size);
  const halves = new Uint32Array(words.buffer);
  for (let entry = 0; entry < size; entry++) halves[2 * entry + 1 - UPPER] = entry;

  // A list instead of recursion: two long segments may agree in hundreds of thousands of units.
  const groups: (readonly [from: number, to: number, depth: number])[] = size > 1 ? [[0, size, 0]] : [];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    const [from, to, depth] = group;
    for (let k = from; k < to; k++) {
      const entry = halves[2 * k + 1 - UPPER]!;
      const at = starts[entry]! + depth;
      const stop = entry + 1 < size ? starts[entry + 1]! : end;
      // No unit is 0: 0 stands for the end, which comes first.
      const upper = at < stop ? arena[at]! * 0x10000 + (at + 1 < stop ? arena[at + 1]! : 0) : 0;
      halves[2 * k + UPPER] = upper;
    }
    if (to - from > SMALL_GROUP) words.subarray(from, to).sort();
    else insertionSort(halves, from, to);
    for (let k = from; k < to; ) {
      const upper = halves[2 * k + UPPER]!;
      let next = k + 1;
      while (next < to && halves[2 * next + UPPER] === upper) next++;
      // Entries are distinct: of those that end here there is one.
      if (next - k > 1) groups.push([k, next, depth + 2]);
      k = next;
    }
  }
  return halves;
}

// Need not be stable: entries with the same upper half are sorted again.
function insertionSort(halves: Uint32Array, from: number, to: number): void {
  for (let k = from + 1; k < to; k++) {
    const upper = halves[2 * k + UPPER]!;
    const entry = halves[2 * k + 1 - UPPER]!;
    let at = k;
    while (at > from && halves[2 * at - 2 + UPPER]! > upper) {
      halves[2 * at + UPPER] = halves[2 * at - 2 + UPPER]!;
      halves[2 * at + 1 - UPPER] = halves[2 * at - 1 - UPPER]!;
      at--;
    }
    halves[2 * at + UPPER] = upper;
    halves[2 * at + 1 - UPPER] = entry;
  }
}
