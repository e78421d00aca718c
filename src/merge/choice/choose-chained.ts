// Chooses the new pieces of a merge for a base with a pipeline: those whose text comes to two tokens once the pieces before
// them are there (merge-chain.ts), and which some text reaches through the pre-tokenizer and the normalizer (reach.ts).
// It learns nothing: pieces that were not learnt on the tokens of the base often come to more than two of them.
import type { TokenizerModel } from '../../core/model.ts';
import { applyPatch, type VocabularyPatch } from '../../core/patch.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import { traceFormation } from './formation.ts';
import { createMergeChain, type MergeChain } from './merge-chain.ts';
import { OUT_OF_REACH, surveyReach } from './reach.ts';

/** Input of {@link chooseChained}. */
export interface ChooseChainedOptions {
  readonly base: TokenizerModel;
  /** Candidates, best-ranked first: ids of the extension. */
  readonly ranked: readonly number[];
  /** How many to choose, if there are as many. */
  readonly wanted: number;
  /** Text of a candidate, in the units of the base. */
  readonly textOf: (candidate: number) => string;
  /** Special tokens behind the pieces. */
  readonly addTokens: readonly string[];
}

/** Result of {@link chooseChained}. */
export interface ChainedChoice {
  /** In the order in which they are appended: the best-ranked first that can be. */
  readonly chosen: readonly number[];
  /** What the merged encoder makes of each candidate that cannot be emitted, as pieces. */
  readonly unreachable: ReadonlyMap<number, readonly string[]>;
  readonly patch: VocabularyPatch;
}

/** Chooses the best-ranked candidates that can be appended and reached. */
export function chooseChained(options: ChooseChainedOptions): ChainedChoice {
  const { base, wanted, textOf, addTokens } = options;
  const split = new Map<number, readonly string[]>();
  for (;;) {
    const { chain, chosen, left } = buildChain(options, split);
    const patch = chain.buildPatch(addTokens);
    const bad = findOutOfReach(base, chain);
    if (bad.size === 0) {
      // Where all that is wanted was found, the others are only ranked behind.
      if (chosen.length < wanted) for (const candidate of left) split.set(candidate, chain.split(textOf(candidate)));
      return { chosen, unreachable: split, patch };
    }
    // What no text comes to is left out for good; the next-ranked ones take its place.
    const tokenizer = createTokenizer(base);
    for (const [place, candidate] of chosen.entries()) {
      if (!bad.has(place)) continue;
      split.set(candidate, tokenizer.encodePieceText(textOf(candidate)).map(tokenizer.idToPiece));
    }
  }
}

/** Goes through the candidates again and again, since a piece may need one that is ranked behind it. */
function buildChain(
  { base, ranked, wanted, textOf }: ChooseChainedOptions,
  isOut: ReadonlyMap<number, unknown>,
): { chain: MergeChain; chosen: number[]; left: number[] } {
  const chain = createMergeChain(base);
  const chosen: number[] = [];
  let left = ranked.filter((candidate) => !isOut.has(candidate));
  for (let before = -1; chosen.length > before && chosen.length < wanted; ) {
    before = chosen.length;
    left = left.filter((candidate) => {
      if (chosen.length === wanted || !chain.append(textOf(candidate))) return true;
      chosen.push(candidate);
      return false;
    });
  }
  return { chain, chosen, left };
}

/** Places in the chain of the pieces that no text comes to, and that are no step on the way to one that some text comes to. */
function findOutOfReach(base: TokenizerModel, chain: MergeChain): Set<number> {
  const baseSize = base.pieces.length;
  const model = applyPatch(base, chain.buildPatch());
  const isNew = (id: number): boolean => id >= baseSize;
  const formation = traceFormation(model, isNew);
  const reach = surveyReach(createTokenizer(model), { formation, isWanted: isNew });
  const isNeeded = new Set<number>();
  for (const { leftId, rightId, resultId } of [...chain.steps].reverse()) {
    if (OUT_OF_REACH.has(reach[resultId]!) && !isNeeded.has(resultId)) continue;
    isNeeded.add(leftId).add(rightId);
  }
  return new Set(
    chain.pieces.flatMap(({ id }) => (OUT_OF_REACH.has(reach[id]!) && !isNeeded.has(id) ? [id - baseSize] : [])),
  );
}
