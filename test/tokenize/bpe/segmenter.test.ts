// Random vocabularies and texts against the plain oracle, through every path: cache, scan, heap.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { plainModel } from '../../models.ts';
import { segmentPlainly } from '../../oracles/plain-bpe.ts';
import { runs } from '../../runs.ts';

const letters = ['a', 'b', 'c', '▁', '中', '文', '😀', '𠮷'];
const text = (maxLength: number) =>
  fc.array(fc.constantFrom(...letters, 'z', '龘'), { maxLength }).map((parts) => parts.join(''));

const model = fc
  .record({
    pieces: fc.uniqueArray(
      fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
      { maxLength: 60 },
    ),
    // Few distinct scores, so that ties are the rule.
    scores: fc.array(fc.integer({ min: -9, max: 0 }), { minLength: 60, maxLength: 60 }),
    userDefined: fc.uniqueArray(fc.constantFrom('ab', '中文c', '😀a', '▁b'), { maxLength: 2 }),
  })
  .map(({ pieces, scores, userDefined }): TokenizerModel => {
    const symbols: string[] = userDefined.filter((symbol) => !pieces.includes(symbol));
    const all = ['<unk>', ...symbols, ...pieces];
    const types = all.map((piece, id) =>
      id === 0 ? PIECE_TYPE.unknown : symbols.includes(piece) ? PIECE_TYPE.userDefined : PIECE_TYPE.normal,
    );
    return plainModel({
      pieces: all,
      pieceScores: Float32Array.from(all, (_, id) => scores[id % scores.length]!),
      pieceTypes: Uint8Array.from(types),
    });
  });

function joinUnknown(model: TokenizerModel, parts: string[]): string[] {
  const joined: string[] = [];
  let inRun = false;
  for (const part of parts) {
    const isKnown = model.pieces.indexOf(part) > 0;
    if (!isKnown && inRun) joined[joined.length - 1] += part;
    else joined.push(part);
    inRun = !isKnown;
  }
  return joined;
}

