// The top of the page: the answer in a sentence, its four figures, and all tokenizers in one table.
import {
  describeHarm,
  describeShape,
  type TextSpan,
  writeAnswer,
  writeSoleAnswer,
} from '../../report/page/answer-sentence.ts';
import { buildScrollBox, buildTableHead, type Child, h } from '../view/dom.ts';
import { buildSwatch } from '../view/figure.ts';
import type { PageContext } from '../view/page-context.ts';

/** Builds the section. */
export function buildAnswerSection(context: PageContext): HTMLElement {
  const { data, texts, answers, leading, language, amount } = context;
  const { report } = data;
  const answer = answers[leading];
  const spans = answer === undefined ? writeSoleAnswer(report, language) : writeAnswer(answer, language);
  return h(
    'section',
    { id: 'answer', class: 'answer', 'aria-labelledby': 'answer-title' },
    h('h1', { id: 'answer-title', class: 'answer-sentence' }, showSpans(spans)),
    answer !== undefined && answer.saved !== null && buildKeyFigures(context),
    h(
      'p',
      { class: 'note measured' },
      texts.answer.measured(report.texts.length, report.total.lines, amount(report.total.characters)),
    ),
    heldOutTexts(context).map(([tokenizer, names]) =>
      h(
        'p',
        { class: 'warning', role: 'note' },
        texts.answer.heldOut(tokenizer, names.join(language === 'zh' ? '、' : ', ')),
      ),
    ),
    h('h2', { class: 'glance-title' }, texts.answer.glance),
    buildGlance(context),
  );
}

function showSpans(spans: readonly TextSpan[]): Child[] {
  return spans.map(({ text, isStrong }) => (isStrong ? h('strong', {}, text) : text));
}

/** Texts that a tokenizer was trained on, by tokenizer. */
function heldOutTexts({ data }: PageContext): [string, string[]][] {
  const byTokenizer = new Map<string, string[]>();
  for (const { tokenizer, text } of data.report.heldOut) {
    const names = byTokenizer.get(tokenizer) ?? [];
    if (!names.includes(text)) names.push(text);
    byTokenizer.set(tokenizer, names);
  }
  return [...byTokenizer];
}

function buildKeyFigures(context: PageContext): HTMLElement {
  const { data, texts, answers, leading, percent, amount, bytes, language } = context;
  const answer = answers[leading]!;
  const { saved, savedInterval, contextGain, cost, rows, harm } = answer;
  const t = texts.answer;
  const confidence = percent(data.report.bootstrap.confidence, 0);
  const isMore = saved !== null && saved < 0;
  const interval =
    savedInterval === null
      ? undefined
      : isMore
        ? t.interval(percent(-savedInterval.high), percent(-savedInterval.low), confidence)
        : t.interval(percent(savedInterval.low), percent(savedInterval.high), confidence);
  const window = data.report.contextSizes.at(-1);
  const context0 = data.report.total.figures[0]?.contextCharacters.at(-1);
  const context1 = data.report.total.figures[leading + 1]?.contextCharacters.at(-1);
  const entries: { value: string; label: string; detail?: string | undefined; tone?: string }[] = [
    {
      value: saved === null ? texts.none : percent(Math.abs(saved)),
      label: isMore ? t.more : t.saved,
      detail: interval,
    },
    {
      value: contextGain === null ? texts.none : `${contextGain.toFixed(2)}×`,
      label: t.gain,
      ...(window !== undefined &&
        context0 != null &&
        context1 != null && { detail: t.contextOf(amount(window), amount(context0), amount(context1)) }),
    },
    {
      value: amount(Math.abs(rows)),
      label: rows < 0 ? t.fewerRows : t.rows,
      ...(cost !== null && {
        detail: t.bytes(
          bytes(Math.abs(cost.embeddingBytes + cost.headBytes)),
          describeShape(answer, language),
          data.report.baseShape?.bytesPerValue ?? 2,
        ),
      }),
    },
    harm.length === 0
      ? { value: t.none, label: t.noHarm, tone: 'good' }
      : {
          value: String(harm.length),
          label: t.harm(harm.length),
          detail: harm.map((one) => describeHarm(one, language)).join(language === 'zh' ? '；' : '; '),
          tone: 'bad',
        },
  ];
  return h(
    'dl',
    { class: 'key-figures' },
    entries.map(({ value, label, detail, tone }) =>
      h(
        'div',
        { class: tone },
        h('dt', {}, label),
        h(
          'dd',
          {},
          h('span', { class: 'value' }, value),
          detail !== undefined && h('span', { class: 'detail' }, detail),
        ),
      ),
    ),
  );
}

function buildGlance(context: PageContext): HTMLElement {
  const { data, texts, tokenizers, amount, percent, change } = context;
  const { report } = data;
  const c = texts.answer.columns;
  const orNone = (value: number | null | undefined, format: (value: number) => string): string =>
    value === null || value === undefined ? texts.none : format(value);
  const hasUnknown = report.total.figures.some(({ unknownTokens }) => unknownTokens > 0);
  const titles = [texts.tokenizer, c.ratio, c.perCharacter, texts.tokens, c.vocabulary, c.longer, c.bytes];
  if (hasUnknown) titles.push(c.unknown);
  return buildScrollBox(
    texts.answer.glance,
    h(
      'table',
      { class: 'glance' },
      buildTableHead(titles, (i) => i > 0 && 'number'),
      h(
        'tbody',
        {},
        tokenizers.map((tokenizer) => {
          const figures = report.total.figures[tokenizer.index]!;
          const remark =
            tokenizer.index === 0
              ? texts.first
              : tokenizer.extendsFirst
                ? texts.newPieces(tokenizer.vocabSize - tokenizers[0]!.vocabSize)
                : texts.notExtension;
          const cells = [
            tokenizer.index === 0 ? texts.none : orNone(figures.ratioToFirst, (value) => change(value)),
            orNone(figures.tokensPerCharacter, (value) => value.toFixed(3)),
            amount(figures.tokens),
            amount(tokenizer.vocabSize),
            orNone(figures.longerLines, amount),
            orNone(figures.byteShare, (value) => percent(value, 2)),
            ...(hasUnknown ? [orNone(figures.unknownShare, (value) => percent(value, 2))] : []),
          ];
          return h(
            'tr',
            {},
            h(
              'th',
              { scope: 'row' },
              buildSwatch(tokenizer),
              h('span', { class: 'name' }, tokenizer.name),
              ' ',
              h('small', {}, remark),
            ),
            cells.map((cell, i) => h('td', { class: 'number', 'data-label': titles[i + 1] }, cell)),
          );
        }),
      ),
    ),
  );
}
