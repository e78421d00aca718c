// Words and their order, and the pretokenization delimiter.
import { describe, expect, it } from 'vitest';
import { loadTrainingData } from '../../../src/train/data/load-training-data.ts';
import { replaceDelimiter, splitByWhitespace } from '../../../src/train/data/split-words.ts';
import { sentenceCountOf, type TrainingData, textOf } from '../../../src/train/data/training-data.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';

async function load(lines: Iterable<string | { text: string; count: number }>, options: TrainOptions = {}) {
  const resolved = resolveTrainOptions({
    normalizationRuleName: 'identity',
    characterCoverage: 1,
    addDummyPrefix: false,
    removeExtraWhitespaces: false,
    ...options,
  });
  return { data: await loadTrainingData(lines, resolved), resolved };
}

function wordsOf(data: TrainingData): [string, number][] {
  return Array.from({ length: sentenceCountOf(data) }, (_, i) => [
    textOf(
      data,
      data.sentenceStarts[i]!,
      (data.sentenceEnds ?? data.sentenceStarts.subarray(1))[i]! - data.sentenceStarts[i]!,
    ),
    data.sentenceCounts[i]!,
  ]);
}

async function split(lines: Iterable<string | { text: string; count: number }>, options: TrainOptions = {}) {
  const { data, resolved } = await load(lines, options);
  return wordsOf(splitByWhitespace(data, resolved));
}

describe('splitByWhitespace', () => {
  const line = ['a  bc d'];
  const words = async (options: TrainOptions) => (await split(line, options)).map(([word]) => word).sort();

  it('cuts before spaces, or behind them, one by one or in runs', async () => {
    expect(await words({})).toEqual(['a', '▁', '▁bc', '▁d']);
    expect(await words({ allowWhitespaceOnlyPieces: true })).toEqual(['a', '▁d', '▁▁bc']);
    expect(await words({ treatWhitespaceAsSuffix: true })).toEqual(['a▁', 'bc▁', 'd', '▁']);
    expect(await words({ treatWhitespaceAsSuffix: true, allowWhitespaceOnlyPieces: true })).toEqual([
      'a▁▁',
      'bc▁',
      'd',
    ]);
  });

  it('adds up counts and orders by count, then text in UTF-8', async () => {
    const counted = await split([
      { text: 'b a', count: 2 ** 33 },
      { text: '\u{10000} \uff21', count: 2 ** 32 },
      { text: '\uff21', count: 2 ** 32 },
      { text: 'b', count: 3 },
    ]);
    expect(counted).toEqual([
      ['b', 2 ** 33 + 3],
      ['▁a', 2 ** 33],
      ['▁\uff21', 2 ** 32],
      ['\uff21', 2 ** 32],
      ['\u{10000}', 2 ** 32],
    ]);
  });

  it('keeps apart tens of thousands of words', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `w${i % 30_000}`);
    const counted = await split(lines);
    expect(counted.length).toBe(30_000);
    expect(counted.every(([, count]) => count === 2)).toBe(true);
    expect(new Set(counted.map(([word]) => word)).size).toBe(30_000);
  });
});

describe('replaceDelimiter', () => {
  it('replaces from the left, by a character or by nothing', async () => {
    const { data } = await load(['xaaay', 'aa', 'y']);
    expect(wordsOf(replaceDelimiter(data, 'aa', 1)).map(([word]) => word)).toEqual(['x▅ay', '▅', 'y']);
    expect(wordsOf(replaceDelimiter(data, 'aa', undefined)).map(([word]) => word)).toEqual(['xay', '', 'y']);
    expect(replaceDelimiter(data, '', 1)).toBe(data);
    expect(replaceDelimiter(data, 'az', 1)).toBe(data);
  });
});
