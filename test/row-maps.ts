// Random sound row maps for property tests: copied ranges in any order and place, new rows between them, padding.
import fc from 'fast-check';
import type { CopyRange, NewRow, RowMap } from '../src/formats/row-map/row-map.ts';

/** Arbitrary row maps that validateRowMap accepts; `copy` and `new` are ascending. */
export function rowMaps(): fc.Arbitrary<RowMap> {
  const sha256 = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
  return fc
    .record({
      baseSize: fc.integer({ min: 1, max: 12 }),
      basePadding: fc.nat(3),
      targetPadding: fc.nat(4),
      blocks: fc.array(
        fc.oneof(
          fc.record({ from: fc.nat(), count: fc.integer({ min: 1, max: 5 }) }),
          fc.record({
            piece: fc.string(),
            parts: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 5 }),
          }),
        ),
        { maxLength: 8 },
      ),
      shas: fc.tuple(sha256, sha256),
    })
    .map(({ baseSize, basePadding, targetPadding, blocks, shas }) => {
      const copy: CopyRange[] = [];
      const newRows: NewRow[] = [];
      let id = 0;
      for (const block of blocks) {
        if ('count' in block) {
          const source = block.from % baseSize;
          const count = Math.min(block.count, baseSize - source);
          copy.push([id, source, count]);
          id += count;
        } else {
          const total = block.parts.reduce((sum, [, share]) => sum + share, 0);
          const sources = block.parts.map(([source]) => source % baseSize);
          newRows.push({ id, piece: block.piece, sources, weights: block.parts.map(([, share]) => share / total) });
          id++;
        }
      }
      const padding = Array.from({ length: targetPadding }, (_, i) => id + i);
      return {
        format: 'vocab-merge/row-map',
        version: 1,
        base: { vocabSize: baseSize, rows: baseSize + basePadding, sha256: shas[0] },
        target: { vocabSize: id, rows: id + targetPadding, sha256: shas[1] },
        copy,
        new: newRows,
        padding,
      };
    });
}
