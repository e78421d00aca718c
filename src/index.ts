// The public API: what `import ... from 'vocab-merge'` gives. Re-exports only.
// What runs in a browser too is listed in formats.ts, tokenize.ts and merge.ts; here is what needs Node, and what belongs to it.

export * from './browser.ts';
export { scriptsOfLanguage } from './core/unicode/languages.ts';
export type { WeightedSentence } from './core/weighted-sentence.ts';
export {
  buildFrequencyTable,
  type FrequencySource,
  type FrequencyTableOptions,
  type FrequencyTableResult,
  type FrequencyTableStream,
  type FrequencyTableSummary,
  streamFrequencyTable,
  type TableShard,
} from './corpus/count/build-frequency-table.ts';
export { type MergedTables, type MergeTablesOptions, mergeTableFiles } from './corpus/count/merge-tables.ts';
export { packFrequencyTable, packTableChunks } from './corpus/count/pack-table.ts';
export {
  type CorpusReader,
  type LineReader,
  type ReadCorpusOptions,
  type ReadOptions,
  readCorpus,
  readLines,
} from './corpus/lines/read-corpus.ts';
export type { CorpusStats } from './corpus/read/corpus-stats.ts';
export {
  type FrequencyTable,
  type FrequencyTableHeader,
  mergeFrequencyTables,
  parseFrequencyTable,
  serializeFrequencyTable,
} from './corpus/read/frequency-table.ts';
export { type ApplyRowMapOptions, applyRowMap, type MatrixDtype } from './embedding/apply-row-map.ts';
export { INIT_METHODS, type InitMethod } from './embedding/rows/initial-weights.ts';
export type { MatrixReport, PaddingFill } from './embedding/rows/resize-matrix.ts';
export type { CheckCode, CheckedTensor, CheckFinding, CheckReport, CheckResult } from './formats/check-report.ts';
export type { ModelShape } from './formats/checkpoint/model-shape.ts';
export { type BuildSafeOptions, buildSafeVocabulary } from './pipeline/build/build-safe.ts';
export {
  type BuildStep,
  type BuildVocabularyOptions,
  type BuiltVocabulary,
  buildVocabulary,
} from './pipeline/build/build-vocabulary.ts';
export {
  type ExtendedVocabulary,
  type ExtendVocabularyOptions,
  extendVocabulary,
} from './pipeline/build/extend-vocabulary.ts';
export { buildGoldenFile } from './pipeline/build/golden-file.ts';
export {
  type MergedTokenizer,
  type MergeTokenizersOptions,
  mergeTokenizers,
} from './pipeline/build/merge-tokenizers.ts';
export {
  type KeepOptions,
  type PrunedText,
  type PrunedVocabulary,
  type PruneProgress,
  type PruneVocabularyOptions,
  pruneVocabulary,
  type ReadableText,
} from './pipeline/build/prune-vocabulary.ts';
export {
  type RepairedTokenizer,
  type RepairTokenizerOptions,
  repairTokenizer,
} from './pipeline/build/repair-tokenizer.ts';
export { type CheckFolderOptions, checkFolder } from './pipeline/checkpoint/check-folder.ts';
export { type ResizeResult, resizeCheckpoint } from './pipeline/checkpoint/resize-checkpoint.ts';
export type { ResizeCheckpointOptions, ResizeProgress } from './pipeline/checkpoint/resize-options.ts';
export { readModelShape, readTokenizerRecord, type TokenizerRecord } from './pipeline/io/tokenizer-record.ts';
export {
  type BatchEncoder,
  createBatchEncoder,
  type EncodedBatch,
  encodeBatch,
} from './pipeline/threads/encode-batch.ts';
export { trainSentencePiece } from './pipeline/threads/training-threads.ts';
export { formatVerifyTerminal, type VerifyReport } from './pipeline/verify/report.ts';
export { type VerifyOptions, verifyTokenizer } from './pipeline/verify/verify.ts';
export {
  type Advice,
  type AdviceCode,
  type AdviceFacts,
  type AdviceReason,
  type AdviceVerdict,
  adviseExtension,
} from './report/advise/advice.ts';
export { type AdviceContext, adviseOn } from './report/advise/comparison-facts.ts';
export {
  costOfShape,
  MODEL_SHAPES,
  type ShapeCost,
  type VocabularyCost,
} from './report/advise/model-shapes.ts';
export { createFewestTokens, type FewestTokensCounter } from './report/counters/fewest-tokens.ts';
export type { ComparedTokenizer, CountingEngine } from './report/counters/open-counter.ts';
export type { TokenCounter } from './report/counters/token-counter.ts';
export type { AnswerPlace, AnswerToken, AnswerTokens } from './report/measure/answer-tokens.ts';
export type { BootstrapOptions, BootstrapSettings, Interval } from './report/measure/bootstrap.ts';
export {
  type ComparedText,
  type CompareOptions,
  type ComparisonProgress,
  compareTokenizers,
} from './report/measure/compare-tokenizers.ts';
export {
  type ComparisonReport,
  formatComparisonJson,
  type TextComparison,
  type TokenFigures,
  type TokenizerSummary,
} from './report/measure/comparison-report.ts';
export { createPassageCollector, type PassageCollector, type TextCandidates } from './report/measure/passages.ts';
export type { PieceLength, PieceLengths } from './report/measure/pieces/piece-lengths.ts';
export type { NewPieceUsage, RarePiece, UsagePoint } from './report/measure/pieces/piece-usage.ts';
export type { HeldOutWarning, TrainingText } from './report/measure/training-texts.ts';
export type { RegressionLine, Regressions } from './report/measure/worst-lines.ts';
export {
  type CollectPageOptions,
  collectPageData,
  type PageTokenizer,
} from './report/page/collect-page-data.ts';
export { formatComparisonCsv } from './report/print/format-csv.ts';
export { formatComparisonMarkdown, type MarkdownFormatOptions } from './report/print/format-markdown.ts';
export { formatComparisonTerminal, type TerminalFormatOptions } from './report/print/format-terminal.ts';
export type { ExtendProgress, ExtendRuntime, ExtendSource } from './train/extend/options.ts';
export type { TrainOptions } from './train/options/options.ts';
export type { LoadSummary, TrainProgress, TrainRuntime } from './train/runtime/train-runtime.ts';
export {
  type ExtendableTokenizer,
  type LoadedTokenizer,
  type LoadOptions,
  loadTokenizer,
  requireExtendable,
} from './vocab/load-tokenizer.ts';
export { readZhTable } from './vocab/zh-table.ts';
