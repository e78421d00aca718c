// Chooses the new pieces of a merge so that the encoder can emit every one of them: those that are dead are left out, and
// the next-ranked ones take their place, until none is dead. It works on any scores; it does not re-order pieces.
//
// Rounds, and why they end: a round merges the chosen pieces and finds the dead ones. Taking them out changes no encoding
// (see dead-pieces.ts), but what is taken in can: with scores that tie it may break others, and a piece that was dead
// may now have the parts it is merged from. So dropped pieces are tried again once the choice is stable, and each piece
// may be dropped MAX_DROPS times only. The last round of all finds no dead piece among the chosen.
//
// A target may leave no room for a well-ranked piece and the parts it is merged from, round after round. Then the choice
// is made from the other end: of all pieces that are reachable together the worst-ranked leaves are left out.
import type { TokenizerModel } from '../../core/model.ts';
import { applyPatch, type VocabularyPatch } from '../../core/patch.ts';
import { createTokenizer, type Tokenizer } from '../../tokenize/tokenizer.ts';
import { chooseRanked } from './choose-ranked.ts';
import { findDeadPieces } from './dead-pieces.ts';
import { pruneLeaves } from './prune-leaves.ts';

/** How often a piece may be found dead before it is left out for good. */
const MAX_DROPS = 3;

/** Input of {@link chooseReachable}. */
export interface ChooseReachableOptions {
  readonly base: TokenizerModel;
  /** Candidates, best-ranked first: ids of the extension. */
  readonly ranked: readonly number[];
  /** How many to choose, if there are as many. */
  readonly wanted: number;
  /** Text of a candidate. */
  readonly textOf: (candidate: number) => string;
  /** What is appended to the base for the chosen candidates, given best-ranked first; in any order, others may follow. */
  readonly buildPatch: (chosen: readonly number[]) => VocabularyPatch;
}

/** Result of {@link chooseReachable}. */
export interface ReachableChoice {
  /** Best-ranked first; fewer than wanted when there are no more that can be emitted. */
  readonly chosen: readonly number[];
  /** What the merged encoder makes of each candidate that was left out as dead, as pieces. */
  readonly unreachable: ReadonlyMap<number, readonly string[]>;
}

/** Chooses the best-ranked candidates that are all reachable together. */
export function chooseReachable(options: ChooseReachableOptions): ReachableChoice {
  const { ranked, wanted, textOf } = options;
  const best = chooseBest(options);
  if (best.chosen.length >= Math.min(wanted, ranked.length)) return best;
  const { chosen, unreachable } = chooseBest({ ...options, wanted: ranked.length });
  if (chosen.length <= best.chosen.length) return best;
  const kept = pruneLeaves({ texts: chosen.map(textOf), count: wanted });
  return { chosen: kept.map((rank) => chosen[rank]!), unreachable };
}

function chooseBest(options: ChooseReachableOptions): ReachableChoice {
  const { base, ranked, wanted, textOf, buildPatch } = options;
  const drops = new Map<number, number>();
  let isDropped = new Set<number>();
  const basePieces = new Set(base.pieces);
  const takeBest = (): number[] => {
    const left = ranked.filter((candidate) => !isDropped.has(candidate));
    const chosen = chooseRanked({ texts: left.map(textOf), count: wanted, isPresent: (text) => basePieces.has(text) });
    return chosen.map((rank) => left[rank]!);
  };
  const mergeWith = (chosen: readonly number[]): Tokenizer => createTokenizer(applyPatch(base, buildPatch(chosen)));
  const deadAmong = (chosen: readonly number[], tokenizer: Tokenizer): number[] => {
    const dead = new Set(findDeadPieces(tokenizer, { from: base.pieces.length }).map(({ piece }) => piece));
    return dead.size === 0 ? [] : chosen.filter((candidate) => dead.has(textOf(candidate)));
  };

  for (;;) {
    const chosen = takeBest();
    const tokenizer = mergeWith(chosen);
    const dead = deadAmong(chosen, tokenizer);
    // Where all were taken, nothing can follow that would bring a piece back.
    const isFinal = chosen.length === ranked.length;
    for (const candidate of dead) {
      isDropped.add(candidate);
      drops.set(candidate, isFinal ? MAX_DROPS : (drops.get(candidate) ?? 0) + 1);
    }
    if (dead.length > 0) continue;

    const retried = ranked.filter((candidate) => isDropped.has(candidate) && drops.get(candidate)! < MAX_DROPS);
    const revived = retried.length === 0 ? [] : findRevived(chosen, retried);
    if (revived.length === 0) {
      const unreachable = new Map<number, readonly string[]>();
      for (const candidate of ranked) {
        if (!isDropped.has(candidate)) continue;
        unreachable.set(candidate, tokenizer.encodePieceText(textOf(candidate)).map(tokenizer.idToPiece));
      }
      return { chosen, unreachable };
    }
    const back = new Set(revived);
    isDropped = new Set([...isDropped].filter((candidate) => !back.has(candidate)));
  }

  // Of the dropped candidates, those that would be reachable beside the chosen ones.
  function findRevived(chosen: readonly number[], retried: readonly number[]): number[] {
    const all = new Set([...chosen, ...retried]);
    const together = ranked.filter((candidate) => all.has(candidate));
    const dead = new Set(deadAmong(together, mergeWith(together)));
    const revived = retried.filter((candidate) => !dead.has(candidate));
    // A candidate that comes back and goes again counts as dropped each time, and so does one that never comes back.
    for (const candidate of retried) if (dead.has(candidate)) drops.set(candidate, MAX_DROPS);
    return revived;
  }
}
