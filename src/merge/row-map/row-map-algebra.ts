// Row maps as functions: the way back (prune an extended model to its base), one after the other (extend twice, resize once),
// with padding rows behind, and with new rows in the free rows of a checkpoint. Nothing is read or written; all results are
// sound row maps. What cannot be undone is refused.

import { checkWhole } from '../../core/check-whole.ts';
import { firstIndex } from '../../core/first-index.ts';
import {
  type CopyRange,
  createFreeLookup,
  type NewRow,
  ROW_MAP_FORMAT,
  ROW_MAP_VERSION,
  type RowMap,
} from '../../core/row-map.ts';
import { InputError } from '../../errors.ts';
import { validateRowMap } from '../../formats/row-map/validate-row-map.ts';
import { checkMultiple, MAX_COUNT, roundUpToMultiple } from '../merge-options.ts';

/**
 * The row map that leads back: every piece of the base gets the row that it was copied to. Rows that the base did not have
 * are dropped. Free rows of the base come back where they were kept; those that were filled or dropped become padding.
 *
 * @throws InputError when a piece of the base was copied nowhere: its row is lost
 * @throws FormatError when the map is not sound
 * @example
 * ```ts
 * const back = invertRowMap(rowMap); // of a merge into 32,000 pieces
 * back.copy; // [[0, 0, 32000]]
 * back.new; // []
 * ```
 */
export function invertRowMap(rowMap: RowMap): RowMap {
  validateRowMap(rowMap);
  const { base, target } = rowMap;
  const freeRunAt = createFreeLookup(base);
  const ranges = [...rowMap.copy].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  const copy: CopyRange[] = [];
  const padding: number[] = [];
  let covered = 0;
  const skipTo = (end: number): void => {
    for (; covered < end; covered++) {
      if (freeRunAt(covered) === undefined) throw lost(covered, end, freeRunAt);
      padding.push(covered);
    }
  };
  for (const [targetStart, sourceStart, count] of ranges) {
    skipTo(sourceStart);
    // A row that was copied twice comes back from its first copy.
    const skipped = covered - sourceStart;
    if (skipped >= count) continue;
    appendRange(copy, [covered, targetStart + skipped, count - skipped]);
    covered = sourceStart + count;
  }
  skipTo(base.rows);
  return { format: ROW_MAP_FORMAT, version: ROW_MAP_VERSION, base: target, target: base, copy, new: [], padding };
}

/**
 * The row map that does `first`, then `second`: from the base of `first` to the target of `second`. New rows of `second`
 * that are made of new rows of `first` are traced back to old rows, their weights multiplied.
 *
 * @throws InputError when `second` does not start from the tokenizer that `first` ends with, or uses rows past its last
 * @throws FormatError when a map is not sound
 * @example
 * ```ts
 * const pruned = composeRowMaps(rowMap, invertRowMap(rowMap));
 * pruned.new.length; // 0: every row is a copy again
 * ```
 */
