// One ranking of new pieces, of which every beginning is a vocabulary: characters and merges by the tokens they save, each
// behind what it is made of.
import { compareUtf8 } from '../../core/unicode/utf8.ts';

/** A character that may become a piece of its own. */
export interface CandidateCharacter {
  readonly text: string;
  /** Tokens saved by having it, instead of its bytes. */
  readonly saved: number;
  /** What it is ranked by, at least `saved`. */
  readonly worth: number;
}

/** A merge that was learnt. */
export interface CandidateMerge {
  readonly text: string;
  /** Tokens saved by it, once the ones before it are made. */
  readonly saved: number;
  /** Candidate characters that are halves of it. */
  readonly characters: readonly string[];
  /** Merges that are halves of it. */
  readonly halves: readonly string[];
  /** It breaks off in a character: of use only for merges that it is a half of. */
  readonly isPart: boolean;
}

/** New pieces, best first. */
export interface RankedPieces {
  readonly pieces: string[];
  /** Tokens that each piece saves once those before it are there. Their sum is what all of them save. `[pieces]` */
  readonly saved: Float64Array;
}

/**
 * Ranks candidates: merges stay in the order in which they were learnt; a character comes before the first merge that
 * saves no more than it is worth, and in any case before the merges that need it. A part of a character comes right before
 * the first merge that needs it, and not at all where none does: only merges of the same character take the same tokens, so
 * that nothing else depends on its place.
 *
 * @param merges in the order in which they were learnt
 * @param wanted pieces at most; what does not fit with the parts that it needs is passed over
 */
export function rankPieces(
  characters: readonly CandidateCharacter[],
  merges: readonly CandidateMerge[],
  wanted: number,
): RankedPieces {
  const waiting = [...characters].sort((a, b) => b.worth - a.worth || compareUtf8(a.text, b.text));
  const savedByCharacter = new Map(waiting.map(({ text, saved }) => [text, saved]));
  const pieces: string[] = [];
  const saved: number[] = [];
  const placed = new Set<string>();
  const waitingParts = new Map<string, CandidateMerge>();
  const passedOver = new Set<string>();
  const place = (text: string, worth: number): void => {
    if (placed.has(text) || pieces.length === wanted) return;
    placed.add(text);
    pieces.push(text);
    saved.push(worth);
  };
  const placeCharacter = (text: string): void => place(text, savedByCharacter.get(text)!);
  const partsOf = (merge: CandidateMerge): CandidateMerge[] =>
    merge.halves.flatMap((half) => {
      const part = waitingParts.get(half);
      return part === undefined ? [] : [...partsOf(part), part];
    });
  let next = 0;
  for (const merge of merges) {
    if (merge.isPart) {
      waitingParts.set(merge.text, merge);
      continue;
    }
    for (; next < waiting.length && waiting[next]!.worth >= merge.saved; next++) placeCharacter(waiting[next]!.text);
    const parts = partsOf(merge);
    const isTooMuch = parts.length > 0 && pieces.length + parts.length >= wanted;
    if (isTooMuch || merge.halves.some((half) => passedOver.has(half))) {
      passedOver.add(merge.text);
      continue;
    }
    for (const part of parts) {
      place(part.text, part.saved);
      waitingParts.delete(part.text);
    }
    for (const character of merge.characters) placeCharacter(character);
    place(merge.text, merge.saved);
  }
  for (; next < waiting.length; next++) placeCharacter(waiting[next]!.text);
  return { pieces, saved: Float64Array.from(saved) };
}
