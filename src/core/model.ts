// The neutral tokenizer model: what every format is read into and what encoders, merges and reports work on.
// It holds data, and says whose engine a model is of; reading and writing live in formats/, encoding in tokenize/.
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

/** Stands in {@link TokenizerModel.pieceTypes} for an id that has no piece. */
export const ABSENT_PIECE = 0;

/** Name of a piece type. */
export type PieceTypeName = keyof typeof PIECE_TYPE;

/** One of the numeric values of {@link PIECE_TYPE}. */
export type PieceType = (typeof PIECE_TYPE)[PieceTypeName];

/** Segmentation algorithm of a model. */
export type ModelType = 'unigram' | 'bpe' | 'word' | 'char';

/**
 * What one UTF-16 unit of a text piece stands for. `utf16`: itself, with `▁` for a space where the normalizer says so.
 * `byte`: one byte of UTF-8, U+0000 to U+00FF, whatever alphabet the file spells bytes in.
 */
export type PieceUnits = 'utf16' | 'byte';

/** SentencePiece's rules from raw text to the text that is segmented (`NormalizerSpec`). */
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
 * What a step looks for: a text as it stands, or a regular expression. Its syntax is Oniguruma's, as tokenizer.json has it,
 * where nothing else is said; patterns of tiktoken and tekken are of Rust's fancy-regex.
 */
export type TextPattern =
  | { readonly text: string }
  | { readonly regex: string; readonly syntax?: 'oniguruma' | 'rust' };

/** One step of normalization, as tokenizer.json names them (https://huggingface.co/docs/tokenizers/api/normalizers). */
export type NormalizerStep =
  | { readonly type: 'nfc' | 'nfd' | 'nfkc' | 'nfkd' | 'lowercase' }
  | { readonly type: 'prepend'; readonly text: string }
  | { readonly type: 'replace'; readonly pattern: TextPattern; readonly content: string }
  | { readonly type: 'strip'; readonly left: boolean; readonly right: boolean };

/** What becomes of the stretches that a pattern of a Split or Punctuation finds. */
export type SplitBehavior = 'removed' | 'isolated' | 'merged-with-previous' | 'merged-with-next' | 'contiguous';

/** One step of cutting text into pre-tokens (https://huggingface.co/docs/tokenizers/api/pre-tokenizers). */
export type PreTokenizerStep =
  | {
      readonly type: 'split';
      readonly pattern: TextPattern;
      readonly behavior: SplitBehavior;
      readonly invert: boolean;
    }
  | { readonly type: 'byte-level'; readonly addPrefixSpace: boolean; readonly useRegex: boolean }
  | { readonly type: 'digits'; readonly individual: boolean }
  | { readonly type: 'punctuation'; readonly behavior: SplitBehavior }
  | { readonly type: 'whitespace' | 'whitespace-split' }
  | {
      readonly type: 'metaspace';
      readonly replacement: string;
      readonly prepend: 'always' | 'first' | 'never';
      readonly split: boolean;
    };

/** A token that is found in raw text before anything else happens to it, as Hugging Face's engines find them. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Left out of decoded text on request, and never split. */
  readonly special: boolean;
  /** Found only where no letter, digit or underscore stands beside it. */
  readonly singleWord: boolean;
  /** Takes the white space before it along. */
  readonly lstrip: boolean;
  /** Takes the white space behind it along. */
  readonly rstrip: boolean;
  /** Looked for in the normalized text, its content normalized too; else in the raw text. */
  readonly normalized: boolean;
}

/** Merges in rank order, best first, as parallel arrays of ids, `[mergeCount]` each. */
export interface MergeList {
  readonly leftIds: Int32Array;
  readonly rightIds: Int32Array;
  /** The piece that each merge makes. */
  readonly resultIds: Int32Array;
}

/**
 * A tokenizer's vocabulary and the rules that go with it, independent of any file format.
 * `pieces`, `pieceScores` and `pieceTypes` are parallel: index = token id, length = idCount. Ids may have holes: an id
 * without a piece has the type {@link ABSENT_PIECE} and an empty text.
 */
