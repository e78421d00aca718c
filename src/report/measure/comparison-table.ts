// Lays a report out as tables of text, for Markdown and the terminal. Numbers are written the same way everywhere:
// thousands separated by commas, ratios with three decimals, shares as percentages, `–` where a figure has no meaning.
import { groupDigits } from '../../core/counted.ts';
import type { Interval } from './bootstrap.ts';
import type { ComparisonReport, TextComparison, TokenFigures } from './comparison-report.ts';

/** One column of a {@link CellTable}. */
export interface TableColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** A table of finished text. */
export interface CellTable {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly string[])[];
}

interface FigureColumn {
  readonly title: string;
  readonly cell: (figures: TokenFigures, report: ComparisonReport) => string;
  /** Confidence interval of the figure, shown behind it where details are asked for. */
  readonly intervalOf?: (figures: TokenFigures) => Interval | null;
  /** False hides the column: it would say nothing. */
  readonly isUseful?: (report: ComparisonReport) => boolean;
  /** Shown only where details are asked for. */
  readonly isDetail?: boolean;
}

const FIGURE_COLUMNS: readonly FigureColumn[] = [
  { title: 'tokens', cell: ({ tokens }) => formatInteger(tokens) },
  {
    title: 'tokens/char',
    cell: ({ tokensPerCharacter }) => formatRatio(tokensPerCharacter),
    intervalOf: ({ tokensPerCharacterInterval }) => tokensPerCharacterInterval,
  },
  { title: 'bytes/token', cell: ({ bytesPerToken }) => formatRatio(bytesPerToken) },
  {
    title: 'ratio',
    cell: ({ ratioToFirst }) => formatRatio(ratioToFirst),
    intervalOf: ({ ratioInterval }) => ratioInterval,
  },
  { title: 'longer', cell: ({ longerLines }) => formatInteger(longerLines), isUseful: hasOthers, isDetail: true },
  { title: 'bytes', cell: ({ byteShare }) => formatShare(byteShare) },
  { title: 'unknown', cell: ({ unknownShare }) => formatShare(unknownShare), isUseful: hasUnknown },
  {
    title: 'chars unknown',
    cell: ({ unknownCharacterShare }) => formatShare(unknownCharacterShare),
    isUseful: hasUnknown,
    isDetail: true,
  },
  { title: 'new', cell: ({ newShare }) => formatShare(newShare), isUseful: hasExtension },
  { title: 'new pieces', cell: ({ newPiecesUsed }) => formatInteger(newPiecesUsed), isUseful: hasExtension },
  {
    title: 'over the fewest',
    cell: ({ tokens, fewestTokens }) =>
      fewestTokens === null || fewestTokens === 0 ? '–' : formatShare((tokens - fewestTokens) / fewestTokens),
    isUseful: ({ total }) => total.figures.some(({ fewestTokens }) => fewestTokens !== null),
  },
];

function hasUnknown({ total }: ComparisonReport): boolean {
  return total.figures.some(({ unknownTokens }) => unknownTokens > 0);
}

function hasExtension(report: ComparisonReport): boolean {
  return report.tokenizers.some(({ extendsFirst }) => extendsFirst);
}

function hasOthers(report: ComparisonReport): boolean {
  return report.tokenizers.length > 1;
}

function figureColumns(report: ComparisonReport, details: boolean): FigureColumn[] {
  return [
    ...FIGURE_COLUMNS.filter(({ isUseful, isDetail }) => (isUseful?.(report) ?? true) && (details || !isDetail)).map(
      (column) => (details ? withInterval(column) : column),
    ),
    ...report.contextSizes.map((size, i) => ({
      title: `chars in ${formatInteger(size)}`,
      cell: ({ contextCharacters }: TokenFigures) => formatInteger(contextCharacters[i] ?? null),
    })),
  ];
}

function withInterval(column: FigureColumn): FigureColumn {
  const { intervalOf, cell } = column;
  if (intervalOf === undefined) return column;
  return {
    ...column,
    cell: (figures, report) => {
      const interval = intervalOf(figures);
      return cell(figures, report) + (interval === null ? '' : ` (${formatInterval(interval)})`);
    },
  };
}

/** All texts together: one row a tokenizer. With `details` confidence intervals and lines that get longer, too. */
export function buildTotalTable(report: ComparisonReport, { details = false } = {}): CellTable {
  const columns = figureColumns(report, details);
  return {
    columns: [left('tokenizer'), right('vocabulary'), ...columns.map(({ title }) => right(title))],
    rows: report.tokenizers.map(({ name, vocabSize }, i) => [
      name,
      formatInteger(vocabSize),
      ...columns.map(({ cell }) => cell(report.total.figures[i]!, report)),
    ]),
  };
}

/** Every figure of every text, with details: one row for each text and tokenizer. The text is named on the first of its rows. */
export function buildTextTable(report: ComparisonReport): CellTable {
  const columns = figureColumns(report, true);
  return {
    columns: [left('text'), right('characters'), left('tokenizer'), ...columns.map(({ title }) => right(title))],
    rows: report.texts.flatMap((text) =>
      text.figures.map((figures, i) => [
        i === 0 ? text.name : '',
        i === 0 ? formatInteger(text.characters) : '',
        figures.tokenizer,
        ...columns.map(({ cell }) => cell(figures, report)),
      ]),
    ),
  };
}

/** Tokens at a glance: one row a text, with the tokens of each tokenizer and their ratio to the first. */
export function buildOverviewTable(report: ComparisonReport): CellTable {
  const row = (text: TextComparison): string[] => [
    text.name,
    formatInteger(text.characters),
    ...text.figures.flatMap(({ tokens, ratioToFirst }, i) =>
      i === 0 ? [formatInteger(tokens)] : [formatInteger(tokens), formatRatio(ratioToFirst)],
    ),
  ];
  return {
    columns: [
      left('text'),
      right('characters'),
      ...report.tokenizers.flatMap(({ name }, i) => (i === 0 ? [right(name)] : [right(name), right('ratio')])),
    ],
    rows: report.texts.map(row),
  };
}

/** `12,345`; `–` for null. */
export function formatInteger(value: number | null): string {
  return value === null ? '–' : groupDigits(value);
}

/** `0.457`; `–` for null. */
export function formatRatio(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

/** `0.436–0.455`; `–` for null. */
export function formatInterval(interval: Interval | null): string {
  return interval === null ? '–' : `${formatRatio(interval.low)}–${formatRatio(interval.high)}`;
}

/** `45.7 %`; `–` for null. A share that is neither 0 nor 1 is never written as 0 % or 100 %. */
export function formatShare(value: number | null): string {
  if (value === null) return '–';
  const percent = (value * 100).toFixed(1);
  if (value > 0 && percent === '0.0') return '<0.1 %';
  if (value < 1 && percent === '100.0') return '>99.9 %';
  return `${percent} %`;
}

function left(title: string): TableColumn {
  return { title, align: 'left' };
}

function right(title: string): TableColumn {
  return { title, align: 'right' };
}
