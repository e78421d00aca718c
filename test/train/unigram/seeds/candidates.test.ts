import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../../src/core/unicode/utf8.ts';
import { InputError } from '../../../../src/errors.ts';
import { singleDocuments } from '../../../../src/train/data/document-frequency.ts';
import type { TrainingData } from '../../../../src/train/data/training-data.ts';
import type { TrainOptions } from '../../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../../src/train/options/resolve-options.ts';
import { type CandidateSearch, findCandidatesSteps } from '../../../../src/train/unigram/seeds/candidates.ts';
import { runs } from '../../../runs.ts';
import { drain, trainingDataOf, type Weighted } from '../corpus.ts';

const search = (data: TrainingData, options: TrainOptions = {}): CandidateSearch =>
  drain(findCandidatesSteps(data, resolveTrainOptions({ modelType: 'unigram', ...options })));

function textFrom({ joined }: CandidateSearch, start: number, length: number): string {
  const ranks = joined.text.subarray(start, start + length);
  return Array.from(ranks, (rank) => String.fromCodePoint(joined.alphabet[rank]!)).join('');
}

/** Candidates with their scores, in lexicographic order. */
function listOf(found: CandidateSearch): [text: string, score: number][] {
  const { firsts, lengths, scores } = found.candidates;
  return Array.from(found.lexicographic, (i) => [
    textFrom(found, found.suffixes[firsts[i]!]!, lengths[i]!),
    scores[i]!,
  ]);
}

const find = (sentences: readonly Weighted[], options?: TrainOptions) =>
  listOf(search(trainingDataOf(sentences), options));

const once = (...texts: string[]): Weighted[] => texts.map((text) => [text, 1]);

describe('findCandidatesSteps', () => {
  it('finds what has two continuations, with frequency times length, prefixes first', () => {
    expect(find(once('abcx', 'abcy', 'abz'))).toEqual([
      ['ab', 6],
      ['abc', 6],
      ['bc', 4],
    ]);
  });

  it('takes a node that runs into the next word for its first word, at its greatest frequency', () => {
    // ▁ab▁c twice and ▁ab▁d twice: the node ▁ab▁ of four occurrences stands for ▁ab.
    const found = new Map(find(once('▁ab▁cx', '▁ab▁cy', '▁ab▁dx', '▁ab▁dy')));
    expect(found.get('▁ab')).toBe(4 * 3);
    expect([...found.keys()].filter((text) => text.lastIndexOf('▁') > 0)).toEqual([]);
  });

  it('keeps words together where they are not split', () => {
    expect(new Map(find(once('▁ab▁cx', '▁ab▁cy'), { splitByWhitespace: false })).get('▁ab▁c')).toBe(2 * 5);
  });

  it('finds nothing longer than maxSentencepieceLength', () => {
    expect(find(once('abcx', 'abcy', 'abz'), { maxSentencepieceLength: 2 })).toEqual([
      ['ab', 6],
      ['bc', 4],
    ]);
  });

  it('leaves out what is in too few documents', () => {
    const sentences = once('abx', 'aby', 'cdx', 'cdy', 'z');
    const data = { ...trainingDataOf(sentences), documents: singleDocuments([1, 2, 3, 3, 4]) };
    expect(listOf(search(data))).toEqual([
      ['ab', 4],
      ['cd', 4],
    ]);
    expect(listOf(search(data, { minDocumentFrequency: 2 }))).toEqual([['ab', 4]]);
  });

  it('joins sentences by boundaries, as ranks by code point, and counts characters', () => {
    const { joined } = search(
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
    expect([...joined.counts]).toEqual([0, 3, 2, 3, 2]);
    expect(joined.copies).toBe(1);
  });

  it('has each sentence of tsv input twice and counts it once', () => {
    const found = search(
      trainingDataOf([
        ['abx', 9],
        ['aby', 9],
        ['z', 1],
      ]),
      { inputFormat: 'tsv' },
    );
    expect(found.joined.copies).toBe(2);
    expect(textFrom(found, 0, found.joined.text.length)).toBe('abx\0abx\0aby\0aby\0z\0z\0');
    expect(new Map(listOf(found)).get('ab')).toBe(4 * 2);
  });

  it('says of each candidate which suffixes begin with it, in lexicographic order and none twice', () => {
    const unit = fc.constantFrom('a', 'b', '中', '▁');
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 10 }), { maxLength: 8 }), (texts) => {
        // The last sentence begins like no other, so that no occurrence is passed over for ending the text.
        const found = search(trainingDataOf(once(...texts, 'z')));
        const { firsts, ends, lengths, scores } = found.candidates;
        const names = listOf(found).map(([text]) => text);
        expect(names).toEqual([...new Set(names)].sort(compareUtf8));
        found.lexicographic.forEach((i, place) => {
          const name = names[place]!;
          for (const suffix of found.suffixes.subarray(firsts[i]!, ends[i]!)) {
            expect(textFrom(found, suffix, lengths[i]!)).toBe(name);
          }
          expect(scores[i]).toBe((ends[i]! - firsts[i]!) * lengths[i]!);
        });
      }),
      runs(100),
    );
  });

  it('takes a sentence with a count for as many sentences', () => {
    const weighted = fc.array(
      fc.tuple(
        fc.string({ unit: fc.constantFrom('a', 'b', '▁'), minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(weighted, (sentences) => {
        const repeated = sentences.flatMap(([text, count]) => Array.from({ length: count }, () => text));
        // What ends the text is judged in another way: see the next test.
        expect(find([...sentences, ['z', 1]])).toEqual(find(once(...repeated, 'z')));
      }),
      runs(100),
    );
  });

  it('sees no repetition in a sentence with a count that ends the text, as with lines', () => {
    expect(find([['ab', 2]])).toEqual(find(once('ab', 'ab')));
    expect(find([['ab', 2]])).toEqual([]);
    expect(find([['ab', 2], ...once('z')])).toEqual([['ab', 4]]);
  });

  it('says that a corpus beyond int32 positions is too long, before it takes memory for it', () => {
    const data = trainingDataOf(once('ab'));
    const chars = { length: 2 ** 31 - 1 } as unknown as Uint16Array;
    const start = () => search({ ...data, chars, sentenceStarts: Float64Array.of(0, chars.length) });
    expect(start).toThrow(InputError);
    expect(start).toThrow('the corpus has 2147483648 characters and sentence ends, at most 2147483647 are possible');
  });
});
