// Chooses which ranked pieces fit a given number of rows. A piece of several characters is of use in every engine only
// if each of its characters is a piece too: SentencePiece starts from characters whether they are pieces or not, but
// tokenizer.json falls back to bytes first, and its merges never see the others. So characters come along.

/** Input of {@link chooseRanked}. */
export interface ChooseRankedOptions {
  /** Distinct texts, best first. */
  readonly texts: readonly string[];
  /** How many to choose, at most `texts.length`. */
  readonly count: number;
  /** True for a text that is a piece already. */
  readonly isPresent: (text: string) => boolean;
}

/**
 * Chooses `count` of the ranked texts.
 *
 * Texts are taken best first, each with those of its characters that are still missing and are themselves among the
 * texts; a text that does not fit together with its characters is passed over. Only if places are left at the end are
 * they filled with what was passed over, best first.
 *
 * @returns ranks of the chosen texts, ascending
 * @example
 * ```ts
 * chooseRanked({ texts: ['ab', 'c', 'b', 'a'], count: 3, isPresent: () => false }); // [0, 2, 3]
 * ```
 */
export function chooseRanked({ texts, count, isPresent }: ChooseRankedOptions): number[] {
  if (count >= texts.length) return texts.map((_, rank) => rank);
  const rankOf = new Map(texts.map((text, rank) => [text, rank]));
  const chosen = new Set<number>();
  for (let rank = 0; rank < texts.length && chosen.size < count; rank++) {
    if (chosen.has(rank)) continue;
    const needed = new Set([rank]);
    for (const character of texts[rank]!) {
      if (isPresent(character)) continue;
      const ranked = rankOf.get(character);
      if (ranked !== undefined && !chosen.has(ranked)) needed.add(ranked);
    }
    if (chosen.size + needed.size > count) continue;
    for (const id of needed) chosen.add(id);
  }
  for (let rank = 0; rank < texts.length && chosen.size < count; rank++) chosen.add(rank);
  return [...chosen].sort((a, b) => a - b);
}
