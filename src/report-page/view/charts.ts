// The two common charts of the page: grouped bars and lines, with axes, grid and tooltips in the page's manner.
import { h } from './dom.ts';
import type { EChartsCoreOption } from './echarts.ts';
import { CHART_LINE, CHART_TEXT, CHART_TOOLTIP } from './figure.ts';

/** A series of a chart. */
export interface ChartSeries {
  readonly name: string;
  readonly color: string;
  readonly symbol?: string;
  /** `null` leaves a gap. For lines, pairs of x and y. */
  readonly values: readonly (number | null | readonly [number, number])[];
  readonly isDashed?: boolean;
}

/** Options of {@link barChart}. */
export interface BarChartOptions {
  readonly width: number;
  readonly categories: readonly string[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly axisFormat: (value: number) => string;
  readonly axisName: string;
  /** Figures above the bars where there is room. */
  readonly hasLabels?: boolean;
  /** Height of a dashed line across. */
  readonly reference?: number;
}

/** Pixels of a character of a label. */
const LABEL_UNIT = 7;

/** Upright bars, those of a category side by side. */
export function barChart(options: BarChartOptions): EChartsCoreOption {
  const { width, categories, series, format, axisFormat, axisName, hasLabels = false, reference } = options;
  const barRoom = (width - 60) / (categories.length * (series.length + 0.6));
  const labels = series.flatMap(({ values }) =>
    values.map((value) => (typeof value === 'number' ? format(value) : '')),
  );
  const showsLabels = hasLabels && barRoom > LABEL_UNIT * Math.max(...labels.map(({ length }) => length)) + LABEL_UNIT;
  return {
    grid: { left: 4, right: reference === undefined ? 4 : 8, top: 22, bottom: 22, containLabel: true },
    tooltip: {
      ...CHART_TOOLTIP,
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: 'var(--hover)' } },
      formatter: (points: unknown) => buildTip(points as TipPoint[], format),
    },
    xAxis: {
      type: 'category',
      data: [...categories],
      name: axisName,
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { ...CHART_TEXT, color: 'var(--ink-3)' },
      axisTick: { show: false },
      axisLine: { lineStyle: { ...CHART_LINE, color: 'var(--line-2)' } },
      axisLabel: { ...CHART_TEXT, interval: 0 },
    },
    yAxis: valueAxis(axisFormat),
    series: series.map(({ name, color, values }, i) => ({
      type: 'bar',
      name,
      barMaxWidth: 46,
      barGap: '12%',
      barCategoryGap: '32%',
      itemStyle: { color },
      emphasis: { disabled: true },
      data: values,
      ...(showsLabels && {
        label: {
          show: true,
          position: 'top',
          distance: 4,
          ...CHART_TEXT,
          color: 'var(--ink)',
          formatter: ({ value }: { value: number }) => format(value),
        },
      }),
      ...(reference !== undefined &&
        i === 0 && {
          markLine: {
            silent: true,
            symbol: 'none',
            lineStyle: { color: 'var(--ink-2)', width: 1, type: [4, 3] },
            label: { show: false },
            data: [{ yAxis: reference }],
          },
        }),
    })),
  };
}

/** Options of {@link lineChart}. */
export interface LineChartOptions {
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly axisFormat?: (value: number) => string;
  readonly xFormat: (value: number) => string;
  readonly xName: string;
  readonly yMin: number;
  readonly yMax: number;
  readonly yInterval: number;
  /** Upright lines with their names. */
  readonly marks?: readonly { readonly value: number; readonly name: string; readonly color?: string | undefined }[];
}

/** Lines over a number. */
export function lineChart({
  series,
  format,
  axisFormat = format,
  xFormat,
  xName,
  yMin,
  yMax,
  yInterval,
  marks = [],
}: LineChartOptions): EChartsCoreOption {
  return {
    grid: { left: 4, right: 18, top: 26, bottom: 24, containLabel: true },
    tooltip: {
      ...CHART_TOOLTIP,
      trigger: 'axis',
      axisPointer: { type: 'line', lineStyle: { color: 'var(--ink-3)', width: 1 } },
      formatter: (points: unknown) => buildTip(points as TipPoint[], format, xFormat),
    },
    xAxis: {
      type: 'value',
      name: xName,
      nameLocation: 'middle',
      nameGap: 28,
      min: 0,
      max: 'dataMax',
      splitNumber: 4,
      nameTextStyle: { ...CHART_TEXT, color: 'var(--ink-3)' },
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { ...CHART_LINE, color: 'var(--line-2)' } },
      axisLabel: { ...CHART_TEXT, color: 'var(--ink-3)', formatter: xFormat, hideOverlap: true, showMaxLabel: false },
    },
    yAxis: { ...valueAxis(axisFormat), min: yMin, max: yMax, interval: yInterval },
    series: series.map(({ name, color, symbol, values, isDashed }, i) => ({
      type: 'line',
      name,
      symbol: symbol ?? 'circle',
      symbolSize: 6,
      showSymbol: values.length <= 40,
      itemStyle: { color },
      lineStyle: { color, width: 2, ...(isDashed && { type: [5, 4] }) },
      emphasis: { disabled: true },
      data: values,
      ...(i === 0 &&
        marks.length > 0 && {
          markLine: {
            silent: true,
            symbol: 'none',
            data: marks.map((mark) => ({
              xAxis: mark.value,
              lineStyle: { color: mark.color ?? 'var(--ink-2)', width: 1, type: [4, 3] },
              label: { ...CHART_TEXT, color: 'var(--ink)', formatter: mark.name, position: 'end' },
            })),
          },
        }),
    })),
  };
}

function valueAxis(format: (value: number) => string): Record<string, unknown> {
  return {
    type: 'value',
    splitNumber: 4,
    splitLine: { lineStyle: CHART_LINE },
    axisLabel: { ...CHART_TEXT, color: 'var(--ink-3)', formatter: format },
  };
}

interface TipPoint {
  readonly seriesName: string;
  readonly name: string;
  readonly color: string;
  readonly value: number | null | readonly [number, number];
}

function buildTip(
  points: readonly TipPoint[],
  format: (value: number) => string,
  xFormat?: (value: number) => string,
): HTMLElement {
  const first = points[0];
  const x = Array.isArray(first?.value) ? (first.value[0] as number) : undefined;
  const title = x !== undefined && xFormat !== undefined ? xFormat(x) : (first?.name ?? '');
  return h(
    'div',
    { class: 'tip' },
    h('b', {}, title),
    h(
      'table',
      {},
      points.map(({ seriesName, color, value }) => {
        const y = Array.isArray(value) ? (value[1] as number) : (value as number | null);
        const swatch = h('span', { class: 'swatch circle' });
        swatch.style.background = color;
        return h('tr', {}, h('td', {}, swatch, seriesName), h('td', { class: 'number' }, y === null ? '–' : format(y)));
      }),
    ),
  );
}
