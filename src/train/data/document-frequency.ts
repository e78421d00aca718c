// In how many documents something occurs, asked only as far as a threshold: counting stops when it is reached. Phrases
// that one site or book repeats are frequent, but in few documents; a threshold keeps them out of the vocabulary.

import { counted } from '../../core/counted.ts';
import { InputError } from '../../errors.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import { type SentenceDocuments, sentencesByPosition, type TrainingData } from './training-data.ts';

/** Asks one thing after the other whether it occurs in enough documents. */
export interface DocumentFrequency {
  /** Starts with a new thing. */
  restart(): void;
  /** The thing occurs in this sentence (or word); true as soon as it has been in enough documents. */
  add(sentence: number): boolean;
}

/**
 * A counter for `minDocumentFrequency`; `undefined` when there is no threshold.
 *
 * @throws InputError when the corpus has fewer documents than the threshold, or does not say which they are
 */
export function createDocumentFrequency(
  { documents }: Pick<TrainingData, 'documents'>,
  { minDocumentFrequency: least }: Pick<ResolvedTrainOptions, 'minDocumentFrequency'>,
): DocumentFrequency | undefined {
  if (least <= 1) return undefined;
  const count = documents?.count ?? 0;
  if (documents === undefined || count < least) {
    throw new InputError(`minDocumentFrequency is ${least}, but the corpus has ${counted(count, 'document')}`, {
      hint: 'Say what a document is (a line, a block, a record, a file), or lower the threshold.',
    });
  }
  const { starts, ids } = documents;
  const seenFor = new Uint32Array(count);
  let thing = 0;
  let found = 0;
  return {
    restart() {
      if (++thing === 2 ** 32) {
        seenFor.fill(0);
        thing = 1;
      }
      found = 0;
    },
    add(sentence) {
      const end = starts[sentence + 1]!;
      for (let i = starts[sentence]!; i < end && found < least; i++) {
        const id = ids[i]!;
        if (seenFor[id] === thing) continue;
        seenFor[id] = thing;
        found++;
      }
      return found >= least;
    },
  };
}

/**
 * Judges intervals of a suffix array: is what its suffixes begin with in enough documents? `undefined` when there is no
 * threshold.
 *
 * @param data the sentences of the text that the suffixes are of, each followed by one boundary
 * @param copies how often each sentence is in the text, one copy behind the other
 * @throws InputError as {@link createDocumentFrequency}
 */
export function createIntervalJudge(
  data: TrainingData,
  options: Pick<ResolvedTrainOptions, 'minDocumentFrequency'>,
  copies: number,
): ((suffixes: Int32Array, first: number, end: number) => boolean) | undefined {
  const frequency = createDocumentFrequency(data, options);
  if (frequency === undefined) return undefined;
  const sentences = sentencesByPosition(data, copies);
  return (suffixes, first, end) => {
    frequency.restart();
    for (let i = first; i < end; i++) if (frequency.add(sentences[suffixes[i]!]!)) return true;
    return false;
  };
}

/** Documents of sentences that are each from one. */
export function singleDocuments(documentIds: readonly number[]): SentenceDocuments {
  const numbers = new Map<number, number>();
  const ids = Uint32Array.from(documentIds, (id) => {
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return number;
  });
  return { starts: Uint32Array.from({ length: ids.length + 1 }, (_, i) => i), ids, count: numbers.size };
}

/** Collects the documents that words occur in, while the words are being found. */
export interface WordDocuments {
  /** The word occurs in this sentence. */
  add(word: number, sentence: number): void;
  /** @param order the words in their final order */
  finish(order: Uint32Array): SentenceDocuments | undefined;
}

/** Does nothing when the sentences do not say their documents. */
export function createWordDocuments({ documents }: Pick<TrainingData, 'documents'>): WordDocuments {
  // One entry for each word and document, but for words that come back to a document they have left.
  const words: number[] = [];
  const ids: number[] = [];
  const lastIds: number[] = [];
  return {
    add(word, sentence) {
      if (documents === undefined) return;
      for (let i = documents.starts[sentence]!; i < documents.starts[sentence + 1]!; i++) {
        const id = documents.ids[i]!;
        if (lastIds[word] === id) continue;
        lastIds[word] = id;
        words.push(word);
        ids.push(id);
      }
    },
    finish(order) {
      if (documents === undefined) return undefined;
      const places = new Uint32Array(order.length);
      for (let place = 0; place < order.length; place++) places[order[place]!] = place;
      const starts = new Uint32Array(order.length + 1);
      for (const word of words) starts[places[word]! + 1]!++;
      for (let place = 0; place < order.length; place++) starts[place + 1]! += starts[place]!;
      const next = starts.slice();
      const sorted = new Uint32Array(ids.length);
      for (let i = 0; i < ids.length; i++) {
        const place = places[words[i]!]!;
        sorted[next[place]!++] = ids[i]!;
      }
      return { starts, ids: sorted, count: documents.count };
    },
  };
}
