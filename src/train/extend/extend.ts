// Continued BPE: learns new pieces for a BPE vocabulary on the base's own tokens, ranked best first.
// It gives pieces and what each saves; scores, files and the row map are made of them in pipeline/.
//
// What it promises, when the pieces are appended with distinct scores below every merge of the base, and why it holds.
// (1) A BPE encoder makes the best-scored merge there is, so it first does all that the base does, down to the base's own
//     tokens, and only then makes new merges. A text thus never takes more tokens than before, and a base piece that
//     encodes to itself still does. Base pieces that the base cannot reach stay unreached: see findBlockedTexts.
// (2) Every new piece has a character of the chosen scripts (or is one of the marks that may be pieces of their own), and
//     merging changes no character: a text without them keeps its ids. What else a piece has, marks, `▁` or digits, does
//     not matter for this.
// (3) Let no merge cross the ends of a stretch of text. Then what happens inside does not depend on what is outside: the
//     stretch is split as if it were the whole text. When a new piece is learnt, its two halves stand side by side
//     somewhere in the training text, where no merge has crossed its ends; its text alone comes to the same two halves,
//     by the same merges in the same order, and then to the piece. So every new piece can be reached, from its own text,
//     and by one pair of halves only: the order of the scores is the order of learning.
// (4) Halves and characters of a new piece are pieces that rank before it. The first n of the ranking are a vocabulary
//     with the same promises, for any n.

import type { TokenizerModel } from '../../core/model.ts';
import { OptionError } from '../../errors.ts';
import { findBlockedTexts } from './blocked-texts.ts';
import { createCharacterKinds } from './character-kinds.ts';
import { findScripts } from './find-scripts.ts';
import { learnPieces } from './merges.ts';
import { type ExtendOptions, type ExtendRuntime, type ExtendSource, resolveExtendOptions } from './options.ts';
import { type RankedPieces, rankPieces } from './ranking.ts';
import { collectRuns, type SourceFigures } from './runs.ts';
import { chooseCharacters, createPowerMean, relearnBest } from './selection.ts';
import { WEIGHT_UNITS, weighSources } from './source-weights.ts';

/** Merges learnt, as a multiple of the pieces wanted, when pieces are chosen by more than their count. */
const POOL_FACTOR = 3;

/** What {@link learnExtension} returns. */
export interface LearnedExtension extends RankedPieces {
  /** Tokens that the base takes for the text, weighted. */
  readonly baseTokens: number;
  /** Characters of the text, weighted. */
  readonly characters: number;
  /** Figures of each source before weighing, and its weight. */
  readonly sources: readonly (SourceFigures & { readonly weight: number })[];
  /** Where the text has no character of the chosen scripts: the script that most of it is written in, if any. */
  readonly strayScript: string | undefined;
  /** The scripts that were learnt. */
  readonly scripts: readonly string[];
}

/**
 * Learns `newPieces` pieces: first, wherever they save more than the next merge, characters that the base has only as
 * bytes; and merges of base tokens and such characters, the most frequent pair first, ties to the shorter piece, then to
 * the smaller in UTF-8 order.
 *
 * @param base a BPE model
 * @throws OptionError for an option out of range, when the text has fewer pieces to offer than asked for, and when it has no
 *   character of the chosen scripts
 * @throws InputError when the sources have no text
 * @example
 * ```ts
 * const learned = await learnExtension(model, [{ name: 'zh', sentences: lines }], { newPieces: 500 });
 * // The piece that saves the most tokens, and how many.
 * [learned.pieces[0], learned.saved[0]]; // ['着', 82]
 * ```
 */
export async function learnExtension(
  base: TokenizerModel,
  sources: readonly ExtendSource[],
  options: ExtendOptions,
  runtime: ExtendRuntime = {},
): Promise<LearnedExtension> {
  const learned = await rankExtension(base, sources, options, runtime);
  if (learned.pieces.length === options.newPieces) return learned;
  throw tooFewPieces(options.newPieces, learned);
}

