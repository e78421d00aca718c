import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTrainingData } from '../../../src/train/data/load-training-data.ts';
import { buildMetaPieces } from '../../../src/train/data/meta-pieces.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';
import type { TrainProgress, TrainRuntime } from '../../../src/train/runtime/train-runtime.ts';
import { trainUnigram } from '../../../src/train/unigram/unigram.ts';
import { trainPlainly } from '../../oracles/plain-unigram-training.ts';
import { isLongRun, runs } from '../../runs.ts';
import { plainOptionsOf } from './plain-options.ts';

const PLAIN: TrainOptions = {
  modelType: 'unigram',
  normalizationRuleName: 'identity',
  characterCoverage: 1,
  hardVocabLimit: false,
};

type Lines = readonly (string | { text: string; count: number })[];

async function train(
  lines: Lines,
  options: TrainOptions,
  runtime: TrainRuntime = {},
): Promise<[piece: string, score: number][]> {
  const resolved = resolveTrainOptions({ ...PLAIN, ...options });
  const data = await loadTrainingData(lines, resolved, runtime);
  const { pieces, scores } = await trainUnigram(data, resolved, buildMetaPieces(resolved).size, runtime);
  return pieces.map((piece, i) => [piece, scores[i]!]);
}

/** The same by the plain trainer. */
async function trainAgain(lines: Lines, options: TrainOptions): Promise<[piece: string, score: number][]> {
  const resolved = resolveTrainOptions({ ...PLAIN, ...options });
  return trainPlainly(plainOptionsOf(await loadTrainingData(lines, resolved), resolved));
}

