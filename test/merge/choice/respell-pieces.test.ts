import { expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { toByteUnits } from '../../../src/core/unicode/byte-level.ts';
import { pieceToText, respellPieces } from '../../../src/merge/choice/respell-pieces.ts';

const { normal, control } = PIECE_TYPE;

it('spells pieces in the units of the base, and leaves special ones as they are', () => {
  const characters = { pieces: ['▁中', '<▁>'], pieceTypes: Uint8Array.of(normal, control), units: 'utf16' } as const;
  expect(respellPieces(characters, 'utf16')).toBe(characters.pieces);
  expect(respellPieces(characters, 'byte')).toEqual([toByteUnits(' 中'), '<▁>']);
  const bytes = { ...characters, pieces: [toByteUnits(' 中'), '<▁>'], units: 'byte' } as const;
  expect(respellPieces(bytes, 'utf16')).toEqual(characters.pieces);
  expect(respellPieces({ ...bytes, pieces: ['\xe4\xb8', '<▁>'] }, 'utf16')).toEqual([undefined, '<▁>']);
});

it('shows a piece as filters see it', () => {
  expect(pieceToText('▁中', 'utf16')).toBe('▁中');
  expect(pieceToText(toByteUnits(' 中'), 'byte')).toBe('▁中');
  expect(pieceToText('\xe4\xb8', 'byte')).toBeUndefined();
});
