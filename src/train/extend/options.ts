// Options of continued BPE: what may be learnt, from what, and how strictly. Defaults and checks; nothing is read here.
import { checkWhole } from '../../core/check-whole.ts';
import type { TokenizerModel } from '../../core/model.ts';
import { sharedPunctuation } from '../../core/unicode/script-extensions.ts';
import { SCRIPT, scriptId } from '../../core/unicode/scripts.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { CHINESE_PUNCTUATION } from '../../corpus/count/count-segments.ts';
import { OptionError } from '../../errors.ts';
import { JOIN_MODES, type JoinMode } from './join-rule.ts';
import type { CollectedRuns } from './run-joiner.ts';

/** Text to learn from that counts as one source for {@link ExtendOptions.maxSourceShare} and `minSources`. */
export interface ExtendSource {
  /** Name for messages and figures. */
  readonly name: string;
  readonly sentences: Iterable<string | WeightedSentence> | AsyncIterable<string | WeightedSentence>;
  /**
   * The same text, read for itself, where it can be read twice: what must be known before learning, such as the scripts, is
   * found in its first part. Default: the first part of `sentences`, which is held in memory until it is learnt from.
   */
  readonly preview?: Iterable<string | WeightedSentence> | AsyncIterable<string | WeightedSentence> | undefined;
  /** Its text counts this many times, after `maxSourceShare` has been applied. Above 0, at most 1000; default 1. */
  readonly weight?: number | undefined;
}

/** What continued BPE is doing. */
export interface ExtendProgress {
  /** `relearn`: once more, with the chosen pieces only; see `evenness`. */
  readonly phase: 'read' | 'learn' | 'relearn';
  /** Source that is being read. */
  readonly source?: string;
  /** Lines read, or merges learnt. */
  readonly done: number;
  /** Merges to learn. */
  readonly total?: number;
}

/** Options of `learnExtension`. */
export interface ExtendOptions {
  /** New pieces, exactly. */
  readonly newPieces: number;
  /** Unicode scripts: every new piece has characters of these. Default: what the text is written in, see `findScripts`. */
  readonly scripts?: readonly string[] | undefined;
  /**
   * What else may be in a new piece. `none`: nothing. `front` (default): one mark or `▁` before the characters, as the
   * pre-tokenizers of Llama 3 and Qwen let letters take it. `both`: marks anywhere, so that a sentence may end inside a
   * piece (吧。) and generation no longer stops at the id of 。.
   */
  readonly join?: JoinMode | undefined;
  /**
   * Decimal digits before the characters join as well (12月); with `join: 'none'` they do not. Default false: numbers keep
   * the digits that the base gives them.
   */
  readonly joinDigits?: boolean | undefined;
  /**
   * Other characters that may become pieces, each on its own, when the base has none for them. Default: the punctuation
   * of the scripts, for Han that of Chinese text.
   */
  readonly punctuation?: string | undefined;
  /** Longest new piece in characters. Default {@link DEFAULT_MAX_PIECE_LENGTH}. */
  readonly maxPieceLength?: number | undefined;
  /** Least count of a new piece in the (weighted) text. Default 2. */
  readonly minCount?: number | undefined;
  /** No source weighs more than this share of all; larger ones are weighted down. Default 1. */
  readonly maxSourceShare?: number | undefined;
  /**
   * A merged piece must occur in this many sources, in each of them `minSourceCount` times; or in all sources that have its
   * characters, when these are fewer (one source may be the only one in traditional characters). Default 1.
   */
  readonly minSources?: number | undefined;
  /** See `minSources`. Default 1. */
  readonly minSourceCount?: number | undefined;
  /**
   * How much a piece gains by being frequent in every source, from 0 (only its count matters; the default) to below 1:
   * pieces are chosen by the power mean of their frequencies in the sources, with the exponent 1 - evenness.
   */
  readonly evenness?: number | undefined;
  /**
   * The tokens that a character saves are multiplied by this when pieces are ranked, from 1 to 1000: values above 1 give more
   * rows to rare characters, which helps text unlike the sources. Default 1.
   */
  readonly characterFactor?: number | undefined;
  /** Texts whose ids stay: no piece is learnt that would change any of them. Default none. */
  readonly preserve?: readonly ExtendSource[] | undefined;
}

/** What a text is written in. */
export interface FoundScripts {
  /** The scripts to learn, most letters first. */
  readonly scripts: readonly string[];
  /** Every script with its share of the letters, the largest first. */
  readonly shares: readonly { readonly script: string; readonly share: number }[];
}