export function composeRowMaps(first: RowMap, second: RowMap): RowMap {
  validateRowMap(first);
  validateRowMap(second);
  checkMeeting(first, second);
  const copied = [...first.copy].sort((a, b) => a[0] - b[0]);
  const madeRows = [...first.new].sort((a, b) => a.id - b.id);
  const freshRows = [...first.padding].sort((a, b) => a - b);
  const made = new Map(madeRows.map((row) => [row.id, row]));
  const copy: CopyRange[] = [];
  const newRows: NewRow[] = [];
  const padding = [...second.padding];
  for (const [targetStart, sourceStart, count] of second.copy) {
    const end = sourceStart + count;
    // Both maps may have tens of thousands of ranges, so that none is looked at that does not meet this one.
    const firstMet = firstCopyBehind(copied, sourceStart);
    for (let i = firstMet; i < copied.length && copied[i]![0] < end; i++) {
      const [middleStart, baseStart, length] = copied[i]!;
      const from = Math.max(middleStart, sourceStart);
      const to = Math.min(middleStart + length, end);
      copy.push([targetStart + from - sourceStart, baseStart + from - middleStart, to - from]);
    }
    for (
      let i = firstIndex(madeRows.length, (at) => madeRows[at]!.id >= sourceStart);
      i < madeRows.length && madeRows[i]!.id < end;
      i++
    ) {
      newRows.push({ ...madeRows[i]!, id: targetStart + madeRows[i]!.id - sourceStart });
    }
    // What the first made afresh and the second keeps is made afresh.
    for (
      let i = firstIndex(freshRows.length, (at) => freshRows[at]! >= sourceStart);
      i < freshRows.length && freshRows[i]! < end;
      i++
    ) {
      padding.push(targetStart + freshRows[i]! - sourceStart);
    }
  }
  for (const { sources, weights, fills, ...row } of second.new) {
    const parts = sources.map((source) => made.get(source) ?? { sources: [baseRowOf(copied, source)!], weights: [1] });
    const filled = fills === undefined ? undefined : baseRowOf(copied, fills);
    newRows.push({
      ...row,
      sources: parts.flatMap((part) => part.sources),
      weights: parts.flatMap((part, i) => part.weights.map((weight) => weight * weights[i]!)),
      // A free row that the first makes afresh is none that the checkpoint has to spare.
      ...(filled !== undefined && { fills: filled }),
    });
  }
  return {
    format: ROW_MAP_FORMAT,
    version: ROW_MAP_VERSION,
    base: first.base,
    target: second.target,
    copy: joined(copy),
    new: newRows.sort((a, b) => a.id - b.id),
    padding: padding.sort((a, b) => a - b),
  };
}

function checkMeeting({ target: middle }: RowMap, second: RowMap): void {
  const { base } = second;
  if (middle.sha256 !== base.sha256 || middle.idCount !== base.idCount) {
    throw new InputError(
      `row maps: the first ends with a tokenizer of ${middle.idCount} ids, SHA-256 ${middle.sha256}; ` +
        `the second starts with one of ${base.idCount}, SHA-256 ${base.sha256}`,
      { hint: 'Give the maps in the order in which they were made.' },
    );
  }
  const last = lastUsedRow(second);
  if (last >= middle.rows) {
    throw new InputError(
      `row maps: the second uses row ${last} of a checkpoint with ${base.rows} rows, the first makes ${middle.rows}`,
      { hint: `Pad the first map to ${base.rows} rows, or make the second for ${middle.rows}.` },
    );
  }
}

// The last base row that a map has a use for, sources left aside: they are ids.
function lastUsedRow({ copy, new: newRows }: RowMap): number {
  const copied = copy.reduce((last, [, sourceStart, count]) => Math.max(last, sourceStart + count - 1), -1);
  return newRows.reduce((last, { fills = -1 }) => Math.max(last, fills), copied);
}

/**
 * The same map for a checkpoint that has more rows than its tokenizer has ids: new rows take the free rows that stand where
 * their ids are, only those behind grow the matrix, and free rows that nobody takes stay as they are. A map that was made for
 * another number of rows is fitted to this one.
 *
 * @param baseRows rows of the checkpoint. Default: as the map says
 * @throws OptionError unless `baseRows` is a whole number from the base's ids on
 * @throws FormatError when the map is not sound
 * @example
 * ```ts
 * // Qwen2.5: 151,665 ids in 151,936 rows; 300 new pieces.
 * const { filled, appended } = countRows(fillRowMap(qwenMap, 151_936));
 * filled; // 271
 * appended; // 29
 * ```
 */
