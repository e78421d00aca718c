import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrainOptions } from '../../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../../src/train/options/resolve-options.ts';
import { NO_PARENT, pieceTextOf, UNKNOWN_NODE } from '../../../../src/train/unigram/forest/pieces.ts';
import { findSeeds, type Seeds } from '../../../../src/train/unigram/seeds/seeds.ts';
import { findSeeds as findSeedsPlainly } from '../../../oracles/plain-unigram-training.ts';
import { runs } from '../../../runs.ts';
import { drain, forestOf, longestNode, trainingDataOf, type Weighted } from '../corpus.ts';
import { plainOptionsOf } from '../plain-options.ts';

const RUNTIME = { signal: undefined, run: async <T>(steps: Generator<number, T>) => drain(steps) };

const find = (sentences: readonly Weighted[], options: TrainOptions = {}): Promise<Seeds> =>
  findSeeds(trainingDataOf(sentences), resolveTrainOptions({ modelType: 'unigram', ...options }), RUNTIME);

const piecesOf = ({ forest }: Pick<Seeds, 'forest'>): [piece: string, score: number][] =>
  Array.from(forest.order, (node) => [pieceTextOf(forest, node), forest.scores[node]!]);

const namesOf = (seeds: Seeds): string[] => piecesOf(seeds).map(([piece]) => piece);

const sentences = fc.oneof(
  fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 }),
  fc.array(fc.string({ unit: fc.constantFrom('▁', 'a', '中', '𠮷', '\u2585'), minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 10,
  }),
);

const options = fc.record({
  splitByWhitespace: fc.boolean(),
  maxSentencepieceLength: fc.constantFrom(2, 4, 16),
  seedSentencepieceSize: fc.constantFrom(1, 5, 1_000_000),
});

const once = (texts: readonly string[]): Weighted[] => texts.map((text) => [text, 1]);

describe('findSeeds', () => {
  it('takes all characters by count, then candidates by frequency times length', async () => {
    // ab: 3 x 2, abc: 2 x 3, bc: 2 x 2; the last sentence ends in a character that occurs once.
    const seeds = await find(once(['abcx', 'abcy', 'abz']));
    expect(namesOf(seeds)).toEqual(['a', 'b', 'c', 'x', 'y', 'z', 'abc', 'ab', 'bc']);
    const total = 3 + 3 + 2 + 1 + 1 + 1 + 6 + 6 + 4;
    const weights = [3, 3, 2, 1, 1, 1, 6, 6, 4];
    piecesOf(seeds).forEach(([, score], i) => {
      expect(score).toBeCloseTo(Math.log(weights[i]! / total), 6);
    });
    expect(seeds.forest.scores[UNKNOWN_NODE]).toBeCloseTo(Math.log(1 / total) - 10, 5);
  });

  it('takes of equal candidates the longer in UTF-8 first, then by text', async () => {
    const seeds = await find(once(['ba1', 'ba2', '中文1', '中文2', 'ab1', 'ab2', '9']));
    expect(namesOf(seeds).filter((piece) => piece.length > 1)).toEqual(['中文', 'ab', 'ba']);
  });

  it('is done with a text that is one line a thousand times', async () => {
    // As the reference does: what the end of the text repeats is passed over, and nothing else is followed by two things.
    const names = namesOf(await find(once(['xy', ...Array<string>(1_000).fill('abcdefgh')])));
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'x', 'y']);
  });

  it('equals the plain search where the text ends with much that stands elsewhere', async () => {
    const lines = ['中文中', '中文', 'ab▁abc', 'abc▁b', '文中'];
    const repeated = fc.record({
      before: fc.array(fc.constantFrom(...lines), { maxLength: 4 }),
      end: fc.array(fc.constantFrom(...lines), { minLength: 1, maxLength: 6 }),
      times: fc.integer({ min: 2, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(repeated, options, async ({ before, end, times }, chosen) => {
        const data = trainingDataOf(once([...before, ...Array.from({ length: times }, () => end).flat()]));
        const resolved = resolveTrainOptions({ modelType: 'unigram', ...chosen });
        const seeds = await findSeeds(data, resolved, RUNTIME);
        expect(piecesOf(seeds)).toEqual([...findSeedsPlainly(plainOptionsOf(data, resolved))]);
      }),
      runs(40),
    );
  });

  it('takes as many candidates as it is told, characters aside', async () => {
    const seeds = await find(once(['abcx', 'abcy', 'abz']), { seedSentencepieceSize: 1 });
    expect(namesOf(seeds)).toEqual(['a', 'b', 'c', 'x', 'y', 'z', 'abc']);
  });

  it('cuts sentences at boundaries, where no seed starts', async () => {
    const seeds = await find(once(['ab\0ab', 'ab\0b']));
    expect(namesOf(seeds)).toEqual(['b', 'a', 'ab']);
    const names = Array.from(seeds.nodes, (node) => (node < 0 ? '' : pieceTextOf(seeds.forest, node)));
    expect(names).toEqual(['ab', 'b', '', 'ab', 'b', 'ab', 'b', '', 'b']);
  });

  it('equals the plain search to the bit', async () => {
    await fc.assert(
      fc.asyncProperty(sentences, options, async (texts, chosen) => {
        const data = trainingDataOf(once(texts));
        const resolved = resolveTrainOptions({ modelType: 'unigram', ...chosen });
        const seeds = await findSeeds(data, resolved, RUNTIME);
        expect(piecesOf(seeds)).toEqual([...findSeedsPlainly(plainOptionsOf(data, resolved))]);
      }),
      runs(50),
    );
  });

  it('names the longest seed at each character, and each seed its parent', async () => {
    await fc.assert(
      fc.asyncProperty(sentences, options, async (texts, chosen) => {
        const { forest, nodes } = await find(once(texts), chosen);
        const expected = texts.flatMap((text) => {
          const letters = [...text];
          return letters.map((_, i) => longestNode(forest, letters.slice(i).join('')));
        });
        expect([...nodes]).toEqual(expected);
        // Nodes in pre-order are nodes in lexicographic order.
        const plain = forestOf(piecesOf({ forest }));
        expect(forest.parents).toEqual(plain.parents);
        expect(forest.order).toEqual(plain.order);
        expect(forest.parents[UNKNOWN_NODE]).toBe(NO_PARENT);
      }),
      runs(50),
    );
  });

  it('counts sentences of tsv input twice each for candidates, and leaves their counts to the characters', async () => {
    const weighted: Weighted[] = [
      ['abc', 5],
      ['abd', 7],
    ];
    const tsv = piecesOf(await find(weighted, { inputFormat: 'tsv' }));
    const twice = piecesOf(await find(once(['abc', 'abc', 'abd', 'abd'])));
    const longOnes = (pieces: [string, number][]) => pieces.map(([piece]) => piece).filter((piece) => piece.length > 1);
    expect(longOnes(tsv)).toEqual(longOnes(twice));
    const scores = new Map(tsv);
    // ab occurs four times: 4 x 2 to the 12 of a.
    expect(scores.get('ab')! - scores.get('a')!).toBeCloseTo(Math.log(8 / 12), 6);
  });
});
