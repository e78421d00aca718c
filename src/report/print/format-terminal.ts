// A comparison for a terminal: the answer in a sentence, every text with a bar for each tokenizer, the figures of all texts
// side by side, what got worse, and advice. It fits the width it is told; the other formats have every figure.
// Without colours unless asked: whether a terminal listens, and NO_COLOR, are the caller's business.
import { asPercent, counted } from '../../core/counted.ts';
import type { Advice, AdviceReason } from '../advise/advice.ts';
import { type AdviceContext, adviseOn, costsOn, shapeSourceOf, shapesOf } from '../advise/comparison-facts.ts';
import { DEFAULT_TRAINING_TOKENS } from '../advise/model-shapes.ts';
import type { Interval } from '../measure/bootstrap.ts';
import type { ComparisonReport, TextComparison, TokenFigures } from '../measure/comparison-report.ts';
import { formatInteger, formatInterval, formatRatio, formatShare } from '../measure/comparison-table.ts';
import { formatLarge } from '../page/number-words.ts';
import { clipToWidth, printable } from './display-width.ts';
import { formatFigures } from './terminal-figures.ts';
import {
  createStyler,
  formatTerminalTable,
  SERIES_STYLES,
  STYLE,
  type Styler,
  type TerminalColumn,
} from './terminal-table.ts';
import { wrapText } from './terminal-text.ts';

/** Options of {@link formatComparisonTerminal}. */
export interface TerminalFormatOptions {
  /** Write ANSI colours. Default false. */
  readonly color?: boolean;
  /** Columns of the terminal; default 100. Below 40 it is laid out for 40, above 120 for 120. */
  readonly width?: number;
  /** What is known of each tokenizer beside the report, in its order, for the advice. */
  readonly advice?: readonly (AdviceContext | undefined)[];
}

const DEFAULT_WIDTH = 100;
const LEAST_WIDTH = 40;
/** Lines that are longer are hard to read. */
const MOST_WIDTH = 120;
/** Share of lost characters from which the answer speaks of them. */
const LEAST_UNKNOWN = 0.0005;
/** Longest lines that are shown of each tokenizer. */
const SHOWN_LINES = 3;

/**
 * Formats a report for a terminal.
 *
 * @example
 * ```ts
 * process.stdout.write(formatComparisonTerminal(report, { color: true, width: process.stdout.columns }));
 * ```
 */
