// BPE training against a plain trainer that counts everything anew, and on corpora of unusual shape.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTrainingData } from '../../../src/train/data/load-training-data.ts';
import { createPieceValidity } from '../../../src/train/data/piece-validity.ts';
import { splitByWhitespace } from '../../../src/train/data/split-words.ts';
import { FIRST_CHARACTER_ID, sentenceCountOf, textOf } from '../../../src/train/data/training-data.ts';
import { trainBpe } from '../../../src/train/merges/bpe.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';
import type { TrainProgress } from '../../../src/train/runtime/train-runtime.ts';
import { trainDocument } from '../../../src/train/train-sentencepiece.ts';
import { trainPlainly } from '../../oracles/plain-bpe-training.ts';
import { runs } from '../../runs.ts';

const PLAIN: TrainOptions = {
  modelType: 'bpe',
  normalizationRuleName: 'identity',
  characterCoverage: 1,
  hardVocabLimit: false,
};

/** Merged pieces of the trainer and of the oracle on the same words. */
async function trainTwice(lines: readonly string[], options: TrainOptions, mergeCount: number) {
  const resolved = resolveTrainOptions({ ...PLAIN, ...options });
  const data = await loadTrainingData(lines, resolved);
  const words = resolved.splitByWhitespace ? splitByWhitespace(data, resolved) : data;
  const alphabetSize = data.alphabet.length - FIRST_CHARACTER_ID;
  const { pieces } = await trainBpe(words, resolved, alphabetSize + mergeCount);

  const idsByCharacter = new Map(Array.from(data.alphabet, (codePoint, id) => [String.fromCodePoint(codePoint), id]));
  const judge = createPieceValidity(data, resolved);
  const plain = trainPlainly({
    words: Array.from({ length: sentenceCountOf(words) }, (_, i) => {
      const start = words.sentenceStarts[i]!;
      return {
        symbols: [...textOf(words, start, (words.sentenceEnds ?? words.sentenceStarts.subarray(1))[i]! - start)],
        count: words.sentenceCounts[i]!,
      };
    }),
    isValid: (piece) =>
      judge(
        Array.from(piece, (character) => idsByCharacter.get(character)!),
        0,
        [...piece].length,
      ),
    mergeCount,
  });
  return { merged: pieces.slice(0, pieces.length - alphabetSize), plain };
}

describe('trainBpe', () => {
  it('equals the plain trainer on random corpora', async () => {
    const line = (unit: fc.Arbitrary<string>) => fc.string({ unit, minLength: 1, maxLength: 25 });
    const corpus = fc.oneof(
      fc.array(line(fc.constantFrom('a', 'b')), { minLength: 1, maxLength: 8 }),
      fc.array(line(fc.constantFrom('a', 'b', 'c', ' ')), { minLength: 1, maxLength: 12 }),
      fc.array(line(fc.constantFrom('中', '文', 'あ', 'x', '1', ' ', '\u{20000}')), { minLength: 1, maxLength: 12 }),
    );
    const options = fc.record({
      splitByWhitespace: fc.boolean(),
      splitByUnicodeScript: fc.boolean(),
      splitDigits: fc.boolean(),
      allowWhitespaceOnlyPieces: fc.boolean(),
      removeExtraWhitespaces: fc.boolean(),
      maxSentencepieceLength: fc.constantFrom(2, 3, 16),
    });
    await fc.assert(
      fc.asyncProperty(corpus, options, fc.integer({ min: 0, max: 60 }), async (lines, chosen, mergeCount) => {
        fc.pre(lines.some((text) => text.trim() !== ''));
        const { merged, plain } = await trainTwice(lines, chosen, mergeCount);
        expect(merged).toEqual(plain);
      }),
      { ...runs(40), seed: 1 },
    );
  });

  it('weighs words by counts beyond 2^32', async () => {
    const lines = [
      { text: 'ab', count: 2 ** 40 },
      { text: 'cd', count: 2 ** 40 + 1 },
      { text: 'ef', count: 2 ** 40 - 1 },
    ];
    const options = { ...PLAIN, vocabSize: 12, addDummyPrefix: false, hardVocabLimit: true };
    const { pieces, pieceScores } = (await trainDocument(lines, options)).model;
    expect(pieces.join(' ')).toBe('<unk> <s> </s> cd ab ef c d a b e f');
    expect(Array.from(pieceScores, (score) => score + 0)).toEqual([0, 0, 0, 0, -1, -2, -3, -4, -5, -6, -7, -8]);
  });

  it('breaks ties by length in characters, then by UTF-8, not by UTF-16', async () => {
    const lines = ['\u{10000}\u{10001}', '\uff21\uff22', 'xyz', 'xyz'];
    const { model } = await trainDocument(lines, { ...PLAIN, vocabSize: 14, addDummyPrefix: false });
    // U+FF21 is below U+10000, but above the surrogates that U+10000 is written with in UTF-16.
    const merged = ['xy', 'xyz', '\uff21\uff22', '\u{10000}\u{10001}'];
    expect(model.pieces.slice(3, 7)).toEqual(merged);
  });

  it('fills the vocabulary with pairs that merges have used up, as the reference does', async () => {
    const { model } = await trainDocument(['abcd abcd', 'abcd'], {
      ...PLAIN,
      vocabSize: 16,
      hardVocabLimit: true,
    });
    expect(model.pieces.slice(3).join(' ')).toBe('ab cd ▁ab ▁abcd bc ▁a abc abcd a b c d ▁');
  });

  it('reports progress and stops when it is told to', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `${(i * 7919) % 1009} ${(i * 104729) % 2003}`);
    const events: TrainProgress[] = [];
    const options = { ...PLAIN, vocabSize: 2000, splitByNumber: false };
    await trainDocument(lines, options, { onProgress: (event) => events.push(event) });
    const done = events.filter(({ phase }) => phase === 'bpe').map((event) => event.done!);
    expect(done.length).toBeGreaterThan(2);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(events.filter(({ summary }) => summary).length).toBe(1);

    const controller = new AbortController();
    const onProgress = (event: TrainProgress) => {
      if (event.phase === 'bpe') controller.abort(new Error('enough'));
    };
    await expect(trainDocument(lines, options, { onProgress, signal: controller.signal })).rejects.toThrow('enough');
    await expect(trainDocument(lines, options, { signal: controller.signal })).rejects.toThrow('enough');
  });
});

