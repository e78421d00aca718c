// "Should I extend, and by how much?": the calculator, the size curve, the use of new pieces, and the pieces that are rare.

import type { PageCurve } from '../../report/page/page-data.ts';
import { buildCalculator } from '../calculator/calculator-form.ts';
import { lineChart } from '../view/charts.ts';
import { buildScrollBox, buildSection, type Child, h } from '../view/dom.ts';
import { buildFigure, buildTable } from '../view/figure.ts';
import type { PageContext } from '../view/page-context.ts';
import { showPiece } from '../view/piece-text.ts';

/** Builds the section; `undefined` when there is nothing to compare with. */
export function buildExtendSection(context: PageContext): HTMLElement | undefined {
  const { texts, tokenizers } = context;
  if (tokenizers.length < 2) return undefined;
  return buildSection(
    'extend',
    texts.extend.title,
    buildCalculator(context),
    buildCurves(context),
    buildUsage(context),
    buildRare(context),
  );
}

/** Curves of the compared texts in one figure; those of learners, each of its own text, in others. */
function buildCurves(context: PageContext): Child {
  const curves = context.data.curves ?? [];
  const measured = curves.filter(({ measuredLines }) => measuredLines !== undefined);
  const learnt = curves.filter(({ measuredLines }) => measuredLines === undefined).map((one) => [one]);
  return [measured, ...learnt]
    .filter((group) => group.length > 0)
    .map((group, i) => buildCurveFigure(context, group, i === 0 ? 'size-curve' : `size-curve-${i + 1}`));
}

function buildCurveFigure(context: PageContext, group: readonly PageCurve[], id: string): Child {
  const { data, texts, tokenizers, amount, percent, change, bytes } = context;
  const t = texts.extend;
  const curves = group.map((one) => ({ ...one, shown: tokenizers.find(({ name }) => name === one.tokenizer)! }));
  const isSole = curves.length === 1;
  const lowest = Math.min(...curves.flatMap(({ curve }) => curve.points.map(({ ratio }) => ratio)));
  const least = lowest < 0.5 ? Math.floor(5 * lowest) / 5 : Math.floor(10 * lowest) / 10;
  return buildFigure(context, {
    id,
    title:
      group.length < (data.curves ?? []).length
        ? `${t.curve}${texts.colon}${group.map(({ tokenizer }) => tokenizer).join(', ')}`
        : t.curve,
    note: [
      ...curves.flatMap(({ tokenizer, curve }) => [
        isSole ? '' : `${tokenizer}${texts.colon}`,
        curve.kneeIsReached
          ? t.curveNote(amount(curve.knee), percent(curve.leastGain))
          : t.noKnee(percent(curve.leastGain)),
        texts.gap,
      ]),
      group[0]?.measuredLines === undefined ? t.learntCurve : t.measuredCurve(group[0].measuredLines),
    ],
    legend: curves.map(({ shown }) => shown),
    height: 300,
    option: () =>
      lineChart({
        series: curves.map(({ shown, curve }) => ({
          name: shown.name,
          color: shown.color,
          symbol: shown.symbol,
          values: curve.points.map(({ newPieces, ratio }) => [newPieces, ratio] as const),
        })),
        format: (value) => change(value),
        axisFormat: (value) => change(value, 0),
        xFormat: amount,
        xName: t.pieces,
        yMax: 1,
        yMin: least,
        yInterval: least < 0.5 ? 0.2 : 0.1,
        // The names of two knees near each other would collide; the note has them all.
        marks: curves.flatMap(({ shown, curve }) =>
          curve.kneeIsReached
            ? [
                {
                  value: curve.knee,
                  name: isSole ? t.knee(amount(curve.knee)) : '',
                  color: isSole ? undefined : shown.color,
                },
              ]
            : [],
        ),
      }),
    table: {
      columns: [
        { title: texts.tokenizer },
        { title: t.pieces, format: amount },
        { title: texts.tokens, format: amount },
        { title: t.share, format: (value) => change(value + 1) },
        { title: t.gain, format: (value) => percent(value, 2) },
        { title: t.embedding, format: bytes },
      ],
      rows: curves.flatMap(({ tokenizer, curve }) =>
        curve.points.map(({ newPieces, tokens, ratio, gain, embeddingBytes }) => [
          tokenizer,
          newPieces,
          tokens,
          ratio - 1,
          gain,
          embeddingBytes,
        ]),
      ),
    },
  }).element;
}

