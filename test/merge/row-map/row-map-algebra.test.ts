import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyRowMap } from '../../../src/embedding/apply-row-map.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import { type RowMap, validateRowMap } from '../../../src/formats/row-map/row-map.ts';
import {
  composeRowMaps,
  createTargetLookup,
  invertRowMap,
  padRowMap,
} from '../../../src/merge/row-map/row-map-algebra.ts';
import { rowMaps } from '../../row-maps.ts';

/** `second` started from where `first` ends: its base ids are folded into the pieces of `first`. */
function chained(first: RowMap, second: RowMap): RowMap {
  const size = first.target.vocabSize;
  const copy = second.copy.flatMap(([target, source, count]) =>
    Array.from({ length: count }, (_, i) => [target + i, (source + i) % size, 1] as const),
  );
  return {
    ...second,
    base: first.target,
    copy,
    new: second.new.map((row) => ({ ...row, sources: row.sources.map((source) => source % size) })),
  };
}

function pairs(): fc.Arbitrary<[RowMap, RowMap]> {
  return fc
    .tuple(
      rowMaps().filter((map) => map.target.vocabSize > 0),
      rowMaps(),
    )
    .map(([first, second]) => [first, chained(first, second)]);
}

function matrix(rows: number, hiddenSize: number): Float32Array {
  return Float32Array.from({ length: rows * hiddenSize }, (_, i) => Math.sin(i + 1));
}

/** Every base row copied, some of them twice, in any order. */
function keepingMaps(): fc.Arbitrary<RowMap> {
  return rowMaps().map((map) => {
    const start = map.target.vocabSize;
    const size = map.base.vocabSize;
    return {
      ...map,
      target: { ...map.target, vocabSize: start + size, rows: start + size + map.padding.length },
      copy: [...map.copy, [start, 0, size] as const],
      padding: map.padding.map((row) => row + size),
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
        pairs().filter(([, second]) => second.target.vocabSize > 0),
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
  it('undoes a map that keeps every base row', () => {
    fc.assert(
      fc.property(keepingMaps(), (map) => {
        const back = invertRowMap(map);
        validateRowMap(back, { baseRows: map.target.rows, targetRows: map.base.rows });
        expect(composeRowMaps(map, back)).toMatchObject({
          base: map.base,
          target: map.base,
          copy: [[0, 0, map.base.vocabSize]],
          new: [],
        });
        const lookup = createTargetLookup(map);
        for (let id = 0; id < map.base.vocabSize; id++) {
          expect(map.copy.some(([t, s, n]) => id >= s && id < s + n && t + id - s === lookup(id))).toBe(true);
        }
        expect(lookup(map.base.vocabSize)).toBeUndefined();
      }),
    );
  });

  it('refuses a map that lost rows', () => {
    const map: RowMap = {
      format: 'vocab-merge/row-map',
      version: 1,
      base: { vocabSize: 4, rows: 4, sha256: '0'.repeat(64) },
      target: { vocabSize: 2, rows: 2, sha256: '1'.repeat(64) },
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
