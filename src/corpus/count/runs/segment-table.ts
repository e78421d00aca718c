// How often segments occur, in one flat array of records: no object for a segment, so that tens of millions of them take what
// their characters take, and a segment that is found or sorted is in one place of the memory. A table has a limit; when it is full, its entries go out in order, as one run of sorted-runs.ts, and it
// starts again. It counts whole numbers only: weights come in when runs are merged.
// Units are UTF-16 units, moved so that comparing them as numbers gives the order of UTF-8 bytes.

import { doubled } from '../../../core/grown.ts';
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

/** A record is the length, the count and the units of a segment: two, four and `length` 16-bit units, each number low unit first. */
const COUNT_AT = 2;
const UNITS_AT = 6;

/** Bytes of one record without its characters, its key while sorting, and its share of the slots. */
const ENTRY_BYTES = 2 * UNITS_AT + 8 + 20;

/** Units of a segment, for dividing the memory. Chinese has 8 to 10; what differs only fills one part before the other. */
const TYPICAL_UNITS = 10;

const FIRST_ENTRIES = 1 << 12;

/** Segments that are looked up together: the processor fetches what they need from memory side by side. */
const BATCH = 64;

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
  const maxEntries = Math.min(2 ** 27, Math.max(16, Math.floor(maxBytes / (ENTRY_BYTES + 2 * TYPICAL_UNITS))));
  const maxUnits = maxEntries * (UNITS_AT + TYPICAL_UNITS);
  /** Records one after the other; the first begins at 1. */
  let arena = new Uint16Array(FIRST_ENTRIES * (UNITS_AT + TYPICAL_UNITS));
  let end = 1;
  let size = 0;
  /** Two words a slot: the hash, and where the record begins, 0 for a free slot. */
  let slots = new Uint32Array(4 * FIRST_ENTRIES);
  /** Segments of a batch that are still to be looked up, one after the other. */
  let waiting = 0;
  let waitingUnits = new Uint16Array(BATCH * TYPICAL_UNITS);
  const waitingEnds = new Uint32Array(BATCH + 1);
  const hashes = new Uint32Array(BATCH);
  const counts = new Float64Array(BATCH);
  const places = new Uint32Array(BATCH);

  const growSlots = (): void => {
    const old = slots;
    slots = new Uint32Array(old.length * 2);
    const mask = slots.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let at = (old[from]! * 2) & mask;
      while (slots[at + 1] !== 0) at = (at + 2) & mask;
      slots[at] = old[from]!;
      slots[at + 1] = old[from + 1]!;
    }
  };

  // The slot of a waiting segment, or the free one where it goes.
  const findSlot = (i: number): number => {
    const [slot, units, own] = [slots, arena, waitingUnits];
    const mask = slot.length - 1;
    const hash = hashes[i]!;
    const from = waitingEnds[i]!;
    const length = waitingEnds[i + 1]! - from;
    let at = (hash * 2) & mask;
    for (let record = slot[at + 1]!; record !== 0; record = slot[at + 1]!) {
      if (slot[at] === hash && lengthOf(units, record) === length) {
        let k = 0;
        while (k < length && units[record + UNITS_AT + k] === own[from + k]) k++;
        if (k === length) return at;
      }
      at = (at + 2) & mask;
    }
    return at;
  };

  const lookUp = (): void => {
    // Each of the two passes makes the processor fetch what the next one reads.
    for (let i = 0; i < waiting; i++) {
      const at = (hashes[i]! * 2) & (slots.length - 1);
      places[i] = slots[at] === hashes[i] ? slots[at + 1]! : 0;
    }
    for (let i = 0; i < waiting; i++) if (places[i] !== 0) places[i] = arena[places[i]!]!;
    for (let i = 0; i < waiting; i++) {
      const at = findSlot(i);
      if (slots[at + 1] !== 0) {
        addCount(arena, slots[at + 1]!, counts[i]!);
        continue;
      }
      const from = waitingEnds[i]!;
      const length = waitingEnds[i + 1]! - from;
      const stop = end + UNITS_AT + length;
      if (stop > arena.length) arena = doubled(arena, stop);
      arena[end] = length & 0xffff;
      arena[end + 1] = length >>> 16;
      writeCount(arena, end, counts[i]!);
      for (let k = 0, to = end + UNITS_AT; k < length; k++) arena[to + k] = waitingUnits[from + k]!;
      slots[at] = hashes[i]!;
      slots[at + 1] = end;
      end = stop;
      size++;
      if (size * 4 > slots.length + slots.length / 2) growSlots();
    }
    waiting = 0;
  };

  // The units of the segment lie behind those that wait already.
  const wait = (length: number, hash: number, count: number): void => {
    const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hashes[waiting] = mixed ^ (mixed >>> 13);
    counts[waiting] = count;
    waitingEnds[waiting + 1] = waitingEnds[waiting]! + length;
    waiting++;
    if (waiting === BATCH) lookUp();
  };

  return {
    add(text, from, to, count) {
      const length = to - from;
      const start = waitingEnds[waiting]!;
      if (start + length > waitingUnits.length) waitingUnits = doubled(waitingUnits, start + length);
      const units = waitingUnits;
      let hash = length;
      for (let i = 0; i < length; i++) {
        let unit = text.charCodeAt(from + i);
        if (unit >= 0xd800) unit = orderedUnit(unit);
        units[start + i] = unit;
        hash = Math.imul(hash ^ unit, 0x9e3779b1) ^ (hash >>> 15);
      }
      wait(length, hash, count);
    },
    addUnits(units, from, to, count) {
      const length = to - from;
      const start = waitingEnds[waiting]!;
      if (start + length > waitingUnits.length) waitingUnits = doubled(waitingUnits, start + length);
      let hash = length;
      for (let i = 0; i < length; i++) {
        const unit = units[from + i]!;
        waitingUnits[start + i] = unit;
        hash = Math.imul(hash ^ unit, 0x9e3779b1) ^ (hash >>> 15);
      }
      wait(length, hash, count);
    },
    get size() {
      lookUp();
      return size;
    },
    get isFull() {
      return size + waiting >= maxEntries || end >= maxUnits;
    },
    *sorted() {
      lookUp();
      const order = sortRecords(arena, size);
      let chunk = new Uint16Array(RUN_CHUNK_UNITS);
      let filled = 0;
      for (let k = 0; k < size; k++) {
        // Makes the processor fetch the records of a batch all at once.
        if (k % BATCH === 0) {
          for (let i = k; i < Math.min(size, k + BATCH); i++) places[i - k] = arena[order[2 * i + 1 - UPPER]!]!;
        }
        const record = order[2 * k + 1 - UPPER]!;
        const start = record + UNITS_AT;
        const length = lengthOf(arena, record);
        const needed = entryUnits(length);
        if (filled + needed > chunk.length) {
          if (filled > 0) yield chunk.subarray(0, filled);
          chunk = new Uint16Array(Math.max(RUN_CHUNK_UNITS, needed));
          filled = 0;
        }
        filled = writeEntry(chunk, filled, arena, start, start + length, countOf(arena, record));
      }
      if (filled > 0) yield chunk.subarray(0, filled);
    },
    clear() {
      slots.fill(0);
      waiting = 0;
      size = 0;
      end = 1;
    },
    free() {
      waiting = 0;
      size = 0;
      end = 1;
      arena = new Uint16Array(0);
      slots = new Uint32Array(0);
    },
  };
}

