// `vocab-merge/formats`: tokenizer files and row maps, from bytes or JSON to objects and back. Runs in a browser.
// Re-exports only, so that a bundler takes what is used.

export {
  type AddedToken,
  type MergeList,
  type ModelType,
  type NormalizerSpec,
  type NormalizerStep,
  PIECE_TYPE,
  type PieceType,
  type PieceTypeName,
  type PreTokenizerStep,
  type TokenizerModel,
} from './core/model.ts';
export type { NewMerge, NewPiece, VocabularyPatch } from './core/patch.ts';
export {
  type CopyRange,
  type NewRow,
  type RowMap,
  type RowMapRow,
  type RowMapVocab,
  type RowRange,
  rowMapRows,
} from './core/row-map.ts';
export * from './errors.ts';
export type { TokenToAdd } from './formats/added-token.ts';
export { type BuildGgufOptions, type BuiltGguf, buildGguf } from './formats/gguf/build-gguf.ts';
export {
  type GgufArray,
  type GgufMetadata,
  type GgufValue,
  type ParseGgufOptions,
  parseGgufMetadata,
} from './formats/gguf/gguf-metadata.ts';
export { modelFromGguf } from './formats/gguf/model-from-gguf.ts';
export { parseRowMap, serializeRowMap } from './formats/row-map/row-map.ts';
export { type RowMapLimits, validateRowMap } from './formats/row-map/validate-row-map.ts';
export {
  buildSentencePiece,
  parseSentencePiece,
  type SentencePieceDocument,
  type SentencePieceOptions,
} from './formats/sentencepiece/document.ts';
export { parseTokenizerModel } from './formats/sentencepiece/model-from-proto.ts';
export { TIKTOKEN_ENCODINGS, type TiktokenEncodingName } from './formats/tiktoken/known-encodings.ts';
export { parseTekkenModel } from './formats/tiktoken/tekken-file.ts';
export { parseTiktokenModel, type TiktokenOptions } from './formats/tiktoken/tiktoken-file.ts';
export type { SkippedFile, TokenizerDocument, TrainingFacts } from './formats/tokenizer-document.ts';
export { parseTokenizerJsonDocument, type TokenizerJsonDocumentOptions } from './formats/tokenizer-json/document.ts';
export {
  type AddedTokenJson,
  type BuildTokenizerJsonOptions,
  buildTokenizerJson,
  type Gpt2Files,
  type ModelFromTokenizerJsonOptions,
  modelFromTokenizerJson,
  parseGpt2Model,
  parseTokenizerJson,
  parseTokenizerJsonModel,
  sentencePieceFromTokenizerJson,
  serializeTokenizerJson,
  type TokenizerJson,
  type UnigramModelJson,
} from './formats/tokenizer-json/tokenizer-json.ts';
export { openDocument } from './formats/vocabulary/open-document.ts';
export {
  kindOfVocabulary,
  parseVocabulary,
  type VocabularyFile,
  type VocabularyKind,
} from './formats/vocabulary/parse-vocabulary.ts';
