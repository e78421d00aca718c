import { describe, expect, it } from 'vitest';
import { type PieceForest, packForest } from '../../../../src/train/unigram/forest/pieces.ts';
import { createShareWorker } from '../../../../src/train/unigram/lattice/shares.ts';
import { forestOf, nodeOf, type Weighted, wordsOf } from '../corpus.ts';

const FOREST = forestOf([
  ['a', -1],
  ['b', -2],
  ['ab', -2.5],
]);

function open(forest: PieceForest, words: readonly Weighted[], isWide: boolean, total: number) {
  const size = forest.parents.length;
  const sums = {
    expected: isWide ? new Float64Array(size) : new Float32Array(size),
    objective: new Float64Array(1),
    total,
  };
  const pass = { packed: packForest(forest), unknownPiece: forest.order[0]!, ...sums };
  return { ...sums, work: createShareWorker(wordsOf(forest, words), pass) };
}

describe.each([false, true])('createShareWorker, wide: %s', (isWide) => {
  it("adds each piece's share of all paths times the occurrences of the word", () => {
    const { work, expected, objective } = open(FOREST, [['ab', 3]], isWide, 4);
    work(0, 1)();
    const all = Math.exp(-3) + Math.exp(-2.5);
    expect(expected[nodeOf(FOREST, 'a')]).toBeCloseTo((3 * Math.exp(-3)) / all, 5);
    expect(expected[nodeOf(FOREST, 'b')]).toBeCloseTo((3 * Math.exp(-3)) / all, 5);
    expect(expected[nodeOf(FOREST, 'ab')]).toBeCloseTo((3 * Math.exp(-2.5)) / all, 5);
    // Three of four words have this likelihood.
    expect(objective[0]).toBeCloseTo((-3 * Math.log(all)) / 4, 6);
  });

  it('adds nothing before it is told to', () => {
    const { work, expected, objective } = open(FOREST, [['ab', 1]], isWide, 1);
    const add = work(0, 1);
    expect([...expected, ...objective]).toEqual([0, 0, 0, 0, 0]);
    add();
    expect(expected[nodeOf(FOREST, 'ab')]).toBeGreaterThan(0);
  });

  it('comes to the same bits however many words wait', () => {
    const words: Weighted[] = Array.from({ length: 40 }, (_, i) => ['ab'.repeat(1 + (i % 5)), 1 + i]);
    const late = open(FOREST, words, isWide, 820);
    const waiting = [late.work(0, 15), late.work(15, 16), late.work(16, 40)];
    for (const add of waiting) add();
    const early = open(FOREST, words, isWide, 820);
    for (let word = 0; word < words.length; word++) early.work(word, word + 1)();
    expect([...late.expected, ...late.objective]).toEqual([...early.expected, ...early.objective]);
    expect(late.expected[nodeOf(FOREST, 'ab')]).toBeGreaterThan(100);
  });

  it('takes words with many edges', () => {
    const length = 700;
    const forest = forestOf(Array.from({ length: 50 }, (_, i) => ['a'.repeat(i + 1), 0]));
    const { work, expected } = open(forest, [['a'.repeat(length), 2]], isWide, 2);
    work(0, 1)();
    // Whatever the path, its pieces cover each position once.
    const covered = forest.order.reduce((sum, node) => sum + expected[node]! * forest.lengths[node]!, 0);
    expect(covered / (2 * length)).toBeCloseTo(1, 3);
  });
});

describe('sums of shares', () => {
  it('are rounded to float32 unless they are wide', () => {
    const forest = forestOf([['a', 0]]);
    const words: Weighted[] = [
      ['a', 2 ** 24],
      ['a', 1],
    ];
    const at = (isWide: boolean) => {
      const { work, expected } = open(forest, words, isWide, 2 ** 24 + 1);
      work(0, 2)();
      return expected[nodeOf(forest, 'a')];
    };
    expect(at(false)).toBe(2 ** 24);
    expect(at(true)).toBe(2 ** 24 + 1);
  });
});
