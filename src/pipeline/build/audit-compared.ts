// Audits the tokenizers of a comparison against its first one, so that a report can say what a gain costs in harm.
// Only those that extend the first are audited; texts are not read again.
import type { AuditCode, AuditReport } from '../../formats/audit-report.ts';
import { auditTokenizer } from '../../merge/audit/audit.ts';
import { type AdviceContext, canRescore } from '../../report/advise/comparison-facts.ts';
import type { ComparisonReport } from '../../report/measure/comparison-report.ts';
import type { ExtensionCurve } from '../../report/measure/curve/extension-curve.ts';
import type { LoadedTokenizer } from '../../vocab/load-tokenizer.ts';

/**
 * The audits, in the order of the tokenizers; undefined for the first and for those that cannot be audited. About a second
 * for 50,000 pieces.
 *
 * @param tokenizers those of the report, in its order
 */
export async function auditCompared(
  tokenizers: readonly LoadedTokenizer[],
  report: ComparisonReport,
): Promise<(AuditReport | undefined)[]> {
  const [base] = tokenizers;
  const audits: (AuditReport | undefined)[] = [];
  for (const [i, target] of tokenizers.entries()) {
    const canAudit =
      report.tokenizers[i]!.extendsFirst && base?.model !== undefined && base.model.units === target.model?.units;
    audits.push(canAudit ? await auditTokenizer({ target, base }) : undefined);
  }
  return audits;
}

/** What an audit and a curve add to the facts of an advice. */
export function adviceContextOf(audit: AuditReport | undefined, curve: ExtensionCurve | undefined): AdviceContext {
  const countOf = (code: AuditCode): number => audit?.checks.find((check) => check.code === code)?.count ?? 0;
  return {
    ...(audit !== undefined && {
      deadPieces: countOf('dead') + countOf('pre-tokenizer'),
      brokenPieces: countOf('broken'),
      canRescore: canRescore(audit),
    }),
    ...(curve !== undefined && { knee: { newPieces: curve.knee, isReached: curve.kneeIsReached } }),
  };
}
