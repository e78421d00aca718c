// The public API that runs in a browser (and in any other runtime without files): formats, encoder, merge, row map.
// Re-exports only. What reads files, trains on corpora or writes folders is in index.ts.

export {
  type ModelType,
  type NormalizerSpec,
  PIECE_TYPE,
  type PieceType,
  type PieceTypeName,
  type TokenizerModel,
} from './core/model.ts';
export * from './errors.ts';
export {
  type CopyRange,
  type NewRow,
  parseRowMap,
  type RowMap,
  type RowMapLimits,
  type RowMapRow,
  type RowMapVocab,
  rowMapRows,
  serializeRowMap,
  validateRowMap,
} from './formats/row-map/row-map.ts';
export type {
  ModelProto,
  NormalizerSpecProto,
  SelfTestData,
  SelfTestSample,
  SentencePieceEntry,
  TrainerSpec,
} from './formats/sentencepiece/fields.ts';
export { parseModelProto, serializeModelProto } from './formats/sentencepiece/model-file.ts';
export { modelFromProto, parseTokenizerModel, protoFromModel } from './formats/sentencepiece/model-from-proto.ts';
export {
  type AddedToken,
  type AddedTokenJson,
  type BuildTokenizerJsonOptions,
  buildTokenizerJson,
  type ModelFromTokenizerJsonOptions,
  modelFromTokenizerJson,
  parseTokenizerJson,
  serializeTokenizerJson,
  type TokenizerJson,
  type UnigramModelJson,
} from './formats/tokenizer-json/tokenizer-json.ts';
export type { MergeOptions, MergePreset, MergeScores, MergeTypes } from './merge/merge-options.ts';
export { type DropReason, type MergeResult, type MergeVocabOptions, mergeVocab } from './merge/merge-vocab.ts';
export type { MergeWarning, MergeWarningCode } from './merge/merge-warnings.ts';
export { type BuildRowMapOptions, buildRowMap, type RowMapSide } from './merge/row-map/build-row-map.ts';
export type { IncrementalDecoder } from './tokenize/decoder.ts';
export { createTokenizer, type EncodeOptions, type Tokenizer, type TokenWithOffsets } from './tokenize/tokenizer.ts';
