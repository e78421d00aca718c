// Defaults, ranges and types of the training options.
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/errors.ts';
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
    [{ padId: -2 }, 'padId: -2 is not a whole number between -1 and 2147483647'],
    [{ shrinkingFactor: 0.96 }, 'shrinkingFactor: 0.96 is not between 0.5 and 0.95'],
    [{ mustInclude: ['a', ''] }, 'mustInclude: a piece must not be empty'],
    [{ exclude: [1] }, 'exclude: expected an array of strings, got [1]'],
    [{ byteFallback: 1 }, 'byteFallback: expected a boolean, got 1'],
    [{ normalizationRuleTsv: '41\t61', precompiledCharsmap: new Uint8Array(0) }, 'only one can be given'],
  ])('refuses %j', (options, message) => {
    expect(() => resolveTrainOptions(options as TrainOptions)).toThrow(OptionError);
    expect(() => resolveTrainOptions(options as TrainOptions)).toThrow(message);
  });

  it('takes the limits themselves', () => {
    const limits = {
      vocabSize: 1,
      characterCoverage: 0.98,
      maxSentencepieceLength: 512,
      inputSentenceSize: 101,
      padId: -1,
    };
    expect(resolveTrainOptions(limits)).toMatchObject(limits);
  });
});
