import fc from 'fast-check';
import { parseString, writeToString } from 'fast-csv';
import { expect, it } from 'vitest';
import { type RowMap, rowMapRows } from '../../../src/core/row-map.ts';
import { formatRowMapCsv } from '../../../src/report/print/row-map-csv.ts';
import { rowMaps } from '../../row-maps.ts';
import { runs } from '../../runs.ts';

const MAP: RowMap = {
  format: 'vocab-merge/row-map',
  version: 2,
  base: { idCount: 2, rows: 2, sha256: '0'.repeat(64) },
  target: { idCount: 4, rows: 5, sha256: '1'.repeat(64) },
  copy: [[0, 0, 2]],
  new: [
    { id: 2, piece: 'a,"b"', sources: [0, 1], weights: [0.5, 0.5] },
    { id: 3, piece: '=1\n', sources: [1], weights: [1] },
  ],
  padding: [4],
};

it('writes one line a row, quoted where needed', async () => {
  expect(await formatRowMapCsv(MAP)).toBe(
    'id,kind,piece,sources,weights\n0,copy,,0,1\n1,copy,,1,1\n2,new,"a,""b""",0 1,0.5 0.5\n3,new,"=1\n",1,1\n4,padding,,,\n',
  );
});

it('names copied rows when the pieces are given', async () => {
  const csv = await formatRowMapCsv(MAP, { pieces: ['<unk>', '▁', 'a,"b"', '=1\n'] });
  expect(csv).toContain('\n0,copy,<unk>,0,1\n1,copy,▁,1,1\n2,new,');
});

it('has the bytes that fast-csv writes', async () => {
  const fields = fc.array(fc.string({ unit: fc.constantFrom('a', '中', '"', ',', '|', '\n', '\r', '\0', ' ', ';') }), {
    minLength: 4,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(fields, async (pieces) => {
      const news = MAP.new.map((row, i) => ({ ...row, piece: pieces[2 + i]! }));
      const rows = [...rowMapRows({ ...MAP, new: news })].map(({ id, kind, sources, weights }) => [
        String(id),
        kind,
        pieces[id] ?? '',
        sources.join(' '),
        weights.join(' '),
      ]);
      const headers = ['id', 'kind', 'piece', 'sources', 'weights'];
      expect(await formatRowMapCsv({ ...MAP, new: news }, { pieces })).toBe(
        await writeToString(rows, { headers, includeEndRowDelimiter: true }),
      );
    }),
    runs(100),
  );
});

it('is read back by a CSV parser', async () => {
  await fc.assert(
    fc.asyncProperty(rowMaps(), async (rowMap) => {
      const rows = await parse(await formatRowMapCsv(rowMap));
      const expected = [...rowMapRows(rowMap)].map(({ id, kind, piece = '', surface = piece, sources, weights }) => ({
        id: String(id),
        kind,
        piece: surface,
        sources: sources.join(' '),
        weights: weights.join(' '),
      }));
      expect(rows).toEqual(expected);
    }),
    runs(30),
  );
});

function parse(csv: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const rows: unknown[] = [];
    parseString(csv, { headers: true })
      .on('error', reject)
      .on('data', (row) => rows.push(row))
      .on('end', () => resolve(rows));
  });
}
