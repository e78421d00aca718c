// Turns a character store into training data: ids by frequency, everything outside the alphabet unknown.

import type { CharacterStore } from './character-store.ts';
import {
  BOUNDARY_CODE_POINT,
  FIRST_CHARACTER_ID,
  type TrainingData,
  UNKNOWN_CODE_POINT,
  UNKNOWN_ID,
} from './training-data.ts';

/** Ids up to this number fit into two bytes. */
const MAX_NARROW_ALPHABET = 0x10000;

/** Stored sentences and the alphabet chosen for them. */
export interface StoredSentences {
  readonly store: CharacterStore;
  /** Start and end in the store of each sentence, in their final order. `[sentences]` */
  readonly storedStarts: Float64Array;
  readonly storedEnds: Float64Array;
  /** `[sentences]` */
  readonly sentenceCounts: Float64Array;
  /** Code points of the alphabet, by count descending, then code point. */
  readonly alphabet: readonly number[];
}

/** Training data of stored sentences. */
export function renumber(stored: StoredSentences): TrainingData {
  const { store, storedStarts, storedEnds, sentenceCounts } = stored;
  const alphabet = Uint32Array.from([BOUNDARY_CODE_POINT, UNKNOWN_CODE_POINT, ...stored.alphabet]);
  const alphabetCounts = new Float64Array(alphabet.length);
  const idsByCodePoint = new Map<number, number>();
  for (let id = FIRST_CHARACTER_ID; id < alphabet.length; id++) {
    idsByCodePoint.set(alphabet[id]!, id);
    alphabetCounts[id] = store.countOf(alphabet[id]!);
  }
  const finalIds = Uint32Array.from(store.codePoints, (codePoint) => idsByCodePoint.get(codePoint) ?? UNKNOWN_ID);
  for (const codePoint of store.codePoints) {
    if (!idsByCodePoint.has(codePoint)) alphabetCounts[UNKNOWN_ID]! += store.countOf(codePoint);
  }

  const chars = alphabet.length <= MAX_NARROW_ALPHABET ? new Uint16Array(store.length) : new Uint32Array(store.length);
  const sentenceStarts = new Float64Array(sentenceCounts.length + 1);
  let length = 0;
  for (let i = 0; i < storedStarts.length; i++) {
    sentenceStarts[i] = length;
    store.copy(storedStarts[i]!, storedEnds[i]!, finalIds, chars, length);
    length += storedEnds[i]! - storedStarts[i]!;
  }
  sentenceStarts[sentenceCounts.length] = length;
  return { alphabet, alphabetCounts, chars, sentenceStarts, sentenceCounts };
}
