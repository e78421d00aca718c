import { describe, expect, it } from 'vitest';
import { ABSENT_PIECE, PIECE_TYPE } from '../../src/core/model.ts';
import { applyPatch, findTiedPieces, isEmptyPatch, type NewPiece, type VocabularyPatch } from '../../src/core/patch.ts';
import { entriesOf, modelOf } from '../models.ts';

const { normal, control } = PIECE_TYPE;
const piece = (id: number, text: string, score: number): NewPiece => ({ id, piece: text, score, type: normal });
const token = {
  id: 4,
  content: '<t>',
  special: true,
  singleWord: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
};
const patchOf = (parts: Partial<VocabularyPatch>): VocabularyPatch => ({
  pieces: [],
  merges: [],
  addedTokens: [],
  ...parts,
});
const BASE = modelOf([
  ['a', -1],
  ['b', -2],
]);

describe('applyPatch', () => {
  it('puts pieces on their ids; ids between have no piece', () => {
    const model = applyPatch(BASE, patchOf({ pieces: [piece(3, 'ab', -3)] }));
    expect(entriesOf(model)).toEqual([
      ['a', -1],
      ['b', -2],
      ['', 0, ABSENT_PIECE],
      ['ab', -3],
    ]);
    expect(entriesOf(BASE)).toHaveLength(2);
  });

  it('fills ids of the base that have no piece', () => {
    const holed = modelOf([
      ['a', -1],
      ['', 0, ABSENT_PIECE as never],
      ['b', -2],
    ]);
    expect(entriesOf(applyPatch(holed, patchOf({ pieces: [piece(1, 'c', -3)] })))).toEqual([
      ['a', -1],
      ['c', -3],
      ['b', -2],
    ]);
  });

  it('ranks new merges behind those of the base', () => {
    const merges = { leftIds: Int32Array.of(0), rightIds: Int32Array.of(1), resultIds: Int32Array.of(2) };
    const listed = modelOf([['a'], ['b'], ['ab']], { merges });
    const model = applyPatch(
      listed,
      patchOf({ pieces: [piece(3, 'aba', 0)], merges: [{ leftId: 2, rightId: 0, resultId: 3 }] }),
    );
    expect(model.merges).toEqual({
      leftIds: Int32Array.of(0, 2),
      rightIds: Int32Array.of(1, 0),
      resultIds: Int32Array.of(2, 3),
    });
  });

  it('lists added tokens by id, but not in a SentencePiece model, which finds none in text', () => {
    const patch = patchOf({
      pieces: [{ id: 2, piece: '<t>', score: 0, type: control }],
      addedTokens: [{ ...token, id: 2 }],
    });
    expect(applyPatch(BASE, patch).addedTokens).toEqual([]);
    const bytes = { ...BASE, units: 'byte' as const, addedTokens: [{ ...token, id: 9 }] };
    expect(applyPatch(bytes, patch).addedTokens.map(({ id }) => id)).toEqual([2, 9]);
  });
});

it('a patch is empty when it adds nothing at all', () => {
  expect(isEmptyPatch(patchOf({}))).toBe(true);
  expect(isEmptyPatch(patchOf({ addedTokens: [token] }))).toBe(false);
});

it('tied pieces share their score with a piece of the base or among themselves', () => {
  const pieces = [piece(2, 'c', -2), piece(3, 'd', -3), piece(4, 'e', -4), piece(5, 'f', -4)];
  expect(findTiedPieces(BASE, pieces).map(({ id }) => id)).toEqual([2, 4, 5]);
  expect(findTiedPieces({ ...BASE, modelType: 'unigram' }, pieces)).toEqual([]);
});