export function formatComparisonTerminal(report: ComparisonReport, options: TerminalFormatOptions = {}): string {
  const { color = false, width: asked = DEFAULT_WIDTH, advice = [] } = options;
  const page: Page = {
    report,
    advice,
    style: createStyler({ color }),
    width: Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, Math.floor(asked))),
  };
  const sections = [
    formatHeadlines(page),
    formatHeldOut(page),
    formatTexts(page),
    formatFigures(report, page),
    formatRegressions(page),
    formatAdvice(page),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

interface Page {
  readonly report: ComparisonReport;
  readonly advice: readonly (AdviceContext | undefined)[];
  readonly style: Styler;
  readonly width: number;
}

/** One sentence for each tokenizer but the first. */
function formatHeadlines({ report, style, width }: Page): string[] {
  const [first, ...others] = report.tokenizers;
  return others.flatMap(({ name }, i) => {
    const { ratioToFirst: ratio, ratioInterval, unknownCharacterShare: unknown } = report.total.figures[i + 1]!;
    if (ratio === null) return [];
    const saved = 1 - ratio;
    const change =
      ratio === 1 ? 'as many tokens as' : `${asPercent(Math.abs(saved))} ${saved > 0 ? 'fewer' : 'more'} tokens than`;
    const range = ratioInterval === null || ratio === 1 ? '' : ` (${describeChange(ratioInterval)})`;
    const text =
      `${printable(name)}: ${change} ${printable(first!.name)}${range}` +
      (ratio === 1 ? '' : `; the same context holds ${(1 / ratio).toFixed(2)} times as much text`) +
      (unknown === null || unknown < LEAST_UNKNOWN
        ? ''
        : `, but ${asPercent(unknown)} of the characters are lost as unknown`);
    return wrapText(text, width).map((line) => style(line, STYLE.bold));
  });
}

/** 0.45 to 0.55 -> `interval 45.0 % to 55.0 % fewer`; it may reach from more to fewer. */
function describeChange({ low, high }: Interval): string {
  const most = 1 - low;
  const least = 1 - high;
  if (least >= 0) return `interval ${asPercent(least)} to ${asPercent(most)} fewer`;
  if (most <= 0) return `interval ${asPercent(-most)} to ${asPercent(-least)} more`;
  return `interval ${asPercent(-least)} more to ${asPercent(most)} fewer`;
}

function formatHeldOut({ report, style, width }: Page): string[] {
  return report.heldOut.flatMap(({ tokenizer, text, trainingText }) =>
    wrapText(
      `Not held out: ${printable(tokenizer)} was trained on ${printable(text)} (${printable(trainingText)}); there it looks better than it is.`,
      width,
    ).map((line) => style(line, STYLE.yellow)),
  );
}

/** One row for each text and tokenizer, the total last. */
function formatTexts({ report, style, width }: Page): string[] {
  const { texts, total, tokenizers } = report;
  const shown = texts.length > 1 ? [...texts, { ...total, name: `all ${formatInteger(texts.length)}` }] : texts;
  const rows = shown.flatMap((text) => text.figures.map((figures, i) => ({ text, figures, i })));
  const most = Math.max(...rows.map(({ figures }) => figures.tokensPerCharacter ?? 0), Number.MIN_VALUE);
  const isMany = tokenizers.length > 1;
  const firstOnly = (cell: (text: TextComparison) => string): string[] =>
    rows.map(({ text, i }) => (i === 0 ? cell(text) : ''));
  const columns: TerminalColumn[] = [
    {
      title: 'text',
      align: 'left',
      cells: firstOnly(({ name }) => printable(name)),
      styles: rows.map(({ text }) => (text.name === shown.at(-1)!.name && texts.length > 1 ? STYLE.bold : undefined)),
      isName: true,
    },
    { title: 'characters', align: 'right', cells: firstOnly((text) => formatInteger(text.characters)), keep: 2 },
    {
      title: 'tokenizer',
      align: 'left',
      cells: rows.map(({ figures }) => printable(figures.tokenizer)),
      styles: rows.map(({ i }) => seriesStyle(i)),
      isName: true,
    },
    { title: 'tokens', align: 'right', cells: rows.map(({ figures }) => formatInteger(figures.tokens)), keep: 3 },
    { title: 'tok/char', align: 'right', cells: rows.map(({ figures }) => formatRatio(figures.tokensPerCharacter)) },
    {
      title: '',
      align: 'left',
      cells: rows.map(() => ''),
      bars: rows.map(({ figures }) => (figures.tokensPerCharacter ?? 0) / most),
      styles: rows.map(({ i }) => seriesStyle(i)),
      keep: 4,
    },
  ];
  if (isMany) {
    columns.push({
      title: 'ratio',
      align: 'right',
      cells: rows.map(({ figures, i }) => (i === 0 ? '' : formatRatio(figures.ratioToFirst))),
      styles: rows.map(({ figures }) => ratioStyle(figures)),
    });
    if (rows.some(({ figures }) => figures.ratioInterval !== null)) {
      columns.push({
        title: `${Math.round(100 * report.bootstrap.confidence)} % interval`,
        align: 'left',
        cells: rows.map(({ figures, i }) => (i === 0 ? '' : formatInterval(figures.ratioInterval))),
        keep: 1,
      });
    }
  }
  if (total.figures.some(({ unknownTokens }) => unknownTokens > 0)) {
    columns.push({
      title: 'unknown',
      align: 'right',
      cells: rows.map(({ figures }) => (figures.unknownTokens > 0 ? formatShare(figures.unknownCharacterShare) : '')),
      styles: rows.map(() => STYLE.red),
      keep: 5,
    });
  }
  const lines = formatTerminalTable(columns, { width, style });
  if (texts.length > 1) lines.splice(lines.length - tokenizers.length, 0, '');
  const legend = isMany ? `ratio: tokens beside ${printable(tokenizers[0]!.name)}; ` : '';
  const lost = columns.at(-1)!.title === 'unknown' ? '; unknown: characters that are lost' : '';
  lines.push(...wrapText(`${legend}bars: tokens per character${lost}`, width).map((line) => style(line, STYLE.dim)));
  return lines;
}

/** The lines that got longest. */
function formatRegressions({ report, style, width }: Page): string[] {
  return report.regressions.flatMap(({ tokenizer, worst }, i) => {
    if (worst.length === 0) return [];
    const title = `lines that ${printable(tokenizer)} makes longest:`;
    const rows = worst.slice(0, SHOWN_LINES).map(({ text, line, tokens, excerpt }) => {
      const head = `  ${printable(text)}:${line}  ${formatInteger(tokens[0]!)} -> ${formatInteger(tokens[i + 1]!)} tokens  `;
      return clipToWidth(head + printable(excerpt), width);
    });
    return [style(title, STYLE.bold), ...rows];
  });
}

function formatAdvice(page: Page): string[] {
  const { report, style, width } = page;
  return report.tokenizers.flatMap(({ name }, i) => {
    const advice = adviseOn(report, i, page.advice[i]);
    if (advice === undefined) return [];
    const head = wrapText(`${printable(name)}: ${advice.text}`, width).map((line) => style(line, adviceStyle(advice)));
    const reasons = advice.reasons.flatMap((reason) => wrapItem(signOf(reason), reason.text, width));
    return [...head, ...reasons, ...describeCosts(report, i).flatMap((text) => wrapItem('·', text, width))];
  });
}

/** An entry of a list: its sign, and its text in lines behind it. */
function wrapItem(sign: string, text: string, width: number): string[] {
  return wrapText(text, width - 4).map((line, at) => `  ${at === 0 ? sign : ' '} ${line}`);
}

/** Rows and bytes for the smallest of the published shapes, what they buy, and when that has paid. */
function describeCosts(report: ComparisonReport, tokenizer: number): string[] {
  const cost = costsOn(report, tokenizer)?.[0];
  if (cost === undefined) return [];
  const { rows, decodeSpeedUp, savedPerMillionCharacters, cacheBreakEvenCharacters, trainingBreakEvenCharacters } =
    cost;
  const bytes = `${((cost.embeddingBytes + cost.headBytes) / 1e6).toFixed(1)} MB`;
  const costs = [
    `In ${describeModel(report)}, ${counted(rows, 'row takes', 'rows take')} ${bytes} in the embeddings${cost.headBytes === 0 ? ', which the LM head shares' : ' and the LM head'}.` +
      (decodeSpeedUp === null ? '' : ` Decoding is expected to be ${decodeSpeedUp.toFixed(2)} times as fast.`),
  ];
  if (cacheBreakEvenCharacters === null) return costs;
  costs.push(
    `A million characters take ${formatInteger(Math.round(savedPerMillionCharacters))} fewer tokens.`,
    `From ${counted(Math.ceil(cacheBreakEvenCharacters), 'character')} of context on, the smaller key-value cache saves more ` +
      'memory than the new rows take.',
  );
  if (trainingBreakEvenCharacters === null) return costs;
  costs.push(
    `Training on ${formatLarge(DEFAULT_TRAINING_TOKENS, 'en')} tokens costs as much computation as ` +
      `${formatLarge(trainingBreakEvenCharacters, 'en')} characters of text save later.`,
  );
  return costs;
}

/** The model that costs are worked out for, and how its shape is known. */
function describeModel(report: ComparisonReport): string {
  const { name, bytesPerValue = 2 } = shapesOf(report)[0]!;
  const values = bytesPerValue === 2 ? 'bfloat16' : `${bytesPerValue} bytes a value`;
  const source = shapeSourceOf(report);
  if (source === 'config') return `${printable(name)} (by its config.json, ${values})`;
  if (source === 'published') return `a ${name} model (${values})`;
  return `a ${name} model (${values}; an example: there is no config.json of ${printable(report.tokenizers[0]!.name)})`;
}

function signOf({ side }: AdviceReason): string {
  return side === 'for' ? '+' : side === 'against' ? '-' : '·';
}

function adviceStyle({ verdict }: Advice): string {
  return verdict === 'extend' || verdict === 'extend-smaller'
    ? STYLE.green
    : verdict === 'measure'
      ? STYLE.yellow
      : STYLE.red;
}

function seriesStyle(tokenizer: number): string {
  if (tokenizer === 0) return SERIES_STYLES[0]!;
  return SERIES_STYLES[1 + ((tokenizer - 1) % (SERIES_STYLES.length - 1))]!;
}

/** Green and red only where the interval does not reach 1. */
function ratioStyle({ ratioInterval }: TokenFigures): string | undefined {
  if (ratioInterval === null) return undefined;
  return ratioInterval.high < 1 ? STYLE.green : ratioInterval.low > 1 ? STYLE.red : undefined;
}
