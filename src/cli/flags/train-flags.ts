// The flags of training: spm_train's, in kebab-case, with their translation into TrainOptions.
// Whatever is not given stays undefined, so that the defaults live in one place, train/options/options.ts.
import { readFile } from 'node:fs/promises';
import { InputError, OptionError } from '../../errors.ts';
import type { TrainOptions } from '../../train/options/options.ts';
import type { CommandOption, ParsedOptions } from '../declare/command.ts';

/**
 * What `--fast` sets where nothing else was given. Measured on 91 MB of Chinese, 20,000 pieces, nine kinds of held-out text:
 * 2.3 times less CPU time than without, 0.1 % fewer tokens in all, from 0.5 % fewer to 0.5 % more for one kind.
 */
const FAST_OPTIONS: TrainOptions = { seedSentencepieceSize: 200_000, shrinkingFactor: 0.5, numSubIterations: 1 };

type OptionName = Exclude<keyof TrainOptions, 'precompiledCharsmap' | 'input'>;

const rules = ['identity', 'nfkc', 'nmt_nfkc', 'nfkc_cf', 'nmt_nfkc_cf'];

function pieces(option: Omit<CommandOption, 'group'>): CommandOption {
  return { ...option, group: 'Pieces' };
}
function symbols(option: Omit<CommandOption, 'group'>): CommandOption {
  return { ...option, group: 'Symbols and special ids' };
}
function text(option: Omit<CommandOption, 'group'>): CommandOption {
  return { ...option, group: 'Text and normalization' };
}
function algorithm(option: Omit<CommandOption, 'group'>): CommandOption {
  return { ...option, group: 'Algorithm' };
}

/** Flags that say how a model is trained; where the text comes from and where the model goes is the command's. */
export const TRAIN_FLAGS: readonly CommandOption[] = [
  pieces({ name: 'model-type', type: 'string', choices: ['unigram', 'bpe'], help: 'Algorithm; default unigram' }),
  pieces({ name: 'vocab-size', type: 'integer', help: 'Pieces in all, special ones included; default 8000' }),
  pieces({
    name: 'character-coverage',
    type: 'number',
    help: 'Share of the characters that get pieces, 0.98 to 1; default 0.9995',
  }),
  pieces({ name: 'max-sentencepiece-length', type: 'integer', help: 'Longest piece in characters; default 16' }),
  pieces({ name: 'split-by-unicode-script', type: 'flag', help: 'No piece spans two scripts; default true' }),
  pieces({ name: 'split-by-number', type: 'flag', help: 'No piece spans digits and letters; default true' }),
  pieces({ name: 'split-by-whitespace', type: 'flag', help: 'No piece spans a space; default true' }),
  pieces({ name: 'split-digits', type: 'flag', help: 'Every digit is a piece of its own; default false' }),
  pieces({
    name: 'treat-whitespace-as-suffix',
    type: 'flag',
    help: '▁ closes a word instead of opening it; default false',
  }),
  pieces({ name: 'allow-whitespace-only-pieces', type: 'flag', help: 'Runs of ▁ may be pieces; default false' }),
  pieces({
    name: 'pretokenization-delimiter',
    type: 'string',
    help: 'No piece spans this text, which is itself ignored',
  }),
  pieces({ name: 'byte-fallback', type: 'flag', help: 'Add 256 byte pieces for unknown characters; default false' }),
  pieces({ name: 'required-chars', type: 'string', help: 'Characters that get pieces whatever the coverage' }),
  pieces({ name: 'required-chars-file', type: 'string', placeholder: 'FILE', help: 'The same from a file' }),
  pieces({
    name: 'hard-vocab-limit',
    type: 'flag',
    help: 'Fail when there are too few pieces (Unigram); default true',
  }),
  symbols({
    name: 'user-defined-symbols',
    type: 'string',
    list: true,
    multiple: true,
    placeholder: 'A,B',
    help: 'Texts that are always one token',
  }),
  symbols({ name: 'user-defined-symbols-file', type: 'string', placeholder: 'FILE', help: 'The same, one a line' }),
  symbols({
    name: 'control-symbols',
    type: 'string',
    list: true,
    multiple: true,
    placeholder: 'A,B',
    help: 'Tokens that no text gives',
  }),
  symbols({ name: 'control-symbols-file', type: 'string', placeholder: 'FILE', help: 'The same, one a line' }),
  symbols({ name: 'unk-id', type: 'integer', help: 'Default 0' }),
  symbols({ name: 'bos-id', type: 'integer', help: 'Default 1; -1 for none' }),
  symbols({ name: 'eos-id', type: 'integer', help: 'Default 2; -1 for none' }),
  symbols({ name: 'pad-id', type: 'integer', help: 'Default -1, none' }),
  symbols({ name: 'unk-piece', type: 'string', help: 'Default <unk>' }),
  symbols({ name: 'bos-piece', type: 'string', help: 'Default <s>' }),
  symbols({ name: 'eos-piece', type: 'string', help: 'Default </s>' }),
  symbols({ name: 'pad-piece', type: 'string', help: 'Default <pad>' }),
  symbols({ name: 'unk-surface', type: 'string', help: 'What an unknown id decodes to; default " ⁇ "' }),
  text({ name: 'normalization-rule-name', type: 'string', choices: rules, help: 'Default nmt_nfkc' }),
  text({
    name: 'normalization-rule-tsv',
    type: 'string',
    placeholder: 'FILE',
    help: 'Rules of your own: hex code points, tab, hex code points',
  }),
  text({ name: 'denormalization-rule-tsv', type: 'string', placeholder: 'FILE', help: 'Rules for decoded text' }),
  text({ name: 'add-dummy-prefix', type: 'flag', help: 'Put a space in front of every text; default true' }),
  text({ name: 'remove-extra-whitespaces', type: 'flag', help: 'Strip and collapse spaces; default true' }),
  text({ name: 'input-sentence-size', type: 'integer', help: 'Train on this many lines; default 0, all' }),
  text({ name: 'shuffle-input-sentence', type: 'flag', help: 'Sample them instead of taking the first; default true' }),
  text({
    name: 'max-sentence-length',
    type: 'integer',
    placeholder: 'BYTES',
    help: 'Longer lines are dropped; default 4192',
  }),
  text({
    name: 'accept-language',
    type: 'string',
    list: true,
    multiple: true,
    placeholder: 'zh,en',
    help: 'Noted in the model',
  }),
  text({
    name: 'self-test-sample-size',
    type: 'integer',
    help: 'Lines kept in the model with their pieces; default 0',
  }),
  algorithm({
    name: 'fast',
    type: 'flag',
    help: 'Unigram: fewer seeds, halving instead of quartering off, one EM step a round; other pieces, no more tokens',
  }),
  algorithm({
    name: 'seed-sentencepiece-size',
    type: 'integer',
    help: 'Unigram: pieces to start from; default 1000000',
  }),
  algorithm({ name: 'shrinking-factor', type: 'number', help: 'Unigram: share kept by each pruning; default 0.75' }),
  algorithm({ name: 'num-sub-iterations', type: 'integer', help: 'Unigram: EM steps between prunings; default 2' }),
  algorithm({ name: 'threads', type: 'integer', help: 'Threads at most; the same bytes for any number; default 16' }),
  algorithm({ name: 'num-threads', type: 'integer', help: 'The same, and noted in the model as spm_train does' }),
  algorithm({
    name: 'train-extremely-large-corpus',
    type: 'flag',
    help: 'Accepted and noted in the model; there is no limit here',
  }),
  algorithm({ name: 'vocabulary-output-piece-score', type: 'flag', help: 'Scores in the .vocab file; default true' }),
];

