// How many tokens a text takes at every size of a vocabulary, from one ranking of new pieces and what each of them saves.
// Nothing is encoded: the figures are the learner's own, of the text it learnt on.
import { OptionError } from '../../../errors.ts';

/** What is measured. */
export interface CurveInput {
  /** Tokens that each new piece saves once those before it are there, best first. `[pieces]` */
  readonly saved: Float64Array;
  /** Tokens and characters of the text with the base alone. */
  readonly baseTokens: number;
  readonly characters: number;
  /** Pieces of the base. */
  readonly baseSize: number;
}

/** Options of {@link buildExtensionCurve}. */
export interface CurveOptions {
  /** New pieces from one point to the next. Default 1,000. */
  readonly step?: number | undefined;
  /** Values in an embedding row, for the bytes. Default 4,096. */
  readonly hiddenSize?: number | undefined;
  /** Bytes of a value. Default 2 (bfloat16). */
  readonly bytesPerValue?: number | undefined;
  /** Matrices with a row for each piece. Default 2: input embeddings and output head. */
  readonly matrices?: number | undefined;
  /**
   * Least share of the tokens that a step of 1,000 pieces must save to be worth it; other steps in proportion.
   * Default 0.005.
   */
  readonly leastGain?: number | undefined;
}

/** The figures of one size. */
export interface CurvePoint {
  readonly newPieces: number;
  readonly vocabSize: number;
  readonly tokens: number;
  readonly tokensPerCharacter: number;
  /** Tokens as a share of those with the base alone. */
  readonly ratio: number;
  /** Share of the tokens that the pieces since the point before save, scaled to 1,000 pieces; null at the base. */
  readonly gain: number | null;
  /** Bytes of all vocabulary-sized matrices. */
  readonly embeddingBytes: number;
}

/** `format` of a curve in JSON. */
export const CURVE_FORMAT = 'vocab-merge/curve';

/** Result of {@link buildExtensionCurve}. */
export interface ExtensionCurve {
  readonly format: typeof CURVE_FORMAT;
  readonly version: 1;
  readonly characters: number;
  readonly hiddenSize: number;
  readonly bytesPerValue: number;
  readonly matrices: number;
  readonly leastGain: number;
  /** From the base alone to all pieces. */
  readonly points: readonly CurvePoint[];
  /** The largest size up to which every step is worth it: new pieces, 0 when none is. */
  readonly knee: number;
  /** False when every step is worth it, so that the knee is only the end of the ranking. */
  readonly kneeIsReached: boolean;
}

/**
 * Measures every `step` new pieces, and at the end.
 *
 * @throws OptionError for an option that is not above 0
 * @example
 * ```ts
 * const saved = Float64Array.of(50, 30, 1);
 * const curve = buildExtensionCurve({ saved, baseTokens: 200, characters: 100, baseSize: 10 }, { step: 1 });
 * curve.points.map(({ tokens }) => tokens); // [200, 150, 120, 119]
 * ```
 */
export function buildExtensionCurve(input: CurveInput, options: CurveOptions = {}): ExtensionCurve {
  const { saved, baseTokens, characters, baseSize } = input;
  const { step = 1000, hiddenSize = 4096, bytesPerValue = 2, matrices = 2, leastGain = 0.005 } = options;
  for (const [name, value] of Object.entries({ step, hiddenSize, bytesPerValue, matrices })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new OptionError(`curve: ${name} is ${value}, not a whole number of at least 1`);
    }
  }
  if (!(leastGain > 0 && leastGain < 1)) throw new OptionError(`curve: leastGain is ${leastGain}, not between 0 and 1`);

  const points: CurvePoint[] = [];
  const addPoint = (newPieces: number, tokens: number): void => {
    const before = points.at(-1);
    points.push({
      newPieces,
      vocabSize: baseSize + newPieces,
      tokens,
      tokensPerCharacter: characters > 0 ? tokens / characters : 0,
      ratio: baseTokens > 0 ? tokens / baseTokens : 1,
      gain: before === undefined ? null : gainPerThousand(before, newPieces, tokens),
      embeddingBytes: (baseSize + newPieces) * hiddenSize * bytesPerValue * matrices,
    });
  };
  let tokens = baseTokens;
  addPoint(0, tokens);
  for (let i = 0; i < saved.length; i++) {
    tokens -= saved[i]!;
    if ((i + 1) % step === 0 || i + 1 === saved.length) addPoint(i + 1, tokens);
  }
  const end = points.findIndex(({ gain }) => gain !== null && gain < leastGain);
  const knee = points.at(end < 0 ? -1 : end - 1)!.newPieces;
  const head = {
    format: CURVE_FORMAT,
    version: 1,
    characters,
    hiddenSize,
    bytesPerValue,
    matrices,
    leastGain,
  } as const;
  return { ...head, points, knee, kneeIsReached: end >= 0 };
}

function gainPerThousand(before: CurvePoint, newPieces: number, tokens: number): number {
  if (before.tokens === 0) return 0;
  return ((1 - tokens / before.tokens) * 1000) / (newPieces - before.newPieces);
}
