// Random models and texts for fuzzing: small alphabets, so that pieces meet, tie and overlap all the time; all kinds of
// piece types, normalizer options and both algorithms. The same for the same generator.
import type { MersenneTwister } from '../../src/core/mersenne-twister.ts';
import { IDENTITY_NORMALIZER, PIECE_TYPE, SENTENCEPIECE_PIPELINE, type TokenizerModel } from '../../src/core/model.ts';
import { byteToPiece } from '../../src/core/unicode/utf8.ts';

const LETTERS = ['a', 'b', 'c', '\u2581', '中', '文', '国', '😀', '𠮷', '1'];
/** In texts only: no piece holds them. */
const OTHERS = ['z', '龘', ' ', '  ', '\n', '\0', '\ufffd', '\ud83d', '\udc00', '\u{10ffff}', 'é'];

export function pick<T>(random: MersenneTwister, items: readonly T[]): T {
  return items[random.nextBelow(items.length)]!;
}

export function chance(random: MersenneTwister, oneIn: number): boolean {
  return random.nextBelow(oneIn) === 0;
}

/** A text of letters, characters without a piece, spaces and lone surrogates. */
export function randomText(random: MersenneTwister, maxLength: number): string {
  const length = random.nextBelow(maxLength + 1);
  let text = '';
  for (let i = 0; i < length; i++) {
    text += chance(random, 5) ? pick(random, OTHERS) : pick(random, LETTERS).repeat(chance(random, 20) ? 30 : 1);
  }
  return text;
}

/** What a fuzzed model may have. */
export interface RandomModelOptions {
  readonly modelType: 'bpe' | 'unigram';
  /** Types of some pieces, besides the normal ones. */
  readonly otherTypes: readonly ('userDefined' | 'unused')[];
  /** Half of the models have bytes where this is left out. */
  readonly byteFallback?: boolean;
}

/** A random model that is valid. */
export function randomModel(random: MersenneTwister, options: RandomModelOptions): TokenizerModel {
  const { modelType, otherTypes } = options;
  const byteFallback = options.byteFallback ?? chance(random, 2);
  const letters = LETTERS.slice(0, 2 + random.nextBelow(LETTERS.length - 1));
  const entries = new Map<string, number>([['<unk>', PIECE_TYPE.unknown]]);
  if (chance(random, 2)) for (const piece of ['<s>', '</s>']) entries.set(piece, PIECE_TYPE.control);
  if (byteFallback) for (let byte = 0; byte < 256; byte++) entries.set(byteToPiece(byte), PIECE_TYPE.byte);
  // Without single letters some pieces can only be made of characters that are no pieces.
  for (const letter of letters) if (!chance(random, 6)) entries.set(letter, PIECE_TYPE.normal);
  const count = random.nextBelow(chance(random, 4) ? 200 : 40);
  for (let i = 0; i < count; i++) {
    const length = 1 + random.nextBelow(chance(random, 6) ? 20 : 5);
    const piece = Array.from({ length }, () => pick(random, letters)).join('');
    const isNormal = otherTypes.length === 0 || !chance(random, 8);
    const type = isNormal ? PIECE_TYPE.normal : PIECE_TYPE[pick(random, otherTypes)];
    if (!entries.has(piece)) entries.set(piece, type);
  }
  const pieces = [...entries.keys()];
  const scoreKinds = pick(random, [2, 10, 100_000]);
  return {
    ...SENTENCEPIECE_PIPELINE,
    modelType,
    pieces,
    pieceTypes: Uint8Array.from(entries.values()),
    pieceScores: Float32Array.from(pieces, () => -random.nextBelow(scoreKinds) / pick(random, [1, 1, 8])),
    normalizer: {
      ...IDENTITY_NORMALIZER,
      addDummyPrefix: chance(random, 2),
      removeExtraWhitespaces: chance(random, 3),
      escapeWhitespaces: !chance(random, 4),
    },
    byteFallback,
    treatWhitespaceAsSuffix: chance(random, 6),
    unkSurface: ' \u2047 ',
    unkPiece: '<unk>',
    bosPiece: '<s>',
    eosPiece: '</s>',
    padPiece: '<pad>',
  };
}
