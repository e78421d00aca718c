import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../../src/core/unicode/utf8.ts';
import { InputError } from '../../../../src/errors.ts';
import { singleDocuments } from '../../../../src/train/data/document-frequency.ts';
import type { TrainingData } from '../../../../src/train/data/training-data.ts';
import type { TrainOptions } from '../../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../../src/train/options/resolve-options.ts';
import type { Candidates } from '../../../../src/train/runtime/train-threads.ts';
import { leastOfBest } from '../../../../src/train/unigram/seeds/candidates.ts';
import { openSeedEngine } from '../../../../src/train/unigram/seeds/engine.ts';
import type { JoinedText } from '../../../../src/train/unigram/seeds/joined-text.ts';
import { runs } from '../../../runs.ts';
import { drain, trainingDataOf, type Weighted } from '../corpus.ts';

interface Found extends JoinedText {
  readonly candidates: Candidates;
}

async function search(data: TrainingData, options: TrainOptions = {}): Promise<Found> {
  const resolved = resolveTrainOptions({ modelType: 'unigram', ...options });
  const engine = await openSeedEngine(data, resolved, { signal: undefined, run: async (steps) => drain(steps) });
  return { ...engine.joined, candidates: await engine.collect() };
}

function textFrom({ search: { text, alphabet } }: JoinedText, start: number, length: number): string {
  return Array.from(text.subarray(start, start + length), (rank) => String.fromCodePoint(alphabet[rank]!)).join('');
}

/** Candidates in lexicographic order. */
function inOrder({ candidates: { firsts, lengths } }: Found): number[] {
  return [...firsts.keys()].sort((a, b) => firsts[a]! - firsts[b]! || lengths[a]! - lengths[b]!);
}

/** Candidates with their scores, in lexicographic order. */
function listOf(found: Found): [text: string, score: number][] {
  const { firsts, lengths, scores } = found.candidates;
  return inOrder(found).map((i) => [textFrom(found, found.search.suffixes[firsts[i]!]!, lengths[i]!), scores[i]!]);
}

const find = async (sentences: readonly Weighted[], options?: TrainOptions) =>
  listOf(await search(trainingDataOf(sentences), options));

const once = (...texts: string[]): Weighted[] => texts.map((text) => [text, 1]);