export function fillRowMap(rowMap: RowMap, baseRows: number = rowMap.base.rows): RowMap {
  validateRowMap(rowMap);
  checkWhole('baseRows', baseRows, rowMap.base.idCount, MAX_COUNT);
  const base = { ...rowMap.base, rows: baseRows };
  // A matrix that shrinks has no place for the free rows.
  const isShrinking = rowMap.target.idCount < rowMap.base.idCount;
  const target = { ...rowMap.target, rows: isShrinking ? rowMap.target.rows : Math.max(rowMap.target.rows, baseRows) };
  const fills = (row: NewRow): number | undefined =>
    row.fills === undefined || row.fills >= baseRows ? undefined : row.fills;
  const used = new Set(rowMap.new.map(fills));
  const freeRunAt = createFreeLookup(base);
  const isFree = (row: number): boolean => !used.has(row) && freeRunAt(row) !== undefined;
  const padding: number[] = [];
  const copy: CopyRange[] = [];
  const free = [...rowMap.padding];
  for (const [targetStart, sourceStart, count] of rowMap.copy) {
    const there = Math.min(count, Math.max(0, baseRows - sourceStart));
    if (there > 0) copy.push([targetStart, sourceStart, there]);
    for (let i = there; i < count; i++) free.push(targetStart + i);
  }
  for (let row = rowMap.target.rows; row < target.rows; row++) free.push(row);
  for (const row of free) {
    if (isFree(row)) copy.push([row, row, 1]);
    else padding.push(row);
  }
  const newRows = rowMap.new.map((row) => {
    const { fills: _, ...rest } = row;
    const filled = fills(row) ?? (isFree(row.id) ? row.id : undefined);
    return filled === undefined ? rest : { ...rest, fills: filled };
  });
  padding.sort((a, b) => a - b);
  return { ...rowMap, base, target, copy: joined(copy), new: newRows, padding };
}

/**
 * The same map with padding rows behind, until the target's rows are a multiple of `padToMultipleOf`.
 *
 * @throws OptionError unless `padToMultipleOf` is a whole number from 1 to 2^20
 * @example
 * ```ts
 * padRowMap(rowMap, 64).target.rows; // 49984: the map has 49,953
 * ```
 */
export function padRowMap(rowMap: RowMap, padToMultipleOf: number): RowMap {
  checkMultiple('padToMultipleOf', padToMultipleOf);
  const { target, padding } = rowMap;
  const rows = roundUpToMultiple(target.rows, padToMultipleOf);
  const more = Array.from({ length: rows - target.rows }, (_, i) => target.rows + i);
  return { ...rowMap, target: { ...target, rows }, padding: [...padding, ...more] };
}

/**
 * Looks up where base rows went.
 *
 * @returns the first target row that `id` was copied to, `undefined` when there is none
 */
export function createTargetLookup(rowMap: Pick<RowMap, 'copy'>): (id: number) => number | undefined {
  const ranges = [...rowMap.copy].sort((a, b) => a[0] - b[0]);
  return (id) => {
    const range = ranges.find(([, sourceStart, count]) => id >= sourceStart && id < sourceStart + count);
    return range === undefined ? undefined : range[0] + id - range[1];
  };
}

function baseRowOf(copied: readonly CopyRange[], middleRow: number): number | undefined {
  const range = copied[firstCopyBehind(copied, middleRow)];
  return range === undefined || middleRow < range[0] ? undefined : range[1] + middleRow - range[0];
}

/** Index of the first range that ends behind a row of its target side. */
function firstCopyBehind(copied: readonly CopyRange[], row: number): number {
  return firstIndex(copied.length, (at) => copied[at]![0] + copied[at]![2] > row);
}

function joined(ranges: readonly CopyRange[]): CopyRange[] {
  const result: CopyRange[] = [];
  for (const range of [...ranges].sort((a, b) => a[0] - b[0])) appendRange(result, range);
  return result;
}

/** Appends a range; ranges that continue each other on both sides become one. */
export function appendRange(ranges: CopyRange[], [targetStart, sourceStart, count]: CopyRange): void {
  const last = ranges.at(-1);
  if (last !== undefined && last[0] + last[2] === targetStart && last[1] + last[2] === sourceStart) {
    ranges[ranges.length - 1] = [last[0], last[1], last[2] + count];
  } else ranges.push([targetStart, sourceStart, count]);
}

function lost(start: number, limit: number, freeRunAt: ReturnType<typeof createFreeLookup>): InputError {
  let end = start + 1;
  while (end < limit && freeRunAt(end) === undefined) end++;
  const rows = end - start === 1 ? `base row ${start} is` : `base rows ${start} to ${end - 1} are`;
  return new InputError(`row map: ${rows} copied to no target row, so there is no way back`, {
    hint: 'Only a map that keeps every piece of the base, as merge and extend make it, can be inverted.',
  });
}
