// A small row map, and random sound ones for property tests: copied ranges in any order and place, new rows between them, ids without a piece,
// padding on both sides, free rows that are kept, filled or made afresh.
import fc from 'fast-check';
import type { CopyRange, NewRow, RowMap, RowRange } from '../src/core/row-map.ts';

export const SHA_A = 'a'.repeat(64);
export const SHA_B = 'b'.repeat(64);

/** A map with two new rows and three of padding. */
export const SMALL_ROW_MAP: RowMap = {
  format: 'vocab-merge/row-map',
  version: 2,
  base: { idCount: 3, rows: 4, sha256: SHA_A },
  target: { idCount: 5, rows: 8, sha256: SHA_B },
  copy: [[0, 0, 3]],
  new: [
    { id: 3, piece: '中"\n', sources: [0, 2, 2], weights: [0.25, 0.5, 0.25] },
    { id: 4, piece: '▁', sources: [1], weights: [1] },
  ],
  padding: [5, 6, 7],
};

/** Arbitrary row maps that validateRowMap accepts; `copy`, `new` and `padding` are ascending. */
export function rowMaps(): fc.Arbitrary<RowMap> {
  const sha256 = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
  const weighted = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 5 });
  return fc
    .record({
      // True for an id with a piece; the first and the last have one.
      baseIds: fc.array(fc.boolean(), { maxLength: 10 }).map((ids) => [true, ...ids, true]),
      basePadding: fc.nat(3),
      targetPadding: fc.array(fc.option(fc.nat()), { maxLength: 4 }),
      blocks: fc.array(
        fc.oneof(
          fc.record({ from: fc.nat(), count: fc.integer({ min: 1, max: 5 }) }),
          fc.record({ piece: fc.string(), isBytes: fc.boolean(), parts: weighted, fills: fc.option(fc.nat()) }),
          // An id without a piece: kept from the base, or made afresh.
          fc.record({ keeps: fc.option(fc.nat()) }),
        ),
        { maxLength: 8 },
      ),
      shas: fc.tuple(sha256, sha256),
    })
    .map(({ baseIds, basePadding, targetPadding, blocks, shas }) => {
      const tokens = baseIds.flatMap((isPiece, id) => (isPiece ? [id] : []));
      const holes = baseIds.flatMap((isPiece, id) => (isPiece ? [] : [id]));
      const free = [...holes, ...Array.from({ length: basePadding }, (_, i) => baseIds.length + i)];
      const [copy, newRows, padding, targetHoles]: [CopyRange[], NewRow[], number[], number[]] = [[], [], [], []];
      const unfilled = new Set(free);
      let id = 0;
      const addFree = (pick: number | null): void => {
        if (pick === null || free.length === 0) padding.push(id);
        else copy.push([id, free[pick % free.length]!, 1]);
        id++;
      };
      // The last id has a piece.
      const last = blocks.findLastIndex((block) => !('keeps' in block));
      for (const block of blocks.slice(0, last + 1)) {
        if ('count' in block) {
          const first = block.from % tokens.length;
          const source = tokens[first]!;
          let count = 1;
          while (count < block.count && tokens[first + count] === source + count) count++;
          copy.push([id, source, count]);
          id += count;
        } else if ('keeps' in block) {
          targetHoles.push(id);
          addFree(block.keeps);
        } else {
          const { piece, isBytes, parts } = block;
          const total = parts.reduce((sum, [, share]) => sum + share, 0);
          const sources = parts.map(([source]) => tokens[source % tokens.length]!);
          const weights = parts.map(([, share]) => share / total);
          const left = [...unfilled];
          const fills = block.fills === null ? undefined : left[block.fills % left.length];
          if (fills !== undefined) unfilled.delete(fills);
          newRows.push({
            ...{ id, piece, ...(isBytes && { surface: `${piece}<0xE4>` }), sources, weights },
            ...(fills !== undefined && { fills }),
          });
          id++;
        }
      }
      const idCount = id;
      for (const keeps of targetPadding) addFree(keeps);
      const runs = (ids: readonly number[]) => (ids.length === 0 ? {} : { holes: rangesOf(ids) });
      return {
        format: 'vocab-merge/row-map',
        version: 2,
        base: { idCount: baseIds.length, rows: baseIds.length + basePadding, ...runs(holes), sha256: shas[0] },
        target: { idCount, rows: id, ...runs(targetHoles), sha256: shas[1] },
        copy,
        new: newRows,
        padding,
      };
    });
}

function rangesOf(ids: readonly number[]): RowRange[] {
  const ranges: [number, number][] = [];
  for (const id of ids) {
    const last = ranges.at(-1);
    if (last !== undefined && last[0] + last[1] === id) last[1]++;
    else ranges.push([id, 1]);
  }
  return ranges;
}
