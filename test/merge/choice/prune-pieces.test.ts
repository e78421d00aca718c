// Pruning against its promises, on all short strings: ids of texts without removed pieces stay, nothing dies, text decodes to
// itself; and the choice against its definition, a leaf at a time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MergeList, PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { selectPieces } from '../../../src/core/patch.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import { findDeadPieces } from '../../../src/merge/choice/dead-pieces.ts';
import { findPieceOrigins } from '../../../src/merge/choice/piece-origins.ts';
import { choosePrunedPieces } from '../../../src/merge/choice/prune-pieces.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { type PieceEntry, plainModel } from '../../models.ts';
import { runs } from '../../runs.ts';

const { normal, unknown, userDefined, unused, byte } = PIECE_TYPE;
const LETTERS = ['a', 'b', 'é', '_'];
/** All strings of one to five letters. */
const STRINGS: readonly string[] = (() => {
  const all: string[] = [];
  for (let level = ['']; level[0]!.length < 5; ) {
    level = level.flatMap((text) => LETTERS.map((letter) => text + letter));
    all.push(...level);
  }
  return all;
})();

function modelOf(entries: readonly PieceEntry[], parts: Partial<TokenizerModel> = {}): TokenizerModel {
  return plainModel({
    pieces: entries.map(([piece]) => piece),
    pieceScores: Float32Array.from(entries, ([, score = 0]) => score),
    pieceTypes: Uint8Array.from(entries, ([, , type = normal]) => type),
    ...parts,
  });
}

const BYTES: PieceEntry[] = Array.from({ length: 256 }, (_, i) => [byteToPiece(i), 0, byte]);

const text = fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));

/** Models that score their pieces. */
function scored(modelType: 'bpe' | 'unigram', types: readonly number[]): fc.Arbitrary<TokenizerModel> {
  return fc
    .record({
      pieces: fc.uniqueArray(text, { minLength: 1, maxLength: 24 }),
      // Few distinct scores, so that ties are the rule; whole numbers, so that Unigram sums are exact.
      scores: fc.array(fc.integer({ min: -12, max: -1 }), { minLength: 24, maxLength: 24 }),
      kinds: fc.array(fc.constantFrom(...types), { minLength: 24, maxLength: 24 }),
      byteFallback: fc.boolean(),
    })
    .map(({ pieces, scores, kinds, byteFallback }) =>
      modelOf(
        [
          ['<unk>', 0, unknown],
          ...(byteFallback ? BYTES : []),
          ...pieces.map((piece, i): PieceEntry => [piece, scores[i]!, kinds[i] as typeof normal]),
        ],
        { modelType, byteFallback },
      ),
    );
}

/** Models that list their merges, some of them several for one piece, over bytes or over characters with bytes below. */
function listed(): fc.Arbitrary<TokenizerModel> {
  return fc
    .record({
      units: fc.constantFrom('byte' as const, 'utf16' as const),
      wholePieceFirst: fc.boolean(),
      pairs: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 }),
      // Pieces that no merge makes, reached as whole pre-tokens if at all.
      extra: fc.uniqueArray(text, { maxLength: 3 }),
    })
    .map(({ units, wholePieceFirst, pairs, extra }) => {
      const isByte = units === 'byte';
      const texts = isByte ? ['a', 'b', '\xc3', '\xa9', '_'] : [...LETTERS];
      const merges = pairs.flatMap(([i, j]): (readonly [string, string])[] => {
        const pair = [texts[i % texts.length]!, texts[j % texts.length]!] as const;
        const made = pair.join('');
        if (made.length > 6) return [];
        if (!texts.includes(made)) texts.push(made);
        return [pair];
      });
      for (const piece of extra) {
        const spelled = isByte ? piece.replaceAll('é', '\xc3\xa9') : piece;
        if (!texts.includes(spelled)) texts.push(spelled);
      }
      const start = isByte ? 0 : 256;
      const idOf = new Map(texts.map((piece, i) => [piece, start + i]));
      const ids = (pick: (pair: readonly [string, string]) => string) =>
        Int32Array.from(merges, (pair) => idOf.get(pick(pair))!);
      const list: MergeList = {
        leftIds: ids(([left]) => left),
        rightIds: ids(([, right]) => right),
        resultIds: ids((pair) => pair.join('')),
      };
      return modelOf([...(isByte ? [] : BYTES), ...texts.map((piece): PieceEntry => [piece])], {
        ...{ units, wholePieceFirst, merges: list, unkPiece: '', byteFallback: !isByte },
        // Each `_` is a pre-token of its own.
        preTokenizers: [{ type: 'split', pattern: { text: '_' }, behavior: 'isolated', invert: false }],
      });
    });
}

const models = fc.oneof(
  scored('bpe', [normal]),
  scored('bpe', [normal, normal, normal, normal, userDefined]),
  scored('bpe', [normal, normal, normal, unused]),
  scored('unigram', [normal]),
  scored('unigram', [normal, normal, normal, normal, userDefined]),
  listed(),
);

/** The most that can leave, by asking for too many. */
function mostToPrune(model: TokenizerModel): number {
  try {
    choosePrunedPieces({ model, count: model.pieces.length + 1 });
  } catch (error) {
    return Number(/, (\d+) can$/.exec((error as Error).message)![1]);
  }
  throw new Error('more than all pieces');
}

function countsOf(model: TokenizerModel, strings: readonly string[]): Float64Array {
  const counts = new Float64Array(model.pieces.length);
  const { forEachId } = createTokenizer(model);
  for (const string of strings) {
    forEachId(string, (id) => {
      counts[id]!++;
    });
  }
  return counts;
}

