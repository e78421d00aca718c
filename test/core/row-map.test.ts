import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countRows,
  createFreeLookup,
  describeRows,
  droppedRows,
  freeRows,
  type RowCounts,
  type RowMap,
  rowMapRows,
} from '../../src/core/row-map.ts';
import { rowMaps, SHA_A, SMALL_ROW_MAP } from '../row-maps.ts';

describe('rowMapRows', () => {
  it('yields each row once, in order', () => {
    expect([...rowMapRows(SMALL_ROW_MAP)].map(({ id, kind, sources, piece }) => [id, kind, sources, piece])).toEqual([
      [0, 'copy', [0], undefined],
      [1, 'copy', [1], undefined],
      [2, 'copy', [2], undefined],
      [3, 'new', [0, 2, 2], '中"\n'],
      [4, 'new', [1], '▁'],
      [5, 'padding', [], undefined],
      [6, 'padding', [], undefined],
      [7, 'padding', [], undefined],
    ]);
  });

  it('yields rows 0 to rows - 1 for every map, in whatever order its lists are', () => {
    fc.assert(
      fc.property(rowMaps(), (rowMap) => {
        const rows = [...rowMapRows({ ...rowMap, copy: rowMap.copy.toReversed(), new: rowMap.new.toReversed() })];
        expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: rowMap.target.rows }, (_, id) => id));
        expect(rows.filter(({ kind }) => kind === 'padding').map(({ id }) => id)).toEqual(rowMap.padding);
        expect(rows.filter(({ kind }) => kind === 'new' || kind === 'filled').length).toBe(rowMap.new.length);
      }),
    );
  });
});

describe('countRows', () => {
  it('counts what rowMapRows yields', () => {
    expect(countRows(SMALL_ROW_MAP)).toEqual({
      copied: 3,
      filled: 0,
      replaced: 0,
      appended: 2,
      kept: 0,
      padding: 3,
      dropped: 0,
    });
    fc.assert(
      fc.property(rowMaps(), (rowMap) => {
        const isFree = createFreeLookup(rowMap.target);
        const counts: Record<keyof RowCounts, number> = {
          copied: 0,
          filled: 0,
          replaced: 0,
          appended: 0,
          kept: 0,
          padding: 0,
          dropped: 0,
        };
        const names = { copy: 'copied', new: 'appended', filled: 'filled', padding: 'padding' } as const;
        for (const { id, kind } of rowMapRows(rowMap)) {
          counts[kind === 'copy' && isFree(id) !== undefined ? 'kept' : names[kind]]++;
        }
        // Base rows of tokens that no row is copied from, and new rows that stand in their places.
        const isFreeInBase = createFreeLookup(rowMap.base);
        const taken = new Set(
          rowMap.copy.flatMap(([, source, count]) => [...Array(count).keys()].map((i) => source + i)),
        );
        const gone = [...Array(rowMap.base.idCount).keys()].filter(
          (id) => !taken.has(id) && isFreeInBase(id) === undefined,
        );
        expect(droppedRows(rowMap).flatMap(([start, count]) => [...Array(count).keys()].map((i) => start + i))).toEqual(
          gone,
        );
        const isGrowing = rowMap.target.idCount >= rowMap.base.idCount;
        for (const { id, fills } of isGrowing ? rowMap.new : []) {
          if (fills !== undefined || !gone.includes(id)) continue;
          counts.replaced++;
          counts.appended--;
        }
        counts.dropped = gone.length - counts.replaced;
        expect(countRows(rowMap)).toEqual(counts);
      }),
    );
  });
});

it('what goes and what takes its place is told', () => {
  const dropping: RowMap = { ...SMALL_ROW_MAP, base: { idCount: 6, rows: 6, sha256: SHA_A } };
  expect(droppedRows(dropping)).toEqual([[3, 3]]);
  expect(describeRows(countRows(dropping))).toBe('3 rows copied, 2 new, 3 padding, 3 dropped');
  const swapping: RowMap = { ...SMALL_ROW_MAP, base: { idCount: 5, rows: 5, sha256: SHA_A } };
  expect(describeRows(countRows(swapping))).toBe('3 rows copied, 2 replaced, 3 padding');
});

it('free rows are the holes and what lies past the last id', () => {
  const vocab = {
    idCount: 9,
    rows: 12,
    holes: [
      [1, 2],
      [5, 1],
    ] as const,
    sha256: SHA_A,
  };
  expect(freeRows(vocab)).toEqual([
    [1, 2],
    [5, 1],
    [9, 3],
  ]);
  const runAt = createFreeLookup(vocab);
  const found = Array.from({ length: 14 }, (_, row) => runAt(row)?.[0]);
  const no = undefined;
  expect(found).toEqual([no, 1, 1, no, no, 5, no, no, no, 9, 9, 9, no, no]);
});