describe('BPE segmentation', () => {
  it('gives what the definition gives, on random models and texts with ties', () => {
    fc.assert(
      fc.property(model, fc.array(text(40), { minLength: 1, maxLength: 6 }), (random, texts) => {
        const tokenizer = createTokenizer(random);
        // Twice: the second time through the cache.
        for (const input of [...texts, ...texts]) {
          expect(tokenizer.encodePieces(input)).toEqual(joinUnknown(random, segmentPlainly(random, input)));
        }
      }),
      runs(40),
    );
  });

  it('gives the same beyond the size where it changes to the heap', () => {
    fc.assert(
      fc.property(model, text(300), (random, input) => {
        const expected = joinUnknown(random, segmentPlainly(random, input));
        expect(createTokenizer(random).encodePieces(input)).toEqual(expected);
      }),
      runs(30),
    );
  });

  it('merges what is listed, in the order of the list, where a model lists its merges', () => {
    const listed = fc.tuple(model, fc.infiniteStream(fc.nat())).map(([random, numbers]): TokenizerModel => {
      const idOf = new Map(random.pieces.map((piece, id) => [piece, id]));
      const pairs = random.pieces.flatMap((piece, id) =>
        random.pieceTypes[id] === PIECE_TYPE.unknown
          ? []
          : Array.from({ length: piece.length - 1 }, (_, cut) => {
              const parts = [piece.slice(0, cut + 1), piece.slice(cut + 1)];
              return [...parts.map((part) => idOf.get(part) ?? -1), id] as const;
            }).filter((ids) => !ids.includes(-1)),
      );
      // About half of the pairs, in any order, some of them twice.
      const list = pairs
        .flatMap((pair) => Array.from({ length: [0, 1, 0, 1, 2][numbers.next().value! % 5]! }, () => pair))
        .map((pair) => ({ pair, at: numbers.next().value! }))
        .sort((a, b) => a.at - b.at);
      const column = (at: number) => Int32Array.from(list, ({ pair }) => pair[at]!);
      return { ...random, merges: { leftIds: column(0), rightIds: column(1), resultIds: column(2) } };
    });
    fc.assert(
      fc.property(listed, text(300), (random, input) => {
        const tokenizer = createTokenizer(random);
        for (const part of [input, input.slice(0, 40), input.slice(0, 40)]) {
          expect(tokenizer.encodePieces(part)).toEqual(joinUnknown(random, segmentPlainly(random, part)));
        }
      }),
      runs(60),
    );
  });

  it('merges pieces whose score is as low as can be, and survives one that is no number', () => {
    const pieces = ['<unk>', 'a', 'b', 'c', 'ab', 'bc', 'cc'];
    const withScores = (ab: number, bc: number): TokenizerModel => ({
      ...fc.sample(model, { numRuns: 1, seed: 1 })[0]!,
      pieces,
      pieceScores: Float32Array.of(0, 0, 0, 0, ab, bc, -1),
      pieceTypes: Uint8Array.of(2, 1, 1, 1, 1, 1, 1),
    });
    const lowest = Number.NEGATIVE_INFINITY;
    for (const bc of [-3.4e38, lowest, -1]) {
      const random = withScores(lowest, bc);
      // The longest goes through the heap.
      for (const input of ['abc', 'abccab', 'abc'.repeat(3), `abc${'ccb'.repeat(40)}`]) {
        expect(createTokenizer(random).encodePieces(input), input).toEqual(segmentPlainly(random, input));
      }
    }
    expect(createTokenizer(withScores(Number.NaN, 0)).encodePieces('abc').length).toBe(2);
    expect(createTokenizer(withScores(lowest, -3.4e38)).encodePieces('abc')).toEqual(['a', 'bc']);
    expect(createTokenizer(withScores(lowest, lowest)).encodePieces('abc')).toEqual(['ab', 'c']);
  });

  it('looks up more pairs of neighbours than it has pieces', () => {
    // One piece with 400 pairs, so that the table of pairs grows; and a piece for every third pair.
    const characters = Array.from({ length: 401 }, (_, i) => String.fromCodePoint(0x4e00 + 7 * i));
    const pairs = characters.slice(1).map((character, i) => characters[i]! + character);
    const pieces = ['<unk>', ...characters, ...pairs.filter((_, i) => i % 3 === 0), characters.join('')];
    const many: TokenizerModel = plainModel({
      pieces,
      pieceScores: Float32Array.from(pieces, (_, id) => -(id % 50)),
      pieceTypes: Uint8Array.from(pieces, (_, id) => (id === 0 ? PIECE_TYPE.unknown : PIECE_TYPE.normal)),
    });
    const tokenizer = createTokenizer(many);
    const part = fc
      .tuple(fc.nat(400), fc.integer({ min: 1, max: 9 }))
      .map(([start, length]) => characters.slice(start, start + length).join(''));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const input = parts.join('');
        for (let time = 0; time < 2; time++) expect(tokenizer.encodePieces(input)).toEqual(segmentPlainly(many, input));
      }),
      runs(60),
    );
  });

  it('takes user-defined symbols of any length and number', () => {
    const withSymbols = (symbols: readonly string[]): TokenizerModel => ({
      ...fc.sample(model, { numRuns: 1, seed: 1 })[0]!,
      pieces: ['<unk>', 'b', ...symbols],
      pieceScores: new Float32Array(symbols.length + 2),
      pieceTypes: Uint8Array.of(PIECE_TYPE.unknown, PIECE_TYPE.normal, ...symbols.map(() => PIECE_TYPE.userDefined)),
    });
    // More units than a call takes arguments.
    const long = 'ac'.repeat(100_000);
    expect(createTokenizer(withSymbols([long, 'a'])).encode(`b${long}ab`)).toEqual([1, 2, 3, 1]);
  });
});
