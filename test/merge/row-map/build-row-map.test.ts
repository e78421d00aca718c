import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch } from '../../../src/core/patch.ts';
import { rowMapRows } from '../../../src/core/row-map.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import { parseRowMap, serializeRowMap } from '../../../src/formats/row-map/row-map.ts';
import { validateRowMap } from '../../../src/formats/row-map/validate-row-map.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { mergeVocab } from '../../../src/merge/merge-vocab.ts';
import { type BuildRowMapOptions, buildRowMap } from '../../../src/merge/row-map/build-row-map.ts';
import { fillRowMap } from '../../../src/merge/row-map/row-map-algebra.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { needsShared, sharedFixture } from '../../shared.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const BASE_PIECES = ['a', 'b', '<0xE4>', '中', '▁'];
const tokenize = (piece: string) => [...piece].map((character) => Math.max(2, BASE_PIECES.indexOf(character)));

function build(options: Partial<BuildRowMapOptions> = {}) {
  return buildRowMap({
    base: { idCount: 5, sha256: A },
    target: { sha256: B },
    pieces: [...BASE_PIECES, '中▁', 'x中中'],
    tokenize,
    ...options,
  });
}

it('copies the base, splits the new, pads the rest', () => {
  const rowMap = build({ padToMultipleOf: 4 });
  expect(rowMap).toEqual({
    format: 'vocab-merge/row-map',
    version: 2,
    base: { idCount: 5, rows: 5, sha256: A },
    target: { idCount: 7, rows: 8, sha256: B },
    copy: [[0, 0, 5]],
    new: [
      { id: 5, piece: '中▁', sources: [3, 4], weights: [0.5, 0.5] },
      { id: 6, piece: 'x中中', sources: [2, 3, 3], weights: [1 / 3, 1 / 3, 1 / 3] },
    ],
    padding: [7],
  });
  validateRowMap(rowMap);
});

it('weighs by the bytes a base token covers', () => {
  const rowMap = build({ weighting: 'length', basePieces: BASE_PIECES });
  expect(rowMap.new.map(({ weights }) => weights)).toEqual([
    [3 / 4, 1 / 4],
    [1 / 7, 3 / 7, 3 / 7],
  ]);
});

it('never takes rows past the pieces of a padded base checkpoint for tokens', () => {
  const rowMap = build({ base: { idCount: 5, rows: 64, sha256: A } });
  expect(rowMap.base).toEqual({ idCount: 5, rows: 64, sha256: A });
  expect(rowMap.copy).toEqual([[0, 0, 5]]);
  expect(rowMap.new.map(({ id }) => id)).toEqual([5, 6]);
  validateRowMap(rowMap, { baseRows: 64 });
});

it('matches rows by text when the base pieces are given', () => {
  const rowMap = build({ pieces: ['<pad>', 'a', 'b', '▁', 'ab'], basePieces: BASE_PIECES, tokenize: () => [1] });
  expect(rowMap.copy).toEqual([
    [1, 0, 2],
    [3, 4, 1],
  ]);
  expect(rowMap.new.map(({ id }) => id)).toEqual([0, 4]);
  validateRowMap(rowMap);
});

it('keeps two base pieces of one text apart', () => {
  const basePieces = ['<s>', 'a', '<s>'];
  const rowMap = build({ base: { idCount: 3, sha256: A }, pieces: basePieces, basePieces });
  expect(rowMap.copy).toEqual([[0, 0, 3]]);
});

it('keeps the rows of ids without a piece, and makes those that the target lacks afresh', () => {
  const types = (...ids: readonly number[]) => Array.from({ length: 8 }, (_, id) => (ids.includes(id) ? 0 : 1));
  const pieces = ['a', 'b', '', '', 'c', '', 'd', 'ab'];
  const rowMap = build({
    base: { idCount: 5, rows: 7, sha256: A, pieceTypes: types(2, 3).slice(0, 5) },
    target: { sha256: B, pieceTypes: types(2, 5) },
    pieces: pieces.with(3, 'x'),
    tokenize: () => [0, 1],
  });
  expect(rowMap.base).toEqual({ idCount: 5, rows: 7, holes: [[2, 2]], sha256: A });
  expect(rowMap.target).toMatchObject({
    holes: [
      [2, 1],
      [5, 1],
    ],
  });
  expect(rowMap.copy).toEqual([
    [0, 0, 3],
    [4, 4, 1],
  ]);
  expect(rowMap.new.map(({ id }) => id)).toEqual([3, 6, 7]);
  expect(rowMap.padding).toEqual([5]);
  validateRowMap(rowMap);
  // Filled, the new piece takes the hole that is not one any more, and the rows that the checkpoint has to spare.
  expect(fillRowMap(rowMap).new.map(({ id, fills }) => [id, fills])).toEqual([
    [3, 3],
    [6, 6],
    [7, undefined],
  ]);
  expect(() =>
    build({ ...{ tokenize: () => [2], base: { idCount: 5, sha256: A, pieceTypes: types(2).slice(0, 5) } } }),
  ).toThrow(/splits into id 2, which has no piece/);
});

