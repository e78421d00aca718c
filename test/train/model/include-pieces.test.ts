// Pieces that must be there come out of encoding their own text, whatever the trainer; excluded ones are not there.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseModelProto } from '../../../src/formats/sentencepiece/model-file.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { trainDocument } from '../../../src/train/train-sentencepiece.ts';
import { runs } from '../../runs.ts';

const LINES = [
  '机器学习是人工智能的一个分支',
  '深度学习是机器学习的一个分支',
  '人工智能和机器学习改变了学习',
  '自然语言处理是人工智能的一个方向',
  '语言模型学习自然语言',
];

const TYPES = ['unigram', 'bpe'] as const;

async function train(options: TrainOptions, lines: readonly string[] = LINES) {
  const { model, bytes } = await trainDocument(lines, {
    vocabSize: 80,
    normalizationRuleName: 'identity',
    addDummyPrefix: false,
    hardVocabLimit: false,
    ...options,
  });
  const tokenizer = createTokenizer(model);
  return { proto: parseModelProto(bytes), tokenizer, pieces: model.pieces };
}

describe.each(TYPES)('mustInclude, %s', (modelType) => {
  it('gives pieces that the corpus does not have, made of characters that it does not have', async () => {
    const mustInclude = ['龘靐齉爩', '学习机器', 'C++20', '分支', '自然语言处理是人工智能的一个方向'];
    const { tokenizer, pieces } = await train({ modelType, mustInclude });
    for (const piece of mustInclude) expect(tokenizer.encodePieces(piece)).toEqual([piece]);
    expect(new Set(pieces).size).toBe(pieces.length);
  });

  it('fills the vocabulary exactly, in place of the worst pieces', async () => {
    const vocabSize = modelType === 'bpe' ? 60 : 42;
    const without = await train({ modelType, vocabSize, hardVocabLimit: true });
    const { pieces } = await train({ modelType, vocabSize, hardVocabLimit: true, mustInclude: ['语言学'] });
    expect(pieces).toHaveLength(vocabSize);
    const learnt = without.pieces.filter((piece) => [...piece].length > 1);
    const added = pieces.filter((piece) => !without.pieces.includes(piece));
    expect(added).toContain('语言学');
    const lost = without.pieces.filter((piece) => !pieces.includes(piece));
    expect(lost).toEqual(learnt.slice(learnt.length - added.length));
  });

  it('counts towards a vocabulary that the corpus alone cannot fill', async () => {
    const { pieces } = await train({ modelType, vocabSize: 1000 });
    const vocabSize = pieces.length + 1;
    expect((await train({ modelType, vocabSize, hardVocabLimit: true, mustInclude: ['学语'] })).pieces).toContain(
      '学语',
    );
    await expect(
      train({ modelType, vocabSize: vocabSize + 1, hardVocabLimit: true, mustInclude: ['学语'] }),
    ).rejects.toThrow(`it gives ${vocabSize} pieces at most`);
  });

  it('changes nothing when the pieces are there and are reached already', async () => {
    const { proto } = await train({ modelType });
    const mustInclude = ['机器学习', '学', '人工智能'];
    expect((await train({ modelType, mustInclude })).proto).toEqual(proto);
  });

  it('reaches every wanted piece on random corpora, and whatever was reached before', async () => {
    const unit = fc.constantFrom('甲', '乙', '丙', '丁');
    const text = fc.string({ unit, minLength: 2, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 3, maxLength: 12 }),
        fc.uniqueArray(text, { minLength: 1, maxLength: 4 }),
        async (lines, mustInclude) => {
          const without = await train({ modelType, vocabSize: 60 }, lines);
          const { tokenizer, pieces } = await train({ modelType, vocabSize: 60, mustInclude }, lines);
          for (const piece of mustInclude) expect(tokenizer.encodePieces(piece)).toEqual([piece]);
          // Unigram scores its pieces anew.
          const kept = modelType === 'bpe' ? pieces.filter((piece) => without.pieces.includes(piece)) : [];
          for (const piece of kept) {
            expect(tokenizer.encodePieces(piece)).toEqual(without.tokenizer.encodePieces(piece));
          }
        },
      ),
      { ...runs(8), seed: 3 },
    );
  });

  it('takes the text as normalization leaves it, and a space as ▁', async () => {
    // A part of nfkc, which takes a second to compile.
    const normalizationRuleTsv = 'FF21\t41\nFF22\t42\nFF23\t43\n';
    const { tokenizer } = await train({ modelType, normalizationRuleTsv, mustInclude: ['ＡＢＣ', ' 学 习'] });
    expect(tokenizer.encodePieces('ＡＢＣ')).toEqual(['ABC']);
    expect(tokenizer.encodePieces('学 学 习')).toEqual(['学', '▁学▁习']);
  });

  it('is not written into the model', async () => {
    const { proto } = await train({ modelType, mustInclude: ['龘靐'], exclude: ['机器'], minDocumentFrequency: 1 });
    const plain = await train({ modelType });
    expect(proto.trainerSpec).toEqual({ ...plain.proto.trainerSpec, vocabSize: proto.trainerSpec!.vocabSize });
  });

  it.each<[what: string, options: TrainOptions, message: string]>([
    ['excluded as well', { mustInclude: ['机器'], exclude: ['机器'] }, 'mustInclude: "机器" is excluded as well'],
    ['with an excluded character', { mustInclude: ['机器'], exclude: ['器'] }, '"器", which is excluded'],
    ['of what no piece can hold', { mustInclude: ['a\tb'] }, 'which no piece can hold'],
    ['of a control symbol', { mustInclude: ['<s>'] }, 'is a control symbol'],
    ['that text is cut in', { mustInclude: ['中文字'], userDefinedSymbols: ['文'] }, 'user-defined symbol "文"'],
    ['of nothing', { mustInclude: [''] }, 'mustInclude: a piece must not be empty'],
    ['beyond the vocabulary', { mustInclude: ['机器学'], vocabSize: 30 }, 'vocabSize 30 is too small: 3'],
  ])('refuses pieces %s', async (_, options, message) => {
    await expect(train({ modelType, ...options })).rejects.toThrow(message);
  });
});

