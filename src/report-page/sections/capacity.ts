// How much text a context window holds, and how much faster text is written.
import { costsOn, shapesOf } from '../../report/advise/comparison-facts.ts';
import { barChart } from '../view/charts.ts';
import { buildSection, type Child, h } from '../view/dom.ts';
import { buildFigure } from '../view/figure.ts';
import type { PageContext } from '../view/page-context.ts';

/** Builds the section. */
export function buildCapacitySection(context: PageContext): HTMLElement {
  const { texts } = context;
  const figures = h('div', { class: 'pair' }, buildContextFigure(context), buildSpeedFigure(context));
  return buildSection('capacity', texts.capacity.title, figures);
}

function buildContextFigure(context: PageContext): Child {
  const { data, texts, tokenizers, amount } = context;
  const t = texts.capacity;
  const { contextSizes, total } = data.report;
  return buildFigure(context, {
    id: 'context-characters',
    title: t.context,
    note: t.contextNote,
    legend: tokenizers,
    height: 300,
    option: (width) =>
      barChart({
        width,
        categories: contextSizes.map(amount),
        axisName: t.window,
        hasLabels: true,
        format: amount,
        axisFormat: amount,
        series: tokenizers.map(({ name, color, index }) => ({
          name,
          color,
          values: total.figures[index]!.contextCharacters,
        })),
      }),
    table: {
      columns: [
        { title: t.window, format: amount },
        ...tokenizers.map(({ name }) => ({ title: name, format: amount })),
      ],
      rows: contextSizes.map((size, i) => [
        size,
        ...total.figures.map((figures) => figures.contextCharacters[i] ?? null),
      ]),
    },
  }).element;
}

function buildSpeedFigure(context: PageContext): Child {
  const { data, texts, tokenizers } = context;
  const t = texts.capacity;
  const others = tokenizers.slice(1);
  const rate = data.report.total.figures[0]?.tokensPerCharacter;
  const shapes = shapesOf(data.report);
  if (others.length === 0 || !rate || shapes[0]!.bodyParameters === null) return undefined;
  const speeds = others.map(({ index }) =>
    (costsOn(data.report, index) ?? []).map(({ decodeSpeedUp }) => decodeSpeedUp),
  );
  const format = (value: number): string => `${value.toFixed(2)}×`;
  return buildFigure(context, {
    id: 'decode-speed',
    title: t.speed,
    note: t.speedNote,
    legend: others,
    height: 300,
    option: (width) =>
      barChart({
        width,
        categories: shapes.map(({ name }) => name),
        axisName: t.shape,
        hasLabels: true,
        format,
        axisFormat: (value) => `${value}×`,
        reference: 1,
        series: others.map(({ name, color }, i) => ({ name, color, values: speeds[i]! })),
      }),
    table: {
      columns: [{ title: t.shape }, ...others.map(({ name }) => ({ title: name, format }))],
      rows: shapes.map(({ name }, i) => [name, ...speeds.map((values) => values[i] ?? null)]),
    },
  }).element;
}
