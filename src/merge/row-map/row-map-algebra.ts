// Row maps as functions: the way back (prune an extended model to its base), one after the other (extend twice, resize once),
// and with padding rows behind. Nothing is read or written; all results are sound row maps. What cannot be undone is refused.
import { InputError } from '../../errors.ts';
import {
  type CopyRange,
  type NewRow,
  ROW_MAP_FORMAT,
  ROW_MAP_VERSION,
  type RowMap,
} from '../../formats/row-map/row-map.ts';
import { validateRowMap } from '../../formats/row-map/validate-row-map.ts';
import { checkMultiple, roundUpToMultiple } from '../merge-options.ts';

/**
 * The row map that leads back: every piece of the base gets the row that it was copied to. Rows that the base did not have
 * are dropped, rows past the base's pieces become padding.
 *
 * @throws InputError when a piece of the base was copied nowhere: its row is lost
 * @throws FormatError when the map is not sound
 * @example
 * ```ts
 * const back = invertRowMap(rowMap); // for a merge of 32,000 pieces: copy [[0, 0, 32000]], nothing new
 * composeRowMaps(rowMap, back); // the identity on the base
 * ```
 */
export function invertRowMap(rowMap: RowMap): RowMap {
  validateRowMap(rowMap);
  const { base, target } = rowMap;
  const ranges = [...rowMap.copy].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  const copy: CopyRange[] = [];
  let covered = 0;
  for (const [targetStart, sourceStart, count] of ranges) {
    if (sourceStart > covered) throw lost(covered, sourceStart);
    // A row that was copied twice comes back from its first copy.
    const skipped = covered - sourceStart;
    if (skipped >= count) continue;
    append(copy, [covered, targetStart + skipped, count - skipped]);
    covered = sourceStart + count;
  }
  if (covered < base.vocabSize) throw lost(covered, base.vocabSize);
  return {
    format: ROW_MAP_FORMAT,
    version: ROW_MAP_VERSION,
    base: target,
    target: base,
    copy,
    new: [],
    padding: Array.from({ length: base.rows - base.vocabSize }, (_, i) => base.vocabSize + i),
  };
}

/**
 * The row map that does `first`, then `second`: from the base of `first` to the target of `second`. New rows of `second`
 * that are made of new rows of `first` are traced back to old rows, their weights multiplied.
 *
 * @throws InputError when `second` does not start from the tokenizer that `first` ends with
 * @throws FormatError when a map is not sound
 * @example
 * ```ts
 * const pruned = composeRowMaps(extendMap, invertRowMap(extendMap));
 * pruned.new.length; // 0: every row is a copy again
 * ```
 */
export function composeRowMaps(first: RowMap, second: RowMap): RowMap {
  validateRowMap(first);
  validateRowMap(second);
  const middle = first.target;
  if (middle.sha256 !== second.base.sha256 || middle.vocabSize !== second.base.vocabSize) {
    throw new InputError(
      `row maps: the first ends with a tokenizer of ${middle.vocabSize} pieces, SHA-256 ${middle.sha256}; ` +
        `the second starts with one of ${second.base.vocabSize}, SHA-256 ${second.base.sha256}`,
      { hint: 'Give the maps in the order in which they were made.' },
    );
  }
  const copied = [...first.copy].sort((a, b) => a[0] - b[0]);
  const made = new Map(first.new.map((row) => [row.id, row]));
  const copy: CopyRange[] = [];
  const newRows: NewRow[] = [];
  for (const [targetStart, sourceStart, count] of second.copy) {
    for (const [middleStart, baseStart, length] of copied) {
      const start = Math.max(middleStart, sourceStart);
      const end = Math.min(middleStart + length, sourceStart + count);
      if (start < end) copy.push([targetStart + start - sourceStart, baseStart + start - middleStart, end - start]);
    }
    for (const row of first.new) {
      if (row.id < sourceStart || row.id >= sourceStart + count) continue;
      newRows.push({ ...row, id: targetStart + row.id - sourceStart });
    }
  }
  for (const { id, piece, sources, weights } of second.new) {
    const parts = sources.map((source) => made.get(source) ?? { sources: [baseRowOf(copied, source)], weights: [1] });
    newRows.push({
      id,
      piece,
      sources: parts.flatMap((part) => part.sources),
      weights: parts.flatMap((part, i) => part.weights.map((weight) => weight * weights[i]!)),
    });
  }
  return {
    format: ROW_MAP_FORMAT,
    version: ROW_MAP_VERSION,
    base: first.base,
    target: second.target,
    copy: joined(copy),
    new: newRows.sort((a, b) => a.id - b.id),
    padding: second.padding,
  };
}

/**
 * The same map with padding rows behind, until the target's rows are a multiple of `padToMultipleOf`.
 *
 * @throws OptionError unless `padToMultipleOf` is a whole number from 1 to 2^20
 * @example
 * ```ts
 * padRowMap(rowMap, 64).target.rows; // 49984 for a map to 49,953 rows
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

function baseRowOf(copied: readonly CopyRange[], middleRow: number): number {
  let low = 0;
  let high = copied.length - 1;
  while (low < high) {
    const half = (low + high + 1) >> 1;
    if (copied[half]![0] <= middleRow) low = half;
    else high = half - 1;
  }
  const [middleStart, baseStart] = copied[low]!;
  return baseStart + middleRow - middleStart;
}

function joined(ranges: readonly CopyRange[]): CopyRange[] {
  const result: CopyRange[] = [];
  for (const range of [...ranges].sort((a, b) => a[0] - b[0])) append(result, range);
  return result;
}

// Ranges that continue each other on both sides become one.
function append(ranges: CopyRange[], [targetStart, sourceStart, count]: CopyRange): void {
  const last = ranges.at(-1);
  if (last !== undefined && last[0] + last[2] === targetStart && last[1] + last[2] === sourceStart) {
    ranges[ranges.length - 1] = [last[0], last[1], last[2] + count];
  } else ranges.push([targetStart, sourceStart, count]);
}

function lost(start: number, end: number): InputError {
  const rows = end - start === 1 ? `base row ${start} is` : `base rows ${start} to ${end - 1} are`;
  return new InputError(`row map: ${rows} copied to no target row, so there is no way back`, {
    hint: 'Only a map that keeps every piece of the base, as merge and extend make it, can be inverted.',
  });
}
