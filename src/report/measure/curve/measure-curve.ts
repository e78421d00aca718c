// How many tokens texts take with the first thousand, two thousand, … of a tokenizer's new pieces: counted, each time with the
// vocabulary that has only those, on lines that were drawn from the compared texts. For vocabularies of which no learner's curve
// is known, from wherever they come; the order of the pieces is that of their ids. Reads no text again and keeps nothing.
import type { TokenizerModel } from '../../../core/model.ts';
import { codePointLength } from '../../../core/unicode/utf8.ts';
import { createTokenizer } from '../../../tokenize/tokenizer.ts';
import type { TextComparison } from '../comparison-report.ts';
import type { TextCandidates } from '../passages.ts';
import { buildExtensionCurve, type CurveOptions, type ExtensionCurve } from './extension-curve.ts';

/** Input of {@link measureExtensionCurve}. */
export interface MeasureCurveInput {
  /** The whole vocabulary, SentencePiece's kind; its ids from `baseSize` on are new. */
  readonly model: TokenizerModel;
  readonly baseSize: number;
  /** Texts of the report, and the lines drawn from each, in the same order. */
  readonly texts: readonly TextComparison[];
  readonly candidates: readonly TextCandidates[];
}

/** A curve and what it was counted on. */
export interface MeasuredCurve {
  readonly curve: ExtensionCurve;
  readonly lines: number;
}

/** Most steps of a curve: each takes an encoding of all the lines. */
const MOST_STEPS = 20;

/**
 * Counts the curve; its step is by default a round number that gives at most 20 points. A text weighs as much as it has tokens
 * with the first tokenizer, however few of its lines were drawn.
 * `undefined` without new pieces or lines.
 *
 * @example
 * ```ts
 * const measured = measureExtensionCurve({ model, baseSize: 32_000, texts: report.texts, candidates });
 * measured?.curve.points.map(({ newPieces, ratio }) => [newPieces, ratio]); // [[0, 1], …]
 * ```
 */
export function measureExtensionCurve(input: MeasureCurveInput, options: CurveOptions = {}): MeasuredCurve | undefined {
  const { model, baseSize, texts, candidates } = input;
  const newPieces = model.pieces.length - baseSize;
  const drawn = candidates.map(({ passages }) => passages);
  const lines = drawn.reduce((sum, passages) => sum + passages.length, 0);
  if (newPieces < 1 || lines === 0) return undefined;

  const base = countEach(model, baseSize, drawn);
  const weights = base.map((tokens, i) => (tokens === 0 ? 0 : (texts[i]?.figures[0]?.tokens ?? 0) / tokens));
  const weigh = (values: readonly number[]): number => values.reduce((sum, value, i) => sum + value * weights[i]!, 0);
  const step = options.step ?? roundUp(newPieces / MOST_STEPS);
  // What a step saves stands at its last piece; the points of the curve are nowhere else.
  const saved = new Float64Array(newPieces);
  const baseTokens = weigh(base);
  let before = baseTokens;
  for (let size = step; size < newPieces + step; size += step) {
    const kept = Math.min(size, newPieces);
    const tokens = weigh(countEach(model, baseSize + kept, drawn));
    saved[kept - 1] = before - tokens;
    before = tokens;
  }
  const characters = weigh(
    drawn.map((passages) => passages.reduce((sum, passage) => sum + codePointLength(passage), 0)),
  );
  return { curve: buildExtensionCurve({ saved, baseTokens, characters, baseSize }, { ...options, step }), lines };
}

/** The next of 1, 2, 5, 10, 20, 50, … */
function roundUp(value: number): number {
  let power = 1;
  while (10 * power < value) power *= 10;
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= value)!;
}

/** Tokens of each text's lines with the first `size` pieces. */
function countEach(model: TokenizerModel, size: number, drawn: readonly (readonly string[])[]): number[] {
  const tokenizer = createTokenizer({
    ...model,
    pieces: model.pieces.slice(0, size),
    pieceScores: model.pieceScores.slice(0, size),
    pieceTypes: model.pieceTypes.slice(0, size),
  });
  return drawn.map((passages) => passages.reduce((sum, passage) => sum + tokenizer.countTokens(passage), 0));
}
