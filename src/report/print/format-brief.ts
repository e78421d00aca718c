// A report in few lines: one row a text and the total, without bars, colours or advice, for the end of a build. Chinese takes
// two columns a character. compare's own form is format-terminal.ts.
import { counted } from '../../core/counted.ts';
import type { ComparisonReport } from '../measure/comparison-report.ts';
import { buildOverviewTable, buildTotalTable, type CellTable } from '../measure/comparison-table.ts';
import { displayWidth, printable } from './display-width.ts';

/** Formats a report briefly: one row a text, then the total. Every figure of every text is in the other formats. */
export function formatComparisonBrief(report: ComparisonReport): string {
  const { total, texts } = report;
  const lines: string[] = [];
  if (texts.length > 1) lines.push(...formatTable(buildOverviewTable(report)), '');
  const size = [
    counted(total.lines, 'line'),
    counted(total.characters, 'character'),
    counted(total.bytes, 'byte'),
  ].join(', ');
  lines.push(texts.length > 1 ? `total of ${counted(texts.length, 'text')}: ${size}` : size);
  lines.push(...formatTable(buildTotalTable(report)), '');
  return lines.join('\n');
}

function formatTable({ columns, rows }: CellTable): string[] {
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
  return [titles, ...cells].map(format);
}
