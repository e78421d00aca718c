// BPE training: which characters may join, which of two equally frequent pairs comes first, and the scores.
// The merging itself is learn-merges.ts. Pieces equal those of sentencepiece 0.2.2. Spec: bpe_model_trainer.cc.

import { createDocumentFrequency, type DocumentFrequency } from '../data/document-frequency.ts';
import { createPieceValidity } from '../data/piece-validity.ts';
import { replaceDelimiter } from '../data/split-words.ts';
import { FIRST_CHARACTER_ID, type TrainingData, UNKNOWN_ID } from '../data/training-data.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import type { TrainRuntime } from '../runtime/train-runtime.ts';
import { learnMerges, type PairOccurrences } from './learn-merges.ts';
import { layOutText } from './merge-text.ts';
import { createSymbolTexts } from './symbol-texts.ts';

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
export function trainBpe(
  data: TrainingData,
  options: ResolvedTrainOptions,
  pieceCount: number,
  runtime: TrainRuntime = {},
): Promise<TrainedPieces> {
  const { pretokenizationDelimiter } = options;
  const { onProgress, signal } = runtime;
  const replaced = replaceDelimiter(data, pretokenizationDelimiter, UNKNOWN_ID);
  const { alphabet, chars, sentenceStarts, sentenceEnds = sentenceStarts.subarray(1), sentenceCounts } = replaced;
  const mergeCount = Math.max(0, pieceCount - (alphabet.length - FIRST_CHARACTER_ID));
  const symbolTexts = createSymbolTexts({
    characters: Uint32Array.from(alphabet, (_, id) => id),
    symbolStarts: Uint32Array.from({ length: alphabet.length + 1 }, (_, id) => id),
    mergeCount,
    maxLength: options.maxSentencepieceLength,
    codePoints: alphabet,
  });
  const isValid = createPieceValidity(data, options);
  const documentFrequency = createDocumentFrequency(data, options);
  const pieces: string[] = [];
  const known = new Set<string>();

  const sequences = {
    ...{ symbols: chars, sequenceStarts: sentenceStarts },
    ...{ sequenceEnds: sentenceEnds, sequenceCounts: sentenceCounts },
  };
  const learning = learnMerges(layOutText(sequences, alphabet.length + mergeCount), {
    baseSymbolCount: alphabet.length,
    mergeCount,
    leastCount: 0,
    rules: {
      isAllowed(left, right) {
        const length = symbolTexts.join(left, right);
        return length > 0 && isValid(symbolTexts.joined, 0, length);
      },
      compare: symbolTexts.compare,
      accept(left, right, symbol, occurrences) {
        if (documentFrequency !== undefined && !isWidespread(documentFrequency, occurrences)) return false;
        const length = symbolTexts.join(left, right);
        const piece = symbolTexts.toText(length);
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

  // Not an async function: it would hold the text as long as learning takes.
  return learning.then(() => {
    for (let id = FIRST_CHARACTER_ID; id < alphabet.length; id++) pieces.push(String.fromCodePoint(alphabet[id]!));
    return { pieces, scores: Float32Array.from(pieces, (_, index) => -index) };
  });
}

/** Whether a pair occurs in as many documents as it must. */
function isWidespread(frequency: DocumentFrequency, occurrences: PairOccurrences): boolean {
  let isReached = false;
  frequency.restart();
  occurrences.forEachSequence((sequence) => {
    isReached ||= frequency.add(sequence);
  });
  return isReached;
}
