// Corpora of unusual shape, end to end: both trainers give a model that loads, covers its text, and encodes it.
import { describe, expect, it } from 'vitest';
import type { WeightedSentence } from '../../../src/core/weighted-sentence.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { trainDocument } from '../../../src/train/train-sentencepiece.ts';
import { needsLongRun } from '../../skip.ts';

async function train(lines: Iterable<string | WeightedSentence>, options: TrainOptions) {
  const { model, bytes } = await trainDocument(lines, {
    normalizationRuleName: 'identity',
    characterCoverage: 1,
    hardVocabLimit: false,
    ...options,
  });
  const { pieces } = model;
  expect(new Set(pieces).size).toBe(pieces.length);
  for (const score of model.pieceScores) expect(Number.isFinite(score)).toBe(true);
  return { pieces, bytes };
}

async function trainAndLoad(lines: Iterable<string | WeightedSentence>, options: TrainOptions) {
  const { pieces, bytes } = await train(lines, options);
  const tokenizer = createTokenizer(parseTokenizerModel(bytes));
  return { pieces, tokenizer, known: (text: string) => !tokenizer.encode(text).includes(tokenizer.unkId) };
}

/** Different characters: Han of all planes and private use. */
function characters(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String.fromCodePoint(0x20000 + i)).filter(
    (character) => (character.codePointAt(0)! & 0xfffe) !== 0xfffe,
  );
}

describe.each(['unigram', 'bpe'] as const)('%s', (modelType) => {
  it('one line', async () => {
    const { known, pieces } = await trainAndLoad(['天地玄黄'], { modelType, vocabSize: 20 });
    expect(known('黄天地玄')).toBe(true);
    expect(pieces.length).toBeGreaterThanOrEqual(3 + 5);
  });

  it('one character, and one character repeated', async () => {
    expect((await trainAndLoad(['好'], { modelType, vocabSize: 20, addDummyPrefix: false })).known('好好')).toBe(true);
    const line = '哈'.repeat(20_000);
    const { tokenizer } = await trainAndLoad([line], { modelType, vocabSize: 12, maxSentenceLength: 1 << 17 });
    expect(tokenizer.decode(tokenizer.encode(line))).toBe(line);
    expect(tokenizer.encode(line).length).toBeLessThan(20_000 / 8);
  });

  it('only Latin', async () => {
    const lines = ['the cat sat on the mat', 'the dog sat on the log', 'a cat and a dog on a mat'];
    const { pieces, known } = await trainAndLoad(lines, { modelType, vocabSize: 40 });
    expect(pieces).toContain('▁the');
    expect(known('a god')).toBe(true);
  });

  it('only rare characters, each once', async () => {
    const lines = characters(2000).map((character) => `${character}${character}`);
    const { pieces, known } = await trainAndLoad(lines, { modelType, vocabSize: 2100, addDummyPrefix: false });
    expect(known(lines.join(''))).toBe(true);
    expect(pieces.filter((piece) => [...piece].length === 1)).toHaveLength(2000);
  });

  it('70,000 distinct characters, and a vocabulary as large as the alphabet', needsLongRun, async () => {
    const all = characters(70_010).slice(0, 70_000);
    const lines = Array.from({ length: 700 }, (_, i) => all.slice(100 * i, 100 * i + 100).join(''));
    const options = { modelType, vocabSize: 3 + 70_000, addDummyPrefix: false, hardVocabLimit: true } as const;
    const { pieces } = await train(lines, options);
    expect(pieces).toHaveLength(70_003);
    expect([...pieces.slice(3)].sort()).toEqual([...all].sort());
    await expect(train(lines, { ...options, vocabSize: 70_002 })).rejects.toThrow(
      '70,000 characters and 3 meta pieces need at least 70003',
    );
  });

  it('an empty corpus, and one of nothing but empty lines', async () => {
    for (const lines of [[], [''], [' ', '  ']]) {
      await expect(train(lines, { modelType })).rejects.toThrow(InputError);
    }
  });

  it('counts above 2^32, and sums above 2^53', async () => {
    const lines = ['天地玄黄', '天地玄黄，宇宙洪荒', '宇宙洪荒'].map((text, i) => ({ text, count: 2 ** 50 + i }));
    const { pieces } = await train(lines, { modelType, vocabSize: 30 });
    const plain = await train(
      lines.map(({ text }) => text),
      { modelType, vocabSize: 30 },
    );
    expect(pieces).toContain('宇宙洪荒');
    expect(plain.pieces.filter((piece) => [...piece].length === 1).sort()).toEqual(
      pieces.filter((piece) => [...piece].length === 1).sort(),
    );
    await expect(train([{ text: '天', count: 2 ** 53 }], { modelType })).rejects.toThrow('count 9007199254740992');
  });

  it('a vocabulary that no text can fill, or that is too small for what it must hold', async () => {
    await expect(train(['天地'], { modelType, vocabSize: 1000, hardVocabLimit: true })).rejects.toThrow(OptionError);
    await expect(train(['天地'], { modelType, vocabSize: 5 })).rejects.toThrow('need at least 6');
  });
});

it('a word too long for sums in float32 is refused instead of giving scores that are no numbers', async () => {
  let state = 1;
  const letters = Array.from({ length: 100_000 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 0x4e00 + Math.floor((state / 2 ** 32) * 3000);
  });
  const word = letters.map((letter) => String.fromCodePoint(letter)).join('');
  await expect(train([word], { vocabSize: 5500, maxSentenceLength: 1 << 20 })).rejects.toThrow(
    'a word that is too long',
  );
});
