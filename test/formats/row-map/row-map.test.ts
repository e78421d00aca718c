import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RowMap, type RowMapVocab, rowMapRows } from '../../../src/core/row-map.ts';
import { FormatError, InputError } from '../../../src/errors.ts';
import { parseRowMap, serializeRowMap } from '../../../src/formats/row-map/row-map.ts';
import { validateRowMap } from '../../../src/formats/row-map/validate-row-map.ts';
import { rowMaps, SHA_A, SHA_B, SMALL_ROW_MAP } from '../../row-maps.ts';

const SMALL_TEXT = `{
  "format": "vocab-merge/row-map",
  "version": 2,
  "base": {"idCount":3,"rows":4,"sha256":"${SHA_A}"},
  "target": {"idCount":5,"rows":8,"sha256":"${SHA_B}"},
  "copy": [[0,0,3]],
  "new": [
    {"id":3,"piece":"中\\"\\n","sources":[0,2,2],"weights":[0.25,0.5,0.25]},
    {"id":4,"piece":"▁","sources":[1],"weights":[1]}
  ],
  "padding": [5,6,7]
}
`;

/** The same from a base of 5 tokens, of which two go. */
const DROPPING: RowMap = { ...SMALL_ROW_MAP, base: { idCount: 5, rows: 5, sha256: SHA_A } };
const DROPPING_TEXT = SMALL_TEXT.replace('"version": 2', '"version": 3')
  .replace('{"idCount":3,"rows":4', '{"idCount":5,"rows":5')
  .replace('  "new"', '  "dropped": [[3,2]],\n  "new"');

describe('serializeRowMap', () => {
  it('names rows that are dropped, and says a version that older programs refuse', () => {
    expect(serializeRowMap(DROPPING)).toBe(DROPPING_TEXT);
    expect(parseRowMap(DROPPING_TEXT)).toEqual(DROPPING);
    // Written before there was version 3, as the way back from an extension.
    const old = DROPPING_TEXT.replace('"version": 3', '"version": 2').replace('  "dropped": [[3,2]],\n', '');
    expect(parseRowMap(old)).toEqual(DROPPING);
  });

  it('writes one new row a line', () => {
    expect(serializeRowMap(SMALL_ROW_MAP)).toBe(SMALL_TEXT);
  });

  it('writes maps without new rows', () => {
    const text = serializeRowMap({
      ...SMALL_ROW_MAP,
      target: { idCount: 3, rows: 3, sha256: SHA_B },
      new: [],
      padding: [],
    });
    expect(text).toContain('"new": [],\n  "padding": []');
    expect(parseRowMap(text).new).toEqual([]);
  });

  it('is undone by parseRowMap, whatever the map', () => {
    fc.assert(
      fc.property(rowMaps(), (rowMap) => {
        const text = serializeRowMap(rowMap);
        expect(parseRowMap(text)).toEqual(rowMap);
        expect(serializeRowMap(parseRowMap(text))).toBe(text);
      }),
    );
  });

  it('handles 100,000 new rows', () => {
    const news = Array.from({ length: 100_000 }, (_, i) => ({
      id: 3 + i,
      piece: `中${i}`,
      sources: [0, 1, 2],
      weights: [1 / 3, 1 / 3, 1 / 3],
    }));
    const target: RowMapVocab = { idCount: 100_003, rows: 100_003, sha256: SHA_B };
    const rowMap: RowMap = { ...SMALL_ROW_MAP, target, new: news, padding: [] };
    const text = serializeRowMap(rowMap);
    expect(text.split('\n').length).toBe(100_000 + 11);
    expect(parseRowMap(text)).toEqual(rowMap);
    expect([...rowMapRows(rowMap)].length).toBe(100_003);
  });
});