function without(model: TokenizerModel, removed: Int32Array) {
  const isGone = new Set(removed);
  const kept = model.pieces.map((_, id) => id).filter((id) => !isGone.has(id));
  return { isGone, kept, pruned: selectPieces(model, kept) };
}

describe('pruned pieces', () => {
  it('leave the ids of all texts that had none of them, kill no piece, and text still decodes to itself', () => {
    fc.assert(
      fc.property(models, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (model, share, from) => {
        const count = Math.round(share * mostToPrune(model));
        const counts = countsOf(model, STRINGS.slice(from % STRINGS.length).slice(0, 40));
        const { ids: removed, dead } = choosePrunedPieces({ model, counts, count });
        expect(removed).toHaveLength(count);
        const { isGone, kept, pruned } = without(model, removed);
        const isComplete =
          model.byteFallback ||
          model.pieces
            .join('')
            .split('')
            .every((unit) => model.pieces.includes(unit));
        const [before, after] = [createTokenizer(model), createTokenizer(pruned)];
        for (const string of STRINGS) {
          const ids = before.encode(string);
          const newIds = after.encode(string);
          if (!ids.some((id) => isGone.has(id))) expect(newIds.map((id) => kept[id])).toEqual(ids);
          if (isComplete && before.decode(ids) === string) expect(after.decode(newIds)).toBe(string);
        }
        const deadBefore = new Set(findDeadPieces(before).map(({ piece }) => piece));
        for (const { piece } of findDeadPieces(after)) expect(deadBefore).toContain(piece);
        if (!model.wholePieceFirst) expect(dead).toBe([...isGone].filter((id) => isDeadId(model, id)).length);
      }),
      runs(3),
    );
  });

  it('are the worst leaves one after the other, occurrences being passed on to the parts', () => {
    fc.assert(
      fc.property(fc.oneof(scored('bpe', [normal]), listed()), fc.nat(), (model, from) => {
        const counts = countsOf(model, STRINGS.slice(from % STRINGS.length).slice(0, 60));
        const most = mostToPrune(model);
        const order = prunePlainly(model, counts, most);
        for (let count = 0; count <= most; count++) {
          const { ids } = choosePrunedPieces({ model, counts, count });
          expect([...ids]).toEqual(order.slice(0, count).sort((a, b) => a - b));
        }
      }),
      runs(3),
    );
  });

  it('are of other scripts first, whatever they are worth; shared characters are of none', () => {
    const model = modelOf([
      ['<unk>', 0, unknown],
      ...(['д', 'a', '.', 'дд', 'д.', 'aa', '..'] as const).map((piece, i): PieceEntry => [piece, i < 3 ? -9 : -i]),
    ]);
    const counts = Float64Array.of(0, 0, 0, 0, 90, 80, 1, 2);
    const choose = (count: number) => [...choosePrunedPieces({ model, counts, count, scripts: ['latin'] }).ids];
    expect([1, 2, 3, 4].map(choose)).toEqual([[5], [4, 5], [4, 5, 6], [4, 5, 6, 7]]);
    expect(choosePrunedPieces({ model, counts, count: 3, scripts: ['Latin'] })).toMatchObject({ otherScripts: 2 });
    expect(() => choose(5)).toThrow('5 of 8 pieces are to leave, 4 can');
    expect(() => choosePrunedPieces({ model, count: 1, scripts: ['Lattin'] })).toThrow('is not a Unicode script');
  });

  it('never have what is to be kept, nor what unknown characters are scored by', () => {
    const model = modelOf(
      [
        ['<unk>', 0, unknown],
        ['a', -3],
        ['aa', -1],
        ['aaa', -20],
        ['aaaa', -5],
      ],
      { modelType: 'unigram' },
    );
    expect([...choosePrunedPieces({ model, count: 1 }).ids]).toEqual([4]);
    expect(() => choosePrunedPieces({ model, count: 1, keep: new Set([4]) })).toThrow('0 can');
  });
});

function isDeadId(model: TokenizerModel, id: number): boolean {
  const ids = createTokenizer(model).encodePieceText(model.pieces[id]!);
  return ids.length !== 1 || ids[0] !== id;
}

/** The order by its definition: dead pieces, then the leaf whose text costs least, the last id first. */
function prunePlainly(model: TokenizerModel, counts: Float64Array, most: number): number[] {
  const { isDead, isMerged, tokensWithout, partStarts, parts } = findPieceOrigins(model);
  const worth = [...counts];
  const partsOf = (id: number) => [...parts.subarray(partStarts[id], partStarts[id + 1])];
  const isFixed = (id: number): boolean => {
    const piece = model.pieces[id]!;
    if (model.pieceTypes[id] !== normal) return true;
    if (model.units !== 'byte' && model.byteFallback) return piece.length === 1 && piece !== 'é';
    return piece.length === 1 || [...piece].some((character) => !model.pieces.includes(character));
  };
  let left = model.pieces.map((_, id) => id).filter((id) => !isFixed(id));
  const fixed = model.pieces.map((_, id) => id).filter(isFixed);
  const order: number[] = [];
  while (order.length < most) {
    const isLeaf = (id: number) => ![...left, ...fixed].some((other) => isMerged[other] && partsOf(other).includes(id));
    const cost = (id: number) =>
      isDead[id] ? Number.NEGATIVE_INFINITY : (worth[id]! + 0.5) * Math.max(1, tokensWithout[id]! - 1);
    const [worst] = left.filter(isLeaf).sort((a, b) => cost(a) - cost(b) || b - a);
    const passOn = (id: number, occurrences: number): void => {
      for (const part of partsOf(id)) {
        if (order.includes(part)) passOn(part, occurrences);
        else worth[part]! += occurrences;
      }
    };
    order.push(worst!);
    passOn(worst!, worth[worst!]!);
    left = left.filter((id) => id !== worst);
  }
  return order;
}
