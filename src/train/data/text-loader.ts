// Lines of text into a character store: drops what the reference drops, normalizes, and cuts at meta pieces. A text may be read
// in parts, each into a loader of its own, and put together in their order: the same as if it were read at once. It neither
// samples nor chooses an alphabet: load-training-data.ts does. Spec: LoadSentences of trainer_interface.cc.

import { doubled } from '../../core/grown.ts';
import type { NormalizerSpec } from '../../core/model.ts';
import { utf8Length } from '../../core/unicode/utf8.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { InputError } from '../../errors.ts';
import { createNormalizer } from '../../tokenize/normalizer.ts';
import { createPrefixMatcher } from '../../tokenize/symbols/prefix-matcher.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import type { LineCounts, ReadTextPart } from '../runtime/text-parts.ts';
import { createCharacterStore } from './character-store.ts';
import { singleDocuments } from './document-frequency.ts';
import { buildMetaPieces } from './meta-pieces.ts';
import { buildNormalizerSpec } from './train-normalizer.ts';
import { BREAK_CODE_POINT } from './training-data.ts';

/** U+2585 stands for characters outside the alphabet, so that no sentence may contain it. */
const RESERVED_CHARACTER = '\u2585';

/** Judges lines and counts what becomes of them. */
export interface LineFilter {
  readonly counts: LineCounts;
  /** The sentence of a line, or `undefined` for one that is dropped. */
  accept(line: string | WeightedSentence): WeightedSentence | undefined;
  /** Counts lines that another filter has judged. */
  add(judged: LineCounts): void;
}

/** A filter that has seen nothing. */
export function createLineFilter({
  maxSentenceLength,
  inputFormat,
}: Pick<ResolvedTrainOptions, 'maxSentenceLength' | 'inputFormat'>): LineFilter {
  const counts = { lines: 0, emptyLines: 0, tooLongLines: 0, tooLongBytes: 0, reservedLines: 0, acceptedBytes: 0 };
  return {
    counts,
    accept(line) {
      counts.lines++;
      const sentence = parseSentence(line, counts.lines, inputFormat);
      if (sentence.text === '') {
        counts.emptyLines++;
        return undefined;
      }
      const bytes = utf8Length(sentence.text);
      if (bytes > maxSentenceLength) {
        counts.tooLongLines++;
        counts.tooLongBytes += bytes;
        return undefined;
      }
      if (sentence.text.includes(RESERVED_CHARACTER)) {
        counts.reservedLines++;
        return undefined;
      }
      counts.acceptedBytes += bytes;
      return sentence;
    },
    add(judged) {
      for (const name of Object.keys(counts) as (keyof LineCounts)[]) counts[name] += judged[name];
    },
  };
}

/**
 * What reads parts of a text, for `append` of {@link createTextLoader}.
 *
 * @throws InputError (when reading) for a bad count, or a line that is not `sentence<tab>count` in `tsv`; lines are counted in the part
 */
export async function createTextPartReader(
  options: ResolvedTrainOptions,
): Promise<(batches: AsyncIterable<readonly WeightedSentence[]>) => Promise<ReadTextPart>> {
  const text = createTextLoader(options, await buildNormalizerSpec(options));
  return async (batches) => {
    const filter = createLineFilter(options);
    for await (const batch of batches) {
      for (const line of batch) {
        const sentence = filter.accept(line);
        if (sentence !== undefined) text.add(sentence);
      }
    }
    return { lineCounts: filter.counts, ...text.handOut() };
  };
}

/** Normalizes sentences into a character store, meta pieces replaced by a break. */
export function createTextLoader(options: ResolvedTrainOptions, spec: NormalizerSpec) {
  // User-defined symbols do not shield text from the charsmap here, unlike when encoding: the reference trains so.
  const { treatWhitespaceAsSuffix } = options;
  const normalizer = createNormalizer(spec, { treatWhitespaceAsSuffix });
  const matcher = createPrefixMatcher([...buildMetaPieces(options).values()].map((meta) => meta.piece))!;
  let store = createCharacterStore();
  // Flat: a corpus may have more lines than a list of JavaScript holds.
  let starts = new Float64Array(1 << 12);
  let counts = new Float64Array(1 << 12);
  let sentences = 0;
  const documents: number[] | undefined = options.minDocumentFrequency > 1 ? [] : undefined;

  function reserve(more: number): void {
    // One more start than sentences: the last is the end.
    if (sentences + more < starts.length) return;
    starts = doubled(starts, sentences + more + 1);
    counts = doubled(counts, sentences + more + 1);
  }

  return {
    add({ text, count, document }: WeightedSentence): void {
      const normalized = normalizer.normalize(text);
      reserve(1);
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
    /** Appends a part that was read in a loader of the same options; parts know no documents. */
    append(part: Omit<ReadTextPart, 'lineCounts'>): void {
      reserve(part.counts.length);
      for (let i = 0; i < part.counts.length; i++) starts[sentences + i] = store.length + part.starts[i]!;
      counts.set(part.counts, sentences);
      sentences += part.counts.length;
      store.append(part.characters);
    },
    /** Hands out everything, and begins with nothing again. */
    handOut(): Omit<ReadTextPart, 'lineCounts'> {
      const characters = store.handOut();
      const part = { characters, starts: starts.slice(0, sentences), counts: counts.slice(0, sentences) };
      store = createCharacterStore();
      sentences = 0;
      return part;
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
