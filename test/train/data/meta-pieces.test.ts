import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { buildMetaPieces } from '../../../src/train/data/meta-pieces.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';

const build = (options: TrainOptions = {}) =>
  [...buildMetaPieces(resolveTrainOptions(options))].map(([id, { piece, type }]) => [id, piece, type]);

describe('buildMetaPieces', () => {
  it('gives the reference’s ids by default, and no padding', () => {
    expect(build()).toEqual([
      [0, '<unk>', PIECE_TYPE.unknown],
      [1, '<s>', PIECE_TYPE.control],
      [2, '</s>', PIECE_TYPE.control],
    ]);
  });

  it('fills the ids that are free: control symbols, user-defined ones, bytes', () => {
    const options = { padId: 4, controlSymbols: ['<ctl>'], userDefinedSymbols: ['[A]', '</s>'], byteFallback: true };
    const pieces = build(options);
    expect(pieces.slice(0, 7)).toEqual([
      [0, '<unk>', PIECE_TYPE.unknown],
      [1, '<s>', PIECE_TYPE.control],
      // A special piece keeps its id, and takes the type that it is given.
      [2, '</s>', PIECE_TYPE.userDefined],
      [3, '<ctl>', PIECE_TYPE.control],
      [4, '<pad>', PIECE_TYPE.control],
      [5, '[A]', PIECE_TYPE.userDefined],
      [6, '<0x00>', PIECE_TYPE.byte],
    ]);
    expect(pieces.length).toBe(6 + 256);
    expect(pieces.at(-1)).toEqual([261, '<0xFF>', PIECE_TYPE.byte]);
  });

  it('numbers symbols around the ids that are taken', () => {
    expect(build({ padId: 5, controlSymbols: ['<c>'], userDefinedSymbols: ['u', 'v'] }).slice(3)).toEqual([
      [3, '<c>', PIECE_TYPE.control],
      [4, 'u', PIECE_TYPE.userDefined],
      [5, '<pad>', PIECE_TYPE.control],
      [6, 'v', PIECE_TYPE.userDefined],
    ]);
  });

  it('gives a special piece without an id that of a symbol', () => {
    expect(build({ userDefinedSymbols: ['<pad>'] }).slice(3)).toEqual([[3, '<pad>', PIECE_TYPE.userDefined]]);
    expect(build({ eosId: -1, byteFallback: true })[2]).toEqual([2, '<0x00>', PIECE_TYPE.byte]);
  });

  it.each<[what: string, options: TrainOptions, message: string]>([
    ['an id outside the vocabulary', { vocabSize: 10, eosId: 10 }, 'eosId: 10 is not below vocabSize, which is 10'],
    ['an id given twice', { bosId: 0 }, 'bosId: id 0 is taken by "<unk>"'],
    ['a special piece twice', { eosPiece: '<s>' }, 'eosPiece: "<s>" is defined twice'],
    ['a symbol twice', { controlSymbols: ['x'], userDefinedSymbols: ['x'] }, 'symbol "x" is defined twice'],
    ['a control symbol twice', { controlSymbols: ['a', 'a'] }, 'symbol "a" is defined twice'],
    ['a byte as a symbol', { userDefinedSymbols: ['<0x41>'], byteFallback: true }, 'symbol "<0x41>" is defined twice'],
    ['the unknown piece as a symbol', { controlSymbols: ['<unk>'] }, 'is the unknown piece'],
  ])('refuses %s', (_, options, message) => {
    expect(() => build(options)).toThrow(message);
  });
});
