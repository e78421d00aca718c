// A report in few lines: one row a text and the total, without bars, colours or advice, for the end of a build. Chinese takes
// two columns a character. compare's own form is format-terminal.ts.
import { counted } from '../../core/counted.ts';
import type { ComparisonReport } from '../measure/comparison-report.ts';
import { buildOverviewTable, buildTotalTable, type CellTable } from '../measure/comparison-table.ts';
import { alignColumns, printable } from './display-width.ts';

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
  const lines = [columns.map(({ title }) => title), ...rows].map((row) => row.map(printable));
  return alignColumns(lines, (i) => columns[i]!.align);
}
