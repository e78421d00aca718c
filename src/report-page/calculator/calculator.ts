// The arithmetic behind the calculator: figures of a chosen text, vocabulary size and model shape, and the advice on them.
// Sizes that were not measured are read off the size curve, scaled to what was measured: a forecast. Pure.
import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';
import { type Advice, adviseExtension } from '../../report/advise/advice.ts';
import { costOfShape, type ShapeCost } from '../../report/advise/model-shapes.ts';
import type { ExtensionCurve } from '../../report/measure/curve/extension-curve.ts';
import type { ReportPageData } from '../../report/page/page-data.ts';

/** What is chosen in the calculator. */
export interface CalculatorInput {
  /** Position of the tokenizer in the report, from 1. */
  readonly tokenizer: number;
  /** Position of the text in the report; -1 for all together. */
  readonly text: number;
  readonly shape: ModelShape;
  readonly bytesPerValue: number;
  readonly trainingTokens: number;
  /** New rows; those of the tokenizer unless it has a curve. */
  readonly rows: number;
}

/** What comes out. */
export interface CalculatorResult {
  readonly cost: ShapeCost;
  /** Tokens as a share of the base's. */
  readonly ratio: number;
  readonly savedPerMillion: number;
  /** `undefined` when the tokenizer does not extend the base. */
  readonly advice: Advice | undefined;
}

/** Works it out; `undefined` when the text is empty. */
export function calculate(data: ReportPageData, input: CalculatorInput): CalculatorResult | undefined {
  const { report, curves = [], marks = [] } = data;
  const { tokenizer, text, shape, bytesPerValue, trainingTokens, rows } = input;
  const summary = report.tokenizers[tokenizer]!;
  const first = report.tokenizers[0]!;
  const measured = text < 0 ? report.total : report.texts[text]!;
  const figures = measured.figures[tokenizer]!;
  const firstFigures = measured.figures[0]!;
  const { ratioToFirst } = figures;
  if (ratioToFirst === null || !firstFigures.tokensPerCharacter || !figures.tokensPerCharacter) return undefined;

  const found = curves.find((one) => one.tokenizer === summary.name);
  const curve = found?.curve;
  const measuredRows = summary.vocabSize - first.vocabSize;
  const isMeasured = rows === measuredRows || curve === undefined;
  const ratio = isMeasured ? ratioToFirst : scaleRatio(curve, { ratio: ratioToFirst, measuredRows, rows });
  const size = isMeasured ? measuredRows : rows;
  const cost = costOfShape(shape, {
    firstVocabSize: first.vocabSize,
    vocabSize: first.vocabSize + size,
    firstTokensPerCharacter: firstFigures.tokensPerCharacter,
    tokensPerCharacter: firstFigures.tokensPerCharacter * ratio,
    trainingTokens,
    bytesPerValue,
  });
  const usage = report.newPieceUsage.find((one) => one.tokenizer === summary.name);
  const own = marks.find((one) => one.tokenizer === summary.name);
  const firstDead = marks.find((one) => one.tokenizer === first.name)?.dead.length ?? 0;
  const changed = report.answers[tokenizer]?.answers.filter(({ sameAsFirst }) => sameAsFirst === false).length;
  const scale = ratio / ratioToFirst;
  const interval = figures.ratioInterval;
  return {
    cost,
    ratio,
    savedPerMillion: 1e6 * firstFigures.tokensPerCharacter * (1 - ratio),
    advice:
      usage === undefined
        ? undefined
        : adviseExtension({
            ratio,
            ratioInterval: interval === null ? null : { low: interval.low * scale, high: interval.high * scale },
            lines: measured.lines,
            firstTokens: firstFigures.tokens,
            newPieces: size,
            usedPieces: text < 0 ? Math.min(usage.used, size) : Math.min(figures.newPiecesUsed ?? 0, size),
            longerLines: figures.longerLines ?? 0,
            breakEvenRatio: cost.breakEvenRatio ?? 1,
            // The rarer pieces are the later ones: a smaller vocabulary needs less, and how much less was not counted.
            tokensToLearn: isMeasured && text < 0 ? usage.tokensToLearn : null,
            trainingTokens,
            ...(own !== undefined && {
              deadPieces: Math.max(0, own.dead.length - firstDead),
              brokenPieces: own.broken.length,
              canRescore: own.canRescore,
            }),
            newTokenShare: figures.newShare,
            growth: cost.growth ?? undefined,
            ...(found !== undefined &&
              found.measuredLines === undefined && {
                knee: { newPieces: found.curve.knee, isReached: found.curve.kneeIsReached },
              }),
            changedAnswers: changed,
            trainingTexts: report.heldOut.filter(
              (one) => one.tokenizer === summary.name && (text < 0 || one.text === measured.name),
            ).length,
          }),
  };
}

/** The ratio at another size: the saving measured, times what the curve saves there by what it saves at the measured size. */
function scaleRatio(
  curve: ExtensionCurve,
  { ratio, measuredRows, rows }: { ratio: number; measuredRows: number; rows: number },
): number {
  const atMeasured = 1 - ratioOnCurve(curve, measuredRows);
  if (atMeasured <= 0) return ratio;
  return 1 - ((1 - ratio) * (1 - ratioOnCurve(curve, rows))) / atMeasured;
}

/** Tokens as a share of the base's on the text of the curve, between points in a straight line. */
function ratioOnCurve({ points }: ExtensionCurve, newPieces: number): number {
  const after = points.findIndex((point) => point.newPieces >= newPieces);
  if (after < 0) return points.at(-1)?.ratio ?? 1;
  const end = points[after]!;
  const start = points[Math.max(0, after - 1)]!;
  if (end.newPieces === start.newPieces) return end.ratio;
  const share = (newPieces - start.newPieces) / (end.newPieces - start.newPieces);
  return start.ratio + share * (end.ratio - start.ratio);
}
