import { describe, expect, it } from 'vitest';
import { type PieceForest, packForest } from '../../../../src/train/unigram/forest/pieces.ts';
import { createLatticeWalker } from '../../../../src/train/unigram/lattice/lattice.ts';
import { createShareBuffer, type ShareBuffer } from '../../../../src/train/unigram/lattice/shares.ts';
import { forestOf, nodeOf, type Weighted, wordsOf } from '../corpus.ts';

const FOREST = forestOf([
  ['a', -1],
  ['b', -2],
  ['ab', -2.5],
]);

/** Pushes each word and calls `after` behind it. */
function pushAll(
  forest: PieceForest,
  words: readonly Weighted[],
  shares: ShareBuffer,
  after: () => void = () => {},
): void {
  const { starts, counts, ...rest } = wordsOf(forest, words);
  const walker = createLatticeWalker(packForest(forest), rest, forest.order[0]!);
  counts.forEach((count, word) => {
    const start = starts[word]!;
    const end = starts[word + 1]!;
    shares.push(walker.walk(start, end), end - start, count);
    after();
  });
}

function sumsOf(forest: PieceForest, isWide: boolean, total: number) {
  const size = forest.parents.length;
  return {
    expected: isWide ? new Float64Array(size) : new Float32Array(size),
    objective: new Float64Array(1),
    total,
  };
}

describe.each([false, true])('createShareBuffer, wide: %s', (isWide) => {
  it("adds each piece's share of all paths times the occurrences of the word", () => {
    const sums = sumsOf(FOREST, isWide, 4);
    const shares = createShareBuffer(sums);
    pushAll(FOREST, [['ab', 3]], shares);
    shares.add();
    const all = Math.exp(-3) + Math.exp(-2.5);
    expect(sums.expected[nodeOf(FOREST, 'a')]).toBeCloseTo((3 * Math.exp(-3)) / all, 5);
    expect(sums.expected[nodeOf(FOREST, 'b')]).toBeCloseTo((3 * Math.exp(-3)) / all, 5);
    expect(sums.expected[nodeOf(FOREST, 'ab')]).toBeCloseTo((3 * Math.exp(-2.5)) / all, 5);
    // Three of four words have this likelihood.
    expect(sums.objective[0]).toBeCloseTo((-3 * Math.log(all)) / 4, 6);
  });

  it('adds nothing before it is told to, and nothing twice', () => {
    const sums = sumsOf(FOREST, isWide, 1);
    const shares = createShareBuffer(sums);
    pushAll(FOREST, [['ab', 1]], shares);
    expect([...sums.expected, ...sums.objective]).toEqual([0, 0, 0, 0, 0]);
    shares.add();
    const once = [...sums.expected, ...sums.objective];
    shares.add();
    expect([...sums.expected, ...sums.objective]).toEqual(once);
    expect(once[nodeOf(FOREST, 'ab')]).toBeGreaterThan(0);
  });

  it('comes to the same bits however many words wait', () => {
    const words: Weighted[] = Array.from({ length: 40 }, (_, i) => ['ab'.repeat(1 + (i % 5)), 1 + i]);
    const late = sumsOf(FOREST, isWide, 820);
    const lateShares = createShareBuffer(late);
    pushAll(FOREST, words, lateShares);
    lateShares.add();
    const early = sumsOf(FOREST, isWide, 820);
    const earlyShares = createShareBuffer(early);
    pushAll(FOREST, words, earlyShares, () => earlyShares.add());
    expect(late).toEqual(early);
    expect(late.expected[nodeOf(FOREST, 'ab')]).toBeGreaterThan(100);
  });

  it('makes room for words with many edges', () => {
    const length = 700;
    const forest = forestOf(Array.from({ length: 50 }, (_, i) => ['a'.repeat(i + 1), 0]));
    const sums = sumsOf(forest, isWide, 2);
    const shares = createShareBuffer(sums);
    pushAll(forest, [['a'.repeat(length), 2]], shares);
    shares.add();
    // Whatever the path, its pieces cover each position once.
    const covered = forest.order.reduce((sum, node) => sum + sums.expected[node]! * forest.lengths[node]!, 0);
    expect(covered / (2 * length)).toBeCloseTo(1, 3);
  });
});

describe('sums of shares', () => {
  it('are rounded to float32 unless they are wide', () => {
    const forest = forestOf([['a', 0]]);
    const at = (isWide: boolean) => {
      const sums = sumsOf(forest, isWide, 2 ** 24 + 1);
      const shares = createShareBuffer(sums);
      pushAll(
        forest,
        [
          ['a', 2 ** 24],
          ['a', 1],
        ],
        shares,
      );
      shares.add();
      return sums.expected[nodeOf(forest, 'a')];
    };
    expect(at(false)).toBe(2 ** 24);
    expect(at(true)).toBe(2 ** 24 + 1);
  });
});