/** The error for a text that has fewer pieces to offer than asked for. */
export function tooFewPieces(
  wanted: number,
  { pieces, strayScript }: Pick<LearnedExtension, 'pieces' | 'strayScript'>,
): OptionError {
  const found = pieces.length;
  if (found === 0 && strayScript !== undefined) {
    return new OptionError('scripts: the text has no character of the chosen scripts', {
      hint: `Most of it is written in ${strayScript}: choose that script.`,
    });
  }
  const orFewer = found === 0 ? '' : `, or ask for ${found} at most`;
  return new OptionError(`newPieces: ${wanted} asked for, the text offers ${found === 0 ? 'none' : `only ${found}`}`, {
    hint: `Give more text, lower the least count or the number of sources${orFewer}.`,
  });
}

/** As {@link learnExtension}, but takes fewer than `newPieces` pieces for an answer when the text has no more. */
export async function rankExtension(
  base: TokenizerModel,
  sources: readonly ExtendSource[],
  options: ExtendOptions,
  runtime: ExtendRuntime = {},
): Promise<LearnedExtension> {
  if (base.modelType !== 'bpe') {
    throw new OptionError(`base: the model type is ${base.modelType}, only bpe models have merges to go on from`, {
      hint: 'Train a Unigram model with `train` and append it with `merge`.',
    });
  }
  if (base.merges !== undefined || base.units === 'byte') {
    throw new OptionError('base: is byte-level or lists its merges; new pieces are learnt for SentencePiece bases', {
      hint: 'Extend a base with a SentencePiece model of type BPE.',
    });
  }
  const { scripts, sources: whole } = await scriptsToLearn(sources, options, runtime);
  const resolved = resolveExtendOptions({ ...options, scripts });
  const { newPieces, maxSourceShare, minSources, minSourceCount, evenness } = resolved;
  const isWeighed =
    maxSourceShare < 1 ||
    minSources > 1 ||
    minSourceCount > 1 ||
    evenness > 0 ||
    sources.some(({ weight }) => weight !== undefined);
  const collected = await collectRuns(base, whole, { ...resolved, isWeighed }, runtime);
  const sizes = collected.sources.map(({ joiningCharacters }) => joiningCharacters);
  const weights = isWeighed ? weighSources(sizes, sources, maxSourceShare) : [WEIGHT_UNITS];
  const weightOf = (source: number): number => weights[isWeighed ? source : 0]! / WEIGHT_UNITS;
  const blocked = findBlockedTexts(base, createCharacterKinds(resolved), resolved);
  const worthOf = isWeighed ? createPowerMean(sizes, weights, 1 - evenness) : countOfOnlySource;
  const characters = chooseCharacters(base, collected, { weights, blocked, worthOf, ...resolved });
  const task = { runs: collected, weights, blocked, worthOf, options: resolved, runtime };

  let ranked: RankedPieces;
  if (evenness === 0) {
    ranked = rankPieces(characters, await learnPieces(task, { mergeCount: newPieces, characters }));
  } else {
    const pool = await learnPieces(task, { mergeCount: POOL_FACTOR * newPieces, characters });
    ranked = await relearnBest(newPieces, characters, pool, (chosen) => learnPieces(task, chosen));
  }
  const weigh = (figure: (source: SourceFigures) => number): number =>
    collected.sources.reduce((sum, source, i) => sum + figure(source) * weightOf(i), 0);
  return {
    pieces: ranked.pieces.slice(0, newPieces),
    saved: ranked.saved.slice(0, newPieces),
    baseTokens: weigh(({ tokens }) => tokens),
    characters: weigh(({ characters }) => characters),
    strayScript: collected.strayScript,
    scripts,
    sources: collected.sources.map((source, i) => ({ ...source, weight: weightOf(i) })),
  };
}

/**
 * The scripts that the options name, or else those of the text; with the sources to learn from, which have been looked into
 * in the second case.
 */
export async function scriptsToLearn(
  sources: readonly ExtendSource[],
  { scripts }: Pick<ExtendOptions, 'scripts'>,
  { onScripts }: Pick<ExtendRuntime, 'onScripts'> = {},
): Promise<{
  readonly scripts: readonly string[];
  readonly sources: readonly ExtendSource[];
}> {
  if (scripts !== undefined) return { scripts, sources };
  const { found, sources: whole } = await findScripts(sources);
  onScripts?.(found);
  return { scripts: found.scripts, sources: whole };
}

function countOfOnlySource(counts: Float64Array): number {
  return counts[0]!;
}
