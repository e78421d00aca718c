// Before a training starts: what it will take, said in one line, and the part of the text that fits into --max-memory: a share
// of the lines by a hash of each, and of tables the frequent entries and a sample of the others.

import { totalmem } from 'node:os';
import { asPercent } from '../../core/counted.ts';
import { type CorpusEstimate, estimateCorpus } from '../../corpus/lines/estimate-corpus.ts';
import type { ReadCorpusOptions } from '../../corpus/lines/read-corpus.ts';
import { sampleThresholdWithin, type TableSample } from '../../corpus/lines/sample-threshold.ts';
import { InputError } from '../../errors.ts';
import { type ForecastInput, forecastTraining, shareWithin, type TrainForecast } from '../../train/forecast.ts';
import { type CommandOutput, formatBytes, formatDuration } from './command-output.ts';

/** What is known of a training before it starts. */
export interface TrainPlan {
  /** What is trained on, as `readCorpus` takes it: a share of the lines, 1 for all, and the least count of entries of tables. */
  readonly part: { readonly sampleShare: number; readonly sampleThreshold?: number | undefined };
  /** The budget, in bytes. */
  readonly maxMemory: number;
  readonly estimate: CorpusEstimate | undefined;
  /** Of the training on that share. */
  readonly forecast: TrainForecast | undefined;
}

/** What a training is planned by. */
export interface PlanOptions extends Pick<ForecastInput, 'modelType'> {
  readonly reading: ReadCorpusOptions;
  /** Lines at most; 0, the default, for any number. */
  readonly inputSentenceSize?: number | undefined;
  /** Default: three quarters of what there is. */
  readonly maxBytes: number | undefined;
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
  { reading, modelType, inputSentenceSize = 0, maxBytes }: PlanOptions,
): Promise<TrainPlan> {
  const estimate = await estimateCorpus(inputs, reading);
  const budget = maxBytes ?? defaultMemory();
  if (estimate === undefined) {
    if (maxBytes === undefined || modelType === 'extend') {
      return { part: { sampleShare: 1 }, maxMemory: budget, estimate: undefined, forecast: undefined };
    }
    throw new InputError('--max-memory: how much text comes through standard input or a pipe is not known beforehand', {
      hint: 'Write the text to a file first, or limit the lines with --input-sentence-size.',
    });
  }
  const isLimited = inputSentenceSize > 0 && inputSentenceSize < estimate.sentences;
  const characters = estimate.characters * (isLimited ? inputSentenceSize / estimate.sentences : 1);
  const sentences = isLimited ? inputSentenceSize : estimate.sentences;
  const all = { characters, sentences, modelType };
  const whole = forecastTraining(all);
  const sampleShare = shareWithin(budget, all);
  const forecast = forecastTraining({
    ...all,
    characters: characters * sampleShare,
    sentences: sentences * sampleShare,
  });
  output.message(
    `forecast: ${describeForecast(forecast)} for ${formatBytes(estimate.bytes * sampleShare)} of text (an estimate)`,
  );
  if (sampleShare === 1) return { part: { sampleShare }, maxMemory: budget, estimate, forecast };
  const most = characters * sampleShare;
  const sample = await sampleThresholdWithin(inputs, { share: sampleShare, most }, reading);
  // Tables are read to their ends: what they really have may fit where the estimate did not.
  if (sample?.share === 1) return { part: { sampleShare: 1 }, maxMemory: budget, estimate, forecast };
  output.message(
    `--max-memory${maxBytes === undefined ? ` (by default ${formatBytes(budget)}, three quarters of what there is)` : ''}: trains on ` +
      `${describePart(sample, sampleShare)}; all of it would take ${describeForecast(whole)}`,
  );
  return { part: { sampleShare, sampleThreshold: sample?.sampleThreshold }, maxMemory: budget, estimate, forecast };
}

function describePart(sample: TableSample | undefined, lineShare: number): string {
  if (sample === undefined) return `${asPercent(lineShare)} of the lines, chosen by a hash of each`;
  const { sampleThreshold, share, hasText } = sample;
  const frequent = `the entries with a count of ${Math.ceil(sampleThreshold)} or more, and a sample that stands for the others`;
  return `${asPercent(share)} of ${hasText ? `the text: of tables ${frequent}, of other text lines chosen by a hash of each` : `the table: ${frequent}`}`;
}

// Three quarters of what this machine, or the container, has, in bytes.
function defaultMemory(): number {
  const limit = process.constrainedMemory();
  return 0.75 * (limit > 0 ? Math.min(limit, totalmem()) : totalmem());
}

function describeForecast({ peakBytes, seconds }: TrainForecast): string {
  return `about ${formatBytes(peakBytes)} of memory and ${formatDuration(1000 * seconds)}`;
}
