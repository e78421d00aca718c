// What each text takes with each tokenizer, and how much of it is bytes: dots on a line for each text, so that any number of
// tokenizers stays readable, with their confidence intervals.

import type { TextComparison } from '../../report/measure/comparison-report.ts';
import { clipToWidth, displayWidth } from '../../report/print/display-width.ts';
import type { FigureTable } from '../view/csv.ts';
import { buildSection, type Child, h } from '../view/dom.ts';
import type { EChartsCoreOption } from '../view/echarts.ts';
import { buildFigure, CHART_LINE, CHART_TEXT, CHART_TOOLTIP, type FigureOptions } from '../view/figure.ts';
import type { PageContext, ShownTokenizer } from '../view/page-context.ts';

/** Least height of a row of a chart, and of the lane of a tokenizer in it. */
const ROW = 34;
const LANE = 12;
/** Pixels of a column of a name, and the share of the chart that names may take. */
const LABEL_COLUMN = 7;
const LABEL_SHARE = 0.36;

/** Builds the section. */
export function buildDomainsSection(context: PageContext): HTMLElement {
  const { data, texts, answers, leading, change } = context;
  const t = texts.domains;
  const { report } = data;
  const unnamed = report.texts.length > 1 ? [{ ...report.total, name: texts.total }] : [];
  const rows: readonly TextComparison[] = [...unnamed, ...report.texts];
  const lead = answers[leading];
  const rates = buildDotFigure(context, {
    id: 'tokens-per-character',
    title: t.rate,
    note: lead === undefined ? t.rateNoteSole : t.rateNote,
    rows,
    figureOf: (row, i) => row.figures[i]!.tokensPerCharacter,
    intervalOf: (row, i) => row.figures[i]!.tokensPerCharacterInterval,
    format: (value) => value.toFixed(3),
    axisFormat: (value) => String(value),
    ...(lead !== undefined && {
      changeTitle: t.change(lead.tokenizer),
      changeOf: (row: TextComparison) => {
        const ratio = row.figures[leading + 1]!.ratioToFirst;
        return ratio === null ? '' : change(ratio);
      },
    }),
    table: ratesTable(context, rows),
  });
  return buildSection('domains', t.title, rates, buildByteFigure(context, rows));
}

function ratesTable({ data, texts, tokenizers }: PageContext, rows: readonly TextComparison[]): FigureTable {
  const three = (value: number): string => value.toFixed(3);
  const hasIntervals = data.report.bootstrap.replicates > 0;
  return {
    columns: [
      { title: texts.text },
      ...tokenizers.flatMap(({ name }) => [
        { title: name, format: three },
        ...(hasIntervals
          ? [
              { title: `${name} ${texts.domains.low}`, format: three },
              { title: `${name} ${texts.domains.high}`, format: three },
            ]
          : []),
      ]),
    ],
    rows: rows.map((row) => [
      row.name,
      ...row.figures.flatMap(({ tokensPerCharacter, tokensPerCharacterInterval }) => [
        tokensPerCharacter,
        ...(hasIntervals ? [tokensPerCharacterInterval?.low ?? null, tokensPerCharacterInterval?.high ?? null] : []),
      ]),
    ]),
  };
}

function buildByteFigure(context: PageContext, rows: readonly TextComparison[]): Child {
  const { data, texts, tokenizers, percent } = context;
  const t = texts.domains;
  const most = Math.max(...rows.flatMap(({ figures }) => figures.map(({ byteShare }) => byteShare ?? 0)));
  const unknown = data.report.total.figures
    .filter(({ unknownTokens }) => unknownTokens > 0)
    .map(({ tokenizer, unknownShare }) =>
      h('p', { class: 'warning' }, t.unknown(tokenizer, percent(unknownShare ?? 0, 2))),
    );
  if (data.report.total.figures.every(({ byteTokens }) => byteTokens === 0)) {
    return h('div', { class: 'figure' }, h('h3', {}, t.bytes), h('p', { class: 'note' }, t.bytesNone), unknown);
  }
  return [
    buildDotFigure(context, {
      id: 'byte-tokens',
      title: t.bytes,
      note: t.bytesNote,
      rows,
      figureOf: (row, i) => row.figures[i]!.byteShare,
      format: (value) => percent(value, 2),
      axisFormat: (value) => percent(value, most < 0.01 ? 2 : most < 0.1 ? 1 : 0),
      table: {
        columns: [
          { title: texts.text },
          ...tokenizers.map(({ name }) => ({ title: name, format: (value: number) => percent(value, 2) })),
        ],
        rows: rows.map((row) => [row.name, ...row.figures.map(({ byteShare }) => byteShare)]),
      },
    }),
    unknown,
  ];
}

