// Tables and lists of merges against a Map of strings: pieces that share their last eight bytes, or are the start of another, are
// the rule here.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pieceStrings } from '../../src/core/piece-texts.ts';
import { encodeUtf8 } from '../../src/core/unicode/utf8.ts';
import { MergeListBuilder } from '../../src/formats/merge-list-builder.ts';
import { PieceTable } from '../../src/formats/piece-table.ts';
import { runs } from '../runs.ts';

const part = fc.constantFrom('a', 'b', 'ab', 'é', '中', '😀', 'abababab', 'ababababa');
const text = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));

function tableOf(pieces: readonly string[]): PieceTable {
  const table = new PieceTable({ expectedPieces: 2 });
  for (const [id, piece] of pieces.entries()) {
    const bytes = encodeUtf8(`<${piece}>`);
    expect(table.add(bytes, 1, bytes.length - 1, 2 * id)).toBe(true);
  }
  return table;
}

const add = (merges: MergeListBuilder, joined: string) => {
  const bytes = encodeUtf8(joined);
  return merges.addText(bytes, 0, bytes.length);
};

it('finds the pieces that were put in and no others', () => {
  fc.assert(
    fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 60 }), fc.array(text), (pieces, others) => {
      const table = tableOf(pieces);
      const ids = new Map(pieces.map((piece, id) => [piece, 2 * id]));
      for (const piece of [...pieces, ...others]) expect(table.findText(piece)).toBe(ids.get(piece) ?? -1);
      const again = encodeUtf8(pieces[0]!);
      expect(table.add(again, 0, again.length, 999)).toBe(false);
      expect(pieceStrings(table.texts())).toEqual(pieces.flatMap((piece) => [piece, '']).slice(0, -1));
    }),
    runs(100),
  );
});

it('gives merges the ids of their parts and of what they make', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 20 }), fc.nat(1500), (pairs, count) => {
      const pieces = [...new Set(pairs.flatMap(([left, right]) => [left, right, left + right]))];
      const merges = new MergeListBuilder(tableOf(pieces), { expectedMerges: 1 });
      const expected = Array.from({ length: count }, (_, i) => pairs[i % pairs.length]!);
      for (const [i, [left, right]] of expected.entries()) {
        expect(merges.count).toBe(i);
        if (i % 2 === 0) expect(add(merges, `${left} ${right}`)).toBe(true);
        else for (const bytes of [encodeUtf8(left), encodeUtf8(right)]) merges.addPart(bytes, 0, bytes.length);
      }
      const { leftIds, rightIds, resultIds } = merges.build();
      expect([...leftIds]).toEqual(expected.map(([left]) => 2 * pieces.indexOf(left)));
      expect([...rightIds]).toEqual(expected.map(([, right]) => 2 * pieces.indexOf(right)));
      expect([...resultIds]).toEqual(expected.map(([left, right]) => 2 * pieces.indexOf(left + right)));
    }),
    runs(20),
  );
});

it.each([0, 511, 512, 700])('names merge %i, of a piece that is not there, behind others that are sound', (at) => {
  const merges = new MergeListBuilder(tableOf(['a', 'b', 'ab']), { source: 'file' });
  const addAll = () => {
    for (let i = 0; i < 1200; i++) add(merges, i === at ? 'b a' : 'a b');
    merges.build();
  };
  expect(addAll).toThrow(`file: merge ${at} ["b","a"] needs "ba", which is not in the vocabulary`);
});

it.each(['', ' ', 'a', 'a ', ' b', 'a b ', 'a  b', 'a b a'])('takes no merge from %j', (line) => {
  const merges = new MergeListBuilder(tableOf(['a', 'b', 'ab']));
  expect(add(merges, line)).toBe(false);
  expect(add(merges, 'a b')).toBe(true);
  expect([...merges.build().resultIds]).toEqual([4]);
});
