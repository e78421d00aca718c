// How much text a context window holds, and how much faster text is written.
import { shapesOf } from '../../report/advise/comparison-facts.ts';
import { costOfShape } from '../../report/advise/model-shapes.ts';
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
  const [first, ...others] = tokenizers;
  const rate = data.report.total.figures[0]?.tokensPerCharacter;
  const shapes = shapesOf(data.report).filter(({ bodyParameters }) => bodyParameters !== null);
  if (first === undefined || others.length === 0 || !rate || shapes.length === 0) return undefined;
  const speeds = others.map((tokenizer) => {
    const own = data.report.total.figures[tokenizer.index]!.tokensPerCharacter;
    return shapes.map((shape) =>
      own === null
        ? null
        : costOfShape(shape, {
            firstVocabSize: first.vocabSize,
            vocabSize: tokenizer.vocabSize,
            firstTokensPerCharacter: rate,
            tokensPerCharacter: own,
          }).decodeSpeedUp,
    );
  });
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
