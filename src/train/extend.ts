// Continued BPE: learns new pieces for a BPE vocabulary on the base's own tokens, ranked best first.
// It gives pieces and what each saves; scores, files and the row map are made of them in pipeline/.
//
// What it promises, when the pieces are appended with distinct scores below every merge of the base, and why it holds.
// (1) A BPE encoder makes the best-scored merge there is, so it first does all that the base does, down to the base's own
//     tokens, and only then makes new merges. A text thus never takes more tokens than before, and a base piece that
//     encodes to itself still does. Base pieces that the base cannot reach stay unreached: see findBlockedTexts.
// (2) Every new piece consists of chosen characters only, and no merge can make one out of others: a text without chosen
//     characters keeps its ids.
// (3) Let no merge cross the ends of a stretch of text. Then what happens inside does not depend on what is outside: the
//     stretch is split as if it were the whole text. When a new piece is learnt, its two halves stand side by side
//     somewhere in the training text, where no merge has crossed its ends; its text alone comes to the same two halves,
//     by the same merges in the same order, and then to the piece. So every new piece can be reached, from its own text,
//     and by one pair of halves only: the order of the scores is the order of learning.
// (4) Halves and characters of a new piece are pieces that rank before it. The first n of the ranking are a vocabulary
//     with the same promises, for any n.

import type { TokenizerModel } from '../core/model.ts';
import { OptionError } from '../errors.ts';
import { createCharacterKinds, findBlockedTexts } from './extend-alphabet.ts';
import {
  type ExtendOptions,
  type ExtendSource,
  type ResolvedExtendOptions,
  resolveExtendOptions,
} from './extend-options.ts';
import { type CandidateCharacter, type RankedPieces, rankPieces } from './extend-ranking.ts';
import { byteLength, type CollectedRuns, collectRuns, type SourceFigures } from './extend-runs.ts';
import { learnMerges, type PairOccurrences } from './learn-merges.ts';
import { buildSourceWeights, WEIGHT_UNITS } from './source-weights.ts';
import { createSymbolTexts } from './symbol-texts.ts';

/** What {@link learnExtension} returns. */
export interface LearnedExtension extends RankedPieces {
  /** Tokens that the base takes for the text, weighted. */
  readonly baseTokens: number;
  /** Characters of the text, weighted. */
  readonly characters: number;
  /** Figures of each source before weighing, and its weight. */
  readonly sources: readonly (SourceFigures & { readonly weight: number })[];
}

/**
 * Learns `newPieces` pieces: first, wherever they save more than the next merge, characters that the base has only as
 * bytes; and merges of base tokens and such characters, the most frequent pair first, ties to the shorter piece, then to
 * the smaller in UTF-8 order.
 *
 * @param base a BPE model
 * @throws OptionError for an option out of range, and when the text has fewer pieces to offer than asked for
 * @throws InputError when the sources have no text
 * @example
 * ```ts
 * const learned = await learnExtension(base, [{ name: 'zh', sentences: lines }], { newPieces: 8000 });
 * learned.pieces[0]; // the piece that saves the most tokens, learned.saved[0] of them
 * ```
 */
export async function learnExtension(
  base: TokenizerModel,
  sources: readonly ExtendSource[],
  options: ExtendOptions,
): Promise<LearnedExtension> {
  const learned = await rankExtension(base, sources, options);
  const found = learned.pieces.length;
  if (found === options.newPieces) return learned;
  throw new OptionError(
    `newPieces: ${options.newPieces} asked for, the text has only ${found} that meet the conditions`,
    { hint: `Ask for ${found} at most, give more text, or lower the least count or the number of sources.` },
  );
}

/** As {@link learnExtension}, but takes fewer than `newPieces` pieces for an answer when the text has no more. */
export async function rankExtension(
  base: TokenizerModel,
  sources: readonly ExtendSource[],
  options: ExtendOptions,
): Promise<LearnedExtension> {
  const resolved = resolveExtendOptions(options);
  if (base.modelType !== 'bpe') {
    throw new OptionError(`base: the model type is ${base.modelType}, only bpe models have merges to go on from`, {
      hint: 'Train a Unigram model with `train` and append it with `merge`.',
    });
  }
  const { maxSourceShare, minSources, minSourceCount } = resolved;
  const isWeighed = maxSourceShare < 1 || minSources > 1 || minSourceCount > 1;
  const collected = await collectRuns(base, sources, { ...resolved, isWeighed });
  const weights = isWeighed
    ? buildSourceWeights(
        collected.sources.map(({ joiningCharacters }) => joiningCharacters),
        maxSourceShare,
      )
    : [WEIGHT_UNITS];
  const weightOf = (source: number): number => weights[isWeighed ? source : 0]! / WEIGHT_UNITS;
  const blocked = findBlockedTexts(base, createCharacterKinds(resolved));
  const characters = chooseCharacters(base, collected, weights, resolved, blocked);
  const merges = await learnPieces(collected, weights, resolved, blocked, new Set(characters.map(({ text }) => text)));
  const ranked = rankPieces(characters, merges);
  const weigh = (figure: (source: SourceFigures) => number): number =>
    collected.sources.reduce((sum, source, i) => sum + figure(source) * weightOf(i), 0);
  return {
    pieces: ranked.pieces.slice(0, resolved.newPieces),
    saved: ranked.saved.slice(0, resolved.newPieces),
    baseTokens: weigh(({ tokens }) => tokens),
    characters: weigh(({ characters }) => characters),
    sources: collected.sources.map((source, i) => ({ ...source, weight: weightOf(i) })),
  };
}

