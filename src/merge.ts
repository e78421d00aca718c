// `vocab-merge/merge`: vocabularies merged and audited, row maps built and combined. Runs in a browser.
// Re-exports only, so that a bundler takes what is used.

export { applyPatch, type NewMerge, type NewPiece, selectPieces, type VocabularyPatch } from './core/patch.ts';
export * from './errors.ts';
export type { AuditCheck, AuditCode, AuditedTokenizer, AuditReport } from './formats/audit-report.ts';
export { type AuditOptions, auditTokenizer, type FailOn, failOn } from './merge/audit/audit.ts';
export type { AuditSubject } from './merge/audit/subject.ts';
export { choosePrunedPieces, type PrunedPieces, type PrunePiecesOptions } from './merge/choice/prune-pieces.ts';
export type { MergeOptions, MergePreset, MergeScores, MergeTypes } from './merge/merge-options.ts';
export { type DropReason, type MergeResult, type MergeVocabOptions, mergeVocab } from './merge/merge-vocab.ts';
export type { MergeWarning, MergeWarningCode } from './merge/merge-warnings.ts';
export {
  type BuildRowMapOptions,
  buildPrunedRowMap,
  buildRowMap,
  type PrunedRowMapOptions,
  type RowMapSide,
} from './merge/row-map/build-row-map.ts';
export { composeRowMaps, fillRowMap, invertRowMap, padRowMap } from './merge/row-map/row-map-algebra.ts';
