// The row map: where each row of a resized embedding comes from. Types, a walk over all rows, and counts.
// It reads and checks nothing: the file is formats/row-map/, maps are built and combined in merge/row-map/ and applied in
// embedding/. A row is a row of the checkpoint's matrices. An id may have no piece, and a checkpoint may have more rows than
// the tokenizer has ids: both kinds of row belong to no token and are called free.

import { counted, groupDigits } from './counted.ts';
import { firstIndex } from './first-index.ts';

/** `format` of every row map. */
export const ROW_MAP_FORMAT = 'vocab-merge/row-map';

/**
 * `version` of a row map in memory. Version 1, without holes, surfaces and filled rows, is still read. The file of a map that
 * drops tokens says 3, see {@link droppedRows}: programs that know only maps that grow refuse it.
 */
export const ROW_MAP_VERSION = 2;

/** `count` rows or ids from `start` on. */
export type RowRange = readonly [start: number, count: number];

/** One side of a row map: a tokenizer and the embedding that goes with it. */
export interface RowMapVocab {
  /** The last id and 1. */
  readonly idCount: number;
  /** Number of rows of the embedding, `idCount` or more; the rows past the last id are free. */
  readonly rows: number;
  /** Ids below `idCount` that have no piece, ascending and apart from each other; their rows are free. Default none. */
  readonly holes?: readonly RowRange[];
  /** SHA-256 of the tokenizer file, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** `count` rows copied: target rows from `targetStart` on are base rows from `sourceStart` on. */
export type CopyRange = readonly [targetStart: number, sourceStart: number, count: number];

/** The row of a token that the base does not have: the weighted mean of base rows. */
export interface NewRow {
  /** Row of the target, which is the token id. */
  readonly id: number;
  /** Text of the piece; with a `surface`, its bytes, one character each, U+0000 to U+00FF. */
  readonly piece: string;
  /** Of a piece that is spelled in bytes: its text, bytes that are no whole character as `<0xE4>`. For reading only. */
  readonly surface?: string;
  /** Base ids of the tokens that the piece's text splits into, in order; an id may occur more than once. */
  readonly sources: readonly number[];
  /** Weight of each source, `[sources.length]`, none negative, sum 1. */
  readonly weights: readonly number[];
  /** The free base row that it takes. Without it, the row is appended, or stands where a token was dropped. */
  readonly fills?: number;
}

/**
 * A row map. Every target row occurs exactly once: in a `copy` range, as a `new` row, or in `padding`. Rows of base tokens
 * that are copied nowhere are dropped: the target may have fewer rows than the base.
 */
export interface RowMap {
  readonly format: typeof ROW_MAP_FORMAT;
  readonly version: typeof ROW_MAP_VERSION;
  readonly base: RowMapVocab;
  readonly target: RowMapVocab;
  /** Ascending by target row. Rows of tokens come from rows of tokens, and free rows, which may be kept, from free rows. */
  readonly copy: readonly CopyRange[];
  /** Ascending by id. */
  readonly new: readonly NewRow[];
  /** Free target rows that are made afresh, with zeros or a mean, ascending. */
  readonly padding: readonly number[];
}

/** One target row, as {@link rowMapRows} yields it. */
export interface RowMapRow {
  readonly id: number;
  /** `filled`: a new row that takes a free row of the base. */
  readonly kind: 'copy' | 'new' | 'filled' | 'padding';
  /** Base rows that it is made of: one for a copied row, none for padding. */
  readonly sources: readonly number[];
  /** Weight of each source, `[sources.length]`. */
  readonly weights: readonly number[];
  /** The piece of a new row; a row map does not hold the pieces of copied rows. */
  readonly piece?: string;
  /** As in {@link NewRow}. */
  readonly surface?: string;
}

/**
 * Every target row once, in order of the id, from 0 to `target.rows` - 1.
 *
 * @param rowMap a map that `validateRowMap` accepts
 * @example
 * ```ts
 * for (const row of rowMapRows(rowMap)) console.log(row);
 * ```
 */
export function* rowMapRows(rowMap: RowMap): Generator<RowMapRow, void, undefined> {
  const copies = [...rowMap.copy].sort((a, b) => a[0] - b[0]);
  const news = [...rowMap.new].sort((a, b) => a.id - b.id);
  let nextCopy = 0;
  let nextNew = 0;
  for (let id = 0; id < rowMap.target.rows; ) {
    const copy = copies[nextCopy];
    if (copy?.[0] === id) {
      const [targetStart, sourceStart, count] = copy;
      for (; id < targetStart + count; id++) {
        yield { id, kind: 'copy', sources: [sourceStart + id - targetStart], weights: [1] };
      }
      nextCopy++;
      continue;
    }
    const row = news[nextNew];
    if (row?.id === id) {
      const { fills, ...shown } = row;
      yield { ...shown, kind: fills === undefined ? 'new' : 'filled' };
      nextNew++;
    } else {
      yield { id, kind: 'padding', sources: [], weights: [] };
    }
    id++;
  }
}

/** The free rows of one side, ascending: ids without a piece, then the rows past the last id. */
export function freeRows({ idCount, rows, holes = [] }: RowMapVocab): RowRange[] {
  return rows > idCount ? [...holes, [idCount, rows - idCount]] : [...holes];
}

/**
 * Looks up free rows.
 *
 * @returns the run of free rows that a row of that side is in; `undefined` for the row of a token, and past the last row
 */
export function createFreeLookup(vocab: RowMapVocab): (row: number) => RowRange | undefined {
  const ranges = freeRows(vocab);
  return (row) => {
    const range = ranges[firstEndingBehind(ranges, row)];
    return range !== undefined && row >= range[0] ? range : undefined;
  };
}

/** Index of the first range that ends behind `row`; `ranges.length` when there is none. They are ascending. */
export function firstEndingBehind(ranges: readonly RowRange[], row: number): number {
  return firstIndex(ranges.length, (at) => ranges[at]![0] + ranges[at]![1] > row);
}

/** Rows of base tokens that are copied nowhere, ascending: the target does not have these tokens. */
export function droppedRows({ base, copy }: Pick<RowMap, 'base' | 'copy'>): RowRange[] {
  const taken: RowRange[] = [...copy.map(([, start, count]): RowRange => [start, count]), ...(base.holes ?? [])];
  const dropped: RowRange[] = [];
  let next = 0;
  for (const [start, count] of taken.sort((a, b) => a[0] - b[0])) {
    const end = Math.min(start, base.idCount);
    if (end > next) dropped.push([next, end - next]);
    next = Math.max(next, start + count);
  }
  if (next < base.idCount) dropped.push([next, base.idCount - next]);
  return dropped;
}

/** What becomes of the rows, as numbers of target rows, but `dropped`. */
export interface RowCounts {
  /** Rows of tokens, copied. */
  readonly copied: number;
  /** New rows that take free rows of the base. */
  readonly filled: number;
  /** New rows that stand where a token of the base was dropped, in a matrix that does not shrink. */
  readonly replaced: number;
  /** All other new rows. */
  readonly appended: number;
  /** Free rows that stay as they are in the base. */
  readonly kept: number;
  /** Free rows that are made afresh. */
  readonly padding: number;
  /** Rows of base tokens that are copied nowhere, those that are replaced left out. */
  readonly dropped: number;
}

/** Counts the rows of a sound map by what becomes of them. */
export function countRows(rowMap: RowMap): RowCounts {
  const { base, target, copy, new: newRows, padding } = rowMap;
  const filled = newRows.reduce((sum, { fills }) => sum + (fills === undefined ? 0 : 1), 0);
  const all = copy.reduce((sum, [, , count]) => sum + count, 0);
  // A free row is padding unless it was copied.
  const free = sumOf(freeRows(target));
  const kept = free - padding.length;
  const gone = droppedRows(rowMap);
  const isGone = (id: number): boolean => (gone[firstEndingBehind(gone, id)]?.[0] ?? Number.POSITIVE_INFINITY) <= id;
  const stays = target.idCount >= base.idCount;
  const replaced = newRows.filter(({ id, fills }) => stays && fills === undefined && isGone(id)).length;
  return {
    ...{ copied: all - kept, filled, replaced, appended: newRows.length - filled - replaced },
    ...{ kept, padding: padding.length, dropped: sumOf(gone) - replaced },
  };
}

function sumOf(ranges: readonly RowRange[]): number {
  return ranges.reduce((sum, [, count]) => sum + count, 0);
}

/** `32,000 rows copied, 271 free rows filled, 29 rows appended`; what there is none of is left out. */
export function describeRows({ copied, filled, replaced, appended, kept, padding, dropped }: RowCounts): string {
  const parts = [`${counted(copied, 'row')} copied`];
  if (filled > 0) parts.push(`${counted(filled, 'free row')} filled`);
  if (replaced > 0) parts.push(`${groupDigits(replaced)} replaced`);
  if (appended > 0) parts.push(filled > 0 ? `${counted(appended, 'row')} appended` : `${groupDigits(appended)} new`);
  if (kept > 0) parts.push(`${counted(kept, 'free row')} kept`);
  if (padding > 0) parts.push(`${groupDigits(padding)} padding`);
  if (dropped > 0) parts.push(`${groupDigits(dropped)} dropped`);
  return parts.join(', ');
}
