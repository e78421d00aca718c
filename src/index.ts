// The public API: what `import ... from 'vocab-merge'` gives. Re-exports only.

export {
  type ModelType,
  type NormalizerSpec,
  PIECE_TYPE,
  type PieceType,
  type PieceTypeName,
  type TokenizerModel,
} from './core/model.ts';
export type { WeightedSentence } from './core/weighted-sentence.ts';
export {
  buildFrequencyTable,
  type FrequencySource,
  type FrequencyTableOptions,
  type FrequencyTableResult,
  packFrequencyTable,
} from './corpus/build-frequency-table.ts';
export type { CorpusStats } from './corpus/corpus-stats.ts';
export {
  type FrequencyTable,
  type FrequencyTableHeader,
  mergeFrequencyTables,
  parseFrequencyTable,
  serializeFrequencyTable,
} from './corpus/frequency-table.ts';
export {
  type CorpusReader,
  type LineReader,
  type ReadCorpusOptions,
  type ReadOptions,
  readCorpus,
  readLines,
} from './corpus/read-corpus.ts';
export { type ApplyRowMapOptions, applyRowMap, type MatrixDtype } from './embedding/apply-row-map.ts';
export { INIT_METHODS, type InitMethod } from './embedding/initial-weights.ts';
export type { MatrixReport, PaddingFill } from './embedding/resize-matrix.ts';
export * from './errors.ts';
export type { AuditCheck, AuditCode, AuditedTokenizer, AuditReport } from './formats/audit-report.ts';
export type { CheckCode, CheckedTensor, CheckFinding, CheckReport, CheckResult } from './formats/check-report.ts';
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
} from './formats/row-map.ts';
export { parseModelProto, serializeModelProto } from './formats/sentencepiece.ts';
export type {
  ModelProto,
  NormalizerSpecProto,
  SelfTestData,
  SelfTestSample,
  SentencePieceEntry,
  TrainerSpec,
} from './formats/sentencepiece-fields.ts';
export { modelFromProto, parseTokenizerModel, protoFromModel } from './formats/sentencepiece-model.ts';
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
} from './formats/tokenizer-json.ts';
export { type AuditOptions, auditTokenizer, type FailOn, failOn } from './merge/audit.ts';
export type { AuditSubject } from './merge/audit-subject.ts';
export { type BuildRowMapOptions, buildRowMap, type RowMapSide } from './merge/build-row-map.ts';
export type { MergeOptions, MergePreset, MergeScores, MergeTypes } from './merge/merge-options.ts';
export { type DropReason, type MergeResult, type MergeVocabOptions, mergeVocab } from './merge/merge-vocab.ts';
export type { MergeWarning, MergeWarningCode } from './merge/merge-warnings.ts';
export { composeRowMaps, invertRowMap, padRowMap } from './merge/row-map-algebra.ts';
export { type BuildSafeOptions, buildSafeVocabulary } from './pipeline/build-safe.ts';
export {
  type BuildStep,
  type BuildVocabularyOptions,
  type BuiltVocabulary,
  buildVocabulary,
} from './pipeline/build-vocabulary.ts';
export { type CheckFolderOptions, checkFolder } from './pipeline/check-folder.ts';
export { type BatchEncoder, createBatchEncoder, type EncodedBatch, encodeBatch } from './pipeline/encode-batch.ts';
export {
  type ExtendedVocabulary,
  type ExtendVocabularyOptions,
  extendVocabulary,
} from './pipeline/extend-vocabulary.ts';
export { buildGoldenFile } from './pipeline/golden-file.ts';
export { type MergedTokenizer, type MergeTokenizersOptions, mergeTokenizers } from './pipeline/merge-tokenizers.ts';
export {
  type RepairedTokenizer,
  type RepairTokenizerOptions,
  repairTokenizer,
} from './pipeline/repair-tokenizer.ts';
export { type ResizeResult, resizeCheckpoint } from './pipeline/resize-checkpoint.ts';
export type { ResizeCheckpointOptions, ResizeProgress } from './pipeline/resize-options.ts';
export { readTokenizerRecord, type TokenizerRecord } from './pipeline/tokenizer-record.ts';
export { trainSentencePiece } from './pipeline/training-threads.ts';
export { type VerifyOptions, verifyTokenizer } from './pipeline/verify.ts';
export { formatVerifyTerminal, type VerifyReport } from './pipeline/verify-report.ts';
export {
  type Advice,
  type AdviceCode,
  type AdviceFacts,
  type AdviceReason,
  type AdviceVerdict,
  adviseExtension,
} from './report/advice.ts';
export type { AnswerPlace, AnswerToken, AnswerTokens } from './report/answer-tokens.ts';
export type { BootstrapOptions, BootstrapSettings, Interval } from './report/bootstrap.ts';
export {
  type CollectPageOptions,
  collectPageData,
  type PageTokenizer,
} from './report/collect-page-data.ts';
export {
  type ComparedText,
  type CompareOptions,
  type ComparisonProgress,
  compareTokenizers,
} from './report/compare-tokenizers.ts';
export { type AdviceContext, adviseOn } from './report/comparison-facts.ts';
export {
  type ComparisonReport,
  formatComparisonJson,
  type TextComparison,
  type TokenFigures,
  type TokenizerSummary,
} from './report/comparison-report.ts';
export { createFewestTokens, type FewestTokensCounter } from './report/fewest-tokens.ts';
export { formatComparisonCsv } from './report/format-csv.ts';
export { formatComparisonMarkdown, type MarkdownFormatOptions } from './report/format-markdown.ts';
export { formatComparisonTerminal, type TerminalFormatOptions } from './report/format-terminal.ts';
export {
  costOfShape,
  MODEL_SHAPES,
  type ModelShape,
  type ShapeCost,
  type VocabularyCost,
} from './report/model-shapes.ts';
export type { ComparedTokenizer, CountingEngine } from './report/open-counter.ts';
export { createPassageCollector, type PassageCollector, type TextCandidates } from './report/passages.ts';
export type { PieceLength, PieceLengths } from './report/piece-lengths.ts';
export type { NewPieceUsage, RarePiece, UsagePoint } from './report/piece-usage.ts';
export type { TokenCounter } from './report/token-counter.ts';
export type { HeldOutWarning, TrainingText } from './report/training-texts.ts';
export type { RegressionLine, Regressions } from './report/worst-lines.ts';
export type { IncrementalDecoder } from './tokenize/decoder.ts';
export { createTokenizer, type EncodeOptions, type Tokenizer, type TokenWithOffsets } from './tokenize/tokenizer.ts';
export type { ExtendSource } from './train/extend-options.ts';
export type { LoadSummary, TrainOptions, TrainProgress } from './train/options.ts';

export {
  type LoadedHuggingFace,
  type LoadedSentencePiece,
  type LoadedTokenizer,
  type LoadOptions,
  loadTokenizer,
  requireSentencePiece,
} from './vocab/load-tokenizer.ts';
export { readZhTable } from './vocab/zh-table.ts';
