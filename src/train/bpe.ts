// BPE training: which characters may join, which of two equally frequent pairs comes first, and the scores.
// The merging itself is learn-merges.ts. Pieces equal those of sentencepiece 0.2.2. Spec: bpe_model_trainer.cc.

import { learnMerges } from './learn-merges.ts';
import type { ResolvedTrainOptions } from './options.ts';
import { createPieceValidity } from './piece-validity.ts';
import { replaceDelimiter } from './split-words.ts';
import { FIRST_CHARACTER_ID, type TrainingData, UNKNOWN_ID } from './training-data.ts';

/** Learnt pieces, best first, and their scores. */
export interface TrainedPieces {
  readonly pieces: string[];
  /** `[pieces.length]` */
  readonly scores: Float32Array;
}

/**
 * Trains BPE pieces on weighted words.
 *
 * Pairs are taken by count, ties by the length of the joined piece in characters, then by its text in UTF-8 order. The
 * same text can come up from other halves ("a" + "aa" after "aa" + "a"): only the first of them is merged. When no pair
 * is left, pairs that merges have used up fill the vocabulary, as in the reference. The alphabet comes last.
 *
 * @param data words, or whole sentences when spaces do not split
 * @param pieceCount pieces wanted, the alphabet included
 * @returns `pieceCount` pieces, or fewer when the corpus has no more pairs
 */
export async function trainBpe(
  data: TrainingData,
  options: ResolvedTrainOptions,
  pieceCount: number,
): Promise<TrainedPieces> {
  const { onProgress, signal, pretokenizationDelimiter } = options;
  const { alphabet, chars, sentenceStarts, sentenceCounts } = replaceDelimiter(
    data,
    pretokenizationDelimiter,
    UNKNOWN_ID,
  );
  const mergeCount = Math.max(0, pieceCount - (alphabet.length - FIRST_CHARACTER_ID));
  const symbolTexts = createSymbolTexts(alphabet.length, mergeCount, options.maxSentencepieceLength);
  const isValid = createPieceValidity(data, options);
  const pieces: string[] = [];
  const known = new Set<string>();

  await learnMerges({
    symbols: chars,
    sequenceStarts: sentenceStarts,
    sequenceCounts: sentenceCounts,
    baseSymbolCount: alphabet.length,
    mergeCount,
    leastCount: 0,
    rules: {
      isAllowed(left, right) {
        const length = symbolTexts.join(left, right);
        return length > 0 && isValid(symbolTexts.joined, 0, length);
      },
      compare: (leftA, rightA, leftB, rightB) => symbolTexts.compare(alphabet, leftA, rightA, leftB, rightB),
      accept(left, right, symbol) {
        const length = symbolTexts.join(left, right);
        let piece = '';
        for (let i = 0; i < length; i++) piece += String.fromCodePoint(alphabet[symbolTexts.joined[i]!]!);
        if (known.has(piece)) return false;
        known.add(piece);
        pieces.push(piece);
        symbolTexts.define(symbol, length);
        return true;
      },
    },
    onProgress: onProgress && ((done) => onProgress({ phase: 'bpe', done, total: mergeCount, pieces: done })),
    signal,
  });

  for (let id = FIRST_CHARACTER_ID; id < alphabet.length; id++) pieces.push(String.fromCodePoint(alphabet[id]!));
  return { pieces, scores: Float32Array.from(pieces, (_, index) => -index) };
}

/** The characters that each symbol stands for, in one array. */
function createSymbolTexts(alphabetSize: number, mergeCount: number, maxLength: number) {
  const textStarts = new Uint32Array(alphabetSize + mergeCount + 1);
  const textLengths = new Uint16Array(alphabetSize + mergeCount);
  let texts = new Uint32Array(2 * alphabetSize);
  for (let id = 0; id < alphabetSize; id++) {
    textStarts[id] = id;
    textLengths[id] = 1;
    texts[id] = id;
  }
  let used = alphabetSize;
  const joined = new Uint32Array(maxLength);

  return {
    /** Character ids of the last {@link join}. */
    joined,
    /** Writes the characters of two symbols to `joined`; returns their number, or 0 when they are too many. */
    join(left: number, right: number): number {
      const leftLength = textLengths[left]!;
      const length = leftLength + textLengths[right]!;
      if (length > maxLength) return 0;
      for (let i = 0; i < leftLength; i++) joined[i] = texts[textStarts[left]! + i]!;
      for (let i = leftLength; i < length; i++) joined[i] = texts[textStarts[right]! + i - leftLength]!;
      return length;
    },
    /** Makes the first `length` characters of `joined` the text of a new symbol. */
    define(symbol: number, length: number): void {
      if (used + length > texts.length) {
        const grown = new Uint32Array(2 * (used + length));
        grown.set(texts);
        texts = grown;
      }
      textStarts[symbol] = used;
      textLengths[symbol] = length;
      texts.set(joined.subarray(0, length), used);
      used += length;
    },
    /** Shorter first, then by code points, which is UTF-8 order. */
    compare(alphabet: Uint32Array, leftA: number, rightA: number, leftB: number, rightB: number): number {
      const leftLengthA = textLengths[leftA]!;
      const leftLengthB = textLengths[leftB]!;
      const length = leftLengthA + textLengths[rightA]!;
      const difference = length - leftLengthB - textLengths[rightB]!;
      if (difference !== 0) return difference;
      const offsetA = textStarts[rightA]! - leftLengthA;
      const offsetB = textStarts[rightB]! - leftLengthB;
      for (let i = 0; i < length; i++) {
        const a = texts[i < leftLengthA ? textStarts[leftA]! + i : offsetA + i]!;
        const b = texts[i < leftLengthB ? textStarts[leftB]! + i : offsetB + i]!;
        if (a !== b) return alphabet[a]! - alphabet[b]!;
      }
      return 0;
    },
  };
}
