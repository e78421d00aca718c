// Small models for tests, given by what matters in them; the rest is as plain as can be.

import { IDENTITY_NORMALIZER, PIECE_TYPE, SENTENCEPIECE_PIPELINE, type TokenizerModel } from '../src/core/model.ts';
import type { ModelProto } from '../src/formats/sentencepiece/fields.ts';

/** What a test says of its model; `pieces`, `pieceScores` and `pieceTypes` are parallel. */
type ModelParts = Pick<TokenizerModel, 'pieces' | 'pieceScores' | 'pieceTypes'> & Partial<TokenizerModel>;

/** A BPE model that leaves text as it is: no normalization, no space in front, no bytes. */
export function plainModel(parts: ModelParts): TokenizerModel {
  return {
    ...SENTENCEPIECE_PIPELINE,
    modelType: 'bpe',
    normalizer: { ...IDENTITY_NORMALIZER, addDummyPrefix: false, removeExtraWhitespaces: false },
    byteFallback: false,
    treatWhitespaceAsSuffix: false,
    unkSurface: '?',
    unkPiece: '<unk>',
    bosPiece: '<s>',
    eosPiece: '</s>',
    padPiece: '<pad>',
    ...parts,
  };
}

/** A file of a BPE model: `<unk>` and these pieces with their scores. */
export function bpeProto(entries: readonly (readonly [piece: string, score: number])[]): ModelProto {
  return {
    pieces: [
      { piece: '<unk>', score: 0, type: PIECE_TYPE.unknown },
      ...entries.map(([piece, score]) => ({ piece, score })),
    ],
    trainerSpec: { modelType: 'bpe' },
    normalizerSpec: { name: 'identity' },
  };
}
