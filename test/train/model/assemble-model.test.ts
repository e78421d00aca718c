// The message of a trained model: pieces at their ids, and which fields its specs have.
import { describe, expect, it } from 'vitest';
import { IDENTITY_NORMALIZER, PIECE_TYPE } from '../../../src/core/model.ts';
import { OptionError } from '../../../src/errors.ts';
import { assembleModel, type ModelParts } from '../../../src/train/model/assemble-model.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';

/** The model of these pieces with the scores -1, -2 and so on. */
function assemble(options: TrainOptions, pieces: readonly string[], parts: Partial<ModelParts> = {}) {
  return assembleModel({
    options: resolveTrainOptions(options),
    normalizer: IDENTITY_NORMALIZER,
    denormalizerCharsmap: new Uint8Array(0),
    pieces,
    scores: Float32Array.from(pieces, (_, i) => -1 - i),
    ...parts,
  });
}

describe('pieces', () => {
  it('puts learnt pieces on the ids between and behind the meta pieces, in their order', () => {
    const { pieces, pieceScores, pieceTypes } = assemble({ vocabSize: 6, padId: 4 }, ['a', 'b']);
    expect(pieces).toEqual(['<unk>', '<s>', '</s>', 'a', '<pad>', 'b']);
    expect([...pieceScores]).toEqual([0, 0, 0, -1, 0, -2]);
    const { unknown, control, normal } = PIECE_TYPE;
    expect([...pieceTypes]).toEqual([unknown, control, control, normal, control, normal]);
  });

  it('names the size that is possible where there are fewer pieces than asked for', () => {
    const tooFew = () => assemble({ vocabSize: 6 }, ['a']);
    expect(tooFew).toThrow(OptionError);
    expect(tooFew).toThrow('vocabSize 6 is too large for this corpus: it gives 4 pieces at most');
    expect(assemble({ vocabSize: 4 }, ['a']).pieces.length).toBe(4);
  });

  it('takes fewer without the hard limit, and writes how many there are', () => {
    const { pieces, trainerSpec } = assemble({ vocabSize: 6, hardVocabLimit: false }, ['a']);
    expect(pieces).toEqual(['<unk>', '<s>', '</s>', 'a']);
    expect(trainerSpec).toEqual({ vocabSize: 4, hardVocabLimit: false });
  });

  it('refuses a reserved id that the pieces do not reach', () => {
    const withHole = () => assemble({ vocabSize: 20, padId: 9, hardVocabLimit: false }, ['a']);
    expect(withHole).toThrow(OptionError);
    expect(withHole).toThrow('id 9 is reserved, but the vocabulary ends at id 3');
  });

  it('refuses a learnt piece that is a meta piece as well', () => {
    const twice = () => assemble({ vocabSize: 5, controlSymbols: ['a'] }, ['a']);
    expect(twice).toThrow(OptionError);
    expect(twice).toThrow('piece "a" was learnt, but is also a symbol');
  });
});

describe('specs', () => {
  it('have the fields whose options were given, the default among them, and no others', () => {
    const { trainerSpec, normalizerSpec } = assemble(
      { vocabSize: 4, modelType: 'unigram', bosId: 1, addDummyPrefix: true, threads: 3 },
      ['a'],
    );
    expect(trainerSpec).toEqual({ vocabSize: 4, modelType: 'unigram', bosId: 1 });
    expect(normalizerSpec).toEqual({
      name: 'identity',
      precompiledCharsmap: new Uint8Array(0),
      addDummyPrefix: true,
    });
  });

  it('have a copy of each list, and no field for an empty one', () => {
    const controlSymbols = ['<c>'];
    const { trainerSpec } = assemble({ vocabSize: 5, controlSymbols, userDefinedSymbols: [] }, ['a']);
    expect(trainerSpec).toEqual({ vocabSize: 5, controlSymbols: ['<c>'] });
    expect(trainerSpec?.controlSymbols).not.toBe(controlSymbols);
  });

  it('name the rules file, where there is one', () => {
    const { normalizerSpec } = assemble({ vocabSize: 4, normalizationRuleFile: 'rules.tsv' }, ['a'], {
      normalizer: { ...IDENTITY_NORMALIZER, name: 'user_defined', precompiledCharsmap: Uint8Array.of(1, 2) },
    });
    expect(normalizerSpec).toEqual({
      name: 'user_defined',
      precompiledCharsmap: Uint8Array.of(1, 2),
      normalizationRuleTsv: 'rules.tsv',
    });
  });

  it('tell how to denormalize only where rules for it were given', () => {
    const parts = { denormalizerCharsmap: Uint8Array.of(7) };
    expect(assemble({ vocabSize: 4 }, ['a'], parts)).not.toHaveProperty('denormalizerSpec');
    const denormalizer = {
      name: 'user_defined',
      precompiledCharsmap: Uint8Array.of(7),
      addDummyPrefix: false,
      removeExtraWhitespaces: false,
      escapeWhitespaces: false,
    };
    const options = { vocabSize: 4, denormalizationRuleTsv: '41\t62\n' };
    expect(assemble(options, ['a'], parts).denormalizerSpec).toEqual(denormalizer);
    const ofFile = assemble({ ...options, denormalizationRuleFile: 'back.tsv' }, ['a'], parts);
    expect(ofFile.denormalizerSpec).toEqual({ ...denormalizer, normalizationRuleTsv: 'back.tsv' });
  });
});
