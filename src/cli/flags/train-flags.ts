// The flags of training: spm_train's, in kebab-case, with their translation into TrainOptions.
// Whatever is not given stays undefined, so that the defaults live in one place, train/options/options.ts.
import type { ReadCorpusOptions } from '../../corpus/lines/read-corpus.ts';
import { OptionError } from '../../errors.ts';
import type { TrainOptions } from '../../train/options/options.ts';
import { defineGroup, type FlagValues, flagNames, isGiven, withoutFlags } from '../declare/flag.ts';
import { toCamelCase } from './flag-names.ts';
import { readLinesOf, readTextOf } from './read-flag-file.ts';

/**
 * What `--fast` sets where nothing else was given. Measured on 91 MB of Chinese, 20,000 pieces, nine kinds of held-out text:
 * 2.3 times less CPU time than without, 0.1 % fewer tokens in all, from 0.5 % fewer to 0.5 % more for one kind.
 */
const FAST_OPTIONS: TrainOptions = { seedSentencepieceSize: 200_000, shrinkingFactor: 0.5, numSubIterations: 1 };

/** Least `maxLineBytes` of reading. */
const LEAST_LINE_BYTES = 16;

const RULE_NAMES = ['identity', 'nfkc', 'nmt_nfkc', 'nfkc_cf', 'nmt_nfkc_cf'] as const;

/** Flags that say how a model is trained; where the text comes from and where the model goes is the command's. */
export const TRAIN_FLAGS = {
  ...defineGroup('Pieces', {
    'model-type': { type: 'string', choices: ['unigram', 'bpe'], help: 'Algorithm; default unigram' },
    'vocab-size': { type: 'integer', help: 'Pieces in all, special ones included; default 8000' },
    'character-coverage': {
      type: 'number',
      help: 'Share of the characters that get pieces, 0.98 to 1; default 0.9995',
    },
    'max-sentencepiece-length': { type: 'integer', help: 'Longest piece in characters; default 16' },
    'split-by-unicode-script': { type: 'boolean', help: 'No piece spans two scripts; default true' },
    'split-by-number': { type: 'boolean', help: 'No piece spans digits and letters; default true' },
    'split-by-whitespace': { type: 'boolean', help: 'No piece spans a space; default true' },
    'split-digits': { type: 'boolean', help: 'Every digit is a piece of its own; default false' },
    'treat-whitespace-as-suffix': {
      type: 'boolean',
      help: '▁ closes a word instead of opening it; default false',
    },
    'allow-whitespace-only-pieces': { type: 'boolean', help: 'Runs of ▁ may be pieces; default false' },
    'pretokenization-delimiter': { type: 'string', help: 'No piece spans this text, which is itself ignored' },
    'byte-fallback': { type: 'boolean', help: 'Add 256 byte pieces for unknown characters; default false' },
    'required-chars': { type: 'string', help: 'Characters that get pieces whatever the coverage' },
    'required-chars-file': { type: 'string', placeholder: 'FILE', help: 'The same from a file' },
    'hard-vocab-limit': {
      type: 'boolean',
      help: 'Fail when there are too few pieces (Unigram); default true',
    },
  }),
  ...defineGroup('Symbols and special ids', {
    'user-defined-symbols': {
      type: 'string',
      list: true,
      multiple: true,
      placeholder: 'A,B',
      help: 'Texts that are always one token',
    },
    'user-defined-symbols-file': { type: 'string', placeholder: 'FILE', help: 'The same, one a line' },
    'control-symbols': {
      type: 'string',
      list: true,
      multiple: true,
      placeholder: 'A,B',
      help: 'Tokens that no text gives',
    },
    'control-symbols-file': { type: 'string', placeholder: 'FILE', help: 'The same, one a line' },
    'unk-id': { type: 'integer', help: 'Default 0' },
    'bos-id': { type: 'integer', help: 'Default 1; -1 for none' },
    'eos-id': { type: 'integer', help: 'Default 2; -1 for none' },
    'pad-id': { type: 'integer', help: 'Default -1, none' },
    'unk-piece': { type: 'string', help: 'Default <unk>' },
    'bos-piece': { type: 'string', help: 'Default <s>' },
    'eos-piece': { type: 'string', help: 'Default </s>' },
    'pad-piece': { type: 'string', help: 'Default <pad>' },
    'unk-surface': { type: 'string', help: 'What an unknown id decodes to; default " ⁇ "' },
  }),
  ...defineGroup('Text and normalization', {
    'normalization-rule-name': { type: 'string', choices: RULE_NAMES, help: 'Default nmt_nfkc' },
    'normalization-rule-tsv': {
      type: 'string',
      placeholder: 'FILE',
      help: 'Rules of your own: hex code points, tab, hex code points',
    },
    'denormalization-rule-tsv': { type: 'string', placeholder: 'FILE', help: 'Rules for decoded text' },
    'add-dummy-prefix': { type: 'boolean', help: 'Put a space in front of every text; default true' },
    'remove-extra-whitespaces': { type: 'boolean', help: 'Strip and collapse spaces; default true' },
    'input-sentence-size': { type: 'integer', help: 'Train on this many lines; default 0, all' },
    'shuffle-input-sentence': { type: 'boolean', help: 'Sample them instead of taking the first; default true' },
    'max-sentence-length': {
      type: 'integer',
      placeholder: 'BYTES',
      help: 'Longer lines are cut, or with --split-long-lines=false dropped; default 4192',
    },
    'accept-language': { type: 'string', list: true, multiple: true, placeholder: 'zh,en', help: 'Noted in the model' },
    'self-test-sample-size': {
      type: 'integer',
      help: 'Lines kept in the model with their pieces; default 0',
    },
  }),
  ...defineGroup('Algorithm', {
    fast: {
      type: 'boolean',
      help: 'Unigram: start from fewer pieces, prune half of them a round instead of a quarter, with one EM step; other pieces, in our measurements as compact',
    },
    'seed-sentencepiece-size': {
      type: 'integer',
      help: 'Unigram: pieces to start from; default 1000000',
    },
    'shrinking-factor': { type: 'number', help: 'Unigram: share kept by each pruning; default 0.75' },
    'num-sub-iterations': { type: 'integer', help: 'Unigram: EM steps between prunings; default 2' },
    threads: { type: 'integer', help: 'Threads at most; the same bytes for any number; default 16' },
    'num-threads': { type: 'integer', help: 'The same, and noted in the model as spm_train does' },
    'train-extremely-large-corpus': {
      type: 'boolean',
      help: 'Accepted and noted in the model; there is no limit here',
    },
    'vocabulary-output-piece-score': { type: 'boolean', help: 'Scores in the .vocab file; default true' },
  }),
};

