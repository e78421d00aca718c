import { describe, expect, it } from 'vitest';
import { sentenceCountOf, type TrainingData, textOf } from '../../../src/train/data/training-data.ts';

/** 中a, once, and 𠮷 with an unknown character, four times. */
const data: TrainingData = {
  alphabet: Uint32Array.from([0, 0x2585, 0x4e2d, 0x61, 0x20bb7]),
  alphabetCounts: Float64Array.from([0, 4, 1, 1, 4]),
  chars: Uint16Array.from([2, 3, 4, 1]),
  sentenceStarts: Float64Array.from([0, 2, 4]),
  sentenceCounts: Float64Array.from([1, 4]),
};

describe('training data', () => {
  it('gives back the text of a stretch, characters beyond U+FFFF whole', () => {
    expect(textOf(data, 0, 2)).toBe('中a');
    expect(textOf(data, 2, 2)).toBe('𠮷▅');
    expect(textOf(data, 3, 0)).toBe('');
  });

  it('counts sentences, not their occurrences', () => {
    expect(sentenceCountOf(data)).toBe(2);
  });
});