describe('mustInclude and BPE', () => {
  it('finds another way round excluded steps, or says that there is none', async () => {
    const options = { modelType: 'bpe', mustInclude: ['龘靐齉'] } as const;
    expect((await train(options)).pieces).toContain('龘靐');
    const { tokenizer, pieces } = await train({ ...options, exclude: ['龘靐'] });
    expect(pieces).toContain('靐齉');
    expect(tokenizer.encodePieces('龘靐齉')).toEqual(['龘靐齉']);
    await expect(train({ ...options, exclude: ['龘靐', '靐齉'] })).rejects.toThrow(
      'all merges of 龘 靐 齉 are excluded',
    );
  });

  it('says how large the vocabulary would have to be', async () => {
    const mustInclude = ['龘靐齉爩鱻麤'];
    const characters = new Set([...LINES.join(''), ...mustInclude[0]!]).size;
    const least = 3 + characters + 5;
    await expect(train({ modelType: 'bpe', vocabSize: least - 1, mustInclude })).rejects.toMatchObject({
      hint: `Set vocabSize to ${least} or more, or shorten the list.`,
    });
    expect((await train({ modelType: 'bpe', vocabSize: least, mustInclude })).pieces).toHaveLength(least);
  });
});

describe.each(TYPES)('exclude, %s', (modelType) => {
  it('keeps texts out, exactly', async () => {
    const before = await train({ modelType });
    expect(before.pieces).toContain('学习');
    const { pieces } = await train({ modelType, exclude: ['学习', '不在'] });
    expect(pieces).not.toContain('学习');
    expect(pieces.some((piece) => piece.includes('学习'))).toBe(true);
    expect(pieces.length).toBeGreaterThanOrEqual(before.pieces.length - 3);
  });

  it('leaves excluded characters out of the alphabet', async () => {
    const { pieces } = await train({ modelType, exclude: ['学'] });
    expect(pieces.some((piece) => piece.includes('学'))).toBe(false);
    await expect(train({ modelType, exclude: ['学'], requiredChars: '学' })).rejects.toThrow('required characters');
  });
});
