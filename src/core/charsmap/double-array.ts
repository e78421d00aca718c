// Builds a double array in the layout of darts-clone (https://github.com/s-yata/darts-clone): the trie inside a
// precompiled charsmap. It only builds; charsmap.ts reads. The placement follows darts-clone's rules exactly - first
// free place, window of 16 blocks, shared subtrees - so that the same keys give the same bytes as SentencePiece.
//
// One u32 a unit. The children of unit u lie at (u ^ offset(u)) ^ label.
//   inner unit   bits 0-7 label, bit 8 "label 0 follows, with a value", bit 9 "offset is in units of 256",
//                bits 10-30 offset
//   value unit   bits 0-30 value, bit 31 set

import { doubled } from '../grown.ts';
import { compareUtf8 } from '../unicode/utf8.ts';
import { type Automaton, createAutomatonBuilder, END_LABEL } from './double-array-automaton.ts';

const BLOCK = 256;
/** Free places are looked for in the last so many blocks only; older blocks are closed. */
const OPEN_BLOCKS = 16;

const HAS_VALUE = 0x100;
const IS_WIDE = 0x200;
const IS_VALUE = 0x80000000;
/** Offsets below this are stored as they are; greater ones must be multiples of 256. */
const NARROW_OFFSET_LIMIT = 1 << 21;
const WIDE_BITS = 0xff << 21;
const LOW_BITS = 0xff;

/**
 * Builds the double array of keys with values.
 *
 * @param entries at least one; keys distinct, not empty, without U+0000 and well formed; values in [0, 2^31)
 * @returns the units, a multiple of 256
 */
export function buildDoubleArray(entries: Iterable<readonly [string, number]>): Uint32Array<ArrayBuffer> {
  const builder = createAutomatonBuilder();
  const sorted = [...entries].sort(([a], [b]) => compareUtf8(a, b));
  const encoder = new TextEncoder();
  const longest = sorted.reduce((length, [key]) => Math.max(length, key.length), 0);
  const bytes = new Uint8Array(3 * longest);
  for (const [key, value] of sorted) {
    const { written } = encoder.encodeInto(key, bytes);
    builder.add(bytes.subarray(0, written), value);
  }
  return placeAutomaton(builder.finish());
}

function placeAutomaton(automaton: Automaton): Uint32Array<ArrayBuffer> {
  const { edgeStarts, edgeLabels, edgeTargets } = automaton;
  const array = createUnitPool();
  // Where the children of each state were placed; 0, which is never such a place, if they were not yet.
  const placeOf = new Uint32Array(edgeStarts.length - 1);

  // Gives unit `unit` the children of `state`. Recursion is as deep as the longest key has bytes.
  function placeChildren(state: number, unit: number): void {
    const first = edgeStarts[state]!;
    const end = edgeStarts[state + 1]!;
    const hasValue = edgeLabels[first] === END_LABEL;
    if (placeOf[state] !== 0 && canReach(unit, placeOf[state]!)) {
      array.setOffset(unit, placeOf[state]!, hasValue);
      return;
    }
    const labels = edgeLabels.slice(first, end);
    const place = array.findPlace(unit, labels);
    array.setOffset(unit, place, hasValue);
    for (let edge = first; edge < end; edge++) {
      const label = edgeLabels[edge]!;
      array.reserve(place ^ label);
      array.units[place ^ label] = label === END_LABEL ? (edgeTargets[edge]! | IS_VALUE) >>> 0 : label;
    }
    array.usePlace(place);
    placeOf[state] = place;
    for (let edge = first; edge < end; edge++) {
      const label = edgeLabels[edge]!;
      if (label !== END_LABEL) placeChildren(edgeTargets[edge]!, place ^ label);
    }
  }

  array.reserve(0);
  array.usePlace(0);
  placeChildren(automaton.root, 0);
  return array.finish();
}

/** Whether the offset from `unit` to `place` can be stored: it is small, or a multiple of 256. */
function canReach(unit: number, place: number): boolean {
  const offset = unit ^ place;
  return (offset & WIDE_BITS) === 0 || (offset & LOW_BITS) === 0;
}

