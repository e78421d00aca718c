// An audit report for a terminal: one row a check with its verdict and count, examples below, then what was measured on
// text. Everything is in audit.json; this shows a few examples of each. Without colours unless asked.
import { counted } from '../../core/counted.ts';
import type { AuditFinding, AuditReport, TextAudit } from '../../formats/audit-report.ts';
import { formatInteger, formatRatio } from '../measure/comparison-table.ts';
import { alignColumns, clipToWidth as clip, printable } from './display-width.ts';
import { createStyler, STYLE, type Styler, VERDICT_STYLES } from './terminal-table.ts';

/** Columns of the texts below a check. */
const INDENT = ' '.repeat(24);
/** Widest example, in columns of the terminal. */
const EXAMPLE_WIDTH = 96;
/** Widest piece or line of text in it. */
const PIECE_WIDTH = 48;

/**
 * Formats a report for a terminal.
 *
 * @param options.examples shown of each check
 * @param options.color write ANSI colours
 */
export function formatAuditTerminal(report: AuditReport, { examples = 5, color = false } = {}): string {
  const style = createStyler({ color });
  const lines = [style(describeAudited(report), STYLE.bold), ''];
  for (const check of report.checks) {
    const verdict = style(check.verdict.padEnd(8), VERDICT_STYLES[check.verdict]);
    lines.push(`${check.code.padEnd(13)} ${verdict}  ${printable(check.summary)}`);
    const shown = check.findings.slice(0, examples);
    lines.push(...shown.map((finding) => style(INDENT + describeFinding(finding), STYLE.dim)));
    // Lines are counted in full and listed in part.
    const left = Math.max(check.count, check.findings.length) - shown.length;
    if (left > 0 && shown.length > 0) lines.push(style(`${INDENT}… and ${formatInteger(left)} more`, STYLE.dim));
  }
  if (report.text !== undefined) lines.push('', ...formatTextAudit(report.text, style));
  return `${lines.join('\n')}\n`;
}

function describeAudited({ tokenizer, base, newPieces, effectiveSize }: AuditReport): string {
  const against =
    base === undefined
      ? ''
      : `, ${formatInteger(newPieces ?? 0)} of them not in ${printable(base.name)} (${formatInteger(base.vocabSize)})`;
  return (
    `${printable(tokenizer.name)}: ${tokenizer.modelType}, ${counted(tokenizer.vocabSize, 'piece')}${against}; ` +
    `${formatInteger(effectiveSize)} of them can come out of text`
  );
}

function describeFinding({ id, piece, encodesTo, reason }: AuditFinding): string {
  const parts = [
    id === undefined ? undefined : String(id).padStart(6),
    piece === undefined ? undefined : clip(printable(piece), PIECE_WIDTH),
    encodesTo === undefined ? undefined : `-> ${printable(encodesTo.join(' '))}`,
    reason === undefined ? undefined : `(${printable(reason)})`,
  ];
  return clip(parts.filter((part) => part !== undefined).join('  '), EXAMPLE_WIDTH);
}

/** What was measured on text: the totals, and with a base one row a script. */
export function formatTextAudit(text: TextAudit, style: Styler = (each) => each): string[] {
  const base = text.baseTokens === undefined ? '' : `${counted(text.baseTokens, 'token becomes', 'tokens become')} `;
  const lines = [style(`text: ${counted(text.lines, 'line')}, ${base}${counted(text.tokens, 'token')}`, STYLE.bold)];
  if (text.scripts.length === 0) return lines;
  const rows = [
    ['script', 'lines', 'ids changed', 'longer', 'tokens before', 'after', 'ratio'],
    ...text.scripts.map(({ script, isExtended, lines, changedLines, longerLines, baseTokens, tokens }) => [
      isExtended ? `${script} (extended)` : script,
      formatInteger(lines),
      formatInteger(changedLines),
      formatInteger(longerLines),
      formatInteger(baseTokens),
      formatInteger(tokens),
      formatRatio(baseTokens === 0 ? null : tokens / baseTokens),
    ]),
  ];
  const [titles, ...scripts] = alignColumns(rows, (column) => (column === 0 ? 'left' : 'right'));
  return [...lines, style(titles!, STYLE.dim), ...scripts];
}