export interface TokenizerModel {
  readonly modelType: ModelType;
  /** How the texts of normal, user-defined and unused pieces are spelled; those of other types are plain text. */
  readonly units: PieceUnits;
  /** Text of each piece, `[idCount]`. */
  readonly pieces: readonly string[];
  /** Score of each piece, `[idCount]`, float32; all 0 where {@link TokenizerModel.merges} ranks the merges. */
  readonly pieceScores: Float32Array;
  /** {@link PIECE_TYPE} of each piece, `[idCount]`. */
  readonly pieceTypes: Uint8Array;
  /**
   * The merges of a BPE model that lists them: rank belongs to the merge. Without, any two neighbours whose texts joined are
   * a piece merge, ranked by the score of that piece, as SentencePiece and tiktoken do.
   */
  readonly merges?: MergeList;
  /** A pre-token that is a piece is taken as it stands, before any merge (`ignore_merges`, and tiktoken always). */
  readonly wholePieceFirst: boolean;
  /** SentencePiece's own rules, which come after {@link TokenizerModel.normalizers}. */
  readonly normalizer: NormalizerSpec;
  /** Steps of normalization, in order; none for SentencePiece models. */
  readonly normalizers: readonly NormalizerStep[];
  /** Steps of cutting the normalized text, in order; none for SentencePiece models, which merge across the whole text. */
  readonly preTokenizers: readonly PreTokenizerStep[];
  /**
   * Tokens found in the text first, by id; none for SentencePiece models, whose user-defined pieces are found by the
   * segmenter and whose control pieces are never found in text.
   */
  readonly addedTokens: readonly AddedToken[];
  /** Applied to decoded text, if the model has one. */
  readonly denormalizer?: NormalizerSpec;
  /** Unknown characters become byte pieces. */
  readonly byteFallback: boolean;
  /** `▁` closes a word instead of opening it. */
  readonly treatWhitespaceAsSuffix: boolean;
  /** What an unknown id decodes to (` ⁇ ` by default). */
  readonly unkSurface: string;
  /** Text of the unknown piece; empty when the model has none, as byte-level ones. */
  readonly unkPiece: string;
  readonly bosPiece: string;
  readonly eosPiece: string;
  readonly padPiece: string;
}

/** A SentencePiece model's answer to what only other kinds have: nothing. */
export const SENTENCEPIECE_PIPELINE: Pick<
  TokenizerModel,
  'units' | 'wholePieceFirst' | 'normalizers' | 'preTokenizers' | 'addedTokens'
> = { units: 'utf16', wholePieceFirst: false, normalizers: [], preTokenizers: [], addedTokens: [] };

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

/** A special token, found wherever its text stands. */
export function specialToken(id: number, content: string): AddedToken {
  return { id, content, special: true, singleWord: false, lstrip: false, rstrip: false, normalized: false };
}

/** True for unknown, control and byte pieces, which have names of their own: text may be spelled like one of them. */
export function isReserved(type: number): boolean {
  return type === PIECE_TYPE.unknown || type === PIECE_TYPE.control || type === PIECE_TYPE.byte;
}

/** True for pieces that stand for text as it is spelled: normal, user-defined and unused ones. */
export function isTextType(type: number): boolean {
  return type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined || type === PIECE_TYPE.unused;
}

/** True for a model that does more to text than SentencePiece's own normalizer. */
export function hasPipeline({ units, normalizers, preTokenizers, addedTokens }: TokenizerModel): boolean {
  return units === 'byte' || normalizers.length > 0 || preTokenizers.length > 0 || addedTokens.length > 0;
}

/** True when SentencePiece could run the model: what has a pipeline or lists its merges is of other engines. */
export function isSentencePieceModel(model: TokenizerModel): boolean {
  return model.merges === undefined && !hasPipeline(model);
}

/** The id of a control piece, -1 where there is none of this text. */
export function controlId({ pieces, pieceTypes }: TokenizerModel, piece: string): number {
  const id = piece === '' ? -1 : pieces.indexOf(piece);
  return pieceTypes[id] === PIECE_TYPE.control ? id : -1;
}
