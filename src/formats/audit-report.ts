// The audit report: what `vocab-merge audit` finds, as one JSON document for CI. Plain data, written here and shown by
// report/print/format-audit.ts; the findings are made in merge/audit*.ts. All lists are in id order unless said otherwise.

/** `format` of every audit report. */
export const AUDIT_FORMAT = 'vocab-merge/audit';

/** The checks, in the order of the report. A report has those that apply to the kind of its tokenizer. */
export const AUDIT_CODES = [
  'dead',
  'pre-tokenizer',
  'whole-only',
  'broken',
  'base-ids',
  'outranks',
  'ties',
  'merges',
  'parts',
  'digits',
  'normalizer',
  'junk',
  'duplicates',
  'same-rows',
  'specials',
  'added-tokens',
  'class',
  'vocab-size',
  'drift',
  'longer',
  'unused',
] as const;

/** Name of a check: see {@link AUDIT_CODES}. */
export type AuditCode = (typeof AUDIT_CODES)[number];

/** One piece, token or file that a check has something to say about. */
export interface AuditFinding {
  /** Id in the audited tokenizer, when the finding is about one. */
  readonly id?: number;
  readonly piece?: string;
  /** What the encoder makes of the piece instead, as pieces. */
  readonly encodesTo?: readonly string[];
  /** Which kind of finding it is, or what exactly is wrong. */
  readonly reason?: string;
}

/** Result of one check. */
export interface AuditCheck {
  readonly code: AuditCode;
  /** `problem`: it costs somebody something; `note`: good to know; `skipped`: it needs a base or a text. */
  readonly verdict: 'ok' | 'note' | 'problem' | 'skipped';
  /** Number of findings; with `drift` and `longer`, of lines; with `merges`, also of those whose piece another merge makes. */
  readonly count: number;
  /** How many pieces or lines were looked at. */
  readonly of: number;
  /** One sentence for a person. */
  readonly summary: string;
  /** All findings; for `drift` and `longer` the first or worst lines, whose figures are in {@link TextAudit.scripts}. */
  readonly findings: readonly AuditFinding[];
}

/** Lines of one script and what became of them. */
export interface ScriptDrift {
  /** Unicode's script name; `Common` for lines without letters. */
  readonly script: string;
  /** True when new pieces are made for this script, so that its lines are meant to change. */
  readonly isExtended: boolean;
  readonly lines: number;
  /** Lines whose ids differ from the base's. */
  readonly changedLines: number;
  /** Lines that take more tokens than with the base. */
  readonly longerLines: number;
  readonly baseTokens: number;
  readonly tokens: number;
}

/** A line that takes more tokens than before. */
export interface LongerLine {
  /** Number of the line in the text, from 1. */
  readonly line: number;
  /** Its beginning. */
  readonly text: string;
  readonly baseTokens: number;
  readonly tokens: number;
}

/** What was measured on text. */
export interface TextAudit {
  readonly lines: number;
  readonly tokens: number;
  /** Tokens of the base; absent without one. */
  readonly baseTokens?: number;
  /** By lines, most first; empty without a base. */
  readonly scripts: readonly ScriptDrift[];
  /** The lines that got longest, worst first. */
  readonly longerLines: readonly LongerLine[];
}

/** A tokenizer that took part. */
export interface AuditedTokenizer {
  readonly name: string;
  readonly modelType: string;
  readonly vocabSize: number;
  readonly sha256?: string;
}

/** The whole report. */
export interface AuditReport {
  readonly format: typeof AUDIT_FORMAT;
  readonly version: 1;
  readonly tokenizer: AuditedTokenizer;
  readonly base?: AuditedTokenizer;
  /** Pieces that the base lacks; absent without a base. */
  readonly newPieces?: number;
  /** Pieces that text can be split into, less those that never are: normal and user-defined pieces that are not dead. */
  readonly effectiveSize: number;
  readonly checks: readonly AuditCheck[];
  readonly text?: TextAudit;
}

/** Text of audit.json: two spaces of indent, one line a finding, so that it stays readable with 18,000 of them. */
export function serializeAuditReport(report: AuditReport): string {
  const { checks, ...rest } = report;
  const printed = checks.map(({ findings, ...check }) => {
    const head = JSON.stringify(check).slice(0, -1);
    const lines = findings.map((finding) => `\n        ${JSON.stringify(finding)}`);
    return `    ${head},"findings":[${lines.join(',')}${lines.length > 0 ? '\n      ' : ''}]}`;
  });
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  return `${head},\n  "checks": [\n${printed.join(',\n')}\n  ]\n}\n`;
}
