// The answer that a comparison gives, in figures: what a tokenizer saves beside the first one, what its rows cost, and what
// harm was found. Works on measured figures only and writes no words; answer-sentence.ts does.

import { costsOn, type ShapeSource, shapeSourceOf } from '../advise/comparison-facts.ts';
import type { ShapeCost } from '../advise/model-shapes.ts';
import { summarizeAnswers } from '../measure/answer-tokens.ts';
import type { Interval } from '../measure/bootstrap.ts';
import type { ComparisonReport } from '../measure/comparison-report.ts';
import type { PieceMarks } from './page-data.ts';

/** Something that got worse; `of` is what `count` is out of, where that says more than the number alone. */
export interface Harm {
  readonly code: 'longer-text' | 'longer-lines' | 'answers' | 'unknown' | 'broken' | 'dead' | 'held-out';
  readonly count: number;
  readonly of?: number;
  /** Names of texts, answers or the largest factor, for the sentence. */
  readonly names?: readonly string[];
  /** Largest ratio to the first tokenizer among the named texts. */
  readonly ratio?: number;
}

/** The answer about one tokenizer. */
export interface Answer {
  /** Name of the tokenizer, and of the first. */
  readonly tokenizer: string;
  readonly first: string;
  readonly extendsFirst: boolean;
  /** Share of the first tokenizer's tokens that is saved; negative when there are more. null without text. */
  readonly saved: number | null;
  readonly savedInterval: Interval | null;
  /** How many times as much text fits into a context; null without text. */
  readonly contextGain: number | null;
  /** Rows that a checkpoint of the first tokenizer gains; may be negative. */
  readonly rows: number;
  /** Costs for the base's shape, or LLaMA 7B; null without text. */
  readonly cost: ShapeCost | null;
  readonly shapeSource: ShapeSource;
  /** Most serious first; empty when none of the checks found anything. */
  readonly harm: readonly Harm[];
}

/**
 * The answers, one for each tokenizer but the first, in their order.
 *
 * @param marks what audits found, where there were any
 */
export function buildAnswers(report: ComparisonReport, marks: readonly PieceMarks[] = []): Answer[] {
  const [first, ...others] = report.tokenizers;
  if (first === undefined) return [];
  return others.map((tokenizer, at) => {
    const figures = report.total.figures[at + 1]!;
    const ratio = figures.ratioToFirst;
    const interval = figures.ratioInterval;
    return {
      tokenizer: tokenizer.name,
      first: first.name,
      extendsFirst: tokenizer.extendsFirst,
      saved: ratio === null ? null : 1 - ratio,
      savedInterval: interval === null ? null : { low: 1 - interval.high, high: 1 - interval.low },
      contextGain: ratio === null || ratio === 0 ? null : 1 / ratio,
      rows: tokenizer.vocabSize - first.vocabSize,
      cost: costsOn(report, at + 1)?.[0] ?? null,
      shapeSource: shapeSourceOf(report),
      harm: findHarm(report, at + 1, marks),
    };
  });
}

/** Position in `answers` of the one to open with: the fewest tokens, an extension of the first before any other kind. */
export function chooseLeadingAnswer(answers: readonly Answer[]): number {
  let best = 0;
  for (let i = 1; i < answers.length; i++) {
    const [a, b] = [answers[i]!, answers[best]!];
    const isBetter = a.extendsFirst === b.extendsFirst ? (a.saved ?? -1) > (b.saved ?? -1) : a.extendsFirst;
    if (isBetter) best = i;
  }
  return best;
}

function findHarm(report: ComparisonReport, at: number, marks: readonly PieceMarks[]): Harm[] {
  const { name } = report.tokenizers[at]!;
  const harm: Harm[] = [];
  const figures = report.total.figures[at]!;

  const longer = report.texts.filter((text) => (text.figures[at]?.ratioToFirst ?? 1) > 1);
  if (longer.length > 0) {
    const ratios = longer.map((text) => text.figures[at]!.ratioToFirst!);
    harm.push({
      code: 'longer-text',
      count: longer.length,
      of: report.texts.length,
      names: longer.map((text) => text.name),
      ratio: Math.max(...ratios),
    });
  }
  if (figures.longerLines !== null && figures.longerLines > 0) {
    harm.push({ code: 'longer-lines', count: figures.longerLines, of: report.total.lines });
  }
  const answers = report.answers.find(({ tokenizer }) => tokenizer === name);
  if (answers !== undefined) {
    const changed = new Set(summarizeAnswers(answers).flatMap(({ changed }) => changed ?? []));
    if (changed.size > 0) harm.push({ code: 'answers', count: changed.size, names: [...changed] });
  }
  const unknownBefore = report.total.figures[0]?.unknownTokens ?? 0;
  if (figures.unknownTokens > unknownBefore) {
    harm.push({ code: 'unknown', count: figures.unknownTokens, of: figures.tokens });
  }
  const own = marks.find(({ tokenizer }) => tokenizer === name);
  if (own !== undefined && own.broken.length > 0) harm.push({ code: 'broken', count: own.broken.length });
  if (own !== undefined && own.dead.length > 0) {
    const firstDead = marks.find(({ tokenizer }) => tokenizer === report.tokenizers[0]!.name)?.dead.length ?? 0;
    // What the first tokenizer cannot emit either is no news.
    const newDead = report.tokenizers[at]!.extendsFirst ? own.dead.length - firstDead : own.dead.length;
    if (newDead > 0) harm.push({ code: 'dead', count: newDead, of: report.tokenizers[at]!.vocabSize });
  }
  const notHeldOut = report.heldOut.filter(({ tokenizer }) => tokenizer === name);
  if (notHeldOut.length > 0) {
    harm.push({ code: 'held-out', count: notHeldOut.length, names: [...new Set(notHeldOut.map(({ text }) => text))] });
  }
  return harm;
}
