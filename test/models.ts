// Small models for tests, given by what matters in them; the rest is as plain as can be.

import {
  DEFAULT_UNK_SURFACE,
  IDENTITY_NORMALIZER,
  PIECE_TYPE,
  type PieceType,
  SENTENCEPIECE_PIPELINE,
  type TokenizerModel,
} from '../src/core/model.ts';

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

/** A piece; score 0 and type normal by default. */
export type PieceEntry = readonly [piece: string, score?: number, type?: PieceType];

/** A BPE model of exactly these pieces, with SentencePiece's defaults for white space. */
export function modelOf(entries: readonly PieceEntry[], parts: Partial<TokenizerModel> = {}): TokenizerModel {
  return plainModel({
    pieces: entries.map(([piece]) => piece),
    pieceScores: Float32Array.from(entries, ([, score = 0]) => score),
    pieceTypes: Uint8Array.from(entries, ([, , type = PIECE_TYPE.normal]) => type),
    normalizer: IDENTITY_NORMALIZER,
    unkSurface: DEFAULT_UNK_SURFACE,
    ...parts,
  });
}

/** `<unk>` and these pieces with their scores, as a BPE model. */
export function smallBpe(entries: readonly PieceEntry[]): TokenizerModel {
  return modelOf([['<unk>', 0, PIECE_TYPE.unknown], ...entries]);
}

/** The pieces of a model as entries, from an id on. */
export function entriesOf({ pieces, pieceScores, pieceTypes }: TokenizerModel, from = 0): PieceEntry[] {
  return pieces.slice(from).map((piece, i) => {
    const type = pieceTypes[from + i] as PieceType;
    return type === PIECE_TYPE.normal ? [piece, pieceScores[from + i]!] : [piece, pieceScores[from + i]!, type];
  });
}