/** The units and, for the open blocks, which of them are free. */
interface UnitPool {
  /** Replaced when the pool grows: do not keep it. */
  readonly units: Uint32Array;
  /** First place where `unit` can have children with these labels, which may be behind the last unit. */
  findPlace(unit: number, labels: readonly number[]): number;
  /** Takes a unit out of the free ones, adding a block when it lies behind the last. */
  reserve(unit: number): void;
  /** Marks a place as the one of some children: no other children may have it. */
  usePlace(place: number): void;
  /** Writes the way from `unit` to its children. */
  setOffset(unit: number, place: number, hasValue: boolean): void;
  /** Closes all blocks and gives the units. */
  finish(): Uint32Array<ArrayBuffer>;
}

function createUnitPool(): UnitPool {
  let units = new Uint32Array(64 * BLOCK);
  let size = 0;
  // Free units of the open blocks form a ring in the order in which they became free.
  let nextFree = new Uint32Array(units.length);
  let previousFree = new Uint32Array(units.length);
  let isReserved = new Uint8Array(units.length);
  let isUsedPlace = new Uint8Array(units.length);
  /** A free unit, or `size` when there is none. */
  let firstFree = 0;

  function addBlock(): void {
    if (size >= OPEN_BLOCKS * BLOCK) closeBlock(size - OPEN_BLOCKS * BLOCK);
    const start = size;
    if (start + BLOCK > units.length) {
      units = doubled(units);
      nextFree = doubled(nextFree);
      previousFree = doubled(previousFree);
      isReserved = doubled(isReserved);
      isUsedPlace = doubled(isUsedPlace);
    }
    size += BLOCK;
    const last = size - 1;
    for (let unit = start; unit < last; unit++) {
      nextFree[unit] = unit + 1;
      previousFree[unit + 1] = unit;
    }
    // The new units go to the end of the ring; an empty ring has firstFree === start.
    const end = firstFree === start ? last : previousFree[firstFree]!;
    previousFree[start] = end;
    nextFree[end] = start;
    nextFree[last] = firstFree;
    previousFree[firstFree] = last;
  }

  function takeFree(unit: number): void {
    if (unit === firstFree) firstFree = nextFree[unit] === unit ? size : nextFree[unit]!;
    nextFree[previousFree[unit]!] = nextFree[unit]!;
    previousFree[nextFree[unit]!] = previousFree[unit]!;
    isReserved[unit] = 1;
  }

  // Nothing goes into a closed block any more. Its free units get a label under which no place can reach them: the one
  // that leads from them to a place without children.
  function closeBlock(start: number): void {
    const unused = isUsedPlace.indexOf(0, start);
    const place = unused >= start && unused < start + BLOCK ? unused : 0;
    for (let unit = start; unit < start + BLOCK; unit++) {
      if (isReserved[unit] === 1) continue;
      takeFree(unit);
      units[unit] = (unit ^ place) & LOW_BITS;
    }
  }

  function fits(unit: number, place: number, labels: readonly number[]): boolean {
    if (isUsedPlace[place] === 1 || !canReach(unit, place)) return false;
    for (let i = 1; i < labels.length; i++) if (isReserved[place ^ labels[i]!] === 1) return false;
    return true;
  }

  return {
    get units() {
      return units;
    },
    findPlace(unit, labels) {
      if (firstFree < size) {
        let free = firstFree;
        do {
          const place = free ^ labels[0]!;
          if (fits(unit, place, labels)) return place;
          free = nextFree[free]!;
        } while (free !== firstFree);
      }
      return size | (unit & LOW_BITS);
    },
    reserve(unit) {
      if (unit >= size) addBlock();
      takeFree(unit);
    },
    usePlace(place) {
      isUsedPlace[place] = 1;
    },
    setOffset(unit, place, hasValue) {
      const offset = unit ^ place;
      const stored = offset < NARROW_OFFSET_LIMIT ? offset << 10 : (offset << 2) | IS_WIDE;
      const kept = units[unit]! & LOW_BITS;
      units[unit] = (kept | stored | (hasValue ? HAS_VALUE : 0)) >>> 0;
    },
    finish() {
      for (let start = Math.max(0, size - OPEN_BLOCKS * BLOCK); start < size; start += BLOCK) closeBlock(start);
      return units.slice(0, size);
    },
  };
}
