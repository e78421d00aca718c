// A corpus and its options as the plain trainer of test/oracles takes them: texts in place of ids.

import { buildMetaPieces } from '../../../src/train/data/meta-pieces.ts';
import { createPieceValidity } from '../../../src/train/data/piece-validity.ts';
import { createWordCutter } from '../../../src/train/data/split-words.ts';
import {
  FIRST_CHARACTER_ID,
  sentenceCountOf,
  type TrainingData,
  textOf,
} from '../../../src/train/data/training-data.ts';
import type { ResolvedTrainOptions } from '../../../src/train/options/options.ts';
import type { PlainOptions } from '../../oracles/plain-unigram-training.ts';

/** Sentences count once each. */
export function plainOptionsOf(data: TrainingData, resolved: ResolvedTrainOptions): PlainOptions {
  const letters = Array.from(data.alphabet, (codePoint) => String.fromCodePoint(codePoint));
  const idsOf = (text: string): Uint32Array => Uint32Array.from(text, (letter) => letters.indexOf(letter));
  const isValid = createPieceValidity(data, resolved);
  return {
    sentences: Array.from({ length: sentenceCountOf(data) }, (_, i) => {
      const start = data.sentenceStarts[i]!;
      return textOf(data, start, data.sentenceStarts[i + 1]! - start);
    }),
    alphabet: letters.slice(FIRST_CHARACTER_ID),
    isValid: (piece) => isValid(idsOf(piece), 0, [...piece].length),
    isSplit: resolved.splitByWhitespace,
    split: (sentence) => {
      if (!resolved.splitByWhitespace) return [sentence];
      const chars = idsOf(sentence);
      const wordEnd = createWordCutter({ chars, alphabet: data.alphabet }, resolved);
      const words: string[] = [];
      for (let start = 0; start < chars.length; ) {
        const end = wordEnd(start, chars.length);
        words.push(Array.from(chars.subarray(start, end), (id) => letters[id]!).join(''));
        start = end;
      }
      return words;
    },
    seedSize: resolved.seedSentencepieceSize,
    subIterations: resolved.numSubIterations,
    shrinkingFactor: resolved.shrinkingFactor,
    desiredSize: Math.floor(resolved.vocabSize * 1.1),
    size: resolved.vocabSize - buildMetaPieces(resolved).size,
  };
}