function buildUsage(context: PageContext): Child {
  const { data, texts, tokenizers, amount, percent } = context;
  const t = texts.extend;
  const { newPieceUsage } = data.report;
  const used = newPieceUsage.filter(({ curve }) => curve.length > 1);
  if (used.length === 0) return undefined;
  const colorOf = (name: string): string => tokenizers.find((one) => one.name === name)?.color ?? 'var(--t1)';
  return buildFigure(context, {
    id: 'new-piece-usage',
    title: t.usage,
    note: used.flatMap(({ tokenizer, newPieces, piecesForShare }) => {
      const most = piecesForShare.find(({ share }) => share >= 0.9);
      return most === undefined
        ? []
        : [`${t.usageNote(tokenizer, amount(most.pieces), percent(most.share, 0), amount(newPieces))}${texts.gap}`];
    }),
    legend: tokenizers.filter(({ name }) => used.some(({ tokenizer }) => tokenizer === name)),
    height: 300,
    option: () =>
      lineChart({
        series: used.flatMap(({ tokenizer, curve }) => [
          {
            name: used.length > 1 ? `${tokenizer}: ${t.tokenShare}` : t.tokenShare,
            color: colorOf(tokenizer),
            values: curve.map(({ pieces, tokenShare }) => [pieces, tokenShare] as const),
          },
          {
            name: used.length > 1 ? `${tokenizer}: ${t.characterShare}` : t.characterShare,
            color: colorOf(tokenizer),
            isDashed: true,
            values: curve.map(({ pieces, characterShare }) => [pieces, characterShare] as const),
          },
        ]),
        format: (value) => percent(value, 0),
        xFormat: amount,
        xName: t.pieces,
        yMin: 0,
        yMax: 1,
        yInterval: 0.2,
      }),
    controls: h(
      'ul',
      { class: 'legend lines' },
      h('li', {}, h('span', { class: 'stroke', 'aria-hidden': 'true' }), t.tokenShare),
      h('li', {}, h('span', { class: 'stroke dashed', 'aria-hidden': 'true' }), t.characterShare),
    ),
    table: {
      columns: [
        { title: texts.tokenizer },
        { title: t.pieces, format: amount },
        { title: t.tokenShare, format: (value) => percent(value) },
        { title: t.characterShare, format: (value) => percent(value) },
      ],
      rows: used.flatMap(({ tokenizer, curve }) =>
        curve.map(({ pieces, tokenShare, characterShare }) => [tokenizer, pieces, tokenShare, characterShare]),
      ),
    },
  }).element;
}

function buildRare(context: PageContext): Child {
  const { data, texts, amount, large } = context;
  const t = texts.extend;
  const { newPieceUsage } = data.report;
  if (newPieceUsage.length === 0) return undefined;
  return h(
    'div',
    { class: 'block', id: 'rare' },
    h('h3', {}, t.rare),
    newPieceUsage.map(({ tokenizer, newPieces, used, tokensToLearn, rarest }) => [
      newPieceUsage.length > 1 && h('h4', {}, tokenizer),
      h(
        'p',
        { class: 'note' },
        t.rareNote(amount(newPieces - used), amount(newPieces)),
        texts.gap,
        tokensToLearn !== null &&
          (tokensToLearn.isLowerBound ? t.rareUnknown : t.rareNeed(large(tokensToLearn.tokens))),
      ),
      rarest.length > 0 &&
        h(
          'details',
          {},
          h('summary', {}, `${t.rarePieces} (${amount(rarest.length)})`),
          buildScrollBox(
            `${t.rarePieces}: ${tokenizer}`,
            buildTable(context, {
              columns: [{ title: texts.vocabulary.id }, { title: t.piece }, { title: t.count, format: amount }],
              rows: rarest.map(({ id, piece, count }) => [id, showPiece(piece), count]),
            }),
          ),
        ),
    ]),
  );
}
