import { expect, it } from 'vitest';
import type { TokenizerModel } from '../../src/core/model.ts';
import { pieceStrings, pieceTextsOf, textOfId, withPieceTexts } from '../../src/core/piece-texts.ts';
import { modelOf } from '../models.ts';

// Longer than what is made in one call, empty, and half a surrogate pair at an end.
const PIECES = [
  '<unk>',
  '',
  'x'.repeat(9000),
  '中文',
  '\ud83d',
  '😀',
  ...Array.from({ length: 3000 }, (_, i) => `▁${i}`),
];

function lateModel(): TokenizerModel {
  const { pieces: _, ...rest } = modelOf(PIECES.map((piece) => [piece, 0]));
  return withPieceTexts(rest, pieceTextsOf({ pieces: PIECES }));
}

it('gives a model the strings that its texts were read from', () => {
  expect(pieceStrings(pieceTextsOf({ pieces: PIECES }))).toEqual(PIECES);
  const model = lateModel();
  expect(PIECES.map((_, id) => textOfId(model, id))).toEqual(PIECES);
  expect(model.pieces).toEqual(PIECES);
  expect(model.pieces).toBe(model.pieces);
});

it('gives a copy with other pieces the texts of these', () => {
  const model = lateModel();
  const other = { ...model, pieces: ['<unk>', 'new'] };
  expect(textOfId(other, 1)).toBe('new');
  expect(pieceStrings(pieceTextsOf(other))).toEqual(['<unk>', 'new']);
  expect({ ...model }.pieces).toEqual(PIECES);
});
