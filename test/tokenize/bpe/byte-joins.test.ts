// Pieces spelled in bytes against the definition: random vocabularies, with pieces that begin or end inside characters, by score
// and by list, whole pre-tokens first and not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDENTITY_NORMALIZER, PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { byteSurface, toByteUnits } from '../../../src/core/unicode/byte-level.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { plainModel } from '../../models.ts';
import { segmentPlainly } from '../../oracles/plain-bpe.ts';
import { runs } from '../../runs.ts';

// One to four bytes each, with first and last bytes in common.
const characters = ['a', 'b', ' ', 'é', 'è', '中', '丮', '国', '國', '．', '😀', '😁'];
const text = (maxLength: number) =>
  fc.array(fc.constantFrom(...characters, 'z', '龘'), { maxLength }).map((parts) => parts.join(''));

/** Any bytes in a row of some text. */
const piece = fc.tuple(text(4), fc.nat(4), fc.integer({ min: 1, max: 9 })).map(([source, start, length]) => {
  const bytes = toByteUnits(source);
  return bytes.slice(Math.min(start, Math.max(0, bytes.length - 2)), start + length);
});

const model = fc
  .record({
    pieces: fc.uniqueArray(
      piece.filter((bytes) => bytes.length > 1),
      { maxLength: 60 },
    ),
    scores: fc.array(fc.integer({ min: -40, max: 0 }), { minLength: 60, maxLength: 60 }),
    isListed: fc.boolean(),
    order: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
    wholePieceFirst: fc.boolean(),
    cutsWords: fc.boolean(),
  })
  .map(({ pieces: longer, scores, isListed, order, wholePieceFirst, cutsWords }): TokenizerModel => {
    const pieces = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), ...longer];
    const idOf = new Map(pieces.map((bytes, id) => [bytes, id]));
    const pairs = longer
      .flatMap((bytes) =>
        Array.from({ length: bytes.length - 1 }, (_, cut) => [
          idOf.get(bytes.slice(0, cut + 1)) ?? -1,
          idOf.get(bytes.slice(cut + 1)) ?? -1,
          idOf.get(bytes)!,
        ]),
      )
      .filter((ids) => !ids.includes(-1))
      .map((ids, i) => ({ ids, at: order[i % order.length]! }))
      .sort((a, b) => a.at - b.at);
    const column = (at: number) => Int32Array.from(pairs, ({ ids }) => ids[at]!);
    return plainModel({
      units: 'byte',
      normalizer: {
        ...IDENTITY_NORMALIZER,
        addDummyPrefix: false,
        removeExtraWhitespaces: false,
        escapeWhitespaces: false,
      },
      pieces,
      pieceScores: Float32Array.from(pieces, (_, id) => (isListed ? 0 : scores[id % scores.length]!)),
      pieceTypes: new Uint8Array(pieces.length).fill(PIECE_TYPE.normal),
      ...(isListed && { merges: { leftIds: column(0), rightIds: column(1), resultIds: column(2) } }),
      wholePieceFirst,
      preTokenizers: cutsWords
        ? [{ type: 'split', pattern: { text: ' ' }, behavior: 'merged-with-previous', invert: false }]
        : [],
    });
  });

function segmentBytesPlainly(random: TokenizerModel, input: string): string[] {
  const preTokens =
    random.preTokenizers.length > 0 ? (input.match(/[^ ]* |[^ ]+/g) ?? []) : input === '' ? [] : [input];
  return preTokens.flatMap((preToken) => {
    const bytes = toByteUnits(preToken);
    return random.wholePieceFirst && random.pieces.includes(bytes) ? [bytes] : segmentPlainly(random, bytes);
  });
}

describe('BPE over bytes', () => {
  it('gives what the definition gives, wherever pieces begin and end in characters', () => {
    fc.assert(
      fc.property(model, fc.array(text(30), { minLength: 1, maxLength: 6 }), text(200), (random, texts, long) => {
        const tokenizer = createTokenizer(random);
        // Twice: the second time from what is remembered.
        for (const input of [...texts, ...texts, long]) {
          const expected = segmentBytesPlainly(random, input);
          expect(
            tokenizer.encode(input).map((id) => random.pieces[id]!),
            input,
          ).toEqual(expected);
          expect(tokenizer.encodePieces(input)).toEqual(expected.map(byteSurface));
          expect(tokenizer.decode(tokenizer.encode(input))).toBe(input);
        }
      }),
      runs(60),
    );
  });

  it('a piece is made of what merges make of its bytes, also where they are no text', () => {
    fc.assert(
      fc.property(model, piece, (random, bytes) => {
        const tokenizer = createTokenizer({ ...random, wholePieceFirst: false });
        const pieces = tokenizer.encodePieceText(bytes).map((id) => random.pieces[id]!);
        expect(pieces).toEqual(bytes === '' ? [] : segmentPlainly(random, bytes));
      }),
      runs(50),
    );
  });
});
