// The audit: every check on one tokenizer, with its base and a text where they are given, as one report.
// It prints nothing and fails on nothing by itself: `failOn` says which findings count as a failure.

import { groupDigits } from '../../core/counted.ts';
import { isSentencePieceModel } from '../../core/model.ts';
import { AuditError, InputError, OptionError } from '../../errors.ts';
import {
  AUDIT_CODES,
  AUDIT_FORMAT,
  type AuditCheck,
  type AuditCode,
  type AuditedTokenizer,
  type AuditReport,
} from '../../formats/audit-report.ts';
import { skippedCheck } from './checks.ts';
import { checkBase, checkEncoding } from './encoding.ts';
import { checkFiles } from './files.ts';
import { checkListedMerges } from './listed-merges.ts';
import { checkPieceTexts } from './pieces.ts';
import { checkReached, type ReachChecks } from './reached.ts';
import { checkScores } from './scores.ts';
import { type AuditContext, type AuditSubject, buildAuditContext } from './subject.ts';
import { createTextAudit } from './text.ts';

/** Input of {@link auditTokenizer}. */
export interface AuditOptions {
  readonly target: AuditSubject;
  /** The tokenizer that `target` extends. Without it, what needs a base is skipped and all pieces are looked at. */
  readonly base?: AuditSubject | undefined;
  /** Text to measure on, line by line. */
  readonly lines?: Iterable<string> | AsyncIterable<string> | undefined;
  /** Scripts that the extension is for; default: those of its new pieces. Lines without them should keep their ids. */
  readonly scripts?: readonly string[] | undefined;
  /** Rows of the checkpoint's embedding. */
  readonly rows?: number | undefined;
  /** Called now and then while the pieces of a tokenizer with a pipeline are looked at: it takes seconds. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/**
 * Audits a tokenizer of any kind. Every piece is checked; 50,000 take about a second. The report has the checks that apply to
 * its kind: a tokenizer.json with listed merges is asked about its merges, a SentencePiece model about its scores.
 *
 * @throws FormatError when a file beside the tokenizer is damaged
 * @throws OptionError for an unknown script
 * @throws InputError when one tokenizer spells its pieces in bytes and the other in characters
 * @example
 * ```ts
 * const report = await auditTokenizer({ target: chineseLlama, base: llama2 });
 * report.checks.find(({ code }) => code === 'dead')?.count; // 345
 * report.checks.find(({ code }) => code === 'broken')?.count; // 194
 * ```
 */
export async function auditTokenizer(options: AuditOptions): Promise<AuditReport> {
  const { target, base, lines, onProgress } = options;
  if (base !== undefined) requireSameUnits(target, base);
  const context = buildAuditContext(target, base);
  const encoding = checkPieces(context, onProgress);
  const textAudit = lines === undefined ? undefined : createTextAudit(context, { scripts: options.scripts });
  if (lines !== undefined) for await (const line of lines) textAudit!.add(line);
  const measured = textAudit?.finish();
  const textChecks =
    measured?.checks ?? (['drift', 'longer', 'unused'] as const).map((code) => skippedCheck(code, 'needs a text'));
  const checks = [
    ...encoding.checks,
    ...checkBase(context),
    ...checkPieceTexts(context, encoding.outOfReach),
    ...checkFiles(context, options.rows),
    ...textChecks,
  ];
  return {
    format: AUDIT_FORMAT,
    version: 1,
    tokenizer: auditedTokenizer(target),
    ...(base !== undefined && { base: auditedTokenizer(base), newPieces: context.newIds.length }),
    effectiveSize: encoding.effectiveSize,
    checks: checks.sort((a, b) => AUDIT_CODES.indexOf(a.code) - AUDIT_CODES.indexOf(b.code)),
    ...(measured !== undefined && { text: measured.text }),
  };
}

/** The checks on how text comes to pieces, which differ by kind. */
function checkPieces(
  context: AuditContext,
  onProgress: AuditOptions['onProgress'],
): Pick<ReachChecks, 'checks' | 'effectiveSize' | 'outOfReach'> {
  const { tokenizer } = context.target;
  if (isSentencePieceModel(tokenizer.model)) {
    const { checks, effectiveSize } = checkEncoding(context);
    return { checks: [...checks, ...checkScores(context)], effectiveSize, outOfReach: new Set() };
  }
  const total = tokenizer.vocabSize;
  const { checks, formation, ...rest } = checkReached(context, (done) => onProgress?.({ done, total }));
  const isListed = tokenizer.model.merges !== undefined;
  const ranking = isListed ? checkListedMerges(context, formation) : checkScores(context);
  return { checks: [...checks, ...ranking], ...rest };
}

function requireSameUnits(target: AuditSubject, base: AuditSubject): void {
  const spelling = ({ tokenizer }: AuditSubject): string => (tokenizer.model.units === 'byte' ? 'bytes' : 'characters');
  if (spelling(target) === spelling(base)) return;
  throw new InputError(
    `${target.name} is no extension of ${base.name}: its pieces are spelled in ${spelling(target)}, those of ${base.name} in ${spelling(base)}`,
    { hint: 'Give the tokenizer that it extends, or leave --base out.' },
  );
}

function auditedTokenizer({ name, sha256, tokenizer }: AuditSubject): AuditedTokenizer {
  return {
    name,
    modelType: tokenizer.model.modelType,
    vocabSize: tokenizer.vocabSize,
    ...(sha256 !== undefined && { sha256 }),
  };
}

/** What {@link failOn} may be told: names of checks, or `problems` for every check whose verdict is `problem`. */
export type FailOn = AuditCode | 'problems';

/**
 * Throws if the report has findings in one of the named checks.
 *
 * @throws AuditError listing what was found
 * @throws OptionError for a name that is no check, or a check that was skipped: it would always pass
 * @example
 * ```ts
 * const report = await auditTokenizer({ target: chineseLlama, base: llama2 });
 * failOn(report, ['dead', 'broken', 'base-ids']);
 * // AuditError: chinese-llama: failed 2 of 3 checks: dead (345), broken (194)
 * ```
 */
export function failOn(report: AuditReport, codes: readonly FailOn[]): void {
  const failed = new Set<AuditCheck>();
  let asked = 0;
  for (const code of codes) {
    if (code === 'problems') {
      for (const check of report.checks) {
        if (check.verdict === 'skipped') continue;
        asked++;
        if (check.verdict === 'problem') failed.add(check);
      }
      continue;
    }
    const check = report.checks.find((each) => each.code === code);
    if (check === undefined && (AUDIT_CODES as readonly string[]).includes(code)) {
      throw new OptionError(`failOn: ${code} does not apply to a tokenizer of this kind`, { hint: 'Leave it out.' });
    }
    if (check === undefined) {
      throw new OptionError(`failOn: ${JSON.stringify(code)} is no check`, {
        hint: `Name some of ${AUDIT_CODES.join(', ')}, or problems.`,
      });
    }
    if (check.verdict === 'skipped') {
      throw new OptionError(`failOn: ${code} was not checked: it ${check.summary}`, {
        hint: /base|text/.test(check.summary) ? 'Give the base with --base and a text with --input.' : 'Leave it out.',
      });
    }
    asked++;
    if (check.count > 0) failed.add(check);
  }
  if (failed.size === 0) return;
  const list = [...failed].map(({ code, count }) => `${code} (${groupDigits(count)})`).join(', ');
  throw new AuditError(`${report.tokenizer.name}: failed ${failed.size} of ${asked} checks: ${list}`, {
    hint: 'The report says which pieces they are; --json lists all of them.',
  });
}
