// Small BPE models as files have them: special tokens, the 256 bytes, and the pieces of a test.

import type { TokenizerModel } from '../../../src/core/model.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import type { SentencePieceEntry } from '../../../src/formats/sentencepiece/fields.ts';
import { modelFromProto } from '../../../src/formats/sentencepiece/model-from-proto.ts';

export const SPECIALS: SentencePieceEntry[] = [
  { piece: '<unk>', type: 2 },
  { piece: '<s>', type: 3 },
  { piece: '</s>', type: 3 },
];
const BYTES: SentencePieceEntry[] = Array.from({ length: 256 }, (_, i) => ({ piece: byteToPiece(i), type: 6 }));

/** A BPE model with bytes and these pieces behind them. */
export function bpeModel(
  pieces: SentencePieceEntry[],
  normalizerSpec = { removeExtraWhitespaces: false },
): TokenizerModel {
  return modelFromProto({
    pieces: [...SPECIALS, ...BYTES, ...pieces],
    trainerSpec: { modelType: 'bpe', byteFallback: true },
    normalizerSpec: { name: 'identity', ...normalizerSpec },
  });
}

/** Ids from 259 on: a word, a digit, a space, a letter, a user-defined symbol. */
export const SMALL = bpeModel([
  { piece: '▁a', score: -1 },
  { piece: '7', score: -9 },
  { piece: '▁', score: -9 },
  { piece: 'a', score: -9 },
  { piece: '<sep>', type: 4 },
]);
