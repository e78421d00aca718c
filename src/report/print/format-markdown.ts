// A report as Markdown: GitHub's pipe tables, the total first, then every text, what got worse, how new pieces are used, and
// advice. Cells are padded, so that the source reads as well as the rendered page.

import { counted } from '../../core/counted.ts';
import { type AdviceContext, adviseOn, costsOn, shapeSourceOf, shapesOf } from '../advise/comparison-facts.ts';
import { DEFAULT_TRAINING_TOKENS, type ShapeCost } from '../advise/model-shapes.ts';
import { type AnswerTokens, countChangedAnswers, summarizeAnswers } from '../measure/answer-tokens.ts';
import type { ComparisonReport } from '../measure/comparison-report.ts';
import {
  buildTextTable,
  buildTotalTable,
  type CellTable,
  formatInteger,
  formatRatio,
  formatShare,
  type TableColumn,
} from '../measure/comparison-table.ts';
import { displayWidth, padTo } from './display-width.ts';

/** Options of {@link formatComparisonMarkdown}. */
export interface MarkdownFormatOptions {
  /** What is known of each tokenizer beside the report, in its order, for the advice. */
  readonly advice?: readonly (AdviceContext | undefined)[];
}

/**
 * Formats a report as Markdown.
 *
 * @example
 * ```ts
 * const markdown = formatComparisonMarkdown(await compareTokenizers({ tokenizers, texts }));
 * markdown.startsWith('## Total'); // true
 * ```
 */
export function formatComparisonMarkdown(report: ComparisonReport, options: MarkdownFormatOptions = {}): string {
  const { total, texts, tokenizers, heldOut } = report;
  const first = escapeText(tokenizers[0]!.name);
  const size = [
    counted(texts.length, 'text'),
    counted(total.lines, 'line'),
    counted(total.characters, 'character'),
    counted(total.bytes, 'byte'),
  ].join(', ');
  return [
    '## Total',
    '',
    `${size}. Lines are encoded one by one, without bos and eos.`,
    '',
    ...heldOut.map(
      ({ tokenizer, text, trainingText }) =>
        `> **Not held out:** ${escapeText(tokenizer)} was trained on ${escapeText(text)} (${escapeText(trainingText)}); there it looks better than it is.\n`,
    ),
    ...formatTable(buildTotalTable(report, { details: true })),
    '',
    '## Texts',
    '',
    ...formatTable(buildTextTable(report)),
    '',
    `- in brackets: ${describeIntervals(report)}`,
    `- ratio: tokens divided by those of ${first}.`,
    `- longer: lines that take more tokens than with ${first}.`,
    '- bytes: share of tokens that hold bytes of a character instead of whole characters.',
    '- unknown: share of the tokens that stand for text without a piece; chars unknown: share of the characters that they stand for. Left out where there are none.',
    `- new: share of the tokens that are new pieces; new pieces: how many of them occur. For tokenizers that extend ${first}.`,
    '- chars in N: characters that fit in a context of N tokens at this rate.',
    '',
    ...formatRegressions(report),
    ...formatUsage(report),
    ...formatAnswers(report),
    ...formatAdvice(report, options.advice ?? []),
  ].join('\n');
}

function describeIntervals({ bootstrap }: ComparisonReport): string {
  const { replicates, confidence, seed } = bootstrap;
  if (replicates === 0) return 'not computed.';
  return (
    `${Math.round(100 * confidence)} % bootstrap over lines of tokens per character and of the ratio (paired, ${formatInteger(replicates)} ` +
    `replicates, seed ${seed}); none below 10 lines.`
  );
}

function formatRegressions(report: ComparisonReport): string[] {
  const names = report.tokenizers.map(({ name }) => name);
  return report.regressions.flatMap(({ tokenizer, worst }) => {
    if (worst.length === 0) return [];
    const columns = [
      column('text', 'left'),
      column('line', 'right'),
      ...names.map((name) => column(name, 'right')),
      column('begins', 'left'),
    ];
    const rows = worst.map(({ text, line, tokens, excerpt }) => [
      text,
      formatInteger(line),
      ...tokens.map(formatInteger),
      [...excerpt].slice(0, 60).join(''),
    ]);
    return [`## Lines that ${escapeText(tokenizer)} makes longest`, '', ...formatTable({ columns, rows }), ''];
  });
}

function formatUsage(report: ComparisonReport): string[] {
  if (report.newPieceUsage.length === 0) return [];
  const shares = report.newPieceUsage[0]!.piecesForShare.map(({ share }) => share);
  const columns = [
    column('tokenizer', 'left'),
    ...[
      'new pieces',
      'used',
      'new tokens',
      ...shares.map((share) => `for ${Math.round(100 * share)} %`),
      'tokens to learn',
    ].map((title) => column(title, 'right')),
  ];
  const rows = report.newPieceUsage.map((usage) => [
    usage.tokenizer,
    formatInteger(usage.newPieces),
    formatInteger(usage.used),
    formatShare(usage.tokens === 0 ? null : usage.newTokens / usage.tokens),
    ...shares.map((share) => formatInteger(usage.piecesForShare.find((each) => each.share === share)?.pieces ?? null)),
    usage.tokensToLearn === null || usage.tokensToLearn.isLowerBound ? '–' : formatInteger(usage.tokensToLearn.tokens),
  ]);
  return [
    '## Use of the new pieces',
    '',
    ...formatTable({ columns, rows }),
    '',
    '- for N %: the fewest new pieces that make up N % of the new tokens.',
    '- tokens to learn: tokens of such text in which 95 % of the new pieces occur 100 times; – where the text is too short to tell.',
    '',
  ];
}

