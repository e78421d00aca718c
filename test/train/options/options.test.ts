// Ranges and types of the options, and the ids of meta pieces.
import { describe, expect, it } from 'vitest';
import { buildMetaPieces } from '../../../src/train/data/meta-pieces.ts';
import { DEFAULT_TRAIN_OPTIONS, type TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';

describe('resolveTrainOptions', () => {
  it('fills in the defaults and remembers what was given', () => {
    const { given, ...resolved } = resolveTrainOptions({ vocabSize: 4000, padId: undefined, bosId: 1 });
    expect(resolved).toEqual({ ...DEFAULT_TRAIN_OPTIONS, vocabSize: 4000, given: undefined });
    expect([...given]).toEqual(['vocabSize', 'bosId']);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ vocabSise: 1 }, '"vocabSise" does not exist'],
    [{ given: new Set() }, '"given" does not exist'],
    [{ vocabSize: 0 }, 'vocabSize: 0 is not a whole number between 1 and 2147483647'],
    [{ vocabSize: 1.5 }, 'vocabSize: 1.5'],
    [{ vocabSize: Number.NaN }, 'vocabSize: NaN'],
    [{ vocabSize: '8' }, 'vocabSize: expected a number, got "8"'],
    [{ characterCoverage: 0.5 }, 'characterCoverage: 0.5 is not between 0.98 and 1'],
    [{ maxSentencepieceLength: 513 }, 'maxSentencepieceLength: 513'],
    [{ inputSentenceSize: 100 }, 'inputSentenceSize: 100 is neither 0 (all) nor over 100'],
    [{ modelType: 'word' }, 'modelType: "word" is not supported'],
    [{ inputFormat: 'csv' }, 'inputFormat: "csv"'],
    [{ unkPiece: '' }, 'unkPiece: the piece must not be empty'],
    [{ controlSymbols: 'x' }, 'controlSymbols: expected an array of strings'],
    [{ userDefinedSymbols: [''] }, 'userDefinedSymbols: a symbol must not be empty'],
    [{ userDefinedSymbols: ['\ud800'] }, 'userDefinedSymbols: "\\ud800" has a lone surrogate'],
    [{ escapeWhitespaces: false }, 'escapeWhitespaces: false is not possible'],
    [{ unkId: -1 }, 'unkId: -1'],
    [{ normalizationRuleTsv: '41\t61', precompiledCharsmap: new Uint8Array(0) }, 'only one can be given'],
  ])('refuses %j', (options, message) => {
    expect(() => resolveTrainOptions(options as TrainOptions)).toThrow(message);
  });
});

describe('buildMetaPieces', () => {
  const build = (options: TrainOptions) =>
    [...buildMetaPieces(resolveTrainOptions(options))].map(([id, { piece, type }]) => [id, piece, type]);

  it('fills free ids with symbols, control symbols first', () => {
    expect(build({ padId: 5, controlSymbols: ['<c>'], userDefinedSymbols: ['u', 'v'] })).toEqual([
      [0, '<unk>', 2],
      [1, '<s>', 3],
      [2, '</s>', 3],
      [3, '<c>', 3],
      [4, 'u', 4],
      [5, '<pad>', 3],
      [6, 'v', 4],
    ]);
  });

  it('changes the type of a special piece that is also a symbol, when it has an id', () => {
    expect(build({ userDefinedSymbols: ['<s>', '<pad>'] })).toEqual([
      [0, '<unk>', 2],
      [1, '<s>', 4],
      [2, '</s>', 3],
      [3, '<pad>', 4],
    ]);
  });

  it('appends 256 bytes', () => {
    const pieces = build({ byteFallback: true, eosId: -1 });
    expect(pieces.length).toBe(2 + 256);
    expect(pieces.slice(2, 4)).toEqual([
      [2, '<0x00>', 6],
      [3, '<0x01>', 6],
    ]);
  });

  it.each<[TrainOptions, string]>([
    [{ bosId: 0 }, 'bosId: id 0 is taken by "<unk>"'],
    [{ padId: 9, vocabSize: 9 }, 'padId: 9 is not below vocabSize, which is 9'],
    [{ eosPiece: '<s>' }, 'eosPiece: "<s>" is defined twice'],
    [{ controlSymbols: ['a', 'a'] }, '"a" is defined twice'],
    [{ controlSymbols: ['<unk>'] }, '"<unk>" is the unknown piece'],
    [{ userDefinedSymbols: ['<0x41>'], byteFallback: true }, '"<0x41>" is defined twice'],
  ])('refuses %j', (options, message) => {
    expect(() => build(options)).toThrow(message);
  });
});