describe('trainUnigram', () => {
  it('equals the plain trainer to the bit on random corpora', async () => {
    const line = (unit: fc.Arbitrary<string>) => fc.string({ unit, minLength: 1, maxLength: 20 });
    const phrase = (...parts: string[]) =>
      fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 6 }).map((chosen) => chosen.join(''));
    const lines = fc.oneof(
      fc.array(line(fc.constantFrom('a', 'b')), { minLength: 1, maxLength: 8 }),
      fc.array(line(fc.constantFrom('a', 'b', 'c', ' ')), { minLength: 1, maxLength: 12 }),
      fc.array(line(fc.constantFrom('中', '文', 'あ', 'x', '1', ' ', '\u{20000}')), { minLength: 1, maxLength: 10 }),
      fc.array(phrase('学习', '机器学习', '人工智能', ' ', '，', 'ai'), { minLength: 3, maxLength: 14 }),
    );
    const options = fc.record({
      splitByWhitespace: fc.boolean(),
      splitByUnicodeScript: fc.boolean(),
      removeExtraWhitespaces: fc.boolean(),
      maxSentencepieceLength: fc.constantFrom(2, 4, 16),
      numSubIterations: fc.constantFrom(1, 2),
      shrinkingFactor: fc.constantFrom(0.5, 0.75),
      seedSentencepieceSize: fc.constantFrom(5, 1_000_000),
      vocabSize: fc.constantFrom(16, 24, 200),
      characterCoverage: fc.constantFrom(0.98, 1),
    });
    await fc.assert(
      fc.asyncProperty(lines, options, async (corpus, chosen) => {
        fc.pre(corpus.some((text) => text.trim() !== ''));
        expect(await train(corpus, chosen)).toEqual(await trainAgain(corpus, chosen));
      }),
      { ...runs(40), seed: 7 },
    );
  });

  it('takes a line with a count as that many lines', async () => {
    const weighted = [
      { text: '机器学习', count: 7 },
      { text: '机器翻译 学习', count: 3 },
      { text: '深度学习', count: 2 },
      { text: '。', count: 1 },
    ];
    const repeated = weighted.flatMap(({ text, count }) => Array.from({ length: count }, () => text));
    expect(await train(weighted, { vocabSize: 24 })).toEqual(await train(repeated, { vocabSize: 24 }));
  });

  it('goes on counting beyond 2^32, where float32 sums would stand still', async () => {
    const at = async (count: number) =>
      new Map(
        await train(
          ['机器学习', '机器翻译', '学习翻译', '。'].map((text) => ({ text, count })),
          { vocabSize: 18 },
        ),
      );
    const large = await at(2 ** 40);
    const small = await at(2 ** 35);
    expect([...large.keys()]).toEqual([...small.keys()]);
    for (const [piece, score] of small) if (score > -20) expect(large.get(piece)).toBeCloseTo(score, 5);
  });

  // The scores are those of sentencepiece 0.2.2 for the same lines and options, num_threads=1.
  it.each<[what: string, lines: readonly string[], options: TrainOptions, expected: Record<string, number>]>([
    [
      'a node that runs into the next word stands for its first word',
      ['ab cx', 'ab cy', 'ab dx', 'ab dy'],
      { numSubIterations: 1 },
      { '▁ab': -1.30222, x: -2.01988, y: -2.01988, '▁c': -2.11639, '▁d': -2.11639, d: -3.74817, c: -3.74827 },
    ],
    [
      'so does one that runs into the next sentence, but not into the end of the text',
      ['ab cd', 'ab cd', 'uu'],
      { numSubIterations: 1 },
      { u: -1.45, '▁ab': -1.57202, '▁cd': -1.57202, d: -1.97903, c: -1.97913, b: -1.97923, a: -1.97933, '▁': -1.97933 },
    ],
    [
      'words are not cut at spaces when they are not split',
      ['ab cd', 'ab cd', 'uu'],
      { numSubIterations: 1, splitByWhitespace: false },
      { u: -1.08333, '▁ab▁cd': -1.18119, d: -1.86722, c: -1.86732, b: -1.86742, a: -1.86752, '▁': -1.86752 },
    ],
    [
      'seeds do not cross the pretokenization delimiter',
      ['ab|cd', 'ab|cd', 'uu'],
      { numSubIterations: 1, pretokenizationDelimiter: '|' },
      { u: -1.43897, cd: -1.4861, '▁ab': -1.53536, '|': -2.22558, d: -2.22568, c: -2.22578 },
    ],
  ])('does as sentencepiece does: %s', async (_, lines, options, expected) => {
    const scores = new Map(await train(lines, { vocabSize: 1000, ...options }));
    for (const [piece, score] of Object.entries(expected)) expect(scores.get(piece)).toBeCloseTo(score, 4);
  });

  it('does not depend on the number of threads', async () => {
    const lines = ['上海自来水来自海上', '山西运煤车煤运西山', '上海山西'];
    expect(await train(lines, { numThreads: 1, vocabSize: 40 })).toEqual(
      await train(lines, { numThreads: 8, vocabSize: 40 }),
    );
    expect(await train(lines, { numThreads: 8, vocabSize: 40 })).toEqual(
      await train(lines, { threads: 3, vocabSize: 40 }),
    );
  });
});

