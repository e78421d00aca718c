// The model is a line; what it must keep is that a share of the text fits into the budget it was made for.
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/errors.ts';
import { forecastTraining, shareWithin } from '../../src/train/forecast.ts';

describe('forecastTraining', () => {
  it.each(['unigram', 'bpe'] as const)('grows linearly, %s', (modelType) => {
    const at = (characters: number) => forecastTraining({ characters, modelType });
    expect(at(3e6).peakBytes - at(2e6).peakBytes).toBeCloseTo(at(2e6).peakBytes - at(1e6).peakBytes, -1);
    expect(at(2e7).seconds).toBeGreaterThan(at(1e7).seconds);
    expect(at(0).peakBytes).toBeGreaterThan(1e8);
  });

  it('is what its example says', () => {
    expect(forecastTraining({ characters: 25e6, modelType: 'unigram' }).peakBytes / 1e6).toBe(762.5);
  });
});

describe('shareWithin', () => {
  it.each(['unigram', 'bpe'] as const)('is the largest share whose forecast fits, %s', (modelType) => {
    const input = { characters: 50e6, sentences: 1e6, modelType };
    const whole = forecastTraining(input).peakBytes;
    expect(shareWithin(whole, input)).toBe(1);
    for (const budget of [whole - 1, whole / 2, 3.5e8]) {
      const share = shareWithin(budget, input);
      const at = (part: number) =>
        forecastTraining({ ...input, characters: input.characters * part, sentences: input.sentences * part })
          .peakBytes;
      expect(at(share)).toBeLessThanOrEqual(budget);
      expect(at(share + 0.001)).toBeGreaterThan(budget);
    }
    expect(() => shareWithin(1e8, input)).toThrow(OptionError);
  });
});