function formatAnswers({ answers }: ComparisonReport): string[] {
  const summaries = answers.map((each: AnswerTokens) => ({ name: each.tokenizer, places: summarizeAnswers(each) }));
  const [first] = summaries;
  if (first === undefined) return [];
  const columns = [
    column('tokenizer', 'left'),
    ...first.places.map(({ place }) => column(place, 'right')),
    column('other ids', 'right'),
  ];
  const rows = summaries.map(({ name, places }) => [
    name,
    ...places.map(({ letters, digits }) => `${letters}/4, ${digits}/10`),
    formatInteger(countChangedAnswers(places)),
  ]);
  return [
    '## Answers of multiple-choice evaluations',
    '',
    'Letters A to D and digits 0 to 9 that are a single token: as a whole text, behind `Answer:` and a space, and behind `答案：`.',
    '',
    ...formatTable({ columns, rows }),
    '',
  ];
}

function formatAdvice(report: ComparisonReport, contexts: readonly (AdviceContext | undefined)[]): string[] {
  const lines = report.tokenizers.flatMap(({ name }, i) => {
    const advice = adviseOn(report, i, contexts[i]);
    if (advice === undefined) return [];
    return [
      `**${escapeText(name)}**: ${advice.text}`,
      '',
      ...advice.reasons.map(({ side, text }) => `- ${side === 'note' ? '' : `${side}: `}${text}`),
      '',
      ...formatCosts(report, costsOn(report, i) ?? []),
    ];
  });
  return lines.length === 0 ? [] : ['## Advice', '', ...lines];
}

/** What the shapes of the costs are, and how wide a value is. */
function describeShapes(report: ComparisonReport): string {
  const [first] = shapesOf(report);
  const source = shapeSourceOf(report);
  const values = (first!.bytesPerValue ?? 2) === 2 ? 'In bfloat16.' : `With ${first!.bytesPerValue} bytes a value.`;
  if (source === 'config') return `The shape of the model is that of the config.json beside the base. ${values}`;
  if (source === 'published') return values;
  const base = escapeText(report.tokenizers[0]!.name);
  return `Published models as examples: there is no config.json of ${base}. ${values}`;
}

/** One row a model shape. */
function formatCosts(report: ComparisonReport, costs: readonly ShapeCost[]): string[] {
  if (costs.length === 0) return [];
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const rounded = (value: number | null): string => formatInteger(value === null ? null : Math.ceil(value));
  const titles = [
    'rows',
    'embeddings',
    'LM head',
    'model grows',
    'decoding',
    'breaks even at',
    'cache pays from',
    'training pays after',
  ];
  const columns = [column('model', 'left'), ...titles.map((title) => column(title, 'right'))];
  const rows = costs.map((cost) => [
    cost.shape,
    formatInteger(cost.rows),
    megabytes(cost.embeddingBytes),
    megabytes(cost.headBytes),
    formatShare(cost.growth),
    cost.decodeSpeedUp === null ? '–' : `${cost.decodeSpeedUp.toFixed(2)}x`,
    formatRatio(cost.breakEvenRatio),
    rounded(cost.cacheBreakEvenCharacters),
    rounded(cost.trainingBreakEvenCharacters),
  ]);
  const saved = formatInteger(Math.round(costs[0]!.savedPerMillionCharacters));
  return [
    `${describeShapes(report)} A million characters take ${saved} fewer tokens.`,
    '',
    ...formatTable({ columns, rows }),
    '',
    '- decoding: expected speed beside the first tokenizer, for one request at a time, where reading the weights takes the time.',
    '- breaks even at: above this ratio decoding gets slower.',
    '- cache pays from: from so many characters of context on, the smaller key-value cache saves more memory than the new rows take.',
    `- training pays after: so many characters of text save as much computation as training on ${formatInteger(DEFAULT_TRAINING_TOKENS)} tokens costs.`,
    '',
  ];
}

function column(title: string, align: TableColumn['align']): TableColumn {
  return { title, align };
}

function formatTable({ columns, rows }: CellTable): string[] {
  const cells = [columns.map(({ title }) => escapeText(title)), ...rows.map((row) => row.map(escapeText))];
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => displayWidth(row[i]!))));
  const format = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => padTo(cell, widths[i]!, columns[i]!.align)).join(' | ')} |`;
  const rule = columns.map(({ align }, i) =>
    align === 'right' ? `${'-'.repeat(widths[i]! - 1)}:` : '-'.repeat(widths[i]!),
  );
  return [format(cells[0]!), `| ${rule.join(' | ')} |`, ...cells.slice(1).map(format)];
}

/** Keeps a name on its line and in its cell, and from being read as Markdown or HTML. */
function escapeText(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').replace(/[\\`*_|<>[\]]/g, '\\$&');
}
