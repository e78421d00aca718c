import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CopyRange, countRows, createFreeLookup, type RowMap, rowMapRows } from '../../../src/core/row-map.ts';
import { applyRowMap } from '../../../src/embedding/apply-row-map.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import { validateRowMap } from '../../../src/formats/row-map/validate-row-map.ts';
import {
  composeRowMaps,
  createTargetLookup,
  fillRowMap,
  invertRowMap,
  padRowMap,
} from '../../../src/merge/row-map/row-map-algebra.ts';
import { rowMaps } from '../../row-maps.ts';

/**
 * `second` started from where `first` ends: its rows of tokens are folded into those of `first`, its free rows into the free
 * ones. What has nothing to be folded into is made afresh.
 */
function chained(first: RowMap, second: RowMap): RowMap {
  const isFree = createFreeLookup(first.target);
  const rows = Array.from({ length: first.target.rows }, (_, row) => row);
  const tokens = rows.filter((row) => isFree(row) === undefined);
  const free = rows.filter((row) => isFree(row) !== undefined);
  const isFreeInSecond = createFreeLookup(second.base);
  const copy: CopyRange[] = [];
  const padding = [...second.padding];
  for (const [target, source, count] of second.copy) {
    for (let i = 0; i < count; i++) {
      if (isFreeInSecond(source + i) === undefined) copy.push([target + i, tokens[(source + i) % tokens.length]!, 1]);
      else if (free.length > 0) copy.push([target + i, free[(source + i) % free.length]!, 1]);
      else padding.push(target + i);
    }
  }
  const taken = new Set<number>();
  return {
    ...second,
    base: first.target,
    copy,
    new: second.new.map(({ fills, ...row }) => {
      const filled = fills === undefined ? undefined : free[fills % free.length];
      const isTaken = filled === undefined || taken.has(filled);
      if (!isTaken) taken.add(filled);
      const sources = row.sources.map((source) => tokens[source % tokens.length]!);
      return { ...row, sources, ...(!isTaken && { fills: filled }) };
    }),
    padding: padding.sort((a, b) => a - b),
  };
}

function pairs(): fc.Arbitrary<[RowMap, RowMap]> {
  return fc
    .tuple(
      rowMaps().filter((map) => map.target.idCount > 0),
      rowMaps(),
    )
    .map(([first, second]) => [first, chained(first, second)]);
}

function matrix(rows: number, hiddenSize: number): Float32Array {
  return Float32Array.from({ length: rows * hiddenSize }, (_, i) => Math.sin(i + 1));
}

/** Every token of the base copied, some of them twice, in any order; free rows kept, filled or dropped. */
function keepingMaps(): fc.Arbitrary<RowMap> {
  return rowMaps().map((map) => {
    const start = map.target.idCount;
    const isFree = createFreeLookup(map.base);
    const tokens = Array.from({ length: map.base.idCount }, (_, id) => id).filter((id) => isFree(id) === undefined);
    const size = tokens.length;
    const behind = (row: number): number => (row < start ? row : row + size);
    const copy = map.copy.map(([target, source, count]): CopyRange => [behind(target), source, count]);
    return {
      ...map,
      target: { ...map.target, idCount: start + size, rows: map.target.rows + size },
      copy: [...copy, ...tokens.map((id, i): CopyRange => [start + i, id, 1])].sort((a, b) => a[0] - b[0]),
      padding: map.padding.map(behind),
    };
  });
}

