import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pieceTextOf } from '../../../../src/train/unigram/forest/pieces.ts';
import { expectSteps, maximize, sumOf } from '../../../../src/train/unigram/lattice/em.ts';
import { expect as expectPlainly, maximize as maximizePlainly } from '../../../oracles/plain-unigram-training.ts';
import { runs } from '../../../runs.ts';
import { arbitraryPieces, arbitraryWords } from '../arbitrary-lattices.ts';
import { byPiece, drain, forestOf, nodeOf, wordsOf } from '../corpus.ts';

describe('expectSteps', () => {
  it('equals the plain E step to the bit, unknown characters counted to the first piece', () => {
    fc.assert(
      fc.property(arbitraryPieces, arbitraryWords, (pieces, words) => {
        const forest = forestOf(pieces);
        const { expected } = drain(expectSteps(forest, wordsOf(forest, words), { isWide: false }));
        const plain = expectPlainly(pieces, words);
        expect(Array.from(forest.order, (node) => expected[node])).toEqual(
          Array.from(pieces.keys(), (piece) => plain.get(piece) ?? 0),
        );
      }),
      // The last word begins with an unknown character and with the first piece: both count to that piece.
      {
        ...runs(300),
        examples: [
          [
            new Map([
              ['aa', -2],
              ['中', Math.fround(-1 / 3)],
              ['a中', Math.fround(-2 / 3)],
            ]),
            [
              ['x', 1],
              ['axa', 2],
              ['aa中', 9],
            ],
          ],
        ],
      },
    );
  });

  it('sums in float64 for large corpora, and comes to nearly the same', () => {
    fc.assert(
      fc.property(arbitraryPieces, arbitraryWords, (pieces, words) => {
        const forest = forestOf(pieces);
        const wide = drain(expectSteps(forest, wordsOf(forest, words), { isWide: true }));
        const narrow = drain(expectSteps(forest, wordsOf(forest, words), { isWide: false }));
        expect(wide.expected).toBeInstanceOf(Float64Array);
        for (const node of forest.order) {
          expect(Math.abs(wide.expected[node]! - narrow.expected[node]!)).toBeLessThan(
            1e-3 * (1 + wide.expected[node]!),
          );
        }
      }),
      runs(100),
    );
  });

  it('says the average negative log likelihood of a word', () => {
    const forest = forestOf([
      ['a', -1],
      ['b', -4],
    ]);
    const words = wordsOf(forest, [
      ['aa', 3],
      ['b', 1],
    ]);
    expect(drain(expectSteps(forest, words, { isWide: false })).objective).toBeCloseTo((3 * 2 + 4) / 4, 6);
  });

  it('says how much it did, a pause to 2^18 positions', () => {
    const forest = forestOf([['a', -1]]);
    const words = wordsOf(forest, [['a', 1]]);
    const size = 2 ** 18;
    const large = {
      nodes: new Int32Array(size + 1).fill(words.nodes[0]!),
      starts: Uint32Array.of(0, size, size + 1),
      counts: Float64Array.of(1, 1),
      maxLength: size,
    };
    const steps = [...expectSteps(forest, large, { isWide: false })];
    expect(steps).toEqual([1, 1 / size]);
  });
});

describe('sumOf', () => {
  it('sums in the order of the array', () => {
    expect(sumOf(Float64Array.of(2 ** 53, 1, 1))).toBe(2 ** 53);
    expect(sumOf(Float64Array.of(1, 1, 2 ** 53))).toBe(2 ** 53 + 2);
  });
});

describe('maximize', () => {
  const forest = () =>
    forestOf([
      ['b', -1],
      ['a', -1],
      ['ab', -1],
    ]);

  it('drops what is expected less than half a time, and keeps the order of pieces', () => {
    const pieces = forest();
    const expected = new Float32Array(pieces.parents.length);
    expected[nodeOf(pieces, 'b')] = 0.5;
    expected[nodeOf(pieces, 'a')] = 0.499;
    expected[nodeOf(pieces, 'ab')] = 2;
    const kept = maximize(pieces, expected, { isWide: false });
    expect(Array.from(kept, (node) => pieceTextOf(pieces, node))).toEqual(['b', 'ab']);
  });

  it('scores by the digamma of the expectation less that of the sum', () => {
    const pieces = forest();
    const expected = new Float32Array(pieces.parents.length);
    expected[nodeOf(pieces, 'b')] = 1;
    expected[nodeOf(pieces, 'a')] = 2;
    const kept = maximize(pieces, expected, { isWide: false });
    // digamma(x + 1) = digamma(x) + 1 / x
    expect(pieces.scores[kept[0]!]).toBeCloseTo(-1 - 1 / 2, 6);
    expect(pieces.scores[kept[1]!]).toBeCloseTo(-1 / 2, 6);
  });

  it('equals the plain M step, but for the rounding of digamma', () => {
    fc.assert(
      fc.property(arbitraryPieces, arbitraryWords, (pieces, words) => {
        const learnt = forestOf(pieces);
        const { expected } = drain(expectSteps(learnt, wordsOf(learnt, words), { isWide: false }));
        const plain = maximizePlainly(new Map(byPiece(learnt, expected)), pieces);
        const kept = maximize(learnt, expected, { isWide: false });
        expect(Array.from(kept, (node) => pieceTextOf(learnt, node))).toEqual([...plain.keys()]);
        for (const node of kept) expect(learnt.scores[node]).toBeCloseTo(plain.get(pieceTextOf(learnt, node))!, 5);
      }),
      runs(200),
    );
  });
});
