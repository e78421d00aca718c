// Random pieces with scores, and words that hold characters without a piece too.
import fc from 'fast-check';
import type { Pieces } from '../../oracles/plain-unigram-training.ts';
import type { Weighted } from './corpus.ts';

/** Pieces over three characters in any order, with few different scores, so that paths tie. */
export const arbitraryPieces: fc.Arbitrary<Pieces> = fc
  .uniqueArray(
    fc.tuple(
      fc.string({ unit: fc.constantFrom('a', '中', '𠮷'), minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 12 }).map((score) => Math.fround(-score / 3)),
    ),
    { minLength: 1, maxLength: 14, selector: ([piece]) => piece },
  )
  .map((pieces) => new Map(pieces));

/** Words over these characters and one more. */
export const arbitraryWords: fc.Arbitrary<Weighted[]> = fc.array(
  fc.tuple(
    fc.string({ unit: fc.constantFrom('a', '中', '𠮷', 'x'), minLength: 1, maxLength: 7 }),
    fc.integer({ min: 1, max: 9 }),
  ),
  { minLength: 1, maxLength: 8 },
);
