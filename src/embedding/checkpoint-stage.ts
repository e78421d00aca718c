// Whether a checkpoint is the one that a row map starts from, or has been resized by it already: resizing it again would make
// trained rows anew. Decided by numbers of rows and by what lies beside the weights; weights are not read.
import { counted, groupDigits } from '../core/counted.ts';
import type { RowMap } from '../core/row-map.ts';

/** What lies beside the weights, as far as it tells a tokenizer. */
export interface CheckpointEvidence {
  /** The manifest.json that resize left, with the tokenizer that it was resized for and its rows. */
  readonly manifest?: { readonly targetSha256: string; readonly rows: number } | undefined;
  /** Tokenizer files of the folder. */
  readonly tokenizers: readonly { readonly name: string; readonly sha256: string }[];
  /** `vocab_size` of config.json. */
  readonly vocabSize?: number | undefined;
}

/** Where a checkpoint stands in relation to a row map. */
export interface CheckpointStage {
  /** `base`: the map can be applied. `target`: it was. `other`: another one was. `unknown`: base and target would look the same. */
  readonly stage: 'base' | 'target' | 'other' | 'unknown';
  /** What was looked at and what it says, one clause each. */
  readonly checked: readonly string[];
}

/**
 * Rows past the last id that can be padding: Megatron-LM makes rows a multiple of 128 for each device that shares a matrix, here
 * 64 devices at most. DeepSeek LLM has 2,385. A checkpoint with more is another tokenizer's.
 */
export const MOST_PADDING = 8192;

/**
 * Decides for a checkpoint with `rows` rows.
 *
 * @param isFilling new pieces shall take its free rows, so that the map need not know how many rows it has
 */
export function findCheckpointStage(
  rows: number,
  rowMap: RowMap,
  evidence: CheckpointEvidence,
  { isFilling = false } = {},
): CheckpointStage {
  const { base, target } = rowMap;
  const counts = `it has ${counted(rows, 'row')}, the row map makes ${groupDigits(target.rows)} of ${groupDigits(base.rows)}`;
  // A map that only moves or pads rows leads from a tokenizer to the same one: nothing tells the two stages apart.
  if (base.sha256 === target.sha256) return { stage: 'base', checked: [counts] };
  const checked: string[] = [counts];
  const votes: CheckpointStage['stage'][] = [];
  const vote = (sha256: string, name: string): void => {
    const stage = sha256 === base.sha256 ? 'base' : sha256 === target.sha256 ? 'target' : undefined;
    if (stage !== undefined) votes.push(stage);
    const whose = stage === undefined ? 'neither of the tokenizers of the row map' : `the row map's ${stage} tokenizer`;
    checked.push(`${name} names ${whose}`);
  };
  const { manifest, tokenizers, vocabSize } = evidence;
  // A manifest that is about other rows was left by something else.
  if (manifest !== undefined && manifest.rows === rows) {
    vote(manifest.targetSha256, 'its manifest.json');
    return { stage: votes[0] ?? 'other', checked };
  } else checked.push('it has no manifest.json of a resize');
  for (const { name, sha256 } of tokenizers) vote(sha256, `its ${name}`);
  if (tokenizers.length === 0) checked.push('it has no tokenizer file');
  const isSettled = new Set(votes).size === 1;
  if (rows < target.idCount || (rows === base.rows && rows !== target.rows)) return { stage: 'base', checked };
  // The base may have been padded to the same number, which only its tokenizer tells.
  if (rows === target.rows && rows !== base.rows) {
    return { stage: isFilling && isSettled ? votes[0]! : 'target', checked };
  }
  if (isSettled) return { stage: votes[0]!, checked };
  if (rows !== target.rows) return { stage: 'base', checked };
  if (vocabSize !== undefined && vocabSize !== rows) {
    checked.push(`vocab_size of its config.json is ${groupDigits(vocabSize)}`);
    if (vocabSize === base.idCount) return { stage: 'base', checked };
    if (vocabSize === target.idCount) return { stage: 'target', checked };
  }
  return { stage: 'unknown', checked };
}

/** Why a checkpoint that was resized by `rowMap`, or by another map, must not be resized by it, and which map fits. */
export function resizedAlready(
  name: string,
  rowMap: RowMap,
  { stage, checked }: CheckpointStage,
): { what: string; fix: string } {
  if (stage === 'other') {
    return {
      what: `${name}: was resized for another tokenizer than the row map starts from (${checked.join('; ')})`,
      fix: 'The rows of its further tokens would be lost. A row map that fits starts from the tokenizer that its manifest.json names.',
    };
  }
  const loss =
    rowMap.new.length === 0
      ? 'Rows of other tokens would be taken for those that stay.'
      : 'Its new rows would be made anew, and what they were trained to would be lost.';
  return {
    what: `${name}: was resized by this row map already (${checked.join('; ')})`,
    fix:
      `${loss} A row map that fits starts from the tokenizer ` +
      `${rowMap.target.sha256.slice(0, 16)}…: extend that one. The way back is --invert. If only tokenizer files were copied into the folder, remove them.`,
  };
}