it('gives pieces that are spelled in bytes a surface, and keeps their bytes', () => {
  const bytes = (...values: readonly number[]) => String.fromCharCode(...values);
  const pieces = [...BASE_PIECES, bytes(0xe4, 0xb8, 0xad, 0xe6, 0x96), bytes(0x20, 0x0a, 0), '<｜x｜>'];
  const pieceTypes = [1, 1, 1, 1, 1, 1, 1, 3];
  const rowMap = build({ pieces, units: 'byte', target: { sha256: B, pieceTypes }, tokenize: () => [0] });
  expect(rowMap.new.map(({ piece, surface }) => [piece, surface])).toEqual([
    ['\xe4\xb8\xad\xe6\x96', '中<0xE6><0x96>'],
    [' \n\0', ' \n\0'],
    ['<｜x｜>', undefined],
  ]);
  expect(parseRowMap(serializeRowMap(rowMap))).toEqual(rowMap);
});

it('takes the number of target rows as given', () => {
  expect(build({ target: { sha256: B, idCount: 7, rows: 9 } }).padding).toEqual([7, 8]);
  expect(build({ target: { sha256: B.toUpperCase(), rows: 9 }, padToMultipleOf: 10 }).target).toEqual({
    idCount: 7,
    rows: 10,
    sha256: B,
  });
});

describe('refusals', () => {
  it.each<[string, Partial<BuildRowMapOptions>, RegExp]>([
    ['fewer pieces than the base', { pieces: ['a'] }, /pieces: 1 given, fewer than the base's 5/],
    ['a target size that differs', { target: { idCount: 8, sha256: B } }, /target\.idCount: 8 given, but .* 7 pieces/],
    ['target rows below the pieces', { target: { rows: 6, sha256: B } }, /target\.rows: 6 is not .* from 7/],
    ['base rows below the pieces', { base: { idCount: 5, rows: 4, sha256: A } }, /base\.rows: 4 is not .* from 5/],
    ['no hash', { base: { idCount: 5, sha256: '' } }, /base\.sha256: "" is not 64/],
    ['length without texts', { weighting: 'length' }, /"length" needs basePieces/],
    ['an unknown weighting', { weighting: 'x' as 'length' }, /weighting: "x" is unknown/],
    ['base pieces of another size', { basePieces: ['a'] }, /basePieces: 1 given, base\.idCount is 5/],
  ])('%s', (_, options, message) => {
    expect(() => build(options)).toThrow(message);
    expect(() => build(options)).toThrow(OptionError);
  });

  it('a piece that splits into nothing, or into what the base lacks', () => {
    expect(() => build({ tokenize: () => [] })).toThrow(/new piece 5 "中▁": the base tokenizer splits it into nothing/);
    expect(() => build({ tokenize: () => [5] })).toThrow(/it splits into id 5, the base's last id is 4/);
    expect(() => build({ tokenize: () => [] })).toThrow(InputError);
  });
});

it('names every row once, whatever the sizes and the order of the pieces', () => {
  const pieces = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(pieces, pieces, fc.nat(9), fc.integer({ min: 1, max: 16 }), (basePieces, texts, extra, multiple) => {
      const rowMap = buildRowMap({
        base: { idCount: basePieces.length, rows: basePieces.length + extra, sha256: A },
        target: { sha256: B },
        pieces: texts,
        basePieces,
        tokenize: (piece) => [...piece].map((character) => character.codePointAt(0)! % basePieces.length),
        padToMultipleOf: multiple,
      });
      validateRowMap(rowMap, { baseRows: basePieces.length + extra });
      expect(rowMap.target.rows % multiple).toBe(0);
      expect(rowMap.target.rows - texts.length).toBeLessThan(multiple);
      for (const { id, kind, sources } of rowMapRows(rowMap)) {
        if (kind === 'copy') expect(basePieces[sources[0]!]).toBe(texts[id]);
        if (kind === 'new') expect(basePieces).not.toContain(texts[id]);
      }
    }),
  );
});

describe('on the published models', needsShared, () => {
  it('splits each new piece of the 49,953 merge as LLaMA does', () => {
    const read = (name: string) => parseTokenizerModel(sharedFixture(`${name}`));
    const base = read('llama2.model');
    const merged = mergeVocab({ base, extension: read('chinese_sp.model'), preset: 'chinese-llama' });
    const llama = createTokenizer(base);
    const rowMap = buildRowMap({
      base: { idCount: 32000, sha256: A },
      target: { sha256: B, rows: merged.rows },
      pieces: applyPatch(base, merged.patch).pieces,
      tokenize: llama.encodePieceText,
      padToMultipleOf: 64,
    });
    validateRowMap(rowMap);
    expect(rowMap.copy).toEqual([[0, 0, 32000]]);
    expect(rowMap.new.length).toBe(17953);
    expect(rowMap.padding.length).toBe(49984 - 49953);
    // What a new piece is made of says what it says.
    for (const { piece, sources } of rowMap.new) {
      expect(llama.decode(sources).trimStart()).toBe(piece.replaceAll('▁', ' ').trimStart());
    }
    // The same lines from sentencepiece 0.2.2 with override_normalizer_spec(add_dummy_prefix=False), each new piece
    // encoded with its ▁ as spaces.
    const lines = rowMap.new.map(({ id, sources }) => `${id}: ${sources.join(' ')}\n`).join('');
    expect(createHash('sha256').update(lines).digest('hex')).toBe(
      '8ad166250718aea49ad10fd1eebb688c306ab1188e9fb1a6a4a590f7f9a4451c',
    );
  });
});
