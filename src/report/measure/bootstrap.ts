// Bootstrap confidence intervals for tokens per character and for the ratio to the first tokenizer.
// Blocks of lines are drawn with replacement, as many as there are; one draw serves all tokenizers (paired resampling), so
// what a line has in common for all of them cancels in the ratio. The total draws within each text (a stratified
// bootstrap): which texts were compared was the user's choice and is not resampled. Intervals are the percentiles of the
// replicates. What they do not say: how other kinds of text would fare.
// Method: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapters 6 and 13.
import { createMersenneTwister } from '../../core/mersenne-twister.ts';
import { OptionError } from '../../errors.ts';
import type { LineBlocks } from './line-blocks.ts';

/** Options of the intervals. */
export interface BootstrapOptions {
  /** Resampled texts; 0 for no intervals. Default 1,000, at most 100,000. */
  readonly replicates?: number | undefined;
  /** Share of the replicates between the ends of an interval. Default 0.95. */
  readonly confidence?: number | undefined;
  /** Seed of the draws, a whole number in [0, 2^32). Default 1. */
  readonly seed?: number | undefined;
}

/** How the intervals of a report were made. */
export interface BootstrapSettings {
  readonly replicates: number;
  readonly confidence: number;
  readonly seed: number;
}

/** Ends of a confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Intervals of one tokenizer on one text, or on all of them; null where there are too few lines to tell. */
export interface TokenIntervals {
  readonly tokensPerCharacter: Interval | null;
  readonly ratioToFirst: Interval | null;
}

/** With fewer lines than this, the replicates hardly differ from each other and the interval would promise too much. */
export const LEAST_LINES = 10;

const MAX_REPLICATES = 100_000;

/**
 * Fills in the defaults.
 *
 * @throws OptionError for a number out of range
 */
export function resolveBootstrap(options: BootstrapOptions = {}): BootstrapSettings {
  const { replicates = 1000, confidence = 0.95, seed = 1 } = options;
  if (!Number.isInteger(replicates) || replicates < 0 || replicates > MAX_REPLICATES) {
    throw new OptionError(`bootstrap: replicates is ${replicates}, not a whole number from 0 to ${MAX_REPLICATES}`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new OptionError(`bootstrap: confidence is ${confidence}, not between 0 and 1`);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new OptionError(`bootstrap: seed is ${seed}, not a whole number from 0 to 4294967295`);
  }
  return { replicates, confidence, seed };
}

/** Sums of every replicate, `[replicates, 1 + tokenizers]` row-major: code points, then tokens. */
export type Replicates = Float64Array;

/** What {@link drawReplicates} needs to know. */
export interface DrawOptions {
  readonly settings: BootstrapSettings;
  readonly tokenizers: number;
  /** Position of the text in the comparison; each text has draws of its own. */
  readonly text: number;
}

/** Draws the replicates of one text: `count` blocks each, with replacement. O(replicates * blocks). */
export function drawReplicates(
  blocks: Pick<LineBlocks, 'count' | 'sums'>,
  { settings, tokenizers, text }: DrawOptions,
): Replicates {
  const { replicates, seed } = settings;
  const { count, sums } = blocks;
  const width = 1 + tokenizers;
  const drawn = new Float64Array(replicates * width);
  if (count === 0) return drawn;
  const random = createMersenneTwister((seed + Math.imul(text, 0x9e3779b1)) >>> 0);
  for (let at = 0; at < drawn.length; at += width) {
    for (let n = 0; n < count; n++) {
      // Exact in a double; with at most some thousand blocks the bias, below 1 in 2^20, does not show.
      const from = Math.floor((random.next() * count) / 2 ** 32) * width;
      for (let i = 0; i < width; i++) drawn[at + i]! += sums[from + i]!;
    }
  }
  return drawn;
}

/** Adds the replicates of a text to those of all texts, one to one. */
export function addReplicates(sum: Replicates, part: Replicates): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
}

/**
 * The intervals of each tokenizer, by percentiles of the replicates.
 *
 * @param lines of the text; below {@link LEAST_LINES} all intervals are null
 */
export function intervalsOf(
  replicates: Replicates,
  options: { readonly settings: BootstrapSettings; readonly tokenizers: number; readonly lines: number },
): TokenIntervals[] {
  const { settings, tokenizers, lines } = options;
  const width = 1 + tokenizers;
  const intervalBy = (tokenizer: number, by: number): Interval | null => {
    if (settings.replicates === 0 || lines < LEAST_LINES) return null;
    const ratios = new Float64Array(settings.replicates);
    for (let r = 0; r < ratios.length; r++) {
      const divisor = replicates[r * width + by]!;
      // A draw of nothing but empty lines; where that can happen, no interval can be given.
      if (divisor === 0) return null;
      ratios[r] = replicates[r * width + 1 + tokenizer]! / divisor;
    }
    ratios.sort();
    const tail = (1 - settings.confidence) / 2;
    return { low: quantile(ratios, tail), high: quantile(ratios, 1 - tail) };
  };
  return Array.from({ length: tokenizers }, (_, tokenizer) => ({
    tokensPerCharacter: intervalBy(tokenizer, 0),
    ratioToFirst: tokenizer === 0 ? null : intervalBy(tokenizer, 1),
  }));
}

/** Quantile of ascending values, linear between them. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}
