// The calculator on the page: choices at one side, what they cost and save at the other, and advice in plain words.
import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';
import { shapesOf } from '../../report/advise/comparison-facts.ts';
import { DEFAULT_TRAINING_TOKENS, MODEL_SHAPES } from '../../report/advise/model-shapes.ts';
import { type Child, fill, h, rememberField } from '../view/dom.ts';
import type { PageContext } from '../view/page-context.ts';
import { type CalculatorResult, calculate } from './calculator.ts';

const CUSTOM = 'custom';
const REASON_CLASS = { for: 'for', against: 'against', note: 'note-reason' } as const;

/** Builds the calculator. */
export function buildCalculator(context: PageContext): HTMLElement {
  const { data, texts, tokenizers, answers, leading, state, amount } = context;
  const t = texts.extend;
  const { report, curves = [] } = data;
  const result = h('div', { class: 'calculator-result', 'aria-live': 'polite', id: 'calculator-result' });
  const fields = createFields(context, () => update());

  const tokenizer = fields.select(
    'tokenizer',
    t.tokenizer,
    String(leading + 1),
    answers.map((one, i) => [String(i + 1), one.tokenizer]),
  );
  const text = fields.select('text', t.text, '-1', [
    ['-1', texts.total],
    ...(report.texts.length > 1 ? report.texts.map(({ name }, i): [string, string] => [String(i), name]) : []),
  ]);
  // The base's own shape comes first, where it is known.
  const shapes = [...new Set([...shapesOf(report), ...MODEL_SHAPES])];
  const shape = fields.select('shape', t.shape, shapes[0]!.name, [
    ...shapes.map(({ name }): [string, string] => [name, name]),
    [CUSTOM, t.custom],
  ]);
  const start = shapes[0]!;
  const own = {
    hidden: fields.number('hidden', t.hidden, start.hiddenSize, 1, 1e5),
    layers: fields.number('layers', t.layers, start.layers, 1, 1000),
    keyValue: fields.number('keyValue', t.keyValue, start.keyValueSize, 1, 1e5),
    body: fields.number(
      'body',
      t.body,
      Math.round((start.bodyParameters ?? MODEL_SHAPES[0]!.bodyParameters!) / 1e6),
      1,
      1e7,
    ),
    tied: fields.checkbox('tied', t.tied),
  };
  const ownFields = h(
    'div',
    { class: 'own-shape' },
    Object.values(own).map(({ label }) => label),
  );
  const precision = fields.select('precision', t.precision, String(start.bytesPerValue ?? 2), [
    ['2', '2 (bfloat16, float16)'],
    ['4', '4 (float32)'],
    ['1', '1 (int8)'],
  ]);
  const training = fields.number('training', t.training, DEFAULT_TRAINING_TOKENS / 1e6, 1, 1e9);
  const rowsOf = (at: number): number => tokenizers[at]!.vocabSize - tokenizers[0]!.vocabSize;
  const rows = fields.number('rows', t.rows, rowsOf(Number(tokenizer.input.value)), 0, 1e7);
  const rowsNote = h('p', { class: 'note', id: 'rows-note' });
  rows.input.setAttribute('aria-describedby', 'rows-note');
  tokenizer.input.addEventListener('change', () => {
    rows.input.value = String(rowsOf(Number(tokenizer.input.value)));
    state.controls.set(rows.input.id, rows.input.value);
    update();
  });

  function chosenShape(): ModelShape {
    const preset = shapes.find(({ name }) => name === shape.input.value);
    if (preset !== undefined) return preset;
    return {
      name: t.custom,
      hiddenSize: own.hidden.value(),
      bodyParameters: own.body.value() * 1e6,
      layers: own.layers.value(),
      keyValueSize: own.keyValue.value(),
      matrices: own.tied.input.checked ? 1 : 2,
    };
  }

  function update(): void {
    const at = Number(tokenizer.input.value);
    const found = curves.find((one) => one.tokenizer === tokenizers[at]!.name);
    // Nothing is known of sizes past the end of the curve.
    const most = Math.max(rowsOf(at), found?.curve.points.at(-1)?.newPieces ?? 0);
    ownFields.hidden = shape.input.value !== CUSTOM;
    rows.input.disabled = found === undefined;
    if (found === undefined) rows.input.value = String(rowsOf(at));
    rowsNote.textContent =
      found === undefined ? t.rowsFixed : rows.value() > most ? t.rowsMost(amount(most)) : t.rowsNote;
    const calculated = calculate(data, {
      tokenizer: at,
      text: Number(text.input.value),
      shape: chosenShape(),
      bytesPerValue: Number(precision.input.value),
      trainingTokens: training.value() * 1e6,
      rows: Math.min(rows.value(), most),
    });
    fill(result, calculated === undefined ? texts.none : showResult(context, calculated, at));
  }

  const form = h(
    'form',
    { class: 'calculator-form', on: { submit: (event) => event.preventDefault() } },
    answers.length > 1 && tokenizer.label,
    text.label,
    shape.label,
    ownFields,
    precision.label,
    training.label,
    rows.label,
    rowsNote,
  );
  update();
  return h(
    'div',
    { class: 'block', id: 'calculator' },
    h('h3', {}, t.calculator),
    h('div', { class: 'calculator' }, form, result),
  );
}

