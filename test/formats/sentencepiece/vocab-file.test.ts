import { describe, expect, it } from 'vitest';
import { buildVocabFile, formatStreamFloat } from '../../../src/formats/sentencepiece/vocab-file.ts';

describe('buildVocabFile', () => {
  it('writes piece, tab, score in id order, as the example says', () => {
    expect(
      buildVocabFile({
        pieces: [
          { piece: '<unk>', score: 0 },
          { piece: '▁the', score: -3.45678912 },
        ],
      }),
    ).toBe('<unk>\t0\n▁the\t-3.45679\n');
  });

  it('leaves scores out when the trainer was told so, and treats an absent score as 0', () => {
    const pieces = [{ piece: 'a' }, { piece: 'b', score: -0 }];
    expect(buildVocabFile({ pieces })).toBe('a\t0\nb\t-0\n');
    expect(buildVocabFile({ pieces, trainerSpec: { vocabularyOutputPieceScore: false } })).toBe('a\nb\n');
  });
});

describe('formatStreamFloat', () => {
  // Expectations are what printf("%g") gives for the float32 value.
  it.each([
    [-31740, '-31740'],
    [-1e9, '-1e+09'],
    [-3.4567891, '-3.45679'],
    [-1234567, '-1.23457e+06'],
    [1e-5, '1e-05'],
    [0.00012345678, '0.000123457'],
    [-0, '-0'],
    [100000, '100000'],
    [999999.5, '1e+06'],
    [123456.5, '123456'],
    [12345.25, '12345.2'],
    [12345.75, '12345.8'],
    [0.1, '0.1'],
    [-15.5, '-15.5'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ])('prints %d as %s', (value, expected) => {
    expect(formatStreamFloat(Math.fround(value))).toBe(expected);
  });
});
