// The one shape in which all checks report, and how figures and examples are put into their sentences.
import { counted, groupDigits } from '../../core/counted.ts';
import type { AuditCheck, AuditCode, AuditFinding } from '../../formats/audit-report.ts';

/** Input of {@link buildCheck}. */
export interface AuditCheckInput {
  readonly code: AuditCode;
  readonly findings: readonly AuditFinding[];
  readonly of: number;
  /** What the findings are, behind their number: `17 ${what}`; where it matters, for one and for several. */
  readonly what: string | readonly [one: string, several: string];
  /** What to say when there are none. */
  readonly fine: string;
  /** Verdict when there are findings. Default `problem`. */
  readonly verdict?: 'note' | 'problem';
  /** Said behind either sentence. */
  readonly remarks?: readonly (string | undefined)[];
  /** Number of findings, when they are not listed one by one. */
  readonly count?: number;
}

/** Builds a check: `ok` without findings. */
export function buildCheck(input: AuditCheckInput): AuditCheck {
  const { code, findings, of, what, fine, verdict = 'problem', remarks = [], count = findings.length } = input;
  const parts = [
    count === 0 ? fine : counted(count, ...(typeof what === 'string' ? ([what, what] as const) : what)),
    ...remarks.filter((remark) => remark !== undefined),
  ];
  return { code, verdict: count === 0 ? 'ok' : verdict, count, of, summary: parts.join('; '), findings };
}

/** A check that could not be made. */
export function skippedCheck(code: AuditCode, why: string): AuditCheck {
  return { code, verdict: 'skipped', count: 0, of: 0, summary: why, findings: [] };
}

/** `3 url, 2 markup`: how many findings there are of each reason, most first. */
export function listReasons(findings: readonly AuditFinding[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { reason } of findings) if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  if (counts.size === 0) return undefined;
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([reason, count]) => `${groupDigits(count)} ${reason}`)
    .join(', ');
}
