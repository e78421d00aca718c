import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PieceForest, packForest } from '../../../../src/train/unigram/forest/pieces.ts';
import {
  countWords,
  createBestPathCounter,
  emptyFrequencies,
} from '../../../../src/train/unigram/lattice/best-paths.ts';
import { bestPath, buildLattice, type Pieces } from '../../../oracles/plain-unigram-training.ts';
import { runs } from '../../../runs.ts';
import { arbitraryPieces, arbitraryWords } from '../arbitrary-lattices.ts';
import { byPiece, forestOf, type Weighted, wordsOf } from '../corpus.ts';

function counterOf(forest: PieceForest, words: readonly Weighted[]) {
  return createBestPathCounter(wordsOf(forest, words), {
    packed: packForest(forest),
    unknownPiece: forest.order[0]!,
    isWide: false,
  });
}

function count(forest: PieceForest, words: readonly Weighted[]): [piece: string, count: number][] {
  const counter = counterOf(forest, words);
  counter.add(0, words.length);
  return byPiece(forest, counter.finish());
}

function countPlainly(pieces: Pieces, words: readonly Weighted[]): [piece: string, count: number][] {
  const counts = new Map(Array.from(pieces.keys(), (piece) => [piece, 0]));
  for (const [word, times] of words) {
    const letters = [...word];
    for (const { piece } of bestPath(buildLattice(pieces, letters), letters.length)!.path) {
      counts.set(piece, counts.get(piece)! + times);
    }
  }
  return [...counts].filter(([, times]) => times > 0);
}

describe('createBestPathCounter', () => {
  it('counts the pieces of the best path of each word, times its occurrences', () => {
    const forest = forestOf([
      ['a', -1],
      ['b', -1],
      ['ab', -1.5],
      ['ba', -9],
    ]);
    const words: Weighted[] = [
      ['ab', 5],
      ['aba', 3],
      ['ba', 2],
    ];
    expect(count(forest, words)).toEqual([
      ['a', 3 + 2],
      ['b', 2],
      ['ab', 5 + 3],
    ]);
  });

  it('takes of equal paths the one with the longest last piece', () => {
    const forest = forestOf([
      ['a', -1],
      ['c', -1],
      ['ab', -1],
      ['bc', -1],
    ]);
    expect(count(forest, [['abc', 1]])).toEqual([
      ['a', 1],
      ['bc', 1],
    ]);
  });

  it('counts unknown characters to the piece it was told', () => {
    const forest = forestOf([
      ['a', -1],
      ['b', -2],
    ]);
    expect(count(forest, [['bxx', 4]])).toEqual([
      ['a', 8],
      ['b', 4],
    ]);
  });

  it('equals the plain search, however the words are shared out', () => {
    fc.assert(
      fc.property(arbitraryPieces, arbitraryWords, fc.nat(8), (pieces, words, part) => {
        const forest = forestOf(pieces);
        const counter = counterOf(forest, words);
        const middle = Math.min(part, words.length);
        counter.add(middle, words.length);
        counter.add(0, middle);
        expect(byPiece(forest, counter.finish())).toEqual(countPlainly(pieces, words));
      }),
      runs(300),
    );
  });
});

describe('emptyFrequencies', () => {
  it('has a zero for each node, in float64 where sums are wide', () => {
    expect(emptyFrequencies(3, false)).toEqual(new Float32Array(3));
    expect(emptyFrequencies(3, true)).toEqual(new Float64Array(3));
  });
});

describe('countWords', () => {
  it('sums in float32 as the reference does, unless sums are wide', () => {
    const words = wordsOf(forestOf([['a', -1]]), [
      ['a', 2 ** 24],
      ['aa', 1],
      ['aaa', 1],
    ]);
    expect(countWords(words, false)).toBe(2 ** 24);
    expect(countWords(words, true)).toBe(2 ** 24 + 2);
  });
});
