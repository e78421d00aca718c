// A report as Markdown: GitHub's pipe tables, the total first, then every text. Cells are padded, so that the source
// reads as well as the rendered page.
import type { ComparisonReport } from './comparison-report.ts';
import { buildTextTable, buildTotalTable, formatInteger, type TextTable } from './comparison-table.ts';
import { displayWidth } from './display-width.ts';

/**
 * Formats a report as Markdown.
 *
 * @example
 * ```ts
 * const markdown = formatComparisonMarkdown(await compareTokenizers({ tokenizers, texts }));
 * markdown.startsWith('## Total'); // true
 * ```
 */
export function formatComparisonMarkdown(report: ComparisonReport): string {
  const { total, texts, tokenizers } = report;
  const first = escapeText(tokenizers[0]!.name);
  const size = [
    `${formatInteger(texts.length)} ${texts.length === 1 ? 'text' : 'texts'}`,
    `${formatInteger(total.lines)} lines`,
    `${formatInteger(total.characters)} characters`,
    `${formatInteger(total.bytes)} bytes`,
  ].join(', ');
  return [
    '## Total',
    '',
    `${size}. Lines are encoded one by one, without bos and eos.`,
    '',
    ...formatTable(buildTotalTable(report)),
    '',
    '## Texts',
    '',
    ...formatTable(buildTextTable(report)),
    '',
    `- ratio: tokens divided by those of ${first}.`,
    '- bytes: share of tokens that hold bytes of a character instead of whole characters.',
    '- unknown: share of tokens that stand for text the vocabulary cannot express; left out where there are none.',
    `- new, new pieces: share of tokens past the vocabulary of ${first}, and how many different ones occur; for tokenizers that extend it.`,
    '- chars in N: characters that fit in a context of N tokens at this rate.',
    '',
  ].join('\n');
}

function formatTable({ columns, rows }: TextTable): string[] {
  const cells = [columns.map(({ title }) => escapeText(title)), ...rows.map((row) => row.map(escapeText))];
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => displayWidth(row[i]!))));
  const format = (row: readonly string[]): string =>
    `| ${row
      .map((cell, i) => {
        const padding = ' '.repeat(widths[i]! - displayWidth(cell));
        return columns[i]!.align === 'right' ? padding + cell : cell + padding;
      })
      .join(' | ')} |`;
  const rule = columns.map(({ align }, i) =>
    align === 'right' ? `${'-'.repeat(widths[i]! - 1)}:` : '-'.repeat(widths[i]!),
  );
  return [format(cells[0]!), `| ${rule.join(' | ')} |`, ...cells.slice(1).map(format)];
}

/** Keeps a name on its line and in its cell, and from being read as Markdown or HTML. */
function escapeText(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').replace(/[\\`*_|<>[\]]/g, '\\$&');
}