function lengthOf(arena: Uint16Array, record: number): number {
  return arena[record]! + arena[record + 1]! * 0x10000;
}

function countOf(arena: Uint16Array, record: number): number {
  let count = 0;
  for (let at = record + UNITS_AT - 1; at >= record + COUNT_AT; at--) count = count * 0x10000 + arena[at]!;
  return count;
}

function writeCount(arena: Uint16Array, record: number, count: number): void {
  for (let at = record + COUNT_AT, rest = count; at < record + UNITS_AT; at++, rest = Math.floor(rest / 0x10000)) {
    arena[at] = rest % 0x10000;
  }
}

function addCount(arena: Uint16Array, record: number, count: number): void {
  const low = arena[record + COUNT_AT]! + count;
  if (low < 0x10000) arena[record + COUNT_AT] = low;
  else writeCount(arena, record, countOf(arena, record) + count);
}

// Sorts by two units at a time: each is the upper half of a 64-bit word whose lower half is the record, and the words are
// sorted as numbers; records that agree in both are a group, sorted by the next two. Returns the words.
function sortRecords(arena: Uint16Array, size: number): Uint32Array {
  const words = new BigUint64Array(size);
  const halves = new Uint32Array(words.buffer);
  for (let k = 0, record = 1; k < size; k++, record += UNITS_AT + lengthOf(arena, record)) {
    halves[2 * k + 1 - UPPER] = record;
  }

  // A list instead of recursion: two long segments may agree in hundreds of thousands of units.
  const groups: (readonly [from: number, to: number, depth: number])[] = size > 1 ? [[0, size, 0]] : [];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    const [from, to, depth] = group;
    for (let k = from; k < to; k++) {
      const record = halves[2 * k + 1 - UPPER]!;
      const length = lengthOf(arena, record);
      const at = record + UNITS_AT + depth;
      // No unit is 0: 0 stands for the end, which comes first.
      const upper = depth < length ? arena[at]! * 0x10000 + (depth + 1 < length ? arena[at + 1]! : 0) : 0;
      halves[2 * k + UPPER] = upper;
    }
    if (to - from > SMALL_GROUP) words.subarray(from, to).sort();
    else insertionSort(halves, from, to);
    for (let k = from; k < to; ) {
      const upper = halves[2 * k + UPPER]!;
      let next = k + 1;
      while (next < to && halves[2 * next + UPPER] === upper) next++;
      // Records are distinct: of those that end here there is one.
      if (next - k > 1) groups.push([k, next, depth + 2]);
      k = next;
    }
  }
  return halves;
}

// Need not be stable: records with the same upper half are sorted again.
function insertionSort(halves: Uint32Array, from: number, to: number): void {
  for (let k = from + 1; k < to; k++) {
    const upper = halves[2 * k + UPPER]!;
    const record = halves[2 * k + 1 - UPPER]!;
    let at = k;
    while (at > from && halves[2 * at - 2 + UPPER]! > upper) {
      halves[2 * at + UPPER] = halves[2 * at - 2 + UPPER]!;
      halves[2 * at + 1 - UPPER] = halves[2 * at - 1 - UPPER]!;
      at--;
    }
    halves[2 * at + UPPER] = upper;
    halves[2 * at + 1 - UPPER] = record;
  }
}
