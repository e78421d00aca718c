// Puts wanted pieces among the learnt ones so that encoding their own text gives them back, and nothing learnt is lost
// but the worst pieces, whose places they take. Pure; plain little encoders stand in for tokenize/ because the model is
// not there yet.
//
// Unigram: a piece comes out when it scores above the best other split of its text, so its score is raised as far as that.
// BPE: a piece comes out when a chain of merges leads to it. What the learnt merges leave of its text is joined from the
// left by further merges, which rank below all learnt ones and so disturb none; the steps in between become pieces too.

import { codePointLength, compareUtf8 } from '../../core/unicode/utf8.ts';
import { OptionError } from '../../errors.ts';
import type { TrainedPieces } from '../merges/bpe.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';

/** How far above the best split of its own text a wanted Unigram piece scores at least; sums of float32 keep it. */
const SCORE_MARGIN = 0.1;

/** What {@link includePieces} needs of the options; the lists as `settlePieceLists` leaves them. */
export type IncludeOptions = Pick<ResolvedTrainOptions, 'modelType' | 'mustInclude' | 'exclude' | 'vocabSize'>;

/**
 * Puts the pieces of `mustInclude` among learnt ones.
 *
 * @param learnt pieces with every character of `mustInclude` among them
 * @param size pieces there may be
 * @throws OptionError when there is no room for them, or when all ways to a BPE piece are excluded
 */
export function includePieces(learnt: TrainedPieces, options: IncludeOptions, size: number): TrainedPieces {
  const wanted = options.mustInclude.filter((piece) => isLong(piece));
  if (wanted.length === 0) return learnt;
  // Shorter ones first: they are parts of the longer.
  wanted.sort((a, b) => codePointLength(a) - codePointLength(b) || compareUtf8(a, b));
  return options.modelType === 'bpe'
    ? includeByMerges(learnt, wanted, options, size)
    : includeByScore(learnt, wanted, options, size);
}

function includeByScore(
  learnt: TrainedPieces,
  wanted: readonly string[],
  options: IncludeOptions,
  size: number,
): TrainedPieces {
  const scores = new Map(learnt.pieces.map((piece, i) => [piece, learnt.scores[i]!]));
  const least = learnt.scores.reduce((min, score) => Math.min(min, score), 0);
  const isWanted = new Set(wanted);
  let excess = scores.size + wanted.filter((piece) => !scores.has(piece)).length - size;
  for (let i = learnt.pieces.length - 1; i >= 0 && excess > 0; i--) {
    const piece = learnt.pieces[i]!;
    if (!isLong(piece) || isWanted.has(piece)) continue;
    scores.delete(piece);
    excess--;
  }
  if (excess > 0) throw noRoom(options, excess);
  for (const piece of wanted) {
    const floor = Math.fround(Math.max(least, splitScore(piece, scores) + SCORE_MARGIN));
    scores.set(piece, Math.max(floor, scores.get(piece) ?? -Infinity));
  }
  const sorted = [...scores].sort(([a, x], [b, y]) => y - x || compareUtf8(a, b));
  return { pieces: sorted.map(([piece]) => piece), scores: Float32Array.from(sorted, ([, score]) => score) };
}

/** Score of the best split of a text into two or more pieces; `-Infinity` when there is none. */
function splitScore(text: string, scores: ReadonlyMap<string, number>): number {
  const characters = [...text];
  const best = new Float64Array(characters.length + 1).fill(-Infinity);
  best[0] = 0;
  for (let start = 0; start < characters.length; start++) {
    let piece = '';
    for (let end = start + 1; end <= characters.length; end++) {
      piece += characters[end - 1]!;
      const score = end - start === characters.length ? undefined : scores.get(piece);
      if (score !== undefined) best[end] = Math.max(best[end]!, Math.fround(best[start]! + score));
    }
  }
  return best[characters.length]!;
}

function includeByMerges(
  { pieces }: TrainedPieces,
  wanted: readonly string[],
  options: IncludeOptions,
  size: number,
): TrainedPieces {
  const merged = pieces.filter(isLong);
  const alphabet = pieces.filter((piece) => !isLong(piece));
  const room = size - alphabet.length;
  const exclude = new Set(options.exclude);
  const mergesBehind = (kept: number): string[] => findMerges(merged.slice(0, kept), wanted, exclude);

  // The more is kept, the less is to be added: a few steps lead to where both fit.
  let kept = Math.min(merged.length, room);
  let added = mergesBehind(kept);
  while (kept + added.length > room) {
    if (kept === 0) throw noRoom(options, added.length - room);
    kept = Math.max(0, kept - (kept + added.length - room));
    added = mergesBehind(kept);
  }
  for (;;) {
    if (kept === merged.length) break;
    const more = mergesBehind(kept + 1);
    if (kept + 1 + more.length > room) break;
    kept++;
    added = more;
  }
  const all = [...merged.slice(0, kept), ...added, ...alphabet];
  return { pieces: all, scores: Float32Array.from(all, (_, index) => -index) };
}

/** The further merges that lead to the wanted pieces, in the order of their ranks. */
function findMerges(merged: readonly string[], wanted: readonly string[], exclude: ReadonlySet<string>): string[] {
  const ranks = new Map(merged.map((piece, rank) => [piece, rank]));
  const added: string[] = [];
  for (const piece of wanted) {
    for (;;) {
      const parts = encodeByMerges(piece, ranks);
      if (parts.length === 1) break;
      const at = parts.findIndex((part, i) => i + 1 < parts.length && !exclude.has(part + parts[i + 1]!));
      if (at < 0) {
        throw new OptionError(
          `mustInclude: ${JSON.stringify(piece)} cannot be reached, since all merges of ${parts.join(' ')} are excluded`,
          { hint: 'Take one of its parts out of the excluded pieces.' },
        );
      }
      const next = parts[at]! + parts[at + 1]!;
      ranks.set(next, ranks.size);
      added.push(next);
    }
  }
  return added;
}

/** What becomes of a text when the neighbours whose join ranks first are merged, again and again. */
function encodeByMerges(text: string, ranks: ReadonlyMap<string, number>): string[] {
  const parts = [...text];
  for (;;) {
    let best = -1;
    let bestRank = Infinity;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(parts[i]! + parts[i + 1]!);
      if (rank === undefined || rank >= bestRank) continue;
      best = i;
      bestRank = rank;
    }
    if (best < 0) return parts;
    parts.splice(best, 2, parts[best]! + parts[best + 1]!);
  }
}

function noRoom({ vocabSize }: IncludeOptions, missing: number): OptionError {
  return new OptionError(`vocabSize ${vocabSize} is too small for the pieces of mustInclude and what leads to them`, {
    hint: `Set vocabSize to ${vocabSize + missing} or more, or shorten the list.`,
  });
}

function isLong(piece: string): boolean {
  return codePointLength(piece) > 1;
}
