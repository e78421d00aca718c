// Forests of pieces against their definition: the parent of a piece is the longest other piece that it starts with.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  keepPieces,
  minScoreOf,
  NO_PARENT,
  type PieceForest,
  packForest,
  pieceCountOf,
  pieceTextOf,
  UNKNOWN_NODE,
} from '../../../../src/train/unigram/forest/pieces.ts';
import { runs } from '../../../runs.ts';

const charactersOf = (text: string) => [...text];

/** The forest of pieces that have all their prefixes, as training begins with. */
function forestOf(texts: readonly string[]): PieceForest {
  const prefixes = texts.flatMap((text) =>
    charactersOf(text).map((_, i) =>
      charactersOf(text)
        .slice(0, i + 1)
        .join(''),
    ),
  );
  // In this order every prefix comes before what starts with it, and what starts with it comes in a row.
  const pieces = [...new Set(prefixes)].sort();
  const nodeOf = new Map(pieces.map((piece, i) => [piece, i + 1]));
  const codePoints: number[] = [];
  const textStarts = [0];
  for (const piece of pieces) {
    textStarts.push(codePoints.length);
    codePoints.push(...charactersOf(piece).map((character) => character.codePointAt(0)!));
  }
  return {
    parents: Int32Array.from([
      NO_PARENT,
      ...pieces.map((piece) => nodeOf.get(charactersOf(piece).slice(0, -1).join('')) ?? NO_PARENT),
    ]),
    lengths: Uint16Array.from([1, ...pieces.map((piece) => charactersOf(piece).length)]),
    textStarts: Int32Array.from(textStarts),
    codePoints: Uint32Array.from(codePoints),
    scores: Float32Array.from([0, ...pieces.map((_, i) => -1 - i)]),
    order: Int32Array.from(pieces, (_, i) => i + 1),
  };
}

const textsOf = (forest: PieceForest) => Array.from(forest.order, (node) => pieceTextOf(forest, node));

const texts = fc.array(fc.string({ unit: fc.constantFrom('中', '文', '𠮷'), minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 8,
});

describe('keepPieces', () => {
  it('gives each piece the longest kept piece that it starts with, and each old node its nearest kept one', () => {
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.boolean()), (all, choices) => {
        const forest = forestOf(all);
        const order = forest.order.filter(() => choices.next().value).reverse();
        const { forest: kept, newNodes } = keepPieces(forest, order);
        expect(textsOf(kept)).toEqual(Array.from(order, (node) => pieceTextOf(forest, node)));
        expect(pieceCountOf(kept)).toBe(order.length);
        const longest = (text: string, among: readonly string[]) =>
          among.filter((piece) => text.startsWith(piece)).sort((a, b) => b.length - a.length)[0];
        const known = textsOf(kept);
        for (const node of kept.order) {
          const text = pieceTextOf(kept, node);
          const parent = kept.parents[node]!;
          const expected = longest(
            text,
            known.filter((piece) => piece !== text),
          );
          if (expected !== undefined) expect(pieceTextOf(kept, parent)).toBe(expected);
          // One character begins a chain; a longer piece without a kept beginning hangs on the unknown character.
          else expect(parent).toBe(charactersOf(text).length === 1 ? NO_PARENT : UNKNOWN_NODE);
          expect(parent).toBeLessThan(node);
        }
        for (const node of forest.order) {
          const expected = longest(pieceTextOf(forest, node), known);
          const found = newNodes[node]!;
          expect(found === UNKNOWN_NODE ? undefined : pieceTextOf(kept, found)).toBe(expected);
        }
      }),
      runs(100),
    );
  });

  it('carries scores over, and puts the unknown character below all of them', () => {
    const forest = forestOf(['中文', '文']);
    const { forest: kept } = keepPieces(forest, Int32Array.of(3, 2));
    expect(Array.from(kept.order, (node) => kept.scores[node])).toEqual([-3, -2]);
    expect(minScoreOf(kept)).toBe(-3);
    expect(kept.scores[UNKNOWN_NODE]).toBe(-13);
  });
});

describe('packForest', () => {
  it('holds parents, lengths and scores as they were', () => {
    const forest = forestOf(['中文', '文']);
    const { links, scores } = packForest(forest);
    const stride = links.length / forest.parents.length;
    forest.scores.fill(0);
    for (const node of forest.order) {
      expect(links[node * stride]! / stride).toBe(forest.parents[node]);
      expect(links[node * stride + 1]).toBe(forest.lengths[node]);
      expect(scores[node * stride + 2]).toBe(-node);
    }
  });
});