/** Flags whose value is the name of a file to read. */
const FILE_FLAGS = [
  'required-chars-file',
  'user-defined-symbols-file',
  'control-symbols-file',
  'normalization-rule-tsv',
  'denormalization-rule-tsv',
] as const;

/** Flags that give an option of their own name; the others are read below. */
const OPTION_FLAGS = withoutFlags(TRAIN_FLAGS, ['fast', ...FILE_FLAGS]);

type CamelCase<Name extends string> = Name extends `${infer Word}-${infer Rest}`
  ? `${Word}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** What the flags give by themselves. One that names no option of training does not compile. */
type NamedOptions = Pick<TrainOptions, CamelCase<keyof typeof OPTION_FLAGS>>;

/**
 * The options that the flags ask for.
 *
 * @throws InputError for a file that cannot be read
 * @throws OptionError for symbols given both as text and as a file
 */
export async function readTrainOptions(flags: FlagValues<typeof TRAIN_FLAGS>): Promise<TrainOptions> {
  const named = flagNames(OPTION_FLAGS).filter((name) => isGiven(flags[name]));
  const rules = flags['normalization-rule-tsv'];
  const denormalizationRules = flags['denormalization-rule-tsv'];
  return {
    ...(flags.fast && FAST_OPTIONS),
    ...(Object.fromEntries(named.map((name) => [toCamelCase(name), flags[name]])) as NamedOptions),
    ...(await readListOption(flags, 'user-defined-symbols', 'userDefinedSymbols')),
    ...(await readListOption(flags, 'control-symbols', 'controlSymbols')),
    ...(await readRequiredChars(flags)),
    ...(rules !== undefined && { normalizationRuleTsv: await readTextOf(rules), normalizationRuleFile: rules }),
    ...(denormalizationRules !== undefined && {
      denormalizationRuleTsv: await readTextOf(denormalizationRules),
      denormalizationRuleFile: denormalizationRules,
    }),
  };
}

/** Lines are cut to what the trainer takes; those that could hold no more than a few characters are left to it. */
export function lineLimitFrom(
  flags: Pick<FlagValues<typeof TRAIN_FLAGS>, 'max-sentence-length'>,
): Pick<ReadCorpusOptions, 'maxLineBytes'> {
  const limit = flags['max-sentence-length'];
  return limit === undefined ? {} : { maxLineBytes: Math.max(LEAST_LINE_BYTES, limit) };
}

async function readListOption(
  flags: FlagValues<typeof TRAIN_FLAGS>,
  name: 'user-defined-symbols' | 'control-symbols',
  option: 'userDefinedSymbols' | 'controlSymbols',
): Promise<TrainOptions> {
  const path = flags[`${name}-file`];
  if (path === undefined) return {};
  refuseBoth(flags, name);
  return { [option]: await readLinesOf(path) };
}

async function readRequiredChars(flags: FlagValues<typeof TRAIN_FLAGS>): Promise<TrainOptions> {
  const path = flags['required-chars-file'];
  if (path === undefined) return {};
  refuseBoth(flags, 'required-chars');
  return { requiredChars: (await readTextOf(path)).replaceAll(/[\r\n]/g, '') };
}

function refuseBoth(
  flags: FlagValues<typeof TRAIN_FLAGS>,
  name: 'required-chars' | 'user-defined-symbols' | 'control-symbols',
): void {
  if (!isGiven(flags[name])) return;
  throw new OptionError(`--${name} and --${name}-file are both given`, { hint: 'Give one of them.' });
}
