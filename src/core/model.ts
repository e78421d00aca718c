// The neutral tokenizer model: what every format is read into and what encoders, merges and reports work on.
// It holds data only; reading and writing live in formats/, encoding in tokenize/.
// Names follow sentencepiece_model.proto (https://github.com/google/sentencepiece), in camelCase.

/** Numeric piece types, with the values of `ModelProto.SentencePiece.Type`. */
export const PIECE_TYPE = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

/** Name of a piece type. */
export type PieceTypeName = keyof typeof PIECE_TYPE;

/** One of the numeric values of {@link PIECE_TYPE}. */
export type PieceType = (typeof PIECE_TYPE)[PieceTypeName];

/** Segmentation algorithm of a model. */
export type ModelType = 'unigram' | 'bpe' | 'word' | 'char';

/** How raw text becomes the text that is segmented (`NormalizerSpec`). */
export interface NormalizerSpec {
  /** Rule name, such as `identity`, `nfkc`, `nmt_nfkc`, `nmt_nfkc_cf`; only a label, the charsmap decides. */
  readonly name: string;
  /** Compiled rules: u32 little-endian trie size, double array, NUL-terminated replacements. Empty for identity. */
  readonly precompiledCharsmap: Uint8Array;
  /** Put one space in front of the text (behind it when whitespace is a suffix). */
  readonly addDummyPrefix: boolean;
  /** Strip spaces at both ends and collapse runs of spaces. */
  readonly removeExtraWhitespaces: boolean;
  /** Write spaces as U+2581 `▁`. */
  readonly escapeWhitespaces: boolean;
}

/**
 * A tokenizer's vocabulary and the rules that go with it, independent of any file format.
 * `pieces`, `pieceScores` and `pieceTypes` are parallel: index = token id, length = vocabSize.
 */
export interface TokenizerModel {
  readonly modelType: ModelType;
  /** Text of each piece, `[vocabSize]`. */
  readonly pieces: readonly string[];
  /** Score of each piece, `[vocabSize]`, float32. */
  readonly pieceScores: Float32Array;
  /** {@link PIECE_TYPE} of each piece, `[vocabSize]`. */
  readonly pieceTypes: Uint8Array;
  readonly normalizer: NormalizerSpec;
  /** Applied to decoded text, if the model has one. */
  readonly denormalizer?: NormalizerSpec;
  /** Unknown characters become byte pieces. */
  readonly byteFallback: boolean;
  /** `▁` closes a word instead of opening it. */
  readonly treatWhitespaceAsSuffix: boolean;
  /** What an unknown id decodes to (` ⁇ ` by default). */
  readonly unkSurface: string;
  readonly unkPiece: string;
  readonly bosPiece: string;
  readonly eosPiece: string;
  readonly padPiece: string;
}

/** U+2581, SentencePiece's visible space. */
export const SPACE_SYMBOL = '\u2581';

/** Default of `TrainerSpec.unk_surface`. */
export const DEFAULT_UNK_SURFACE = ' \u2047 ';

/** The identity normalizer with SentencePiece's defaults for whitespace. */
export const IDENTITY_NORMALIZER: NormalizerSpec = {
  name: 'identity',
  precompiledCharsmap: new Uint8Array(0),
  addDummyPrefix: true,
  removeExtraWhitespaces: true,
  escapeWhitespaces: true,
};
