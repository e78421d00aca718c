// Reads sentences into training data: line by line or in parts, sampled where that is asked for; what becomes of a line is
// text-loader.ts. Nothing is kept as text but a sample: sentences go straight into character ids, and choose-alphabet.ts decides which
// of those are characters of the vocabulary. Spec: LoadSentences of trainer_interface.cc.

import { counted } from '../../core/counted.ts';
import { createMersenneTwister } from '../../core/mersenne-twister.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { InputError } from '../../errors.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import type { LineCounts, ReadTextPart } from '../runtime/text-parts.ts';
import type { LoadSummary, TrainRuntime } from '../runtime/train-runtime.ts';
import { yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { chooseAlphabet } from './choose-alphabet.ts';
import { buildMetaPieces } from './meta-pieces.ts';
import { renumber } from './renumber.ts';
import { createReservoir } from './reservoir.ts';
import { createLineFilter, createTextLoader } from './text-loader.ts';
import { buildNormalizerSpec } from './train-normalizer.ts';
import type { TrainingData } from './training-data.ts';

/** Seed of the published trainer. Release 0.2.2 itself draws another sample in every process, so there is none to equal. */
const SAMPLING_SEED = 12345678;

/** Work between two turns of the event loop. */
const YIELD_LINES = 8192;
const YIELD_CHARACTERS = 1 << 19;

/**
 * What {@link loadTrainingData} takes: strings count once each, or are `sentence<tab>count` lines in `tsv` format. What gives them in
 * batches as well is read so.
 */
export type Sentences =
  | Iterable<string | WeightedSentence>
  | (AsyncIterable<string | WeightedSentence> & { batches?(): AsyncIterable<readonly WeightedSentence[]> });

/** Training data, and what else of the corpus goes into the model. */
export interface LoadedTrainingData extends TrainingData {
  /** Raw sentences for the self test of the model, `selfTestSampleSize` of them at most. */
  readonly selfTestSamples: readonly string[];
}

/**
 * Reads the corpus. The last `load` event of `onProgress` carries the {@link LoadSummary}.
 *
 * @throws InputError when no text is left, for a bad count, or for a line that is not `sentence<tab>count` in `tsv`.
 * @throws OptionError when the alphabet and the meta pieces do not fit into `vocabSize`.
 */
export async function loadTrainingData(
  sentences: Sentences,
  options: ResolvedTrainOptions,
  { onProgress, signal, readTextParts }: TrainRuntime = {},
): Promise<LoadedTrainingData> {
  const { inputSentenceSize, selfTestSampleSize, minDocumentFrequency } = options;
  let filter = createLineFilter(options);
  const normalizer = await buildNormalizerSpec(options);
  let text = createTextLoader(options, normalizer);

  const isSampling = inputSentenceSize > 0 && options.shuffleInputSentence;
  const sample = createReservoir<WeightedSentence>(inputSentenceSize, createMersenneTwister(SAMPLING_SEED));
  const selfTest = createReservoir<string>(selfTestSampleSize, createMersenneTwister(SAMPLING_SEED));
  let accepted = 0;

  /** Takes one line; false when no more are wanted. */
  const take = (line: string | WeightedSentence): boolean => {
    const sentence = filter.accept(line);
    if (sentence === undefined) return true;
    accepted++;
    selfTest.add(sentence.text);
    if (isSampling) sample.add(sentence);
    else text.add(sentence);
    return isSampling || inputSentenceSize === 0 || accepted < inputSentenceSize;
  };

  let work = 0;
  const isTurnDue = (length: number): boolean => {
    work += 1 / YIELD_LINES + length / YIELD_CHARACTERS;
    if (work < 1) return false;
    work = 0;
    return true;
  };
  const turn = async (): Promise<void> => {
    onProgress?.({ phase: 'load', done: filter.counts.lines });
    await yieldToEventLoop(signal);
  };

  /** False when no more are wanted. */
  async function readBatch(lines: Iterable<string | WeightedSentence>): Promise<boolean> {
    for (const line of lines) {
      if (!take(line)) return false;
      if (isTurnDue(lengthOf(line))) await turn();
    }
    return true;
  }

  async function readLines(): Promise<void> {
    if (!(Symbol.asyncIterator in sentences)) await readBatch(sentences);
    else if (sentences.batches !== undefined) {
      for await (const batch of sentences.batches()) if (!(await readBatch(batch))) break;
    } else {
      for await (const line of sentences) if (!(await readBatch([line]))) break;
    }
  }

  /** False when that cannot be: samples are of lines, which parts do not hand over, and these know no documents. */
  async function readParts(): Promise<boolean> {
    if (inputSentenceSize > 0 || selfTestSampleSize > 0 || minDocumentFrequency > 1) return false;
    const takePart = (part: ReadTextPart): void => {
      text.append(part);
      filter.add(part.lineCounts);
      onProgress?.({ phase: 'load', done: filter.counts.lines });
    };
    if (await readTextParts?.(options, takePart, signal)) return true;
    filter = createLineFilter(options);
    text = createTextLoader(options, normalizer);
    return false;
  }

  signal?.throwIfAborted();
  if (!(await readParts())) await readLines();
  for (const sentence of sample.items) {
    text.add(sentence);
    if (isTurnDue(sentence.text.length)) await turn();
  }

  const { store, sentenceCounts, documents, ...places } = text.finish();
  const lineCounts = filter.counts;
  if (store.length === 0) throw noTrainingText(lineCounts);
  await yieldToEventLoop(signal);
  const alphabet = chooseAlphabet(store, options, buildMetaPieces(options).size);
  const data = renumber({ store, ...places, sentenceCounts, alphabet: alphabet.codePoints });
  const full: LoadSummary = {
    ...lineCounts,
    sentences: sentenceCounts.length,
    notSampledLines: isSampling ? accepted - sample.items.length : 0,
    characters: alphabet.characters,
    alphabetSize: alphabet.codePoints.length,
    coverage: alphabet.coverage,
  };
  onProgress?.({ phase: 'load', done: full.lines, total: full.lines, summary: full });
  return { ...data, ...(documents && { documents }), selfTestSamples: selfTest.items };
}

function lengthOf(line: string | WeightedSentence): number {
  return typeof line === 'string' ? line.length : line.text.length;
}

function noTrainingText({ lines, tooLongLines, reservedLines }: LineCounts): InputError {
  const reasons: string[] = [];
  if (tooLongLines > 0) reasons.push(`${counted(tooLongLines, 'is', 'are')} longer than maxSentenceLength`);
  if (reservedLines > 0) reasons.push(`${counted(reservedLines, 'contains', 'contain')} the reserved character U+2585`);
  const why = reasons.length > 0 ? `; ${reasons.join(', ')}` : '';
  return new InputError(`the corpus has no text to train on: ${counted(lines, 'line')}${why}`, {
    hint: tooLongLines > 0 ? 'Raise maxSentenceLength or split the lines.' : 'Give a corpus with text.',
  });
}
