// A repaired tokenizer with all its files, in memory: what `audit --repair` writes. Ids and rows stay, scores change.
// Files that know nothing of scores are carried over; tokenizer.json is built anew, since its merges follow the scores.
import { OptionError } from '../../errors.ts';
import { type RepairResult, repairScores } from '../../merge/audit/repair.ts';
import type { AuditSubject } from '../../merge/audit/subject.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import { sha256Of } from '../io/sha256.ts';

/** Input of {@link repairTokenizer}. */
export interface RepairTokenizerOptions {
  readonly target: ExtendableTokenizer;
  readonly base: ExtendableTokenizer;
}

/** Result of {@link repairTokenizer}. */
export interface RepairedTokenizer {
  readonly repair: RepairResult;
  /** The repaired tokenizer, ready to be audited. */
  readonly subject: AuditSubject;
  /** Every file of the result by name. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/**
 * Repairs the scores of a merged tokenizer and derives its files.
 *
 * @throws OptionError, InputError as `repairScores` does
 * @example
 * ```ts
 * const target = requireExtendable(await loadTokenizer('./merged'));
 * const base = requireExtendable(await loadTokenizer('llama2'));
 * const { files } = repairTokenizer({ target, base });
 * ```
 */
export function repairTokenizer({ target, base }: RepairTokenizerOptions): RepairedTokenizer {
  const repair = repairScores({ target: target.model, base: base.model });
  const document = target.document.rescore?.(repair.pieceScores);
  if (document === undefined) throw new OptionError(`repair: ${target.name} has no scores that could be changed`);
  const files = new Map<string, string | Uint8Array>([...target.files, ...document.files()]);
  for (const { file } of document.skipped) files.delete(file);
  const texts = new Map([...files].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const subject = {
    name: `${target.name}, repaired`,
    tokenizer: createTokenizer(document.model),
    document,
    sha256: sha256Of(document.vocabularyFile.bytes),
    files: texts,
  };
  return { repair, subject, files };
}
