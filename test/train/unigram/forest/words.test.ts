import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../../src/core/unicode/utf8.ts';
import { type PieceForest, pieceTextOf, UNKNOWN_NODE } from '../../../../src/train/unigram/forest/pieces.ts';
import { latticeWordsSteps, renameNodesSteps } from '../../../../src/train/unigram/forest/words.ts';
import { runs } from '../../../runs.ts';
import { drain, forestOf, longestNode, trainingDataOf, type Weighted } from '../corpus.ts';

const OPTIONS = { splitByWhitespace: true, treatWhitespaceAsSuffix: false, allowWhitespaceOnlyPieces: false };

/** A forest of all characters and the pieces named. */
function forestFor(sentences: readonly Weighted[], pieces: readonly string[]): PieceForest {
  const characters = new Set(sentences.flatMap(([text]) => [...text.replaceAll('\u2585', '')]));
  return forestOf(Array.from(new Set([...characters, ...pieces]), (text) => [text, -1]));
}

/** Words with their counts, each as the longest pieces at its positions. */
function cut(
  sentences: readonly Weighted[],
  pieces: readonly string[] = [],
  options: Partial<typeof OPTIONS> = {},
): { rows: [pieces: string[], count: number][]; maxLength: number } {
  const forest = forestFor(sentences, pieces);
  const longest = Math.max(...forest.lengths);
  const known = new Map<string, number>();
  const nodes = sentences.flatMap(([text]) => {
    const letters = [...text];
    return letters.map((_, i) => {
      const ahead = letters.slice(i, i + longest).join('');
      if (!known.has(ahead)) known.set(ahead, longestNode(forest, ahead));
      return known.get(ahead)!;
    });
  });
  const steps = latticeWordsSteps(trainingDataOf(sentences), Int32Array.from(nodes), forest, {
    ...OPTIONS,
    ...options,
  });
  const { nodes: found, starts, counts, maxLength } = drain(steps);
  const textOf = (node: number) => (node === UNKNOWN_NODE ? '?' : pieceTextOf(forest, node));
  const rows = Array.from(counts, (count, word): [string[], number] => [
    Array.from(found.subarray(starts[word]!, starts[word + 1]!), textOf),
    count,
  ]);
  return { rows, maxLength };
}

/** The words themselves: where every character is a piece of its own. */
const wordTexts = (sentences: readonly Weighted[], options: Partial<typeof OPTIONS> = {}): Weighted[] =>
  cut(sentences, [], options).rows.map(([letters, count]) => [letters.join(''), count]);

describe('latticeWordsSteps', () => {
  it('gives distinct words by count descending, then in UTF-8 order', () => {
    const sentences: Weighted[] = [
      ['▁b▁ab▁a', 2],
      ['▁c▁b', 3],
      ['▁𠮷▁～', 2],
    ];
    expect(wordTexts(sentences)).toEqual([
      ['▁b', 5],
      ['▁c', 3],
      ['▁a', 2],
      ['▁ab', 2],
      ['▁～', 2],
      ['▁𠮷', 2],
    ]);
  });

  it('cuts behind spaces where these close words', () => {
    expect(wordTexts([['a▁b▁a▁', 1]], { treatWhitespaceAsSuffix: true })).toEqual([
      ['a▁', 2],
      ['b▁', 1],
    ]);
  });

  it('shortens pieces that reach beyond their word', () => {
    const { rows, maxLength } = cut([['ab▁ab', 1]], ['b▁', 'ab▁a', '▁ab', 'ab']);
    expect(rows).toEqual([
      [['ab', 'b'], 1],
      [['▁ab', 'ab', 'b'], 1],
    ]);
    expect(maxLength).toBe(3);
  });

  it('takes sentences as they come without splitByWhitespace', () => {
    const sentences: Weighted[] = [
      ['b▁a', 1],
      ['a', 4],
      ['b▁a', 2],
    ];
    const { rows, maxLength } = cut(sentences, ['b▁a'], { splitByWhitespace: false });
    expect(rows).toEqual([
      [['b▁a', '▁', 'a'], 1],
      [['a'], 4],
      [['b▁a', '▁', 'a'], 2],
    ]);
    expect(maxLength).toBe(3);
  });

  it('keeps unknown characters, ordered as U+2585', () => {
    const { rows } = cut([['▁中▁\u2585▁a', 1]]);
    expect(rows.map(([letters]) => letters.join(''))).toEqual(['▁a', '▁?', '▁中']);
  });

  it('counts words as a map does', () => {
    const unit = fc.constantFrom('▁', 'a', 'b', '中', '𠮷');
    const sentences = fc.array(fc.tuple(fc.string({ unit, maxLength: 12 }), fc.integer({ min: 1, max: 3 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(sentences, (all) => {
        const counts = new Map<string, number>();
        for (const [text, count] of all) {
          for (const word of text.match(/▁?[^▁]+|▁/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + count);
        }
        const expected = [...counts].sort((a, b) => b[1] - a[1] || compareUtf8(a[0], b[0]));
        expect(wordTexts(all)).toEqual(expected);
      }),
      runs(200),
    );
  });

  it('has room for many words', () => {
    const letters = Array.from({ length: 66 }, (_, i) => String.fromCodePoint(0x4e00 + i));
    const words = letters.flatMap((first) => letters.map((second) => `▁${first}${second}`));
    expect(wordTexts([[[...words, ...words.slice(4100)].join(''), 1]])).toEqual([
      ...words.slice(4100).map((word) => [word, 2]),
      ...words.slice(0, 4100).map((word) => [word, 1]),
    ]);
  });
});

describe('renameNodesSteps', () => {
  it('replaces every node in place', () => {
    const words = {
      nodes: Int32Array.of(0, 2, 1, 2),
      starts: Uint32Array.of(0, 1, 4),
      counts: Float64Array.of(1, 1),
      maxLength: 3,
    };
    drain(renameNodesSteps(words, Int32Array.of(0, 5, 7)));
    expect(words.nodes).toEqual(Int32Array.of(0, 7, 5, 7));
  });
});
