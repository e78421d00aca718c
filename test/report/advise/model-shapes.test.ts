import { describe, expect, it } from 'vitest';
import type { ModelShape } from '../../../src/formats/checkpoint/model-shape.ts';
import { costOfShape, MODEL_SHAPES } from '../../../src/report/advise/model-shapes.ts';

const COST = { firstVocabSize: 32_000, vocabSize: 49_953, firstTokensPerCharacter: 1.2, tokensPerCharacter: 0.6 };
const shape = (name: string): ModelShape => MODEL_SHAPES.find((each) => each.name === name)!;

describe('MODEL_SHAPES', () => {
  // Parameters of the published checkpoints, all tensors, with their published vocabularies.
  it.each([
    ['7B', 32_000, 6_738_415_616],
    ['13B', 32_000, 13_015_864_320],
    ['70B', 32_000, 68_976_648_192],
    ['Llama-3-8B', 128_256, 8_030_261_248],
  ])('%s has the parameters of its checkpoint', (name, vocabSize, parameters) => {
    const { bodyParameters, hiddenSize, matrices } = shape(name);
    expect(bodyParameters! + vocabSize * hiddenSize * matrices).toBe(parameters);
  });
});

describe('costOfShape', () => {
  it('counts rows and bytes of both matrices', () => {
    const cost = costOfShape(shape('7B'), COST);
    expect(cost).toMatchObject({ rows: 17_953, embeddingBytes: 17_953 * 4096 * 2, headBytes: 17_953 * 4096 * 2 });
    expect(cost.savedPerMillionCharacters).toBeCloseTo(600_000, 6);
    expect(cost.growth).toBeCloseTo((17_953 * 4096 * 2) / 6_738_415_616, 12);
    expect(costOfShape(shape('7B'), { ...COST, bytesPerValue: 4 }).embeddingBytes).toBe(17_953 * 4096 * 4);
    expect(costOfShape({ ...shape('7B'), matrices: 1 }, COST).headBytes).toBe(0);
  });

  it('knows the key-value cache: half a megabyte a token for 7B, less with grouped heads', () => {
    expect(costOfShape(shape('7B'), COST).cacheBytesPerToken).toBe(524_288);
    expect(costOfShape(shape('13B'), COST).cacheBytesPerToken).toBe(819_200);
    expect(costOfShape(shape('70B'), COST).cacheBytesPerToken).toBe(327_680);
    expect(costOfShape(shape('Llama-3-8B'), COST).cacheBytesPerToken).toBe(131_072);
    // 0.6 tokens saved a character; the rows take 2 * 147,070,976 bytes.
    expect(costOfShape(shape('7B'), COST).cacheBreakEvenCharacters).toBeCloseTo((2 * 147_070_976) / (0.6 * 524_288), 6);
  });

  it('expects decoding to speed up by the tokens, less what the larger LM head costs', () => {
    const { decodeSpeedUp, breakEvenRatio } = costOfShape(shape('7B'), COST);
    const before = 6_476_271_616 + 32_000 * 4096;
    const after = before + 17_953 * 4096;
    expect(decodeSpeedUp).toBeCloseTo((2 * before) / after, 12);
    expect(breakEvenRatio).toBeCloseTo(before / after, 12);
    // At the break-even ratio nothing is gained and nothing lost.
    const even = costOfShape(shape('7B'), { ...COST, tokensPerCharacter: 1.2 * breakEvenRatio! });
    expect(even.decodeSpeedUp).toBeCloseTo(1, 12);
    expect(even.trainingBreakEvenCharacters ?? 0).not.toBeLessThan(0);
    // A larger model hardly notices the rows.
    expect(costOfShape(shape('70B'), COST).decodeSpeedUp).toBeGreaterThan(decodeSpeedUp!);
  });

  it('pays for training after as many characters as the saved computation needs', () => {
    const { trainingBreakEvenCharacters } = costOfShape(shape('7B'), { ...COST, trainingTokens: 1e9 });
    const before = 6_476_271_616 + 32_000 * 4096;
    const after = before + 17_953 * 4096;
    const savedPerCharacter = 2 * (1.2 * before - 0.6 * after);
    expect(trainingBreakEvenCharacters! * savedPerCharacter).toBeCloseTo(6 * after * 1e9, -10);
  });

  it('has no break-even where nothing is saved', () => {
    const worse = costOfShape(shape('7B'), { ...COST, tokensPerCharacter: 1.25 });
    expect(worse).toMatchObject({ cacheBreakEvenCharacters: null, trainingBreakEvenCharacters: null });
    expect(worse.decodeSpeedUp).toBeLessThan(1);
  });

  it('breaks even at once with a smaller vocabulary that saves tokens', () => {
    const smaller = costOfShape(shape('7B'), { ...COST, vocabSize: 30_000 });
    expect(smaller).toMatchObject({ rows: -2000, cacheBreakEvenCharacters: 0 });
  });

  it('says nothing of the whole model where its parameters are not known, and takes the bytes of the shape', () => {
    const unknown = { ...shape('7B'), bodyParameters: null, bytesPerValue: 4 };
    expect(costOfShape(unknown, COST)).toMatchObject({
      embeddingBytes: 17_953 * 4096 * 4,
      growth: null,
      decodeSpeedUp: null,
      breakEvenRatio: null,
      trainingBreakEvenCharacters: null,
    });
  });
});