/** What learning runs with; its result is the same for any of it. */
export interface ExtendRuntime {
  /** Called as learning goes on; must not throw. */
  readonly onProgress?: ((progress: ExtendProgress) => void) | undefined;
  /** Told the scripts that were found, where none are named; must not throw. */
  readonly onScripts?: ((found: FoundScripts) => void) | undefined;
  /** Stops learning: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Memory of the process, in bytes: text that would take more is refused, before it does. Default: any. */
  readonly maxMemory?: number | undefined;
  /** Reads the sources, where they can be read in parts: what their sentences would give. */
  readonly readRunParts?: ReadRunParts | undefined;
}

/**
 * Reads the sources on threads, as createSourceReader of runs.ts reads each part, and hands over the parts in their order.
 *
 * @returns false where one thread does as well, or must say what is wrong with the text; what was handed over is void then
 */
export type ReadRunParts = (
  base: TokenizerModel,
  options: RunOptions,
  take: (part: CollectedRuns, firstSource: number) => void,
  signal: AbortSignal | undefined,
) => Promise<boolean>;

/** What is asked of reading; `isWeighed`: the sources are told apart. */
export type RunOptions = ResolvedExtendOptions & { readonly isWeighed: boolean };

/** {@link ExtendOptions} with defaults applied. */
export type ResolvedExtendOptions = {
  readonly [K in keyof ExtendOptions]-?: Exclude<ExtendOptions[K], undefined>;
};

/** Longest piece of the SentencePiece trainer, too. */
export const DEFAULT_MAX_PIECE_LENGTH = 16;

/** A cap against allocating for a number that was mistyped; no vocabulary is larger. */
const MOST_PIECES = 2_000_000;

/** Texts of symbols are measured in 16 bits. */
const MOST_LENGTH = 4096;

/**
 * Applies the defaults; the scripts are known by then.
 *
 * @throws OptionError for a value out of range
 */
export function resolveExtendOptions(
  options: ExtendOptions & { readonly scripts: readonly string[] },
): ResolvedExtendOptions {
  const { newPieces, scripts, punctuation = punctuationOf(scripts) } = options;
  const { join = 'front', joinDigits = false } = options;
  const { maxPieceLength = DEFAULT_MAX_PIECE_LENGTH, minCount = 2, maxSourceShare = 1 } = options;
  const { minSources = 1, minSourceCount = 1, evenness = 0, characterFactor = 1, preserve = [] } = options;
  if (!JOIN_MODES.includes(join)) throw new OptionError(`join: ${join} is not one of ${JOIN_MODES.join(', ')}`);
  if (joinDigits && join === 'none')
    throw new OptionError('joinDigits: digits do not join where nothing does (join: none)');
  checkWhole('newPieces', newPieces, 1, MOST_PIECES);
  checkWhole('maxPieceLength', maxPieceLength, 1, MOST_LENGTH);
  checkWhole('minSources', minSources, 1);
  checkWhole('minSourceCount', minSourceCount, 1);
  checkWhole('minCount', minCount, 1);
  if (!(maxSourceShare > 0 && maxSourceShare <= 1)) {
    throw new OptionError(`maxSourceShare: ${maxSourceShare} is not above 0 and at most 1`);
  }
  if (!(evenness >= 0 && evenness < 1)) throw new OptionError(`evenness: ${evenness} is not from 0 to below 1`);
  if (!(characterFactor >= 1 && characterFactor <= 1000)) {
    throw new OptionError(`characterFactor: ${characterFactor} is not from 1 to 1000`);
  }
  const ofSources = { maxSourceShare, minSources, minSourceCount, evenness };
  return {
    newPieces,
    scripts,
    punctuation,
    join,
    joinDigits,
    maxPieceLength,
    minCount,
    ...ofSources,
    characterFactor,
    preserve,
  };
}

/** Of the Chinese marks, those that text of any script has. */
const GENERAL_PUNCTUATION = '“”‘’—…';

/** The marks that text in these scripts is punctuated with, as far as bases may lack them. */
function punctuationOf(scripts: readonly string[]): string {
  const ids = scripts.map(scriptId).filter((id) => id !== undefined);
  const own = ids.includes(SCRIPT.han) ? CHINESE_PUNCTUATION : GENERAL_PUNCTUATION;
  const shared = sharedPunctuation(ids.filter((id) => id !== SCRIPT.han));
  return [...new Set(own + shared)].join('');
}
