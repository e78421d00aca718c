// Reads sentences into training data: drops what the reference drops, samples, normalizes, and cuts at meta pieces.
// Nothing is kept as text but a sample: sentences go straight into character ids, and choose-alphabet.ts decides which
// of those are characters of the vocabulary. Spec: LoadSentences of trainer_interface.cc.

import { counted } from '../../core/counted.ts';
import { doubled } from '../../core/grown.ts';
import { createMersenneTwister } from '../../core/mersenne-twister.ts';
import type { NormalizerSpec } from '../../core/model.ts';
import { utf8Length } from '../../core/unicode/utf8.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { InputError } from '../../errors.ts';
import { createNormalizer } from '../../tokenize/normalizer.ts';
import { createPrefixMatcher } from '../../tokenize/symbols/prefix-matcher.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import type { LoadSummary, TrainRuntime } from '../runtime/train-runtime.ts';
import { yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { createCharacterStore } from './character-store.ts';
import { chooseAlphabet } from './choose-alphabet.ts';
import { singleDocuments } from './document-frequency.ts';
import { buildMetaPieces } from './meta-pieces.ts';
import { renumber } from './renumber.ts';
import { createReservoir } from './reservoir.ts';
import { buildNormalizerSpec } from './train-normalizer.ts';
import { BREAK_CODE_POINT, type TrainingData } from './training-data.ts';

/** U+2585 stands for characters outside the alphabet, so that no sentence may contain it. */
const RESERVED_CHARACTER = '\u2585';

/** Seed of the published trainer. Release 0.2.2 itself draws another sample in every process, so there is none to equal. */
const SAMPLING_SEED = 12345678;

/** Work between two turns of the event loop. */
const YIELD_LINES = 8192;
const YIELD_CHARACTERS = 1 << 19;

/** What {@link loadTrainingData} takes: strings count once each, or are `sentence<tab>count` lines in `tsv` format. */
export type Sentences = Iterable<string | WeightedSentence> | AsyncIterable<string | WeightedSentence>;

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
  { onProgress, signal }: TrainRuntime = {},
): Promise<LoadedTrainingData> {
  const { inputSentenceSize } = options;
  const summary = { lines: 0, emptyLines: 0, tooLongLines: 0, tooLongBytes: 0, reservedLines: 0, acceptedBytes: 0 };
  const metaPieces = buildMetaPieces(options);
  const text = createTextLoader(
    options,
    await buildNormalizerSpec(options),
    [...metaPieces.values()].map((meta) => meta.piece),
  );

  const isSampling = inputSentenceSize > 0 && options.shuffleInputSentence;
  const sample = createReservoir<WeightedSentence>(inputSentenceSize, createMersenneTwister(SAMPLING_SEED));
  const selfTest = createReservoir<string>(options.selfTestSampleSize, createMersenneTwister(SAMPLING_SEED));
  let accepted = 0;

  /** Takes one line; false when no more are wanted. */
  const take = (line: string | WeightedSentence): boolean => {
    summary.lines++;
    const sentence = parseSentence(line, summary.lines, options.inputFormat);
    if (sentence.text === '') {
      summary.emptyLines++;
      return true;
    }
    const bytes = utf8Length(sentence.text);
    if (bytes > options.maxSentenceLength) {
      summary.tooLongLines++;
      summary.tooLongBytes += bytes;
      return true;
    }
    if (sentence.text.includes(RESERVED_CHARACTER)) {
      summary.reservedLines++;
      return true;
    }
    accepted++;
    summary.acceptedBytes += bytes;
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
    onProgress?.({ phase: 'load', done: summary.lines });
    await yieldToEventLoop(signal);
  };

  signal?.throwIfAborted();
  if (Symbol.asyncIterator in sentences) {
    for await (const line of sentences) {
      if (!take(line)) break;
      if (isTurnDue(lengthOf(line))) await turn();
    }
  } else {
    for (const line of sentences) {
      if (!take(line)) break;
      if (isTurnDue(lengthOf(line))) await turn();
    }
  }
  for (const sentence of sample.items) {
    text.add(sentence);
    if (isTurnDue(sentence.text.length)) await turn();
  }

  const { store, sentenceCounts, documents, ...places } = text.finish();
  if (store.length === 0) throw noTrainingText(summary);
  await yieldToEventLoop(signal);
  const alphabet = chooseAlphabet(store, options, metaPieces.size);
  const data = renumber({ store, ...places, sentenceCounts, alphabet: alphabet.codePoints });
  const full: LoadSummary = {
    ...summary,
    sentences: sentenceCounts.length,
    notSampledLines: isSampling ? accepted - sample.items.length : 0,
    characters: alphabet.characters,
    alphabetSize: alphabet.codePoints.length,
    coverage: alphabet.coverage,
  };
  onProgress?.({ phase: 'load', done: summary.lines, total: summary.lines, summary: full });
  return { ...data, ...(documents && { documents }), selfTestSamples: selfTest.items };
}

