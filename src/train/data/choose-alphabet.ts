// Chooses the characters of the vocabulary: the required ones and those of wanted pieces, then the most frequent until the
// coverage is reached; excluded ones never.
// The sums are those of the reference, float32 rounding included, so that the last character is the same.
// Spec: the second half of LoadSentences of trainer_interface.cc.

import { counted } from '../../core/counted.ts';
import { codePointLength } from '../../core/unicode/utf8.ts';
import { OptionError } from '../../errors.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import type { CharacterStore } from './character-store.ts';
import { requiredCodePoints } from './piece-policy.ts';
import { BREAK_CODE_POINT, UNKNOWN_CODE_POINT } from './training-data.ts';

/** The alphabet and how much of the corpus it covers. */
export interface ChosenAlphabet {
  /** Code points by count descending, then code point; breaks and unknown are not among them. */
  readonly codePoints: readonly number[];
  /** Characters of the corpus, times the counts of their sentences. */
  readonly characters: number;
  /** Share of `characters` that the alphabet covers, 0..1. */
  readonly coverage: number;
}

/**
 * Chooses the alphabet of a corpus.
 *
 * @throws OptionError when it does not fit into `vocabSize` beside the meta pieces, naming the least size that works.
 */
export function chooseAlphabet(
  store: CharacterStore,
  options: ResolvedTrainOptions,
  metaPieceCount: number,
): ChosenAlphabet {
  const required = requiredCodePoints(options);
  // U+0000 ends strings in the reference's tries: it is never counted and always unknown. So are excluded characters.
  const unwanted = new Set([
    0,
    ...options.exclude.filter((text) => codePointLength(text) === 1).map((text) => text.codePointAt(0)!),
  ]);
  const candidates = [...new Set([...required, ...store.codePoints])].filter((codePoint) => !unwanted.has(codePoint));
  candidates.sort(
    (a, b) => Number(required.has(b)) - Number(required.has(a)) || store.countOf(b) - store.countOf(a) || a - b,
  );
  let characters = 0;
  for (const codePoint of candidates) characters += store.countOf(codePoint);

  const wanted = Math.fround(options.characterCoverage);
  const codePoints: number[] = [];
  let covered = 0;
  for (const codePoint of candidates) {
    if (Math.fround(covered / characters) >= wanted) break;
    covered += store.countOf(codePoint);
    if (codePoint !== BREAK_CODE_POINT) codePoints.push(codePoint);
  }
  if (codePoints.includes(UNKNOWN_CODE_POINT)) {
    throw new OptionError('the alphabet contains U+2585, which training reserves for unknown characters', {
      hint: 'Take U+2585 out of requiredChars and out of the normalization rules.',
    });
  }

  const included = options.mustInclude.filter((piece) => codePointLength(piece) !== 1).length;
  const least = codePoints.length + metaPieceCount + included;
  if (least > options.vocabSize) {
    const parts =
      included === 0
        ? counted(codePoints.length, 'character')
        : `${counted(codePoints.length, 'character')}, ${counted(included, 'piece')} to include`;
    throw new OptionError(
      `vocabSize ${options.vocabSize} is too small: ${parts} and ${counted(metaPieceCount, 'meta piece')} need at least ${least}`,
      { hint: `Set vocabSize to ${least} or more, or lower characterCoverage.` },
    );
  }
  codePoints.sort((a, b) => store.countOf(b) - store.countOf(a) || a - b);
  return { codePoints, characters, coverage: covered / characters };
}
