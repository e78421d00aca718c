// Options of mergeVocab: presets, defaults and checks. A preset only sets defaults; an explicit option wins.
import { checkWhole } from '../core/check-whole.ts';
import { OptionError } from '../errors.ts';

/** How a new piece is scored: 0, strictly below every merge of the base, or as in the extension. */
export type MergeScores = 'zero' | 'below' | 'last' | 'keep';

/**
 * What types new pieces get. `keep`: meta pieces (unknown, control, byte) and unused ones of the extension are dropped,
 * user-defined ones stay user-defined, added tokens are control pieces. `normal`: every piece text that the base lacks is
 * appended as a normal piece, as the published recipes do.
 */
export type MergeTypes = 'keep' | 'normal';

/** Named recipes: see {@link MERGE_PRESETS}. */
export type MergePreset = 'chinese-llama' | 'belle' | 'safe';

interface PresetDefaults {
  readonly scores: MergeScores;
  readonly types: MergeTypes;
  readonly scripts?: readonly string[];
}

/**
 * What each preset sets.
 * - `chinese-llama`: the recipe of the published Chinese-LLaMA and Chinese-Alpaca tokenizers, byte for byte.
 * - `belle`: the recipe of BELLE, which keeps the extension's scores.
 * - `safe`: pieces of Han characters only, below every merge of the base, so that text without Han keeps its ids.
 */
const MERGE_PRESETS: { readonly [K in MergePreset]: PresetDefaults } = {
  'chinese-llama': { scores: 'zero', types: 'normal' },
  belle: { scores: 'keep', types: 'normal' },
  safe: { scores: 'below', types: 'keep', scripts: ['Han'] },
};

const DEFAULTS: PresetDefaults = { scores: 'below', types: 'keep' };

/** The options of mergeVocab besides the two models. */
export interface MergeOptions {
  /** Recipe that sets the defaults of the other options. */
  readonly preset?: MergePreset | undefined;
  /** Default `below`, or the preset's. */
  readonly scores?: MergeScores | undefined;
  /** Default `keep`, or the preset's. */
  readonly types?: MergeTypes | undefined;
  /** Pieces appended last, such as `[PAD]`: normal pieces with `types: 'normal'`, control pieces otherwise. */
  readonly addTokens?: readonly string[] | undefined;
  /**
   * Unicode script names, such as `Han`: only pieces with at least one character of these scripts and none of another are
   * appended. `▁` is allowed anywhere; digits, punctuation and other characters of script Common are not, unless `Common`
   * is named. User-defined pieces are filtered too. Default: no filter, or the preset's.
   */
  readonly scripts?: readonly string[] | undefined;
  /** Longest piece in code points, `▁` counted. Default: no limit. */
  readonly maxPieceLength?: number | undefined;
  /** Exact number of pieces of the result, added tokens included: the best-ranked new pieces are taken. Default: all. */
  readonly targetSize?: number | undefined;
  /**
   * Leave out new pieces that the encoder can never emit (see dead-pieces.ts), and take the next-ranked ones instead.
   * Default false. Added tokens stay in any case.
   */
  readonly dropUnreachable?: boolean | undefined;
  /** The embedding's rows are padded to a multiple of this; pieces are not. Default 1. */
  readonly padToMultipleOf?: number | undefined;
}

/** {@link MergeOptions} with preset and defaults applied. */
export interface ResolvedMergeOptions {
  readonly scores: MergeScores;
  readonly types: MergeTypes;
  readonly addTokens: readonly string[];
  readonly scripts: readonly string[] | undefined;
  readonly maxPieceLength: number;
  readonly targetSize: number | undefined;
  readonly dropUnreachable: boolean;
  readonly padToMultipleOf: number;
}

/**
 * Applies preset and defaults and checks every value on its own.
 *
 * @throws OptionError for an unknown preset or word, a number out of range, or an empty, malformed or repeated token
 */
export function resolveMergeOptions(options: MergeOptions): ResolvedMergeOptions {
  const { preset } = options;
  if (preset !== undefined) checkWord('preset', preset, Object.keys(MERGE_PRESETS));
  const defaults = preset === undefined ? DEFAULTS : MERGE_PRESETS[preset];
  const {
    scores = defaults.scores,
    types = defaults.types,
    addTokens = [],
    scripts = defaults.scripts,
    maxPieceLength = Number.POSITIVE_INFINITY,
    targetSize,
    dropUnreachable = false,
    padToMultipleOf = 1,
  } = options;
  checkWord('scores', scores, ['zero', 'below', 'last', 'keep']);
  checkWord('types', types, ['keep', 'normal']);
  if (maxPieceLength !== Number.POSITIVE_INFINITY) checkWhole('maxPieceLength', maxPieceLength, 1, MAX_COUNT);
  if (targetSize !== undefined) checkWhole('targetSize', targetSize, 1, MAX_COUNT);
  checkMultiple('padToMultipleOf', padToMultipleOf);
  checkTokens(addTokens);
  return { scores, types, addTokens, scripts, maxPieceLength, targetSize, dropUnreachable, padToMultipleOf };
}

/** Least multiple of `multiple` that is not below `size`. */
export function roundUpToMultiple(size: number, multiple: number): number {
  return Math.ceil(size / multiple) * multiple;
}

/** Greatest number of pieces or rows: token ids are int32. */
export const MAX_COUNT = 2 ** 31 - 1;

/** Rows are split among devices or rounded for matrix units; nobody has a million of either. A typo would fill the memory. */
const MAX_MULTIPLE = 2 ** 20;

/** @throws OptionError unless `value` is a number of rows to round up to, from 1 to 2^20 */
export function checkMultiple(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_MULTIPLE) return;
  throw new OptionError(`${name}: ${String(value)} is not a whole number from 1 to ${MAX_MULTIPLE}`, {
    hint: 'Rows are padded to a multiple of 8 or 64, or of the number of devices.',
  });
}

function checkWord(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new OptionError(`${name}: ${JSON.stringify(value)} is unknown`, { hint: `Use one of ${allowed.join(', ')}.` });
}

function checkTokens(tokens: readonly string[]): void {
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token === '') throw new OptionError('addTokens: a token is empty');
    if (!token.isWellFormed()) {
      throw new OptionError(`addTokens: ${JSON.stringify(token)} has a lone surrogate, which UTF-8 cannot hold`);
    }
    if (seen.has(token)) {
      throw new OptionError(`addTokens: ${JSON.stringify(token)} is given twice`, { hint: 'Give each token once.' });
    }
    seen.add(token);
  }
}