interface LabelledField<E extends HTMLElement> {
  readonly label: HTMLLabelElement;
  readonly input: E;
}

/** Makes labelled fields whose values outlive a change of language. */
function createFields({ state }: PageContext, onChange: () => void) {
  return {
    select(
      key: string,
      title: string,
      initial: string,
      options: readonly (readonly [string, string])[],
    ): LabelledField<HTMLSelectElement> {
      const input = h(
        'select',
        { id: `calculator-${key}` },
        options.map(([value, name]) => h('option', { value, selected: value === initial }, name)),
      );
      rememberField(state.controls, input, onChange);
      return { input, label: h('label', {}, h('span', {}, title), input) };
    },
    number(
      key: string,
      title: string,
      initial: number,
      min: number,
      max: number,
    ): LabelledField<HTMLInputElement> & { value(): number } {
      const input = h('input', {
        id: `calculator-${key}`,
        type: 'number',
        min,
        max,
        step: 'any',
        value: initial,
        inputmode: 'numeric',
      });
      rememberField(state.controls, input, onChange);
      return {
        input,
        label: h('label', {}, h('span', {}, title), input),
        value: () => {
          const value = input.valueAsNumber;
          return Number.isFinite(value) ? Math.min(Math.max(Math.round(value), min), max) : initial;
        },
      };
    },
    checkbox(key: string, title: string): LabelledField<HTMLInputElement> {
      const input = h('input', { id: `calculator-${key}`, type: 'checkbox' });
      rememberField(state.controls, input, onChange);
      return { input, label: h('label', { class: 'check' }, input, h('span', {}, title)) };
    },
  };
}

function showResult(context: PageContext, result: CalculatorResult, at: number): Child {
  const { texts, amount, large, percent, bytes } = context;
  const t = texts.extend;
  const { cost, ratio, savedPerMillion } = result;
  const payback = (characters: number | null): string =>
    characters === null ? t.out.never : characters < 1 ? t.out.atOnce : t.out.characters(large(characters));
  const breakEven: readonly [string, string] =
    cost.breakEvenRatio !== null && cost.breakEvenRatio > 1
      ? [t.out.breakEvenMore, t.out.more(percent(cost.breakEvenRatio - 1))]
      : [t.out.breakEven, cost.breakEvenRatio === null ? texts.none : t.out.fewer(percent(1 - cost.breakEvenRatio))];
  const entries: readonly (readonly [string, string])[] = [
    [t.rows, amount(cost.rows)],
    [t.out.embedding, bytes(cost.embeddingBytes)],
    [t.out.head, cost.headBytes === 0 && cost.rows !== 0 ? t.out.tiedHead : bytes(cost.headBytes)],
    [t.out.growth, cost.growth === null ? texts.none : percent(cost.growth, 2)],
    [t.out.saved, amount(savedPerMillion)],
    [t.out.context, t.out.times((1 / ratio).toFixed(2))],
    [t.out.speed, cost.decodeSpeedUp === null ? texts.none : t.out.times(cost.decodeSpeedUp.toFixed(2))],
    breakEven,
    [t.out.cache, payback(cost.cacheBreakEvenCharacters)],
    [t.out.training, cost.growth === null ? texts.none : payback(cost.trainingBreakEvenCharacters)],
  ];
  return [
    h(
      'dl',
      { class: 'figures' },
      entries.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    ),
    showAdvice(context, result, at),
  ];
}

function showAdvice(context: PageContext, { advice }: CalculatorResult, at: number): Child {
  const { data, texts, tokenizers, percent, language } = context;
  const t = texts.extend;
  if (advice === undefined) {
    return h(
      'div',
      { class: 'advice dont', id: 'advice' },
      h('h4', {}, t.advice),
      h('p', { class: 'verdict' }, t.replacement),
      h('ul', {}, h('li', {}, texts.advice.replaces(tokenizers[at]!.name, tokenizers[0]!.name))),
    );
  }
  const { report } = data;
  const usage = report.newPieceUsage.find(({ tokenizer }) => tokenizer === tokenizers[at]!.name);
  const unused = usage === undefined || usage.newPieces === 0 ? 0 : 1 - usage.used / usage.newPieces;
  const small = report.texts.filter(({ figures }) => (figures[at]!.ratioToFirst ?? 1) > 0.95).map(({ name }) => name);
  const extra: string[] = [];
  if (advice.verdict !== 'dont' && small.length > 0) {
    extra.push(texts.advice.smallTexts(small.join(language === 'zh' ? '、' : ', ')));
  }
  if (unused > 0.05 && !advice.reasons.some(({ code }) => code === 'unused-pieces')) {
    extra.push(texts.advice.unmeasured(percent(unused, 0)));
  }
  return h(
    'div',
    { class: `advice ${advice.verdict}`, id: 'advice' },
    h('h4', {}, t.advice),
    h('p', { class: 'verdict' }, texts.advice.verdict(advice)),
    h(
      'ul',
      {},
      advice.reasons.map((reason) => h('li', { class: REASON_CLASS[reason.side] }, texts.advice.reason(reason))),
      extra.map((text) => h('li', { class: REASON_CLASS.note }, text)),
    ),
  );
}