/** Normalizes sentences into a character store, meta pieces replaced by a break. */
function createTextLoader(options: ResolvedTrainOptions, spec: NormalizerSpec, metaPieces: readonly string[]) {
  // User-defined symbols do not shield text from the charsmap here, unlike when encoding: the reference trains so.
  const { treatWhitespaceAsSuffix } = options;
  const normalizer = createNormalizer(spec, { treatWhitespaceAsSuffix });
  const matcher = createPrefixMatcher(metaPieces)!;
  const store = createCharacterStore();
  // Flat: a corpus may have more lines than a list of JavaScript holds.
  let starts = new Float64Array(1 << 12);
  let counts = new Float64Array(1 << 12);
  let sentences = 0;
  const documents: number[] | undefined = options.minDocumentFrequency > 1 ? [] : undefined;

  return {
    add({ text, count, document }: WeightedSentence): void {
      const normalized = normalizer.normalize(text);
      // One more start than sentences: the last is the end.
      if (sentences + 1 === starts.length) {
        starts = doubled(starts);
        counts = doubled(counts);
      }
      starts[sentences] = store.length;
      counts[sentences++] = count;
      documents?.push(document ?? 0);
      for (let i = 0; i < normalized.length; ) {
        const unit = normalized.charCodeAt(i);
        const length = matcher.startUnits[unit] === 1 ? matcher.match(normalized, i).length : 0;
        if (length > 0) {
          store.push(BREAK_CODE_POINT, count);
          i += length;
        } else {
          const codePoint = unit >= 0xd800 && unit < 0xdc00 ? normalized.codePointAt(i)! : unit;
          store.push(codePoint, count);
          i += codePoint > 0xffff ? 2 : 1;
        }
      }
    },
    finish() {
      starts[sentences] = store.length;
      return { store, ...withoutEmpty(starts, counts.subarray(0, sentences), documents) };
    },
  };
}

/**
 * Drops sentences that normalization emptied. The reference fills the hole with the last sentence, and the order
 * matters to the sums of Unigram training, so this does the same.
 */
function withoutEmpty(starts: Float64Array, counts: Float64Array, documents: readonly number[] | undefined) {
  const order = new Uint32Array(counts.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  const isEmpty = (index: number): boolean => starts[index] === starts[index + 1];
  let size = order.length;
  for (let i = 0; i < size; i++) {
    if (!isEmpty(order[i]!)) continue;
    const last = order[--size]!;
    if (i < size) order[i] = last;
  }
  const kept = order.subarray(0, size).filter((index) => !isEmpty(index));
  return {
    storedStarts: pick(starts, kept),
    storedEnds: pick(starts.subarray(1), kept),
    sentenceCounts: pick(counts, kept),
    documents: documents && singleDocuments(Array.from(kept, (index) => documents[index]!)),
  };
}

// `from` of typed arrays would make a list first.
function pick(values: Float64Array, indexes: Uint32Array): Float64Array {
  const picked = new Float64Array(indexes.length);
  for (let i = 0; i < picked.length; i++) picked[i] = values[indexes[i]!]!;
  return picked;
}

function parseSentence(line: string | WeightedSentence, number: number, format: string): WeightedSentence {
  if (typeof line !== 'string') {
    if (Number.isSafeInteger(line.count) && line.count >= 1) return line;
    throw new InputError(`sentence ${number}: count ${line.count} is not a whole number of at least 1`);
  }
  if (format !== 'tsv') return { text: line, count: 1 };
  const [text, field, ...rest] = line.split('\t');
  const count = Number(field);
  if (rest.length > 0 || !/^\s*\+?\d+\s*$/.test(field ?? '') || !Number.isSafeInteger(count) || count < 1) {
    throw new InputError(`sentence ${number}: not "sentence<tab>count" with a whole count of at least 1`, {
      hint: 'Train on plain text without inputFormat tsv, or write one tab and a count on every line.',
    });
  }
  return { text: text!, count };
}

function lengthOf(line: string | WeightedSentence): number {
  return typeof line === 'string' ? line.length : line.text.length;
}

function noTrainingText(summary: { lines: number; tooLongLines: number; reservedLines: number }): InputError {
  const { lines, tooLongLines, reservedLines } = summary;
  const reasons: string[] = [];
  if (tooLongLines > 0) reasons.push(`${counted(tooLongLines, 'is', 'are')} longer than maxSentenceLength`);
  if (reservedLines > 0) reasons.push(`${counted(reservedLines, 'contains', 'contain')} the reserved character U+2585`);
  const why = reasons.length > 0 ? `; ${reasons.join(', ')}` : '';
  return new InputError(`the corpus has no text to train on: ${counted(lines, 'line')}${why}`, {
    hint: tooLongLines > 0 ? 'Raise maxSentenceLength or split the lines.' : 'Give a corpus with text.',
  });
}
