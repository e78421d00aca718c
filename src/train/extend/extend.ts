// Continued BPE: learns new pieces for a BPE vocabulary on the base's own tokens, ranked best first.
// It gives pieces and what each saves; scores, files and the row map are made of them in pipeline/.
//
// What it promises, when the pieces come behind the base, with distinct scores below every merge of it or with merges listed
// behind its own, and why it holds. A text is cut into stretches that no merge crosses: it is one stretch for SentencePiece
// models, elsewhere every pre-token is one. Cutting is the base's and stays as it is.
// (1) A BPE encoder makes the best merge there is, so in every stretch it first does all that the base does, down to the
//     base's own tokens, and only then makes new merges. These put no two base tokens side by side that were not, so that no
//     merge of the base comes back; where merges follow from texts, a new piece could still be half of a base piece that
//     nothing reached: see findBlockedTexts. A text thus never takes more tokens than before, and a base piece that encodes
//     to itself still does. Special and other added tokens are found before anything is merged.
// (2) Every new piece has a character of the chosen scripts, is one of the marks that may be pieces of their own, or breaks
//     off in a character that can only become one of the chosen scripts (byte-join-rule.ts). Merging changes no
//     character: a text without such characters keeps its ids. What else a piece has, marks, `▁` or digits, does not matter.
// (3) Let no merge cross the ends of some part of a stretch. Then what happens inside does not depend on what is outside: the
//     part is split as if it were the whole stretch. When a new piece is learnt, its two halves stand side by side
//     somewhere in the training text, where no merge has crossed its ends; its text alone comes to the same two halves,
//     by the same merges in the same order, and then to the piece. So every new piece can be reached, from its own text and
//     in that place of the training text, and by one pair of halves only: the order of the ranks is the order of learning,
//     and it makes no difference whether merges are listed or follow from texts.
// (4) Halves and characters of a new piece are pieces that rank before it. The first n of the ranking are a vocabulary
//     with the same promises, for any n; where that is less than was learnt, it may end with parts of a character that comes next.
// (5) Some bases take a stretch that is a piece as it stands, before any merge. No new piece has the text of a base piece, so
//     these are taken as before; a stretch that is a new piece comes to it by merges as well, by (3).

import type { TokenizerModel } from '../../core/model.ts';
import { OptionError } from '../../errors.ts';
import { findBlockedTexts } from './blocked-texts.ts';
import { createCharacterKinds } from './character-kinds.ts';
import { findScripts } from './find-scripts.ts';
import { type LearningTask, layOutRuns, learnPieces } from './merges.ts';
import { type ExtendOptions, type ExtendRuntime, type ExtendSource, resolveExtendOptions } from './options.ts';
import { addPreservedTexts } from './preserved-texts.ts';
import { type RankedPieces, rankPieces } from './ranking.ts';
import type { SourceFigures } from './run-joiner.ts';
import { collectRuns } from './runs.ts';
import { chooseCharacters, createPowerMean, relearnBest, type ValuedCharacter } from './selection.ts';
import { WEIGHT_UNITS, weighSources } from './source-weights.ts';

/** Merges learnt, as a multiple of the pieces wanted, when pieces are chosen by more than their count. */
const POOL_FACTOR = 3;

/** Merges learnt beyond the pieces wanted, in case that some are parts of characters that no other merge needs. */
const SPARE_MERGES = 64;

/** What {@link learnExtension} returns; pieces are in the units of the base. */
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
 * @param base a BPE model of any kind: SentencePiece, byte-level with listed or ranked merges, Gemma's
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
  const kindOf = createCharacterKinds(resolved);
  const blocked = findBlockedTexts(base, kindOf, resolved);
  await addPreservedTexts(blocked, base, resolved.preserve, { kindOf, join: resolved, signal: runtime.signal });
  const worthOf = isWeighed ? createPowerMean(sizes, weights, 1 - evenness) : countOfOnlySource;
  const characters = chooseCharacters(base, collected, { weights, blocked, worthOf, ...resolved });
  const text = layOutRuns(collected, weights);
  const task = { runs: collected, text, units: base.units, weights, blocked, worthOf, options: resolved, runtime };

  let ranked: RankedPieces;
  if (evenness === 0) {
    ranked = await learnRanked(task, characters, newPieces);
  } else {
    const pool = await learnPieces(task, { mergeCount: POOL_FACTOR * newPieces, characters });
    ranked = await relearnBest(newPieces, characters, pool, (chosen) => learnPieces(task, chosen));
  }
  const weigh = (figure: (source: SourceFigures) => number): number =>
    collected.sources.reduce((sum, source, i) => sum + figure(source) * weightOf(i), 0);
  return {
    ...ranked,
    baseTokens: weigh(({ tokens }) => tokens),
    characters: weigh(({ characters }) => characters),
    strayScript: mostOf(collected.strayScripts),
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

/** Learns until there are as many pieces as wanted, or no more merges: parts of characters that nothing needs are no pieces. */
async function learnRanked(
  task: LearningTask,
  characters: readonly ValuedCharacter[],
  wanted: number,
): Promise<RankedPieces> {
  for (let mergeCount = task.units === 'byte' ? wanted + SPARE_MERGES : wanted; ; mergeCount *= 2) {
    const merges = await learnPieces(task, { mergeCount, characters });
    const ranked = rankPieces(characters, merges, wanted);
    if (ranked.pieces.length === wanted || merges.length < mergeCount) return ranked;
  }
}

/** The script with the most letters, if any. */
function mostOf(scripts: ReadonlyMap<string, number> = new Map()): string | undefined {
  return [...scripts].reduce((most, next) => (next[1] > most[1] ? next : most), ['', 0])[0] || undefined;
}

function countOfOnlySource(counts: Float64Array): number {
  return counts[0]!;
}
