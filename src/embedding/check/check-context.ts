// What the checks of a checkpoint see, and how they say what they found.

import type { RowMap } from '../../core/row-map.ts';
import type { CheckCode, CheckFinding, CheckResult } from '../../formats/check-report.ts';
import type { VocabularyConfig } from '../../formats/checkpoint/model-config.ts';
import type { TensorSpec } from '../../formats/checkpoint/safetensors-header.ts';
import type { CheckpointEvidence } from '../checkpoint-stage.ts';
import type { VocabularyTensor } from '../vocabulary-tensors.ts';

/** A tokenizer, as far as its ids matter. */
export interface CheckedTokenizer {
  readonly name: string;
  /** Pieces of the vocabulary. */
  readonly pieces: number;
  /** Ids that it can give, added tokens included: the last one and 1. */
  readonly ids: number;
  readonly sha256: string;
  readonly addedTokens: ReadonlyMap<number, string>;
  /** `pad_token_id` and so on, as far as the tokenizer names them. */
  readonly specialIds: Readonly<Record<string, number>>;
  /** Text of an id, where it can be told. */
  readonly pieceOf?: ((id: number) => string | undefined) | undefined;
}

/** Input of {@link checkCheckpoint}. */
export interface CheckpointCheckInput {
  readonly tokenizer: CheckedTokenizer;
  readonly tensors: readonly TensorSpec[];
  /** Further tensors with a row for every token. */
  readonly names?: readonly string[] | undefined;
  /** config.json, `undefined` when there is none. */
  readonly config: VocabularyConfig | undefined;
  readonly generationConfig?: VocabularyConfig | undefined;
  /** `metadata.total_size` of the shard index, `undefined` without an index or where it does not say. */
  readonly indexTotalSize?: number | undefined;
  readonly rowMap?: RowMap | undefined;
  /** What lies beside the weights; to tell whether the row map was applied. */
  readonly evidence?: CheckpointEvidence | undefined;
  /** Rows must be a multiple of this. */
  readonly multipleOf?: number | undefined;
  /** SHA-256 of the tokenizer file in the checkpoint's folder, where there is one of the same kind. */
  readonly ownTokenizerSha256?: string | undefined;
}

/** What the checks see. */
export interface CheckContext extends CheckpointCheckInput {
  readonly vocabulary: readonly VocabularyTensor[];
  /** Rows of the input embedding (of the head, without one); 0 when there is neither. */
  readonly rows: number;
}

/** A check's result: the verdict follows from the findings. */
export function resultOf(code: CheckCode, findings: readonly CheckFinding[], fine: string): CheckResult {
  const problems = findings.filter(({ isNote }) => isNote !== true).length;
  if (findings.length === 0) return { code, verdict: 'ok', summary: fine, findings };
  const verdict = problems > 0 ? 'problem' : 'note';
  const count = problems > 0 ? problems : findings.length;
  return { code, verdict, summary: `${count} ${verdict}${count === 1 ? '' : 's'}`, findings };
}

/** Result of a check that lacks something. */
export function skipped(code: CheckCode, why: string): CheckResult {
  return { code, verdict: 'skipped', summary: why, findings: [] };
}