/** Characters that may become pieces, most saved first. */
function chooseCharacters(
  base: TokenizerModel,
  { uncoveredCounts }: CollectedRuns,
  weights: readonly number[],
  { minCount, minSources, minSourceCount }: ResolvedExtendOptions,
  blocked: ReadonlySet<string>,
): CandidateCharacter[] {
  const taken = new Set(base.pieces);
  const chosen: CandidateCharacter[] = [];
  for (const [codePoint, counts] of uncoveredCounts) {
    const text = String.fromCodePoint(codePoint);
    const count = counts.reduce((sum, each, i) => sum + each * weights[i]!, 0) / WEIGHT_UNITS;
    const sources = counts.reduce((sum, each) => sum + (each >= minSourceCount ? 1 : 0), 0);
    if (count < minCount || sources < minSources || taken.has(text) || blocked.has(text)) continue;
    chosen.push({ text, saved: count * (byteLength(codePoint) - 1) });
  }
  return chosen;
}

interface LearnedMerge {
  readonly text: string;
  readonly saved: number;
  readonly characters: readonly string[];
}

async function learnPieces(
  runs: CollectedRuns,
  weights: readonly number[],
  options: ResolvedExtendOptions,
  blocked: ReadonlySet<string>,
  addable: ReadonlySet<string>,
): Promise<LearnedMerge[]> {
  const { symbolTexts: baseTexts, isUncovered, sourceStarts, runCounts } = runs;
  const { newPieces, maxPieceLength, minCount, minSources, minSourceCount, onProgress, signal } = options;
  const isUsable = baseTexts.map((text, symbol) => !isUncovered[symbol] || addable.has(text));
  const runSources = new Uint32Array(runCounts.length);
  const sequenceCounts = new Float64Array(runCounts.length);
  for (let source = 0; source < weights.length; source++) {
    for (let run = sourceStarts[source]!; run < sourceStarts[source + 1]!; run++) {
      runSources[run] = source;
      sequenceCounts[run] = runCounts[run]! * weights[source]!;
    }
  }
  const texts = createSymbolTexts({ ...layOutTexts(baseTexts), mergeCount: newPieces, maxLength: maxPieceLength });
  const longestBlocked = Math.max(0, ...[...blocked].map((text) => [...text].length));
  const isBlocked = (length: number): boolean => length <= longestBlocked && blocked.has(texts.toText(length));
  const sourceCounts = new Float64Array(weights.length);
  const isWidespread = (occurrences: PairOccurrences): boolean => {
    if (minSources === 1 && minSourceCount === 1) return true;
    sourceCounts.fill(0);
    occurrences.forEachSequence((run) => {
      sourceCounts[runSources[run]!]! += runCounts[run]!;
    });
    return sourceCounts.reduce((sum, count) => sum + (count >= minSourceCount ? 1 : 0), 0) >= minSources;
  };

  const merges: { text: string; saved: number; characters: string[] }[] = [];
  await learnMerges({
    symbols: runs.symbols,
    sequenceStarts: runs.runStarts,
    sequenceCounts,
    baseSymbolCount: baseTexts.length,
    mergeCount: newPieces,
    leastCount: minCount * WEIGHT_UNITS,
    rules: {
      isAllowed(left, right) {
        if (isUsable[left] === false || isUsable[right] === false) return false;
        const length = texts.join(left, right);
        return length > 0 && !isBlocked(length);
      },
      compare: texts.compare,
      accept(left, right, symbol, occurrences) {
        if (!isWidespread(occurrences)) return false;
        const length = texts.join(left, right);
        const characters = [left, right].filter((half) => isUncovered[half]).map((half) => baseTexts[half]!);
        merges.push({ text: texts.toText(length), saved: 0, characters });
        texts.define(symbol, length);
        return true;
      },
    },
    onMerge: (_, saved) => {
      merges.at(-1)!.saved = saved / WEIGHT_UNITS;
    },
    onProgress: onProgress && ((done) => onProgress({ phase: 'learn', done, total: newPieces })),
    signal,
  });
  return merges;
}

/** Code points of all texts, one after the other. */
function layOutTexts(texts: readonly string[]): { characters: Uint32Array; symbolStarts: Uint32Array } {
  const characters: number[] = [];
  const symbolStarts = [0];
  for (const text of texts) {
    for (const character of text) characters.push(character.codePointAt(0)!);
    symbolStarts.push(characters.length);
  }
  return { characters: Uint32Array.from(characters), symbolStarts: Uint32Array.from(symbolStarts) };
}
