// What both trainers work on: sentences as ids of an alphabet, in flat typed arrays, never as one string.
// Holds the shapes and the small questions about them only; load-training-data.ts fills it, split-words.ts turns
// sentences into weighted words. Spec: TrainerInterface::LoadSentences of sentencepiece.

/** U+0000, between two sentences where they are joined. */
export const BOUNDARY_CODE_POINT = 0;

/** Id of the sentence boundary (U+0000); never occurs in `chars`. */
export const BOUNDARY_ID = 0;

/** Id of every character outside the alphabet (U+2585). */
export const UNKNOWN_ID = 1;

/** Id of the most frequent character of the alphabet. */
export const FIRST_CHARACTER_ID = 2;

/** U+2585, the reserved character that stands for characters outside the alphabet. */
export const UNKNOWN_CODE_POINT = 0x2585;

/** U+0009: a place no piece crosses (a meta piece in the text, or a tab). It ends up unknown, never in the alphabet. */
export const BREAK_CODE_POINT = 0x9;

/** A corpus as character ids with counts. */
export interface TrainingData {
  /**
   * Code point of each character id: 0 sentence boundary (U+0000), 1 unknown (U+2585), from 2 on the required
   * characters by count descending, then code point. `[alphabetSize]`
   */
  readonly alphabet: Uint32Array;
  /** Occurrences of each character id in the corpus, times the sentences' counts. `[alphabetSize]` */
  readonly alphabetCounts: Float64Array;
  /** The sentences one after the other as character ids, no boundary between them. */
  readonly chars: Uint16Array | Uint32Array;
  /** Start of each sentence in `chars`; the last entry is the end. `[sentences + 1]` */
  readonly sentenceStarts: Float64Array;
  /** End of each sentence, where they are words of a text that stand anywhere in it: their starts have no end then. `[sentences]` */
  readonly sentenceEnds?: Float64Array | undefined;
  /** Occurrences of each sentence. `[sentences]` */
  readonly sentenceCounts: Float64Array;
  /** Which documents the sentences are from; there when training asks for it. */
  readonly documents?: SentenceDocuments | undefined;
}

/** Documents of each sentence (or word): those of sentence `s` are `ids[starts[s]]` up to `ids[starts[s + 1]]`. */
export interface SentenceDocuments {
  /** `[sentences + 1]` */
  readonly starts: Uint32Array;
  /** Numbers below `count`; one may be there twice. */
  readonly ids: Uint32Array;
  readonly count: number;
}

/** Number of sentences (or words, after a split). */
export function sentenceCountOf(data: TrainingData): number {
  return data.sentenceCounts.length;
}

/** Text of `length` characters from `start`. */
export function textOf(data: TrainingData, start: number, length: number): string {
  let text = '';
  for (let i = start; i < start + length; i++) text += String.fromCodePoint(data.alphabet[data.chars[i]!]!);
  return text;
}

/**
 * Sentence of each position of a text in which the sentences follow each other, each `copies` times and each time with a
 * boundary behind it.
 *
 * @param allocate memory for the result, private by default
 */
export function sentencesByPosition(
  { sentenceStarts }: Pick<TrainingData, 'sentenceStarts'>,
  copies: number,
  allocate: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
): Uint32Array {
  const size = sentenceStarts.length - 1;
  const sentences = new Uint32Array(allocate((sentenceStarts[size]! + size) * copies * Uint32Array.BYTES_PER_ELEMENT));
  for (let sentence = 0; sentence < size; sentence++) {
    const start = (sentenceStarts[sentence]! + sentence) * copies;
    sentences.fill(sentence, start, (sentenceStarts[sentence + 1]! + sentence + 1) * copies);
  }
  return sentences;
}