/** Flags whose value is the name of a file to read. */
const FILE_FLAGS = new Set([
  'required-chars-file',
  'user-defined-symbols-file',
  'control-symbols-file',
  'normalization-rule-tsv',
  'denormalization-rule-tsv',
]);

/**
 * The options that the flags ask for.
 *
 * @throws InputError for a file that cannot be read
 * @throws OptionError for symbols given both as text and as a file
 */
export async function readTrainOptions(options: ParsedOptions): Promise<TrainOptions> {
  const found: Partial<Record<OptionName, unknown>> = {};
  for (const { name, type, multiple } of TRAIN_FLAGS) {
    if (!options.has(name) || FILE_FLAGS.has(name) || name === 'fast') continue;
    const key = toCamelCase(name) as OptionName;
    if (type === 'flag') found[key] = options.flag(name);
    else if (type !== 'string') found[key] = options.number(name);
    else found[key] = multiple ? options.strings(name) : options.string(name);
  }
  for (const [flag, key] of [
    ['user-defined-symbols', 'userDefinedSymbols'],
    ['control-symbols', 'controlSymbols'],
  ] as const) {
    const path = options.string(`${flag}-file`);
    if (path === undefined) continue;
    refuseBoth(options, flag);
    found[key] = (await readText(path)).split(/\r?\n/).filter((line) => line !== '');
  }
  const required = options.string('required-chars-file');
  if (required !== undefined) {
    refuseBoth(options, 'required-chars');
    found.requiredChars = (await readText(required)).replaceAll(/[\r\n]/g, '');
  }
  for (const [flag, textKey, fileKey] of [
    ['normalization-rule-tsv', 'normalizationRuleTsv', 'normalizationRuleFile'],
    ['denormalization-rule-tsv', 'denormalizationRuleTsv', 'denormalizationRuleFile'],
  ] as const) {
    const path = options.string(flag);
    if (path === undefined) continue;
    found[textKey] = await readText(path);
    found[fileKey] = path;
  }
  const given = found as TrainOptions;
  return options.flag('fast') ? { ...FAST_OPTIONS, ...given } : given;
}

function refuseBoth(options: ParsedOptions, flag: string): void {
  if (!options.has(flag)) return;
  throw new OptionError(`--${flag} and --${flag}-file are both given`, { hint: 'Give one of them.' });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new InputError(`${path}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`, {
      cause,
      hint: 'Check the path.',
    });
  }
}

function toCamelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