interface DotPlot {
  readonly rows: readonly TextComparison[];
  readonly figureOf: (row: TextComparison, tokenizer: number) => number | null;
  readonly intervalOf?: (row: TextComparison, tokenizer: number) => { low: number; high: number } | null;
  readonly format: (value: number) => string;
  readonly axisFormat: (value: number) => string;
  /** A column at the right. */
  readonly changeTitle?: string;
  readonly changeOf?: (row: TextComparison) => string;
}

type DotFigure = DotPlot & Pick<FigureOptions, 'id' | 'title' | 'note' | 'table'>;

function buildDotFigure(context: PageContext, { id, title, note, table, ...plot }: DotFigure): Child {
  const { tokenizers } = context;
  return buildFigure(context, {
    ...{ id, title, note, table },
    legend: tokenizers,
    height: plot.rows.length * rowHeight(tokenizers.length) + 58,
    option: (width) => dotPlot(context, plot, width),
  }).element;
}

function dotPlot({ tokenizers }: PageContext, plot: DotPlot, width: number): EChartsCoreOption {
  const { rows, figureOf, intervalOf, axisFormat, changeOf, changeTitle } = plot;
  const isNarrow = width < 480;
  const names = rows.map(({ name }) => name);
  const columns = Math.min(Math.max(...names.map(displayWidth)), Math.floor((width * LABEL_SHARE) / LABEL_COLUMN));
  const labelWidth = columns * LABEL_COLUMN + 20;
  const category = {
    type: 'category',
    inverse: true,
    axisTick: { show: false },
    axisLine: { show: false },
  };
  const nameLabel = {
    ...CHART_TEXT,
    margin: 12,
    lineHeight: 14,
    formatter: (name: string, i: number) => (i === 0 && rows.length > 1 ? `{total|${name}}` : foldName(name, columns)),
    rich: { total: { ...CHART_TEXT, color: 'var(--ink)', fontWeight: 600 } },
  };
  return {
    grid: {
      left: labelWidth,
      right: changeOf === undefined ? 22 : isNarrow ? 62 : 76,
      top: changeOf === undefined ? 8 : 26,
      bottom: 28,
    },
    tooltip: {
      ...CHART_TOOLTIP,
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: 'var(--hover)' } },
      formatter: (points: unknown) => {
        const at = (points as { dataIndex: number }[])[0]?.dataIndex ?? 0;
        return tooltipOf(rows[at]!, tokenizers, plot);
      },
    },
    xAxis: {
      type: 'value',
      min: 0,
      splitNumber: isNarrow ? 3 : 6,
      splitLine: { lineStyle: CHART_LINE },
      axisLabel: { ...CHART_TEXT, color: 'var(--ink-3)', formatter: axisFormat },
    },
    yAxis: [
      { ...category, data: names, axisLabel: nameLabel },
      ...(changeOf === undefined
        ? []
        : [
            {
              ...category,
              data: names.map((_, i) => i),
              position: 'right',
              name: changeTitle,
              nameLocation: 'start',
              nameTextStyle: {
                ...CHART_TEXT,
                align: 'right',
                color: 'var(--ink-3)',
                padding: [0, isNarrow ? -58 : -70, 0, 0],
              },
              axisLabel: {
                ...CHART_TEXT,
                color: 'var(--ink)',
                align: 'right',
                margin: isNarrow ? 58 : 70,
                formatter: (_: string, i: number) => changeOf(rows[i]!),
              },
            },
          ]),
    ],
    series: [
      ...tokenizers.slice(1).map((tokenizer) => reach(tokenizer, tokenizers.length, rows, figureOf)),
      ...tokenizers.flatMap((tokenizer) => [
        ...(intervalOf === undefined
          ? []
          : [whiskers(tokenizer, rows, intervalOf, offsetOf(tokenizer.index, tokenizers.length))]),
        {
          type: 'scatter',
          name: tokenizer.name,
          z: 3,
          ...(tokenizer.index === 0
            ? { symbol: 'rect', symbolSize: [5, baseHeight(tokenizers.length)] }
            : {
                symbol: tokenizer.symbol,
                symbolSize: tokenizer.symbol === 'triangle' || tokenizer.symbol === 'diamond' ? 13 : 11,
                symbolOffset: [0, offsetOf(tokenizer.index, tokenizers.length)],
              }),
          itemStyle: { opacity: 1, color: tokenizer.color, borderColor: 'var(--paper)', borderWidth: 1 },
          emphasis: { disabled: true },
          data: rows.map((row, i) => [figureOf(row, tokenizer.index), i]),
        },
      ]),
    ],
  };
}