describe('trainUnigram on unusual corpora', () => {
  it('trains on one line', async () => {
    expect((await train(['你好'], { vocabSize: 6 })).map(([piece]) => piece).sort()).toEqual(['▁', '你', '好'].sort());
  });

  const times = isLongRun ? 100_000 : 30_000;

  it(`trains on one character repeated ${times} times`, async () => {
    const pieces = await train(['好'.repeat(times)], { vocabSize: 10, maxSentenceLength: 1 << 20 });
    expect(pieces.map(([piece]) => piece)).toContain('好'.repeat(16));
    for (const [, score] of pieces) expect(score).toBeLessThan(0);
  });

  it('trains on Latin text', async () => {
    const lines = ['the cat sat on the mat', 'the dog sat on the log', 'a cat and a dog'];
    const pieces = (await train(lines, { vocabSize: 30 })).map(([piece]) => piece);
    expect(pieces).toContain('▁the');
    expect(pieces).toContain('▁cat');
  });

  it('gives the alphabet and nothing else when the vocabulary is as large', async () => {
    const lines = ['上海自来水来自海上', '上海自来水'];
    const pieces = await train(lines, { vocabSize: 3 + 6 });
    expect(pieces.map(([piece]) => piece).sort()).toEqual(['▁', '上', '海', '自', '来', '水'].sort());
  });

  it('names the greatest vocabulary when the corpus cannot fill it, and fills less without hardVocabLimit', async () => {
    const lines = ['上海自来水来自海上', '上海自来水'];
    const most = (await train(lines, { vocabSize: 1000 })).length + 3;
    await expect(train(lines, { vocabSize: 1000, hardVocabLimit: true })).rejects.toThrow(
      `vocabSize: 1000 is too high for this corpus, which gives ${most} pieces at most`,
    );
    const atMost = await train(lines, { vocabSize: most, hardVocabLimit: true });
    expect(atMost).toHaveLength(most - 3);
  });

  const distinct = isLongRun ? 50_000 : 10_000;

  it(`trains on ${distinct} distinct characters`, async () => {
    const codePoints = Array.from({ length: distinct }, (_, i) => 0x20000 + i);
    const lines = Array.from({ length: distinct / 100 }, (_, i) =>
      String.fromCodePoint(...codePoints.slice(i * 100, i * 100 + 100)),
    );
    const pieces = await train([...lines, ...lines], { vocabSize: 1.04 * distinct });
    expect(new Set(pieces.map(([piece]) => piece)).size).toBe(pieces.length);
    expect(pieces.length).toBeGreaterThan(distinct);
  });

  it('takes words of the last line from nodes that begin further left, as the reference does', async () => {
    const learnt = async (lines: string[], options: TrainOptions) => {
      const found = await train(lines, { vocabSize: 100, hardVocabLimit: false, characterCoverage: 1, ...options });
      return found.map(([piece]) => piece);
    };
    // All occurrences of the last word end the text alike; `▁dbax▁` does not, where the last line has no other word.
    const suffix = { treatWhitespaceAsSuffix: true };
    expect(await learnt(['a dbax', 'c dbax', 'dbax'], suffix)).toContain('dbax▁');
    expect(await learnt(['xab dbax', 'yab dbax', 'z dbax'], suffix)).toContain('dbax▁');
    expect(await learnt(['zx', 'dbax', 'zx', 'dbax', 'q', 'dbax'], suffix)).toContain('dbax▁');
    expect(await learnt(['a dbax', 'c dbax', 'e dbax'], suffix)).not.toContain('dbax▁');
    const prefix = { addDummyPrefix: false };
    expect(await learnt(['xa dbax', 'ya dbax', 'z dbax'], prefix)).toContain('▁dbax');
    expect(await learnt(['a dbax', 'c dbax', 'dbax', 'dbax'], prefix)).not.toContain('dbax');
  });

  it('reports its steps and stops on request', async () => {
    const lines = ['上海自来水来自海上', '山西运煤车煤运西山', '上海山西自来水煤'];
    const events: TrainProgress[] = [];
    const onProgress = (event: TrainProgress) => events.push(event);
    await train(lines, { vocabSize: 18, numSubIterations: 2 }, { onProgress });
    const phases = events.map(({ phase }) => phase).filter((phase) => phase !== 'load');
    expect(phases.slice(0, 4)).toEqual(['seed', 'seed', 'em', 'em']);
    // Others tell how far the pass under way is.
    const em = events.filter(({ phase, tokens }) => phase === 'em' && tokens !== undefined);
    const all = events.filter(({ phase }) => phase === 'em' || phase === 'prune').map(({ done }) => done!);
    expect(all).toEqual([...all].sort((a, b) => a - b));
    expect(em[0]).toMatchObject({ round: 0, subIteration: 0, done: 1 });
    expect(em.map(({ done }) => done)).toEqual(em.map((_, i) => i + 1));
    expect(em.every(({ done, total }) => total! >= done!)).toBe(true);
    expect(em.at(-1)!.total).toBe(em.length);
    for (const { pieces, objective, tokens } of em) {
      expect(pieces).toBeGreaterThan(0);
      expect(objective).toBeGreaterThan(0);
      expect(tokens).toBeGreaterThan(0);
    }

    const controller = new AbortController();
    const stopped = train(
      lines,
      { vocabSize: 18 },
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(stopped).rejects.toThrow('aborted');
  });
});