describe('BPE training on unusual corpora', () => {
  const train = (lines: readonly string[], options: TrainOptions) => trainDocument(lines, { ...PLAIN, ...options });
  const textOfPieces = async (lines: readonly string[], options: TrainOptions) =>
    (await train(lines, options)).model.pieces;

  it('one character repeated', async () => {
    const pieces = await textOfPieces(['好'.repeat(50_000)], { vocabSize: 12, maxSentenceLength: 1_000_000 });
    expect(pieces.slice(3)).toEqual([
      '好好',
      '好好好好',
      '好'.repeat(8),
      '好'.repeat(16),
      '▁好',
      '▁好好',
      '好好好',
      '好',
      '▁',
    ]);
  });

  it('one character', async () => {
    expect(await textOfPieces(['好'], { vocabSize: 100, addDummyPrefix: false })).toEqual([
      '<unk>',
      '<s>',
      '</s>',
      '好',
    ]);
  });

  it('only Latin', async () => {
    const pieces = await textOfPieces(['the cat', 'the hat', 'the mat'], { vocabSize: 16 });
    expect(pieces).toContain('▁the');
    expect(pieces.length).toBe(16);
  });

  it('50,000 distinct characters, and a vocabulary as large as the alphabet', async () => {
    const characters: string[] = [];
    for (let codePoint = 0x20000; characters.length < 50_000; codePoint++) {
      characters.push(String.fromCodePoint(codePoint));
    }
    const lines: string[] = [];
    for (let i = 0; i < characters.length; i += 100) lines.push(characters.slice(i, i + 100).join(''));
    const { model } = await train(lines, { vocabSize: 50_004, hardVocabLimit: true });
    expect(model.pieces.length).toBe(50_004);
    expect(model.pieces.every((piece, id) => id < 3 || [...piece].length === 1)).toBe(true);
    await expect(train(lines, { vocabSize: 50_003 })).rejects.toThrow(
      'vocabSize 50003 is too small: 50,001 characters and 3 meta pieces need at least 50004',
    );
  });

  it('more characters than two bytes can number', async () => {
    const lines: string[] = [];
    for (let start = 0x20000; start < 0x20000 + 66_000; start += 100) {
      let line = '';
      for (let codePoint = start; codePoint < start + 100; codePoint++) line += String.fromCodePoint(codePoint);
      lines.push(line, line.slice(0, 4));
    }
    const { model } = await train(lines, { vocabSize: 66_100, addDummyPrefix: false });
    expect(model.pieces.length).toBe(66_100);
    expect(model.pieces[3]).toBe('\u{20000}\u{20001}');
  });

  it('a corpus without text', async () => {
    await expect(train([], { vocabSize: 10 })).rejects.toThrow('the corpus has no text to train on: 0 lines');
    await expect(train(['', '  ', ' '], { vocabSize: 10 })).rejects.toThrow('no text to train on: 3 lines');
    await expect(train(['x'.repeat(20)], { vocabSize: 10, maxSentenceLength: 10 })).rejects.toThrow(
      '1 is longer than maxSentenceLength',
    );
  });

  it('too few pairs for the vocabulary', async () => {
    await expect(train(['abcd'], { vocabSize: 50, hardVocabLimit: true })).rejects.toThrow(
      'vocabSize 50 is too large for this corpus: it gives 16 pieces at most',
    );
    expect((await train(['abcd'], { vocabSize: 50 })).training.vocabSize).toBe(16);
  });
});
