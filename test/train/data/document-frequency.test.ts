// Pieces of few documents stay out, however frequent they are; a plain count is the oracle.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WeightedSentence } from '../../../src/core/weighted-sentence.ts';
import { createDocumentFrequency, createIntervalJudge } from '../../../src/train/data/document-frequency.ts';
import { loadTrainingData } from '../../../src/train/data/load-training-data.ts';
import { splitByWhitespace } from '../../../src/train/data/split-words.ts';
import { sentenceCountOf, textOf } from '../../../src/train/data/training-data.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';
import { trainDocument } from '../../../src/train/train-sentencepiece.ts';
import { runs } from '../../runs.ts';

const BASE: TrainOptions = {
  normalizationRuleName: 'identity',
  characterCoverage: 1,
  addDummyPrefix: false,
  removeExtraWhitespaces: false,
};

const boilerplate = Array.from({ length: 50 }, () => ({ text: '版权所有违者必究', count: 1, document: 0 }));
const CORPUS: WeightedSentence[] = [
  ...boilerplate,
  { text: '机器学习很有趣', count: 1, document: 0 },
  { text: '学习机器学习', count: 1, document: 1 },
  { text: '版本管理', count: 1, document: 2 },
];

async function piecesOf(options: TrainOptions, corpus: Iterable<string | WeightedSentence> = CORPUS) {
  const { model } = await trainDocument(corpus, { ...BASE, hardVocabLimit: false, vocabSize: 100, ...options });
  return model.pieces.filter((piece) => [...piece].length > 1 && !piece.startsWith('<'));
}

describe('minDocumentFrequency', () => {
  it('keeps out what is in too few documents', async () => {
    expect(await piecesOf({ modelType: 'bpe' })).toContain('版权所有违者必究');
    expect(new Set(await piecesOf({ modelType: 'bpe', minDocumentFrequency: 2 }))).toEqual(
      new Set(['学习', '机器', '机器学习']),
    );
    expect(await piecesOf({ modelType: 'bpe', minDocumentFrequency: 3 })).toEqual([]);
  });

  it('keeps the characters, and changes nothing when every document counts', async () => {
    const { model } = await trainDocument(CORPUS, {
      ...BASE,
      modelType: 'bpe',
      vocabSize: 100,
      hardVocabLimit: false,
      minDocumentFrequency: 3,
    });
    expect(model.pieces).toContain('究');
    expect(await piecesOf({ modelType: 'bpe', minDocumentFrequency: 1 })).toEqual(await piecesOf({ modelType: 'bpe' }));
  });

  it.each(['bpe', 'unigram'] as const)('is what a plain count says, for every piece learnt (%s)', async (modelType) => {
    const unit = fc.constantFrom('甲', '乙', '丙', ' ');
    const sentence = fc.record({
      text: fc.string({ unit, minLength: 1, maxLength: 10 }),
      count: fc.integer({ min: 1, max: 3 }),
      document: fc.integer({ min: 0, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(sentence, { minLength: 6, maxLength: 20 }),
        fc.boolean(),
        async (corpus, splitByWhitespace) => {
          fc.pre(new Set(corpus.map(({ document }) => document)).size >= 2);
          const options: TrainOptions = { modelType, minDocumentFrequency: 2, splitByWhitespace };
          for (const piece of await piecesOf(options, corpus)) {
            const text = piece.replaceAll('▁', ' ');
            const documents = corpus.filter((line) => line.text.includes(text)).map(({ document }) => document);
            expect(new Set(documents).size, piece).toBeGreaterThanOrEqual(2);
          }
        },
      ),
      { ...runs(15), seed: 5 },
    );
  });

  it('is refused where it cannot be met', async () => {
    await expect(piecesOf({ modelType: 'bpe', minDocumentFrequency: 4 })).rejects.toThrow('the corpus has 3 documents');
    await expect(piecesOf({ modelType: 'bpe', minDocumentFrequency: 2 }, ['学习', '学习'])).rejects.toThrow(
      'the corpus has 1 document',
    );
    await expect(piecesOf({ minDocumentFrequency: 0 })).rejects.toThrow('minDocumentFrequency: 0');
  });
});

describe('documents', () => {
  const load = (corpus: readonly WeightedSentence[], options: TrainOptions = {}) =>
    loadTrainingData(corpus, resolveTrainOptions({ ...BASE, minDocumentFrequency: 2, ...options }));

  it('follow sentences that change places, and words to all the places they occur in', async () => {
    const corpus = [
      { text: 'ab cd', count: 1, document: 70 },
      { text: '', count: 1, document: 71 },
      { text: 'cd', count: 1, document: 72 },
      { text: 'cd ab', count: 1, document: 70 },
    ];
    const options = resolveTrainOptions({ ...BASE, removeExtraWhitespaces: true, addDummyPrefix: true });
    const words = splitByWhitespace(await load(corpus, { addDummyPrefix: true }), options);
    const found = new Map<string, number[]>();
    for (let word = 0; word < sentenceCountOf(words); word++) {
      const start = words.sentenceStarts[word]!;
      const { starts, ids } = words.documents!;
      const own = [...new Set(ids.subarray(starts[word]!, starts[word + 1]!))].sort();
      found.set(textOf(words, start, words.sentenceEnds![word]! - start), own);
    }
    expect(found).toEqual(
      new Map([
        ['▁cd', [0, 1]],
        ['▁ab', [0]],
      ]),
    );
    expect(words.documents!.count).toBe(2);
  });

  it('are not kept when nobody asks', async () => {
    expect((await load(CORPUS, { minDocumentFrequency: 1 })).documents).toBeUndefined();
    expect(createDocumentFrequency({}, { minDocumentFrequency: 1 })).toBeUndefined();
  });

  it.each([1, 2])('of the suffixes in an interval are counted, %i copies of each sentence', async (copies) => {
    const lines = [
      { text: 'aba', count: 1, document: 5 },
      { text: 'ba', count: 1, document: 6 },
      { text: 'aa', count: 1, document: 5 },
    ];
    const data = await load(lines);
    const text = lines.flatMap(({ text: line }) => Array.from({ length: copies }, () => `${line}\0`)).join('');
    const suffixes = Int32Array.from(text, (_, i) => i).sort((a, b) => (text.slice(a) < text.slice(b) ? -1 : 1));
    const judge = createIntervalJudge(data, { minDocumentFrequency: 2 }, copies)!;
    for (const piece of ['a', 'b', 'ab', 'ba', 'aa', 'aba']) {
      const first = suffixes.findIndex((start) => text.startsWith(piece, start));
      const end = suffixes.findLastIndex((start) => text.startsWith(piece, start)) + 1;
      const documents = new Set(lines.filter((line) => line.text.includes(piece)).map(({ document }) => document));
      expect(judge(suffixes, first, end), piece).toBe(documents.size >= 2);
    }
    expect(createIntervalJudge(data, { minDocumentFrequency: 1 }, copies)).toBeUndefined();
  });
});
