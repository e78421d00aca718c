// A report as an aligned table for a terminal; Chinese takes two columns a character. Without colours unless asked.
import type { ComparisonReport } from './comparison-report.ts';
import { buildOverviewTable, buildTotalTable, formatInteger, type TextTable } from './comparison-table.ts';
import { displayWidth } from './display-width.ts';

/** Options of {@link formatComparisonTerminal}. */
export interface TerminalFormatOptions {
  /** Write ANSI colours. Default false: deciding by NO_COLOR and whether a terminal listens is the caller's business. */
  readonly color?: boolean;
}

const BOLD = '\u001b[1m';
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

/**
 * Formats a report for a terminal: the total, then one row a text.
 * Every figure of every text is in the other formats; this one stays narrow.
 */
export function formatComparisonTerminal(report: ComparisonReport, options: TerminalFormatOptions = {}): string {
  const { color = false } = options;
  const { total, texts } = report;
  const style = (text: string, code: string): string => (color ? code + text + RESET : text);
  const lines: string[] = [];
  if (texts.length > 1) lines.push(...formatTable(buildOverviewTable(report), style), '');
  const size = `${formatInteger(total.lines)} lines, ${formatInteger(total.characters)} characters, ${formatInteger(total.bytes)} bytes`;
  lines.push(
    style(texts.length > 1 ? `total of ${formatInteger(texts.length)} texts: ${size}` : size, DIM),
    ...formatTable(buildTotalTable(report), style),
    '',
  );
  return lines.join('\n');
}

function formatTable({ columns, rows }: TextTable, style: (text: string, code: string) => string): string[] {
  const titles = columns.map(({ title }) => printable(title));
  const cells = rows.map((row) => row.map(printable));
  const widths = columns.map((_, i) => Math.max(...[titles, ...cells].map((row) => displayWidth(row[i]!))));
  const format = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const padding = ' '.repeat(widths[i]! - displayWidth(cell));
        return columns[i]!.align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [style(format(titles), BOLD), ...cells.map(format)];
}

/** Names come from file names and arguments: control characters would move the cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