/** A long name in two lines of at most `columns` each; the whole name is in the tooltip and in the table. */
function foldName(name: string, columns: number): string {
  if (displayWidth(name) <= columns) return name;
  let first = '';
  for (const character of name) {
    if (displayWidth(first + character) > columns) break;
    first += character;
  }
  return `${first}\n${clipToWidth(name.slice(first.length), columns)}`;
}

/** Pixels up or down from the middle of a row, so that equal values do not hide each other; the base stays in the middle. */
function offsetOf(index: number, count: number): number {
  return index === 0 ? 0 : (index - count / 2) * LANE;
}

/** Height of a row: a lane for each tokenizer but the base. */
function rowHeight(count: number): number {
  return Math.max(ROW, (count - 1) * LANE + 16);
}

/** Height of the base's bar: it sticks out above and below the marks of the others, so that equal values do not hide it. */
function baseHeight(count: number): number {
  return Math.max(20, (count - 1) * LANE + 8);
}

/** From the base to a tokenizer. */
function reach(
  { index, color }: ShownTokenizer,
  count: number,
  rows: readonly TextComparison[],
  figureOf: DotPlot['figureOf'],
): Record<string, unknown> {
  const offset = offsetOf(index, count);
  return {
    type: 'custom',
    silent: true,
    z: 1,
    encode: { x: [0, 1], y: 2 },
    data: rows.flatMap((row, i) => {
      const [from, to] = [figureOf(row, 0), figureOf(row, index)];
      return from === null || to === null ? [] : [[from, to, i]];
    }),
    renderItem: (_: unknown, api: CustomApi) => {
      const [x1, y] = api.coord([api.value(0), api.value(2)]);
      const [x2] = api.coord([api.value(1), api.value(2)]);
      const shape = { x1, y1: y + offset, x2, y2: y + offset };
      return { type: 'line', shape, style: { stroke: color, lineWidth: 2, opacity: 0.35 } };
    },
  };
}

interface CustomApi {
  coord(point: readonly number[]): [number, number];
  value(dimension: number): number;
}

function whiskers(
  { index, color }: ShownTokenizer,
  rows: readonly TextComparison[],
  intervalOf: NonNullable<DotPlot['intervalOf']>,
  offset: number,
): Record<string, unknown> {
  return {
    type: 'custom',
    silent: true,
    z: 2,
    encode: { x: [0, 1], y: 2 },
    data: rows.flatMap((row, i) => {
      const interval = intervalOf(row, index);
      return interval === null ? [] : [[interval.low, interval.high, i]];
    }),
    renderItem: (_: unknown, api: CustomApi) => {
      const [x1, center] = api.coord([api.value(0), api.value(2)]);
      const [x2] = api.coord([api.value(1), api.value(2)]);
      const y = center + offset;
      const line = (a: number, b: number, c: number, d: number) => ({
        type: 'line',
        shape: { x1: a, y1: b, x2: c, y2: d },
        style: { stroke: color, lineWidth: 1.5 },
      });
      return { type: 'group', children: [line(x1, y, x2, y), line(x1, y - 4, x1, y + 4), line(x2, y - 4, x2, y + 4)] };
    },
  };
}

function tooltipOf(
  row: TextComparison,
  tokenizers: readonly ShownTokenizer[],
  { figureOf, intervalOf, format }: DotPlot,
): HTMLElement {
  return h(
    'div',
    { class: 'tip' },
    h('b', {}, row.name),
    h(
      'table',
      {},
      tokenizers.map((tokenizer) => {
        const value = figureOf(row, tokenizer.index);
        const interval = intervalOf?.(row, tokenizer.index);
        const swatch = h('span', { class: `swatch ${tokenizer.symbol}` });
        swatch.style.background = tokenizer.color;
        return h(
          'tr',
          {},
          h('td', {}, swatch, tokenizer.name),
          h('td', { class: 'number' }, value === null ? '–' : format(value)),
          h('td', { class: 'number faint' }, interval ? `${format(interval.low)}–${format(interval.high)}` : ''),
        );
      }),
    ),
  );
}
