import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LatticeWords } from '../../../../src/train/runtime/train-threads.ts';
import { type PieceForest, packForest, pieceTextOf } from '../../../../src/train/unigram/forest/pieces.ts';
import { createBestPathCounter, emptyFrequencies } from '../../../../src/train/unigram/lattice/best-paths.ts';
import {
  choosePieces,
  createLossFinder,
  findPieces,
  lossInputOf,
} from '../../../../src/train/unigram/lattice/prune.ts';
import { prune as prunePlainly } from '../../../oracles/plain-unigram-training.ts';
import { runs } from '../../../runs.ts';
import { arbitraryPieces, arbitraryWords } from '../arbitrary-lattices.ts';
import { forestOf, nodeOf, type Weighted, wordsOf } from '../corpus.ts';

/** Pieces to keep, where each is on the best paths as often as said. */
function prune(
  forest: PieceForest,
  corpus: readonly Weighted[],
  frequencies: Readonly<Record<string, number>>,
  size: number,
): string[] {
  const counts = emptyFrequencies(forest.parents.length, false);
  for (const [piece, count] of Object.entries(frequencies)) counts[nodeOf(forest, piece)] = count;
  return keep(forest, wordsOf(forest, corpus), counts, size);
}

function keep(
  forest: PieceForest,
  words: LatticeWords,
  frequencies: Float32Array | Float64Array,
  size: number,
): string[] {
  const packed = packForest(forest);
  const positions = new Int32Array(forest.parents.length).fill(-1);
  findPieces(positions, packed, words.nodes, 0, words.nodes.length);
  const lossOf = createLossFinder(lossInputOf(forest, words, { packed, positions, frequencies }), words.nodes);
  const losses = Float64Array.from(forest.parents.keys(), lossOf);
  return Array.from(choosePieces(forest, losses, size), (node) => pieceTextOf(forest, node));
}

describe('choosePieces', () => {
  const pieces = forestOf([
    ['ab', -1],
    ['b', -3],
    ['cd', -1],
    ['a', -3],
    ['c', -3],
    ['d', -3],
  ]);
  const corpus: Weighted[] = [
    ['ab', 10],
    ['cd', 40],
    ['a', 1],
    ['b', 1],
    ['c', 1],
    ['d', 1],
  ];
  const frequencies = { ab: 10, cd: 40, a: 1, b: 1, c: 1, d: 1 };

  it('takes first those that cannot be split, in their order, then the rest by loss', () => {
    // Without cd forty words get longer, without ab ten.
    expect(prune(pieces, corpus, frequencies, 6)).toEqual(['b', 'a', 'c', 'd', 'cd', 'ab']);
  });

  it('keeps as many as it is told', () => {
    expect(prune(pieces, corpus, frequencies, 5)).toEqual(['b', 'a', 'c', 'd', 'cd']);
  });

  it('drops what is on no best path, even a character', () => {
    expect(prune(pieces, corpus, { ...frequencies, a: 0, ab: 0 }, 6)).toEqual(['b', 'c', 'd', 'cd']);
  });

  it('drops a piece whose own text is better split', () => {
    const forest = forestOf([
      ['a', -1],
      ['b', -1],
      ['ab', -2.5],
    ]);
    expect(prune(forest, [['ab', 9]], { a: 1, b: 1, ab: 7 }, 3)).toEqual(['a', 'b']);
  });

  it('can split a piece into unknown characters', () => {
    const forest = forestOf([
      ['a', -1],
      ['xy', -2],
    ]);
    expect(prune(forest, [['axy', 4]], { a: 4, xy: 4 }, 1)).toEqual(['a']);
    expect(prune(forest, [['axy', 4]], { a: 4, xy: 4 }, 2)).toEqual(['a', 'xy']);
  });

  it('equals the plain pruning', () => {
    fc.assert(
      fc.property(arbitraryPieces, arbitraryWords, fc.integer({ min: 1, max: 14 }), (scored, some, size) => {
        const forest = forestOf(scored);
        // In training every piece occurs in the corpus.
        const weighted: Weighted[] = [...some, ...Array.from(scored.keys(), (piece): Weighted => [piece, 1])];
        const words = wordsOf(forest, weighted);
        const unknownPiece = forest.order[0]!;
        const counter = createBestPathCounter(words, { packed: packForest(forest), unknownPiece, isWide: false });
        counter.add(0, weighted.length);
        expect(keep(forest, words, counter.finish(), size)).toEqual([...prunePlainly(scored, weighted, size).keys()]);
      }),
      runs(300),
    );
  });
});
