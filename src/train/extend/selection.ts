// Chooses among more candidates than there is room for, by how evenly they occur in the sources: what serves all of them
// is likely to serve text that none of them is like. Counts alone prefer what one large or repetitive source is full of.

import type { TokenizerModel } from '../../core/model.ts';
import { codePointBytes } from '../../core/unicode/utf8.ts';
import type { LearnedMerge, LearningPass } from './merges.ts';
import type { ResolvedExtendOptions } from './options.ts';
import { type CandidateCharacter, type RankedPieces, rankPieces } from './ranking.ts';
import type { CollectedRuns } from './run-joiner.ts';
import { WEIGHT_UNITS } from './source-weights.ts';

/** A character with its worth. */
export interface ValuedCharacter extends CandidateCharacter {
  readonly value: number;
}

/**
 * The worth of counts: the power mean of the frequencies in the sources, each weighted by its share of the text, as a count
 * in the weighted text. With the exponent 1 it is the weighted count.
 *
 * @param sizes characters of each source
 * @param weights of each source, in units of 1 / {@link WEIGHT_UNITS}
 */
export function createPowerMean(
  sizes: readonly number[],
  weights: readonly number[],
  exponent: number,
): (sourceCounts: Float64Array) => number {
  const weighted = sizes.map((size, i) => (size * weights[i]!) / WEIGHT_UNITS);
  const total = weighted.reduce((sum, size) => sum + size, 0);
  return (sourceCounts) => {
    let sum = 0;
    for (let source = 0; source < sizes.length; source++) {
      if (sizes[source]! === 0) continue;
      sum += (weighted[source]! / total) * (sourceCounts[source]! / sizes[source]!) ** exponent;
    }
    return total * sum ** (1 / exponent);
  };
}

/** Characters that may become pieces. */
export function chooseCharacters(
  base: TokenizerModel,
  { uncoveredCounts }: CollectedRuns,
  options: ResolvedExtendOptions & {
    readonly weights: readonly number[];
    readonly blocked: ReadonlySet<string>;
    readonly worthOf: (sourceCounts: Float64Array) => number;
  },
): ValuedCharacter[] {
  const { weights, blocked, worthOf, minCount, characterFactor } = options;
  const taken = new Set(base.pieces);
  const chosen: ValuedCharacter[] = [];
  for (const [codePoint, counts] of uncoveredCounts) {
    const text = String.fromCodePoint(codePoint);
    const count = counts.reduce((sum, each, i) => sum + each * weights[i]!, 0) / WEIGHT_UNITS;
    if (count < minCount || taken.has(text) || blocked.has(text)) continue;
    const bytes = codePointBytes(codePoint) - 1;
    const [saved, value] = [count * bytes, worthOf(counts) * bytes * characterFactor];
    chosen.push({ text, saved, worth: saved * characterFactor, value });
  }
  return chosen;
}

/**
 * Takes the most valuable candidates and learns once more, with these only, so that ranking and figures are exact again.
 * A merge is never worth more than its halves and its characters, so that what is taken is complete.
 */
export async function relearnBest(
  wanted: number,
  characters: readonly ValuedCharacter[],
  pool: readonly LearnedMerge[],
  learn: (pass: LearningPass) => Promise<LearnedMerge[]>,
): Promise<RankedPieces> {
  // The sort is stable: of equals, characters and earlier merges come first.
  const candidates = [
    ...characters.map((character) => ({ ...character, isCharacter: true })),
    ...pool.map((merge) => ({ ...merge, isCharacter: false })),
  ].sort((a, b) => b.value - a.value);
  for (let size = wanted; ; ) {
    const best = new Set(candidates.slice(0, size).map(({ text }) => text));
    const chosen = characters.filter(({ text }) => best.has(text));
    const merges = await learn({ mergeCount: best.size, characters: chosen, only: best });
    const ranked = rankPieces(chosen, merges, wanted);
    if (ranked.pieces.length >= wanted || size >= candidates.length) return ranked;
    // A merge may not be found again when others have gone before it: take more.
    size += 2 * (wanted - ranked.pieces.length);
  }
}
