// The figures of all texts for a terminal: one row a figure, one column a tokenizer, in as many tables as the width needs.
import { counted } from '../../core/counted.ts';
import { countChangedAnswers, summarizeAnswers } from '../measure/answer-tokens.ts';
import type { ComparisonReport, TokenFigures } from '../measure/comparison-report.ts';
import { formatInteger, formatInterval, formatRatio, formatShare } from '../measure/comparison-table.ts';
import { displayWidth, printable } from './display-width.ts';
import { formatTerminalTable, STYLE, type Styler, type TerminalColumn } from './terminal-table.ts';
import { wrapText } from './terminal-text.ts';

interface Metric {
  readonly title: string;
  readonly cell: (figures: TokenFigures, tokenizer: number) => string;
}

/** All texts together: one row a figure and one column a tokenizer, in as many tables as the width needs. */
export function formatFigures(
  report: ComparisonReport,
  { style, width }: { readonly style: Styler; readonly width: number },
): string[] {
  const { tokenizers, total } = report;
  const answers = report.answers.map(summarizeAnswers);
  const usageOf = (tokenizer: number) =>
    report.newPieceUsage.find((each) => each.tokenizer === tokenizers[tokenizer]!.name);
  const metrics: Metric[] = [
    { title: 'vocabulary', cell: (_, i) => formatInteger(tokenizers[i]!.vocabSize) },
    { title: 'tokens', cell: ({ tokens }) => formatInteger(tokens) },
    { title: 'tokens per character', cell: ({ tokensPerCharacter }) => formatRatio(tokensPerCharacter) },
    { title: '  interval', cell: ({ tokensPerCharacterInterval: interval }) => formatInterval(interval) },
    { title: 'bytes per token', cell: ({ bytesPerToken }) => formatRatio(bytesPerToken) },
    ...report.contextSizes.map((size, at) => ({
      title: `characters in ${formatInteger(size)} tokens`,
      cell: ({ contextCharacters }: TokenFigures) => formatInteger(contextCharacters[at] ?? null),
    })),
    { title: 'tokens that are bytes', cell: ({ byteShare }) => formatShare(byteShare) },
    { title: 'unknown tokens', cell: ({ unknownShare }) => formatShare(unknownShare) },
    { title: 'characters unknown', cell: ({ unknownCharacterShare }) => formatShare(unknownCharacterShare) },
    {
      title: 'lines longer / shorter',
      cell: ({ longerLines, shorterLines }) => formatLines(longerLines, shorterLines),
    },
    { title: 'new tokens', cell: ({ newShare }) => formatShare(newShare) },
    { title: 'new pieces used', cell: ({ newPiecesUsed }) => formatInteger(newPiecesUsed) },
    {
      title: 'pieces for 80 % of these',
      cell: (_, i) => formatInteger(usageOf(i)?.piecesForShare.find(({ share }) => share === 0.8)?.pieces ?? null),
    },
    ...(answers[0] ?? []).map(({ place }, at) => ({
      title: `A-D, 0-9 one token: ${place}`,
      cell: (_: TokenFigures, i: number) => `${answers[i]![at]!.letters}/4, ${answers[i]![at]!.digits}/10`,
    })),
    { title: '  of these with other ids', cell: (_, i) => formatInteger(countChangedAnswers(answers[i]!)) },
  ];
  const useful = metrics
    .map(({ title, cell }) => ({ title, cells: total.figures.map(cell) }))
    .filter(({ title, cells }) => cells.some((cell) => cell !== '–' && !(/unknown/.test(title) && cell === '0.0 %')));
  const titles = useful.map(({ title }) => title);
  const titleWidth = Math.max(...titles.map((title) => title.length));
  const size = `${counted(total.lines, 'line')}, ${counted(total.characters, 'character')}, ${counted(total.bytes, 'byte')} in all`;
  const lines = wrapText(size, width).map((line) => style(line, STYLE.dim));
  for (const group of groupsThatFit(useful, tokenizers, width - titleWidth)) {
    if (lines.length > 1) lines.push('');
    const columns: TerminalColumn[] = [
      { title: '', align: 'left', cells: titles, isName: true },
      ...group.map(
        (i): TerminalColumn => ({
          title: printable(tokenizers[i]!.name),
          align: 'right',
          cells: useful.map(({ cells }) => cells[i]!),
        }),
      ),
    ];
    lines.push(...formatTerminalTable(columns, { width, style }));
  }
  return lines;
}

/** Positions of the tokenizers, in groups whose columns fit beside the titles; at least one each. */
function groupsThatFit(
  metrics: readonly { readonly cells: readonly string[] }[],
  tokenizers: ComparisonReport['tokenizers'],
  room: number,
): number[][] {
  const groups: number[][] = [];
  let left = 0;
  tokenizers.forEach(({ name }, i) => {
    const width = 2 + Math.max(displayWidth(printable(name)), ...metrics.map(({ cells }) => cells[i]!.length));
    if (groups.length === 0 || width > left) {
      groups.push([]);
      left = room;
    }
    groups.at(-1)!.push(i);
    left -= width;
  });
  return groups;
}

function formatLines(longer: number | null, shorter: number | null): string {
  return longer === null ? '–' : `${formatInteger(longer)} / ${formatInteger(shorter)}`;
}