describe('parseRowMap', () => {
  it('reads what was written, a byte order mark and unknown keys set aside', () => {
    expect(parseRowMap(SMALL_TEXT)).toEqual(SMALL_ROW_MAP);
    expect(parseRowMap(`\uFEFF${SMALL_TEXT.replace('"version"', '"note": "x", "version"')}`)).toEqual(SMALL_ROW_MAP);
  });

  it('reads version 1, whose ids had no holes', () => {
    const old = SMALL_TEXT.replace('"version": 2', '"version": 1').replaceAll('idCount', 'vocabSize');
    expect(parseRowMap(old)).toEqual(SMALL_ROW_MAP);
    expect(() => parseRowMap(old.replace('"vocabSize":3', '"vocabSize":9'))).toThrow(
      /base\.rows is 4, fewer than its 9/,
    );
  });

  it.each([
    ['', /row-map\.json: is empty/],
    ['  \n', /row-map\.json: is empty/],
    ['{', /row-map\.json: is not JSON: /],
    ['\x89PNG', /row-map\.json: is not JSON: /],
    ['[]', /row-map\.json: a row map is a JSON object, this is \[\]/],
    ['null', /a JSON object, this is null/],
    ['{"model_type": "llama"}', /format is missing, a row map has "vocab-merge\/row-map"/],
    [SMALL_TEXT.replace('"version": 2', '"version": 4'), /version is 4, this program reads versions 1 to 3/],
    [DROPPING_TEXT.replace('[[3,2]]', '[[3,1]]'), /"dropped" does not name base rows 3 to 4, which are copied nowhere/],
    [DROPPING_TEXT.replace('[[3,2]]', '[[3,2],[7,1]]'), /"dropped" names more rows than these/],
    [DROPPING_TEXT.replace('"dropped"', '"gone"'), /"dropped" does not name base rows 3 to 4/],
    [SMALL_TEXT.replace('"version": 2', '"version": 3'), /"dropped" names more rows than these/],
    [SMALL_TEXT.slice(0, 300), /is not JSON/],
  ])('refuses %j', (text, message) => {
    expect(() => parseRowMap(text, { source: 'row-map.json' })).toThrow(message);
    expect(() => parseRowMap(text, { source: 'row-map.json' })).toThrow(FormatError);
  });
});

