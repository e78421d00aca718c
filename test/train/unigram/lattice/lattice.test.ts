import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PieceForest, packForest } from '../../../../src/train/unigram/forest/pieces.ts';
import { createLatticeWalker, type Lattice } from '../../../../src/train/unigram/lattice/lattice.ts';
import { buildLattice, type Pieces } from '../../../oracles/plain-unigram-training.ts';
import { runs } from '../../../runs.ts';
import { arbitraryPieces } from '../arbitrary-lattices.ts';
import { forestOf, nodeOf, wordsOf } from '../corpus.ts';

function walkerOf(forest: PieceForest, words: readonly string[]) {
  const lattices = wordsOf(
    forest,
    words.map((word) => [word, 1]),
  );
  const walker = createLatticeWalker(packForest(forest), lattices, forest.order[0]!);
  return { walk: (word: number): Lattice => walker.walk(lattices.starts[word]!, lattices.starts[word + 1]!) };
}

/** Edges out of a position: the piece they count for, where they lead, their score. */
function edgesFrom({ edgeStarts, edgeNodes, edgeEnds, edgeScores }: Lattice, position: number): number[][] {
  const edges: number[][] = [];
  for (let edge = edgeStarts[position]!; edge < edgeStarts[position + 1]!; edge++) {
    edges.push([edgeNodes[edge]!, edgeEnds[edge]!, edgeScores[edge]!]);
  }
  return edges;
}

/** Scores of all paths through a word. */
function pathScores(pieces: Pieces, word: string): number[] {
  const letters = [...word];
  const edges = buildLattice(pieces, letters);
  const from = (position: number): number[] =>
    position === letters.length
      ? [0]
      : edges
          .filter((edge) => edge.from === position)
          .flatMap((edge) => from(edge.to).map((score) => edge.score + score));
  return from(0);
}

describe('createLatticeWalker', () => {
  it('sums all paths up to each position and from each position on', () => {
    // a|b is worth exp(-3), ab exp(-2.5).
    const { forwards, backwards } = walkerOf(
      forestOf([
        ['a', -1],
        ['b', -2],
        ['ab', -2.5],
      ]),
      ['ab'],
    ).walk(0);
    const both = Math.log(Math.exp(-3) + Math.exp(-2.5));
    expect([...forwards.subarray(0, 2), ...backwards.subarray(1, 3)]).toEqual([0, -1, -2, 0]);
    expect(forwards[2]).toBeCloseTo(both, 6);
    expect(backwards[0]).toBeCloseTo(both, 6);
  });

  it('has the edges of a position from long to short', () => {
    const forest = forestOf([
      ['a', -1],
      ['ab', -2],
      ['abc', -3],
      ['b', -4],
      ['c', -5],
    ]);
    const lattice = walkerOf(forest, ['abc']).walk(0);
    expect(edgesFrom(lattice, 0)).toEqual([
      [nodeOf(forest, 'abc'), 3, -3],
      [nodeOf(forest, 'ab'), 2, -2],
      [nodeOf(forest, 'a'), 1, -1],
    ]);
    expect(edgesFrom(lattice, 1)).toEqual([[nodeOf(forest, 'b'), 2, -4]]);
    expect(edgesFrom(lattice, 2)).toEqual([[nodeOf(forest, 'c'), 3, -5]]);
  });

  it('has an unknown character first, counted to the piece it was told', () => {
    const forest = forestOf([
      ['z', -1],
      ['ab', -2],
      ['abc', -3],
    ]);
    const lattice = walkerOf(forest, ['abc']).walk(0);
    expect(edgesFrom(lattice, 0)).toEqual([
      [nodeOf(forest, 'z'), 1, -13],
      [nodeOf(forest, 'abc'), 3, -3],
      [nodeOf(forest, 'ab'), 2, -2],
    ]);
    expect(edgesFrom(lattice, 2)).toEqual([[nodeOf(forest, 'z'), 3, -13]]);
  });

  it('comes to the logarithm of the sum over all paths, from both ends', () => {
    const word = fc.string({ unit: fc.constantFrom('a', '中', '𠮷', 'x'), minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(arbitraryPieces, word, (pieces, text) => {
        const { forwards, backwards } = walkerOf(forestOf(pieces), [text]).walk(0);
        const all = Math.log(pathScores(pieces, text).reduce((sum, score) => sum + Math.exp(score), 0));
        expect(forwards[[...text].length]).toBeCloseTo(all, 3);
        expect(backwards[0]).toBeCloseTo(all, 3);
      }),
      runs(200),
    );
  });

  it('keeps nothing from one word to the next', () => {
    const forest = forestOf([
      ['a', -1],
      ['b', -2],
      ['ab', -2],
      ['ba', -1],
    ]);
    const walker = walkerOf(forest, ['ab', 'babab']);
    const read = (lattice: Lattice) => ({
      forwards: lattice.forwards.slice(0, 3),
      backwards: lattice.backwards.slice(0, 3),
      edges: [edgesFrom(lattice, 0), edgesFrom(lattice, 1)],
    });
    const before = read(walker.walk(0));
    walker.walk(1);
    expect(read(walker.walk(0))).toEqual(before);
  });

  it('makes room for words with many edges', () => {
    const length = 100;
    const forest = forestOf(Array.from({ length }, (_, i) => ['a'.repeat(i + 1), 0]));
    const { forwards, edgeStarts } = walkerOf(forest, ['a'.repeat(length)]).walk(0);
    expect(edgeStarts[length]).toBe((length * (length + 1)) / 2);
    // Between any two characters there is a cut or there is none.
    expect(forwards[length]).toBeCloseTo((length - 1) * Math.log(2), 3);
  });
});
