// What a comparison says of one tokenizer beside the first, put together for those who give advice and sum up: the facts of
// adviseExtension from a report and a model shape. Derives only; every figure is in the report already.

import type { AuditReport } from '../../formats/audit-report.ts';
import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';
import type { ComparisonReport } from '../measure/comparison-report.ts';
import { type Advice, type AdviceFacts, adviseExtension } from './advice.ts';
import { costOfShape, MODEL_SHAPES, type ShapeCost, type VocabularyCost } from './model-shapes.ts';

/** What is known beside a report. */
export interface AdviceContext
  extends Pick<AdviceFacts, 'trainingTokens' | 'deadPieces' | 'brokenPieces' | 'canRescore' | 'knee'> {
  /** Default the base's own, or 7B. */
  readonly shape?: ModelShape | undefined;
}

/** Whether an audit found something that other scores could mend: `AdviceFacts.canRescore`. */
export function canRescore({ checks }: AuditReport): boolean {
  return checks.some(({ code, count }) => (code === 'outranks' || code === 'ties') && count > 0);
}

/**
 * Where the shapes of a report's costs come from: the config.json beside the first tokenizer, what was published of its
 * model, or nowhere: then LLaMA's stand for it, as examples.
 */
export type ShapeSource = 'config' | 'published' | 'example';

/** See {@link ShapeSource}. */
export function shapeSourceOf({ baseShape }: Pick<ComparisonReport, 'baseShape'>): ShapeSource {
  if (baseShape === undefined) return 'example';
  return MODEL_SHAPES.some(({ name }) => name === baseShape.name) ? 'published' : 'config';
}

/** The shapes that costs are worked out for, the one that sentences speak of first: the base's own, or LLaMA's sizes. */
export function shapesOf({ baseShape }: Pick<ComparisonReport, 'baseShape'>): readonly ModelShape[] {
  return baseShape === undefined || baseShape.name === MODEL_SHAPES[0]!.name ? MODEL_SHAPES : [baseShape];
}

/**
 * Advice about a tokenizer of a report, `undefined` for one that does not extend the first.
 *
 * @param tokenizer its position in the report
 * @example
 * ```ts
 * const report = await compareTokenizers({ tokenizers: [llama2, merged], texts });
 * adviseOn(report, 1)?.verdict; // 'measure'
 * ```
 */
export function adviseOn(report: ComparisonReport, tokenizer: number, context: AdviceContext = {}): Advice | undefined {
  const { shape = shapesOf(report)[0]!, ...known } = context;
  const summary = report.tokenizers[tokenizer];
  const figures = report.total.figures[tokenizer];
  const firstFigures = report.total.figures[0];
  const usage = report.newPieceUsage.find((each) => each.tokenizer === summary?.name);
  if (!summary?.extendsFirst || figures === undefined || usage === undefined) return undefined;
  const cost = costOfShape(shape, costFacts(report, tokenizer, known.trainingTokens));
  return adviseExtension({
    ...known,
    ratio: figures.ratioToFirst,
    ratioInterval: figures.ratioInterval,
    lines: report.total.lines,
    firstTokens: firstFigures!.tokens,
    newPieces: usage.newPieces,
    usedPieces: usage.used,
    longerLines: figures.longerLines ?? 0,
    breakEvenRatio: cost.breakEvenRatio ?? 1,
    tokensToLearn: usage.tokensToLearn,
    newTokenShare: figures.newShare,
    growth: cost.growth ?? undefined,
    changedAnswers: report.answers[tokenizer]?.answers.filter(({ sameAsFirst }) => sameAsFirst === false).length,
    trainingTexts: new Set(
      report.heldOut.filter(({ tokenizer: name }) => name === summary.name).map(({ text }) => text),
    ).size,
  });
}

/**
 * What a tokenizer of a report costs and saves beside the first, for each of its shapes; undefined without text.
 *
 * @param tokenizer its position in the report
 */
export function costsOn(report: ComparisonReport, tokenizer: number): ShapeCost[] | undefined {
  if (!report.total.figures[0]?.tokensPerCharacter || !report.total.figures[tokenizer]?.tokensPerCharacter)
    return undefined;
  return shapesOf(report).map((shape) => costOfShape(shape, costFacts(report, tokenizer)));
}

function costFacts(report: ComparisonReport, tokenizer: number, trainingTokens?: number): VocabularyCost {
  const { tokenizers, total } = report;
  return {
    firstVocabSize: tokenizers[0]!.vocabSize,
    vocabSize: tokenizers[tokenizer]!.vocabSize,
    // Without text there is no rate; the ratio that costs ask for is then 1.
    firstTokensPerCharacter: total.figures[0]!.tokensPerCharacter ?? 1,
    tokensPerCharacter: total.figures[tokenizer]!.tokensPerCharacter ?? 1,
    trainingTokens,
  };
}
