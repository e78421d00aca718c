// What a training will take, before it starts: memory and time grow linearly with the characters of the text and with its
// lines, so a few numbers for each algorithm say it. They were measured with bench/train.mjs on Chinese text, memory with two
// threads and time with one, Node 20; a slower machine takes longer, and text of another kind differs. An estimate, and it is
// meant to be on the safe side.

import { groupDigits } from '../core/counted.ts';
import { OptionError } from '../errors.ts';
import type { ResolvedTrainOptions } from './options/options.ts';

/** What is forecast. */
export interface TrainForecast {
  /** Greatest memory of the whole process. */
  readonly peakBytes: number;
  readonly seconds: number;
}

/** What it is forecast from. */
export interface ForecastInput {
  /** Characters to train on; lines that count several times are there once. */
  readonly characters: number;
  /** Lines of text; only very short ones matter. Default 0. */
  readonly sentences?: number;
  /** `extend` is continued BPE. */
  readonly modelType: ResolvedTrainOptions['modelType'] | 'extend';
}

/** A line above the measured points: at no text, and for each character more. */
const FIGURES = {
  unigram: { peakBytes: 300e6, bytesPerCharacter: 18.5, seconds: 1.5, secondsPerCharacter: 4e-6 },
  // Chinese takes 6 bytes. What tells sources apart, or learns more pieces than two bytes number, takes this.
  extend: { peakBytes: 260e6, bytesPerCharacter: 10, seconds: 3, secondsPerCharacter: 0.5e-6 },
  // Text in few letters and without spaces takes this; Chinese takes half as much.
  bpe: { peakBytes: 240e6, bytesPerCharacter: 18.5, seconds: 1.5, secondsPerCharacter: 0.4e-6 },
} as const;

/** For each line beside its characters: places, counts and, where each is a word of its own, its entry in the list of words. */
const BYTES_PER_SENTENCE = 40;

/** A sample smaller than this says little about the rest. */
const LEAST_SHARE = 0.001;

/**
 * Forecasts memory and time of a training.
 *
 * @example
 * ```ts
 * forecastTraining({ characters: 25e6, modelType: 'unigram' }).peakBytes / 1e6; // 762.5
 * ```
 */
export function forecastTraining({ characters, sentences = 0, modelType }: ForecastInput): TrainForecast {
  const { peakBytes, bytesPerCharacter, seconds, secondsPerCharacter } = FIGURES[modelType];
  return {
    peakBytes: Math.round(peakBytes + characters * bytesPerCharacter + sentences * BYTES_PER_SENTENCE),
    seconds: seconds + characters * secondsPerCharacter,
  };
}

/**
 * The share of the text, at most 1, that can be trained on within `maxBytes` of memory, rounded down to a thousandth.
 *
 * @throws OptionError when hardly anything can; it names the least memory that makes sense
 */
export function shareWithin(maxBytes: number, input: ForecastInput): number {
  const { peakBytes, bytesPerCharacter } = FIGURES[input.modelType];
  const wanted = input.characters * bytesPerCharacter + (input.sentences ?? 0) * BYTES_PER_SENTENCE;
  if (peakBytes + wanted <= maxBytes) return 1;
  const share = Math.floor((1000 * (maxBytes - peakBytes)) / wanted) / 1000;
  if (share >= LEAST_SHARE) return share;
  const least = Math.ceil((peakBytes + LEAST_SHARE * wanted) / 1e6);
  throw new OptionError(`maxMemory: ${groupDigits(maxBytes)} bytes hold next to nothing of this text`, {
    hint: `Allow ${least} MB at the very least, or train on less text.`,
  });
}
