// The report of `vocab-merge check`: whether tokenizer, configurations, checkpoint and row map agree, as one JSON document.
// Plain data, made in embedding/check/check-checkpoint.ts.

/** `format` of every check report. */
export const CHECK_FORMAT = 'vocab-merge/check';

/** The checks, in the order of the report. */
export const CHECK_CODES = [
  'rows',
  'heads',
  'tied',
  'vocab-size',
  'added-tokens',
  'special-tokens',
  'row-map',
  'multiple',
  'index',
  'tokenizer-files',
] as const;

/** Name of a check: see {@link CHECK_CODES}. */
export type CheckCode = (typeof CHECK_CODES)[number];

/** Something that does not agree. */
export interface CheckFinding {
  /** What is where, with both numbers. */
  readonly what: string;
  /** The next step. */
  readonly fix: string;
  /** True when it only may be wrong. */
  readonly isNote?: boolean;
}

/** Result of one check. */
export interface CheckResult {
  readonly code: CheckCode;
  /** `problem`: something fails or is silently wrong; `note`: may be on purpose; `skipped`: something was not given. */
  readonly verdict: 'ok' | 'note' | 'problem' | 'skipped';
  /** One sentence for a person: what is fine, or how many findings there are, or why it was skipped. */
  readonly summary: string;
  readonly findings: readonly CheckFinding[];
}

/** A matrix or vector with a row for every token. */
export interface CheckedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly rows: number;
}

/** The whole report. */
export interface CheckReport {
  readonly format: typeof CHECK_FORMAT;
  readonly version: 1;
  readonly tokenizer: { readonly name: string; readonly pieces: number; readonly ids: number; readonly sha256: string };
  readonly tensors: readonly CheckedTensor[];
  /** `vocab_size` of config.json, null where it has none. */
  readonly vocabSize: number | null;
  readonly tieWordEmbeddings: boolean | null;
  /** Row map's sizes, null without one. */
  readonly rowMap: { readonly baseRows: number; readonly targetRows: number } | null;
  readonly checks: readonly CheckResult[];
  /** True when no verdict is `problem`. */
  readonly passed: boolean;
}