describe('composeRowMaps', () => {
  it('does what the two maps do one after the other', () => {
    fc.assert(
      fc.property(pairs(), ([first, second]) => {
        const composed = composeRowMaps(first, second);
        validateRowMap(composed);
        const hiddenSize = 3;
        const start = matrix(first.base.rows, hiddenSize);
        const steps = applyRowMap({
          rowMap: second,
          matrix: applyRowMap({ rowMap: first, matrix: start, hiddenSize }),
          hiddenSize,
        });
        const once = applyRowMap({ rowMap: composed, matrix: start, hiddenSize });
        expect(once.length).toBe(steps.length);
        for (let i = 0; i < once.length; i++) expect(Math.abs(once[i]! - steps[i]!)).toBeLessThan(1e-6);
        // What is copied by both is copied to the bit.
        for (const [target, , count] of composed.copy) {
          const part = [target * hiddenSize, (target + count) * hiddenSize] as const;
          expect(once.slice(...part)).toEqual(steps.slice(...part));
        }
      }),
    );
  });

  it('is associative', () => {
    fc.assert(
      fc.property(
        pairs().filter(([, second]) => second.target.idCount > 0),
        rowMaps(),
        ([first, second], other) => {
          const third = chained(second, other);
          const left = composeRowMaps(composeRowMaps(first, second), third);
          const right = composeRowMaps(first, composeRowMaps(second, third));
          expect({ ...left, new: left.new.map(({ weights, ...row }) => row) }).toEqual({
            ...right,
            new: right.new.map(({ weights, ...row }) => row),
          });
          for (const [i, { weights }] of left.new.entries()) {
            for (const [k, weight] of weights.entries()) {
              expect(Math.abs(weight - right.new[i]!.weights[k]!)).toBeLessThan(1e-12);
            }
          }
        },
      ),
    );
  });

  it('refuses maps that do not meet', () => {
    const [first] = fc.sample(rowMaps(), { numRuns: 1, seed: 1 });
    const other: RowMap = { ...first!, base: { ...first!.base, sha256: 'f'.repeat(64) } };
    expect(() => composeRowMaps(first!, other)).toThrow(InputError);
  });
});

describe('padRowMap', () => {
  it('adds the fewest padding rows that make a multiple', () => {
    fc.assert(
      fc.property(rowMaps(), fc.integer({ min: 1, max: 70 }), (map, multiple) => {
        const { rows } = map.target;
        const padded = padRowMap(map, multiple);
        validateRowMap(padded);
        expect(padded.target.rows % multiple).toBe(0);
        expect(padded.target.rows - rows).toBeLessThan(multiple);
        expect({ ...padded, target: map.target, padding: padded.padding.filter((row) => row < rows) }).toEqual(map);
      }),
    );
  });

  it('refuses multiples that are none, or would fill the memory', () => {
    const [map] = fc.sample(rowMaps(), { numRuns: 1, seed: 1 });
    for (const multiple of [0, -8, 1.5, 2 ** 20 + 1, Number.NaN]) {
      expect(() => padRowMap(map!, multiple)).toThrow(OptionError);
    }
  });
});

describe('invertRowMap', () => {
  it('undoes a map that keeps every token of the base', () => {
    fc.assert(
      fc.property(keepingMaps(), (map) => {
        validateRowMap(map);
        const back = invertRowMap(map);
        validateRowMap(back, { baseRows: map.target.rows, targetRows: map.base.rows });
        const round = composeRowMaps(map, back);
        expect(round).toMatchObject({ base: map.base, target: map.base, new: [] });
        const kept = new Set(
          map.copy.flatMap(([, source, count]) => Array.from({ length: count }, (_, i) => source + i)),
        );
        // Free rows come back where they were kept, all others are made afresh; no token is.
        for (const { id, kind, sources } of rowMapRows(round)) {
          expect([kind, sources]).toEqual(kept.has(id) ? ['copy', [id]] : ['padding', []]);
        }
        const lookup = createTargetLookup(map);
        for (let id = 0; id < map.base.rows; id++) {
          const isThere = map.copy.some(([t, s, n]) => id >= s && id < s + n && t + id - s === lookup(id));
          expect(isThere).toBe(kept.has(id));
        }
        expect(lookup(map.base.rows)).toBeUndefined();
      }),
    );
  });

  it('refuses a map that lost rows', () => {
    const map: RowMap = {
      format: 'vocab-merge/row-map',
      version: 2,
      base: { idCount: 4, rows: 4, sha256: '0'.repeat(64) },
      target: { idCount: 2, rows: 2, sha256: '1'.repeat(64) },
      copy: [
        [0, 0, 1],
        [1, 3, 1],
      ],
      new: [],
      padding: [],
    };
    expect(() => invertRowMap(map)).toThrow('base rows 1 to 2 are copied to no target row');
  });
});

