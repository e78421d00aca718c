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
}

/** New pieces, best first. */
export interface RankedPieces {
  readonly pieces: string[];
  /** Tokens that each piece saves once those before it are there. Their sum is what all of them save. `[pieces]` */
  readonly saved: Float64Array;
}

/**
 * Ranks candidates: merges stay in the order in which they were learnt; a character comes before the first merge that
 * saves no more than it is worth, and in any case before the merges that need it.
 *
 * @param merges in the order in which they were learnt
 */
export function rankPieces(characters: readonly CandidateCharacter[], merges: readonly CandidateMerge[]): RankedPieces {
  const waiting = [...characters].sort((a, b) => b.worth - a.worth || compareUtf8(a.text, b.text));
  const savedByCharacter = new Map(waiting.map(({ text, saved }) => [text, saved]));
  const pieces: string[] = [];
  const saved: number[] = [];
  const placed = new Set<string>();
  const placeCharacter = (text: string): void => {
    if (placed.has(text)) return;
    placed.add(text);
    pieces.push(text);
    saved.push(savedByCharacter.get(text)!);
  };
  let next = 0;
  for (const merge of merges) {
    for (; next < waiting.length && waiting[next]!.worth >= merge.saved; next++) placeCharacter(waiting[next]!.text);
    for (const character of merge.characters) placeCharacter(character);
    pieces.push(merge.text);
    saved.push(merge.saved);
  }
  for (; next < waiting.length; next++) placeCharacter(waiting[next]!.text);
  return { pieces, saved: Float64Array.from(saved) };
}
