// Before a training starts: what it will take, said in one line, and the share of the text that fits into --max-memory.

import { totalmem } from 'node:os';
import { type CorpusEstimate, estimateCorpus } from '../../corpus/lines/estimate-corpus.ts';
import type { ReadCorpusOptions } from '../../corpus/lines/read-corpus.ts';
import { InputError } from '../../errors.ts';
import { forecastTraining, shareWithin, type TrainForecast } from '../../train/forecast.ts';
import type { TrainOptions } from '../../train/options/options.ts';
import { type CommandOutput, formatBytes, formatDuration } from './command-output.ts';

/** What is known of a training before it starts. */
export interface TrainPlan {
  /** Share of the lines to train on, 1 for all. */
  readonly sampleShare: number;
  readonly estimate: CorpusEstimate | undefined;
  /** Of the training on that share. */
  readonly forecast: TrainForecast | undefined;
}

/**
 * Forecasts a training and says so; samples when it would take more memory than `--max-memory`.
 *
 * @throws UsageError for a budget that is no size
 * @throws OptionError for a budget that holds next to nothing
 * @throws InputError for inputs that are missing, and for a budget when there is no telling how much text there is
 */
export async function planTraining(
  output: CommandOutput,
  inputs: readonly string[],
  { reading, training, maxBytes }: { reading: ReadCorpusOptions; training: TrainOptions; maxBytes: number | undefined },
): Promise<TrainPlan> {
  const estimate = await estimateCorpus(inputs, reading);
  if (estimate === undefined) {
    if (maxBytes === undefined) return { sampleShare: 1, estimate: undefined, forecast: undefined };
    throw new InputError('--max-memory: how much text comes through standard input or a pipe is not known beforehand', {
      hint: 'Write the text to a file first, or limit the lines with --input-sentence-size.',
    });
  }
  const { inputSentenceSize = 0, modelType = 'unigram' } = training;
  const isLimited = inputSentenceSize > 0 && inputSentenceSize < estimate.sentences;
  const characters = estimate.characters * (isLimited ? inputSentenceSize / estimate.sentences : 1);
  const sentences = isLimited ? inputSentenceSize : estimate.sentences;
  const all = { characters, sentences, modelType };
  const whole = forecastTraining(all);
  const budget = maxBytes ?? defaultMemory();
  const sampleShare = shareWithin(budget, all);
  const forecast = forecastTraining({
    ...all,
    characters: characters * sampleShare,
    sentences: sentences * sampleShare,
  });
  output.message(
    `forecast: ${describeForecast(forecast)} for ${formatBytes(estimate.bytes * sampleShare)} of text (an estimate)`,
  );
  if (sampleShare < 1) {
    output.message(
      `--max-memory${maxBytes === undefined ? ` (by default ${formatBytes(budget)}, three quarters of what there is)` : ''}: trains on ${(100 * sampleShare).toFixed(1)} % of the lines, chosen by a hash of each; ` +
        `all of them would take ${describeForecast(whole)}`,
    );
  }
  return { sampleShare, estimate, forecast };
}

// Three quarters of what this machine, or the container, has, in bytes.
function defaultMemory(): number {
  const limit = process.constrainedMemory();
  return 0.75 * (limit > 0 ? Math.min(limit, totalmem()) : totalmem());
}

function describeForecast({ peakBytes, seconds }: TrainForecast): string {
  return `about ${formatBytes(peakBytes)} of memory and ${formatDuration(1000 * seconds)}`;
}
