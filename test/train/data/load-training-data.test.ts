// What becomes of lines: dropped, sampled, cut at meta pieces, covered by the alphabet or not.
import { describe, expect, it } from 'vitest';
import { loadTrainingData, type Sentences } from '../../../src/train/data/load-training-data.ts';
import { sentenceCountOf, type TrainingData, textOf } from '../../../src/train/data/training-data.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';
import type { LoadSummary } from '../../../src/train/runtime/train-runtime.ts';

const BASE: TrainOptions = { normalizationRuleName: 'identity', characterCoverage: 1, addDummyPrefix: false };

async function load(sentences: Sentences, options: TrainOptions = {}) {
  let summary: LoadSummary | undefined;
  const onProgress = (event: { summary?: LoadSummary }) => {
    summary = event.summary ?? summary;
  };
  const data = await loadTrainingData(sentences, resolveTrainOptions({ ...BASE, ...options }), { onProgress });
  return { data, summary: summary!, texts: textsOf(data) };
}

function textsOf(data: TrainingData): string[] {
  return Array.from({ length: sentenceCountOf(data) }, (_, i) =>
    textOf(data, data.sentenceStarts[i]!, data.sentenceStarts[i + 1]! - data.sentenceStarts[i]!),
  );
}

describe('loadTrainingData', () => {
  it('drops empty, too long and reserved lines and counts them', async () => {
    const { texts, summary } = await load(['ab', '', '中'.repeat(5), 'x\u2585y', 'ba'], { maxSentenceLength: 14 });
    expect(texts).toEqual(['ab', 'ba']);
    expect(summary).toEqual({
      lines: 5,
      sentences: 2,
      emptyLines: 1,
      tooLongLines: 1,
      tooLongBytes: 15,
      reservedLines: 1,
      acceptedBytes: 4,
      notSampledLines: 0,
      characters: 4,
      alphabetSize: 2,
      coverage: 1,
    });
  });

  it('reads what comes in batches as if it came line by line, and no more than are wanted', async () => {
    const all = Array.from({ length: 500 }, (_, i) => ({ text: 'ab'.repeat(i % 5), count: 1 + (i % 3) }));
    let given = 0;
    const batched: Sentences = {
      async *[Symbol.asyncIterator]() {
        yield* all;
      },
      async *batches() {
        for (let i = 0; i < all.length; i += 200) {
          given++;
          yield all.slice(i, i + 200);
        }
      },
    };
    expect(await load(batched)).toEqual(await load(all));
    expect(given).toBe(3);
    const few = { inputSentenceSize: 101, shuffleInputSentence: false };
    expect((await load(batched, few)).summary.sentences).toBe(101);
    expect(given).toBe(4);
  });

  it('fills the hole of a line that normalization empties with the last line', async () => {
    expect((await load(['a', ' ', 'b', ' ', 'c', 'd'])).texts).toEqual(['a', 'd', 'b', 'c']);
    expect((await load(['a', ' ', 'b', ' '])).texts).toEqual(['a', 'b']);
  });

  it('cuts at meta pieces, longest first, and at tabs', async () => {
    const options = { userDefinedSymbols: ['中文', '中'], controlSymbols: ['<c>'] };
    expect((await load(['a中文b中c<c>d<s>e\tf'], options)).texts).toEqual(['a▅b▅c▅d▅e▅f']);
  });

  it('orders the alphabet by count, then code point, and covers required characters first', async () => {
    const { data, texts, summary } = await load(
      [
        { text: 'aabb', count: 50 },
        { text: 'cz', count: 1 },
      ],
      { characterCoverage: 0.98, requiredChars: 'z龘' },
    );
    expect(String.fromCodePoint(...data.alphabet.subarray(2))).toBe('abz龘');
    expect([...data.alphabetCounts]).toEqual([0, 1, 100, 100, 1, 0]);
    expect(texts).toEqual(['aabb', '▅z']);
    expect(summary.coverage).toBeCloseTo(201 / 202);
  });

  it('takes the first lines, or a fixed sample of all, when the number is limited', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => String.fromCodePoint(0x4e00 + i));
    const first = await load(lines, { inputSentenceSize: 101, shuffleInputSentence: false });
    expect(first.texts).toEqual(lines.slice(0, 101));
    expect(first.summary.lines).toBe(101);

    const sample = await load(lines, { inputSentenceSize: 200 });
    expect(new Set(sample.texts).size).toBe(200);
    expect(sample.summary.notSampledLines).toBe(2800);
    const indexes = sample.texts.map((text) => lines.indexOf(text));
    const mean = indexes.reduce((sum, index) => sum + index, 0) / 200;
    expect(mean).toBeGreaterThan(1300);
    expect(mean).toBeLessThan(1700);
    expect((await load(lines, { inputSentenceSize: 200 })).texts).toEqual(sample.texts);
  });

  it('stops reading when it has the lines it wants', async () => {
    let read = 0;
    let isClosed = false;
    async function* endless() {
      try {
        for (;;) yield `line ${read++}`;
      } finally {
        isClosed = true;
      }
    }
    await load(endless(), { inputSentenceSize: 150, shuffleInputSentence: false });
    expect(read).toBe(150);
    expect(isClosed).toBe(true);
  });

  it('refuses counts and tsv lines that are none', async () => {
    await expect(load([{ text: 'a', count: 0 }])).rejects.toThrow('sentence 1: count 0 is not a whole number');
    await expect(load([{ text: 'a', count: 1.5 }])).rejects.toThrow('sentence 1: count 1.5');
    for (const line of ['a', 'a\t', 'a\tx', 'a\t0', 'a\t-1', 'a\t1.5', 'a\t1\t2', 'a\t99999999999999999999']) {
      await expect(load(['ok\t1', line], { inputFormat: 'tsv' }), line).rejects.toThrow(
        'sentence 2: not "sentence<tab>',
      );
    }
  });

  it('replaces lone surrogates and drops U+0000 from the alphabet', async () => {
    const { texts } = await load(['a\ud800b', 'a\0b']);
    expect(texts).toEqual(['a\ufffdb', 'a▅b']);
  });
});
