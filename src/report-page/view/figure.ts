// A chart with what belongs to it: title, what it says, a legend, the data as a table, and the table as CSV.
// Colours are CSS variables, so that a change of theme, or printing, needs no new drawing.
import { csvUrl, type FigureTable, tableToCsv } from './csv.ts';
import { buildScrollBox, buildTableHead, type Child, h } from './dom.ts';
import { type EChartsCoreOption, type EChartsType, openChart } from './echarts.ts';
import type { PageContext, ShownTokenizer } from './page-context.ts';

/** What {@link buildFigure} draws. */
export interface FigureOptions {
  /** Names the element, the chart and the CSV file. */
  readonly id: string;
  readonly title: string;
  readonly note?: Child;
  /** Above the chart, to choose what it shows. */
  readonly controls?: Child;
  /** Legend; left out with fewer than two. */
  readonly legend?: readonly ShownTokenizer[];
  readonly height: number;
  /** The chart at a width in CSS pixels. */
  readonly option: (width: number) => EChartsCoreOption;
  readonly table: FigureTable;
}

/** A figure, and how to draw its chart again when what it shows has changed. */
export interface Figure {
  readonly element: HTMLElement;
  redraw(): void;
}

/** The fonts of page.css, by name: charts measure text on a canvas, which does not know `inherit`. */
const FONTS = getComputedStyle(document.documentElement).fontFamily;
/** Text in charts. */
export const CHART_TEXT = { color: 'var(--ink-2)', fontFamily: FONTS, fontSize: 12 };
/** A thin line of axes and grids. */
export const CHART_LINE = { color: 'var(--line)', width: 1 };
/** The little window over a chart. */
export const CHART_TOOLTIP = {
  backgroundColor: 'var(--raised)',
  borderColor: 'var(--line)',
  borderWidth: 1,
  padding: [8, 10],
  textStyle: { color: 'var(--ink)', fontFamily: FONTS, fontSize: 13 },
  extraCssText: 'box-shadow:var(--shadow);border-radius:4px;white-space:normal;max-width:min(300px,80vw)',
  confine: true,
};

/** Builds a figure; its chart is drawn after the page was painted. */
export function buildFigure(context: PageContext, options: FigureOptions): Figure {
  const { texts } = context;
  const { id, title, note, legend = [], height, option, table } = options;
  const canvas = h('div', { class: 'chart', id: `chart-${id}`, role: 'img', 'aria-label': texts.chartOf(title) });
  canvas.style.height = `${height}px`;
  const noteElement = h('p', { class: 'note' }, note);
  noteElement.hidden = noteElement.childNodes.length === 0;
  const tableBox = buildScrollBox(title, buildTable(context, table));
  const link = h('a', { class: 'csv', download: `${id}.csv`, href: csvUrl(tableToCsv(table)) }, texts.csv);
  const element = h(
    'figure',
    { class: 'figure', id: `figure-${id}` },
    h('figcaption', {}, h('h3', {}, title), noteElement),
    options.controls,
    legend.length > 1 && buildLegend(legend),
    canvas,
    h('div', { class: 'data' }, h('details', {}, h('summary', {}, texts.data), tableBox), link),
  );

  let chart: EChartsType | undefined;
  let width = 0;
  const draw = (): void => {
    if (!canvas.isConnected) return;
    const now = canvas.clientWidth;
    if (now === 0) return;
    if (chart === undefined) chart = openChart(canvas, { width: now, height });
    else if (now !== width) chart.resize({ width: now, height });
    width = now;
    chart.setOption({ animation: false, textStyle: CHART_TEXT, ...option(now) }, { notMerge: true });
    for (const svg of canvas.querySelectorAll('svg')) {
      svg.setAttribute('viewBox', `0 0 ${now} ${height}`);
      svg.setAttribute('aria-hidden', 'true');
    }
  };
  context.later(draw);

  const observer = new ResizeObserver(() => {
    if (chart !== undefined && canvas.clientWidth !== width) draw();
  });
  observer.observe(canvas);
  context.onDispose(() => {
    observer.disconnect();
    chart?.dispose();
  });
  return { element, redraw: draw };
}

/** Which colour and shape is which tokenizer. */
function buildLegend(tokenizers: readonly ShownTokenizer[]): HTMLElement {
  return h(
    'ul',
    { class: 'legend' },
    tokenizers.map((tokenizer) => h('li', {}, buildSwatch(tokenizer), tokenizer.name)),
  );
}

/** The mark of a tokenizer. */
export function buildSwatch({ color, symbol }: Pick<ShownTokenizer, 'color' | 'symbol'>): HTMLElement {
  const swatch = h('span', { class: `swatch ${symbol}`, 'aria-hidden': 'true' });
  swatch.style.background = color;
  return swatch;
}

/** A table of a figure; numbers as `format` writes them. */
export function buildTable({ texts }: PageContext, { columns, rows }: FigureTable): HTMLTableElement {
  return h(
    'table',
    {},
    buildTableHead(
      columns.map(({ title }) => title),
      (i) => isNumeric(rows, i) && 'number',
    ),
    h(
      'tbody',
      {},
      rows.map((cells) =>
        h(
          'tr',
          {},
          cells.map((cell, i) => {
            const format = columns[i]!.format;
            const text =
              cell === null
                ? texts.none
                : typeof cell === 'number' && format !== undefined
                  ? format(cell)
                  : String(cell);
            return i === 0
              ? h('th', { scope: 'row', class: typeof cell === 'number' && 'number' }, text)
              : h('td', { class: isNumeric(rows, i) && 'number' }, text);
          }),
        ),
      ),
    ),
  );
}

function isNumeric(rows: FigureTable['rows'], column: number): boolean {
  return rows.some((cells) => typeof cells[column] === 'number');
}