describe('validateRowMap', () => {
  const [first, second] = SMALL_ROW_MAP.new as [RowMap['new'][0], RowMap['new'][0]];
  const withNew = (change: object): unknown => ({ ...SMALL_ROW_MAP, new: [first, { ...second, ...change }] });

  it.each<[string, unknown, RegExp]>([
    ['no base', { ...SMALL_ROW_MAP, base: undefined }, /"base" is missing, it must be an object/],
    ['a negative size', { ...SMALL_ROW_MAP, base: { ...SMALL_ROW_MAP.base, idCount: -1 } }, /base\.idCount is -1/],
    ['a fraction', { ...SMALL_ROW_MAP, target: { ...SMALL_ROW_MAP.target, rows: 8.5 } }, /target\.rows is 8\.5/],
    [
      'ids past int32',
      { ...SMALL_ROW_MAP, target: { ...SMALL_ROW_MAP.target, rows: 2 ** 31 } },
      /from 0 to 2147483647/,
    ],
    [
      'rows < pieces',
      { ...SMALL_ROW_MAP, base: { ...SMALL_ROW_MAP.base, rows: 2 } },
      /base\.rows is 2, fewer than its 3 ids/,
    ],
    [
      'no row',
      { ...SMALL_ROW_MAP, base: { ...SMALL_ROW_MAP.base, idCount: 1, rows: 0 } },
      /base\.rows is 0, fewer than its 1 id$/,
    ],
    ['a short hash', { ...SMALL_ROW_MAP, base: { ...SMALL_ROW_MAP.base, sha256: 'ab' } }, /base\.sha256 is "ab"/],
    ['no list', { ...SMALL_ROW_MAP, copy: {} }, /"copy" is \{\}, it must be an array/],
    ['a range of two', { ...SMALL_ROW_MAP, copy: [[0, 3]] }, /copy\[0\] is \[0,3\], it must be \[targetStart/],
    ['a range of none', { ...SMALL_ROW_MAP, copy: [[0, 0, 0]] }, /copy\[0\] is \[0,0,0\]/],
    [
      'a source past the base',
      { ...SMALL_ROW_MAP, copy: [[0, 2, 3]] },
      /copy\[0\] ends at base row 4, .* last row is 3/,
    ],
    [
      'a target past the end',
      { ...SMALL_ROW_MAP, copy: [[6, 0, 3]] },
      /copy\[0\] ends at target row 8, .* last row is 7/,
    ],
    [
      'a token of a free row',
      { ...SMALL_ROW_MAP, copy: [[0, 1, 3]] },
      /copy\[0\] makes token 2 of base row 3, which belongs to no/,
    ],
    [
      'a free row of a token',
      { ...SMALL_ROW_MAP, copy: [...SMALL_ROW_MAP.copy, [5, 0, 1]], padding: [6, 7] },
      /copy\[1\] makes free row 5 of base row 0, which is the row of a token/,
    ],
    [
      'holes that are none',
      { ...SMALL_ROW_MAP, base: { ...SMALL_ROW_MAP.base, holes: 3 } },
      /base\.holes is 3, it must be an array/,
    ],
    [
      'a hole of no ids',
      { ...SMALL_ROW_MAP, base: { ...SMALL_ROW_MAP.base, holes: [[1, 0]] } },
      /holes\[0\] is \[1,0\]/,
    ],
    [
      'a hole at the end',
      { ...SMALL_ROW_MAP, target: { ...SMALL_ROW_MAP.target, holes: [[3, 2]] } },
      /last id, 4, has a piece/,
    ],
    [
      'holes that touch',
      {
        ...SMALL_ROW_MAP,
        target: {
          ...SMALL_ROW_MAP.target,
          holes: [
            [0, 1],
            [1, 1],
          ],
        },
      },
      /holes\[1\] is \[1,1\], it must lie between 2 and 3/,
    ],
    [
      'a new piece in a hole',
      { ...SMALL_ROW_MAP, target: { ...SMALL_ROW_MAP.target, holes: [[3, 1]] } },
      /one of the target's holes/,
    ],
    [
      'a source that is a hole',
      { ...SMALL_ROW_MAP, base: { ...SMALL_ROW_MAP.base, holes: [[1, 1]] } },
      /source 1 is a hole of the base/,
    ],
    [
      'a token copied from a hole',
      { ...SMALL_ROW_MAP, base: { ...SMALL_ROW_MAP.base, holes: [[1, 1]] }, new: [first, { ...second, sources: [0] }] },
      /token 1 of base row 1/,
    ],
    ['a surface that is no text', withNew({ surface: 1 }), /surface is 1, it must be a text/],
    ['a filled row of a token', withNew({ fills: 2 }), /new\[1\] fills 2, which is no free row of the base's 4/],
    ['a filled row past the end', withNew({ fills: 4 }), /new\[1\] fills 4/],
    ['a missing row', { ...SMALL_ROW_MAP, copy: [[0, 0, 2]] }, /target row 2 is named nowhere/],
    ['missing rows', { ...SMALL_ROW_MAP, copy: [[2, 0, 1]] }, /target rows 0 to 1 are named nowhere/],
    ['missing last rows', { ...SMALL_ROW_MAP, padding: [5] }, /target rows 6 to 7 are named nowhere/],
    [
      'overlapping ranges',
      {
        ...SMALL_ROW_MAP,
        copy: [
          [0, 0, 3],
          [2, 0, 1],
        ],
      },
      /row 2 is named twice, by copy\[0\] and copy\[1\]/,
    ],
    [
      'a row copied and new',
      {
        ...SMALL_ROW_MAP,
        copy: [
          [0, 0, 3],
          [3, 0, 1],
        ],
      },
      /row 3 is named twice, by copy\[1\] and new\[0\]/,
    ],
    ['a padding row twice', { ...SMALL_ROW_MAP, padding: [5, 6, 7, 6] }, /row 6 is named twice/],
    [
      'padding that is a piece',
      { ...SMALL_ROW_MAP, padding: [4, 5, 6, 7] },
      /padding\[0\] is 4, padding rows belong to no token: .* from 5/,
    ],
    ['padding past the end', { ...SMALL_ROW_MAP, padding: [5, 6, 7, 8] }, /padding\[3\] is 8, .* to 7/],
    ['a new row past the pieces', withNew({ id: 5 }), /new\[1\] \(id 5, "▁"\) is out of range, .* id is 4/],
    ['no piece', withNew({ piece: undefined }), /new\[1\] is .* it must have an id and a piece/],
    ['an entry that is null', { ...SMALL_ROW_MAP, new: [null] }, /new\[0\] is null/],
    ['no sources', withNew({ sources: [], weights: [] }), /has no sources/],
    ['no weights', withNew({ weights: undefined }), /must have sources and weights/],
    ['fewer weights', withNew({ sources: [0, 1] }), /has 2 sources but 1 weight$/],
    ['a source out of range', withNew({ sources: [3] }), /source 3 is out of range, the base's last id is 2/],
    ['a negative source', withNew({ sources: [-1] }), /source -1 is out of range/],
    ['weight NaN', withNew({ weights: [Number.NaN] }), /weight NaN is not a finite number/],
    ['weight infinity', withNew({ weights: [Number.POSITIVE_INFINITY] }), /weight Infinity is not a finite number/],
    ['weight null', withNew({ weights: [null] }), /weight null is not a finite number/],
    ['a negative weight', withNew({ sources: [0, 1], weights: [2, -1] }), /weight -1 is not a finite number from 0 on/],
    ['weights of 0.9', withNew({ sources: [0, 1], weights: [0.4, 0.5] }), /weights sum to 0\.9, they must sum to 1/],
  ])('refuses %s', (_, rowMap, message) => {
    expect(() => validateRowMap(rowMap as RowMap)).toThrow(message);
    expect(() => validateRowMap(rowMap as RowMap)).toThrow(FormatError);
  });

  it('accepts what fits, and weights rounded to seven digits', () => {
    validateRowMap(SMALL_ROW_MAP);
    validateRowMap(SMALL_ROW_MAP, { baseRows: 4, targetRows: 8, baseSha256: SHA_A.toUpperCase(), targetSha256: SHA_B });
    validateRowMap(withNew({ sources: [0, 1, 2], weights: [0.3333333, 0.3333333, 0.3333333] }) as RowMap);
  });

  it.each([
    [{ baseRows: 3 }, /row map: made for 4 base rows, the base checkpoint has 3/],
    [{ targetRows: 5, source: 'm.json' }, /m\.json: made for 8 target rows, the target checkpoint has 5/],
    [{ baseSha256: SHA_B }, /made for a base tokenizer with SHA-256 aaaa.*, this one has bbbb/],
    [{ targetSha256: SHA_A }, /made for a target tokenizer with SHA-256 bbbb.*, this one has aaaa/],
  ])('refuses a map that does not fit %j', (limits, message) => {
    expect(() => validateRowMap(SMALL_ROW_MAP, limits)).toThrow(message);
    expect(() => validateRowMap(SMALL_ROW_MAP, limits)).toThrow(InputError);
  });

  it('costs no memory for the rows a hostile map claims', () => {
    const target = { ...SMALL_ROW_MAP.target, rows: 2 ** 31 - 1 };
    expect(() => validateRowMap({ ...SMALL_ROW_MAP, target })).toThrow(/target rows 8 to 2147483646 are named nowhere/);
  });

  it('refuses every sound map once one of its entries is gone, and once one is doubled', () => {
    fc.assert(
      fc.property(rowMaps(), fc.nat(), (rowMap, pick) => {
        validateRowMap(rowMap);
        for (const list of ['copy', 'new', 'padding'] as const) {
          const entries: readonly unknown[] = rowMap[list];
          if (entries.length === 0) continue;
          const at = pick % entries.length;
          expect(() => validateRowMap({ ...rowMap, [list]: entries.toSpliced(at, 1) })).toThrow(/named nowhere/);
          expect(() => validateRowMap({ ...rowMap, [list]: [...entries, entries[at]] })).toThrow(/named twice/);
        }
      }),
    );
  });
});