describe('fillRowMap', () => {
  /** 3 ids and a hole, then 4 free rows; `count` new pieces behind. */
  const extended = (count: number): RowMap => ({
    format: 'vocab-merge/row-map',
    version: 2,
    base: { idCount: 4, rows: 4, holes: [[1, 1]], sha256: '0'.repeat(64) },
    target: { idCount: 4 + count, rows: 4 + count, holes: [[1, 1]], sha256: '1'.repeat(64) },
    copy: [[0, 0, 4]],
    new: Array.from({ length: count }, (_, i) => ({ id: 4 + i, piece: `p${i}`, sources: [0], weights: [1] })),
    padding: [],
  });

  it('takes free rows first, appends the rest, and keeps what nobody takes', () => {
    const some = fillRowMap(extended(3), 8);
    expect(some).toMatchObject({ base: { rows: 8 }, target: { idCount: 7, rows: 8 }, padding: [] });
    expect(some.new.map(({ id, fills }) => [id, fills])).toEqual([
      [4, 4],
      [5, 5],
      [6, 6],
    ]);
    expect(some.copy).toEqual([
      [0, 0, 4],
      [7, 7, 1],
    ]);
    expect(countRows(some)).toEqual({
      copied: 3,
      filled: 3,
      replaced: 0,
      appended: 0,
      kept: 2,
      padding: 0,
      dropped: 0,
    });
    const many = fillRowMap(extended(6), 8);
    expect(countRows(many)).toEqual({
      copied: 3,
      filled: 4,
      replaced: 0,
      appended: 2,
      kept: 1,
      padding: 0,
      dropped: 0,
    });
    expect(countRows(padRowMap(many, 8))).toEqual({
      copied: 3,
      filled: 4,
      replaced: 0,
      appended: 2,
      kept: 1,
      padding: 6,
      dropped: 0,
    });
  });

  it('fills a hole that a new piece has got', () => {
    const map: RowMap = {
      ...extended(0),
      target: { idCount: 4, rows: 4, sha256: '1'.repeat(64) },
      copy: [
        [0, 0, 1],
        [2, 2, 2],
      ],
      new: [{ id: 1, piece: 'x', sources: [0], weights: [1] }],
    };
    expect(countRows(fillRowMap(map))).toEqual({
      copied: 3,
      filled: 1,
      replaced: 0,
      appended: 0,
      kept: 0,
      padding: 0,
      dropped: 0,
    });
    expect(invertRowMap(fillRowMap(map))).toMatchObject({ target: map.base, padding: [1] });
  });

  it('gives sound maps, the same when done again, and never fewer rows than the checkpoint has', () => {
    fc.assert(
      fc.property(rowMaps(), fc.nat(9), (map, more) => {
        const rows = map.base.rows + more;
        const filled = fillRowMap(map, rows);
        validateRowMap(filled, { baseRows: rows });
        const isShrinking = map.target.idCount < map.base.idCount;
        expect(filled.target.rows).toBe(isShrinking ? map.target.rows : Math.max(rows, map.target.rows));
        expect(fillRowMap(filled)).toEqual(filled);
        const { copied, filled: taken, replaced, appended } = countRows(filled);
        expect(copied).toBe(countRows(map).copied);
        expect(taken + replaced + appended).toBe(map.new.length);
      }),
    );
  });

  it('fits a map that was filled for other checkpoints', () => {
    const map = extended(3);
    expect(fillRowMap(fillRowMap(map, 8), 5)).toEqual(
      fillRowMap({ ...map, target: { ...map.target, rows: 8 }, padding: [7] }, 5),
    );
    expect(countRows(fillRowMap(fillRowMap(map, 5), 9))).toEqual(countRows(fillRowMap(map, 9)));
    fc.assert(
      fc.property(rowMaps(), fc.nat(9), fc.nat(9), (any, a, b) => {
        const [first, second] = [any.base.idCount + a, any.base.idCount + b];
        validateRowMap(fillRowMap(fillRowMap(any, first), second), { baseRows: second });
      }),
    );
  });

  it('refuses fewer rows than the base has ids', () => {
    expect(() => fillRowMap(extended(1), 3)).toThrow(OptionError);
  });
});