describe('createCollector', () => {
  it('finds what has two continuations, with frequency times length, prefixes first', async () => {
    expect(await find(once('abcx', 'abcy', 'abz'))).toEqual([
      ['ab', 6],
      ['abc', 6],
      ['bc', 4],
    ]);
  });

  it('takes a node that runs into the next word for its first word, at its greatest frequency', async () => {
    // ▁ab▁c twice and ▁ab▁d twice: the node ▁ab▁ of four occurrences stands for ▁ab.
    const found = new Map(await find(once('▁ab▁cx', '▁ab▁cy', '▁ab▁dx', '▁ab▁dy')));
    expect(found.get('▁ab')).toBe(4 * 3);
    expect([...found.keys()].filter((text) => text.lastIndexOf('▁') > 0)).toEqual([]);
  });

  it('keeps words together where they are not split', async () => {
    expect(new Map(await find(once('▁ab▁cx', '▁ab▁cy'), { splitByWhitespace: false })).get('▁ab▁c')).toBe(2 * 5);
  });

  it('finds nothing longer than maxSentencepieceLength', async () => {
    expect(await find(once('abcx', 'abcy', 'abz'), { maxSentencepieceLength: 2 })).toEqual([
      ['ab', 6],
      ['bc', 4],
    ]);
  });

  it('leaves out what is in too few documents', async () => {
    const sentences = once('abx', 'aby', 'cdx', 'cdy', 'z');
    const data = { ...trainingDataOf(sentences), documents: singleDocuments([1, 2, 3, 3, 4]) };
    expect(listOf(await search(data))).toEqual([
      ['ab', 4],
      ['cd', 4],
    ]);
    expect(listOf(await search(data, { minDocumentFrequency: 2 }))).toEqual([['ab', 4]]);
  });

  it('joins sentences by boundaries, as ranks by code point, and counts characters', async () => {
    const {
      search: joined,
      counts,
      copies,
    } = await search(
      trainingDataOf([
        ['ca', 2],
        ['b\u2585', 3],
      ]),
    );
    expect(Array.from(joined.alphabet, (codePoint) => String.fromCodePoint(codePoint))).toEqual([
      '\0',
      '\u2585',
      'a',
      'b',
      'c',
    ]);
    expect([...joined.text]).toEqual([4, 2, 0, 3, 1, 0]);
    expect([...counts]).toEqual([0, 3, 2, 3, 2]);
    expect(copies).toBe(1);
  });

  it('has each sentence of tsv input twice and counts it once', async () => {
    const found = await search(
      trainingDataOf([
        ['abx', 9],
        ['aby', 9],
        ['z', 1],
      ]),
      { inputFormat: 'tsv' },
    );
    expect(found.copies).toBe(2);
    expect(textFrom(found, 0, found.search.text.length)).toBe('abx\0abx\0aby\0aby\0z\0z\0');
    expect(new Map(listOf(found)).get('ab')).toBe(4 * 2);
  });

  it('says of each candidate which suffixes begin with it, in lexicographic order and none twice', async () => {
    const unit = fc.constantFrom('a', 'b', '中', '▁');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit, maxLength: 10 }), { maxLength: 8 }), async (texts) => {
        // The last sentence begins like no other, so that no occurrence is passed over for ending the text.
        const found = await search(trainingDataOf(once(...texts, 'z')));
        const { firsts, ends, lengths, scores } = found.candidates;
        const names = listOf(found).map(([text]) => text);
        expect(names).toEqual([...new Set(names)].sort(compareUtf8));
        inOrder(found).forEach((i, place) => {
          const name = names[place]!;
          for (const suffix of found.search.suffixes.subarray(firsts[i]!, ends[i]!)) {
            expect(textFrom(found, suffix, lengths[i]!)).toBe(name);
          }
          expect(scores[i]).toBe((ends[i]! - firsts[i]!) * lengths[i]!);
        });
      }),
      runs(100),
    );
  });

  it('takes a sentence with a count for as many sentences', async () => {
    const weighted = fc.array(
      fc.tuple(
        fc.string({ unit: fc.constantFrom('a', 'b', '▁'), minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
      ),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(weighted, async (sentences) => {
        const repeated = sentences.flatMap(([text, count]) => Array.from({ length: count }, () => text));
        // What ends the text is judged in another way: see the next test.
        expect(await find([...sentences, ['z', 1]])).toEqual(await find(once(...repeated, 'z')));
      }),
      runs(100),
    );
  });

  it('sees no repetition in a sentence with a count that ends the text, as with lines', async () => {
    expect(await find([['ab', 2]])).toEqual(await find(once('ab', 'ab')));
    expect(await find([['ab', 2]])).toEqual([]);
    expect(await find([['ab', 2], ...once('z')])).toEqual([['ab', 4]]);
  });

  it('says that a corpus beyond int32 positions is too long, before it takes memory for it', async () => {
    const data = trainingDataOf(once('ab'));
    const chars = { length: 2 ** 31 - 1 } as unknown as Uint16Array;
    const start = () => search({ ...data, chars, sentenceStarts: Float64Array.of(0, chars.length) });
    await expect(start()).rejects.toThrow(InputError);
    await expect(start()).rejects.toThrow(
      'the corpus has 2147483648 characters and sentence ends, at most 2147483647 are possible',
    );
  });

  it('keeps what can be among the seeds when it has collected twice as many', async () => {
    // 300 x 300 pairs, each as often as the sum of its characters' numbers says.
    const character = (i: number) => String.fromCodePoint(0x4e00 + i);
    const pairs: Weighted[] = [];
    for (let a = 0; a < 300; a++) for (let b = 0; b < 300; b++) pairs.push([character(a) + character(b), 2 + a + b]);
    const seedSentencepieceSize = 50;
    const all = await find([...pairs, ['z', 1]], { splitByWhitespace: false });
    const few = await find([...pairs, ['z', 1]], { splitByWhitespace: false, seedSentencepieceSize });
    const byScore = (list: [string, number][]) => list.map(([, score]) => score).sort((a, b) => b - a);
    expect(all.length).toBeGreaterThan(1 << 16);
    expect(few.length).toBeLessThan(all.length);
    expect(byScore(few).slice(0, seedSentencepieceSize)).toEqual(byScore(all).slice(0, seedSentencepieceSize));
  });
});

describe('leastOfBest', () => {
  it('is the score that the last of the best has, or 0 when all are among them', () => {
    expect(leastOfBest(Float64Array.of(3, 9, 1, 4), 2)).toBe(4);
    expect(leastOfBest(Float64Array.of(3, 9), 2)).toBe(0);
  });
});
