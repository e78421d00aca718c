// Fills in the defaults of the training options and refuses what the reference's trainer refuses, before any text is
// read. Options that only one algorithm reads are checked for both, as the reference does. What depends on the corpus
// (the alphabet against vocabSize) is checked where it is known. Spec: VerifySpec of trainer_interface.cc.

import { OptionError } from '../../errors.ts';
import { DEFAULT_TRAIN_OPTIONS, type ResolvedTrainOptions, type TrainOptions } from './options.ts';

// Largest value of an int32 field of the specs.
const MAX_INT32 = 2_147_483_647;

/** Numeric options with the least and greatest value the reference accepts. */
const RANGES: readonly (readonly [name: NumericOption, least: number, greatest: number, whole: boolean])[] = [
  ['vocabSize', 1, MAX_INT32, true],
  ['characterCoverage', 0.98, 1, false],
  ['maxSentencepieceLength', 1, 512, true],
  ['numSubIterations', 1, 10, true],
  ['numThreads', 1, 1024, true],
  ['threads', 0, 1024, true],
  ['selfTestSampleSize', 0, 1000, true],
  ['shrinkingFactor', 0.5, 0.95, false],
  ['maxSentenceLength', 10, 1_073_741_824, true],
  ['seedSentencepieceSize', 1, MAX_INT32, true],
  ['minDocumentFrequency', 1, MAX_INT32, true],
  ['inputSentenceSize', 0, Number.MAX_SAFE_INTEGER, true],
  ['unkId', 0, MAX_INT32, true],
  ['bosId', -1, MAX_INT32, true],
  ['eosId', -1, MAX_INT32, true],
  ['padId', -1, MAX_INT32, true],
];

/** Options whose text goes into the model, where only well-formed text can be written. */
const TEXT_OPTIONS = [
  'input',
  'modelPrefix',
  'acceptLanguage',
  'controlSymbols',
  'userDefinedSymbols',
  'requiredChars',
  'mustInclude',
  'exclude',
  'pretokenizationDelimiter',
  'unkPiece',
  'bosPiece',
  'eosPiece',
  'padPiece',
  'unkSurface',
  'normalizationRuleFile',
  'denormalizationRuleFile',
] as const;

type NumericOption = {
  [K in keyof ResolvedTrainOptions]: ResolvedTrainOptions[K] extends number ? K : never;
}[keyof ResolvedTrainOptions];

/**
 * Fills in the defaults and checks every range.
 *
 * @throws OptionError naming the option, its value and the range.
 * @example
 * ```ts
 * resolveTrainOptions({ vocabSize: 4000 }).characterCoverage; // 0.9995
 * ```
 */
export function resolveTrainOptions(options: TrainOptions = {}): ResolvedTrainOptions {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(DEFAULT_TRAIN_OPTIONS, name) || name === 'given') {
      throw new OptionError(`training option "${name}" does not exist`, { hint: 'Check the spelling of the option.' });
    }
    if (value !== undefined) given[name] = value;
  }
  const resolved = { ...DEFAULT_TRAIN_OPTIONS, ...given, given: new Set(Object.keys(given)) } as ResolvedTrainOptions;
  checkTypes(resolved);
  for (const [name, least, greatest, whole] of RANGES) checkRange(name, resolved[name], least, greatest, whole);
  checkRest(resolved);
  return resolved;
}

function checkTypes(options: ResolvedTrainOptions): void {
  const shown = options as unknown as Record<string, unknown>;
  for (const [name, preset] of Object.entries(DEFAULT_TRAIN_OPTIONS)) {
    const value = shown[name];
    if (Array.isArray(preset)) {
      if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
        throw new OptionError(`training option ${name}: expected an array of strings, got ${show(value)}`);
      }
    } else if (preset !== undefined && typeof value !== typeof preset) {
      throw new OptionError(`training option ${name}: expected a ${typeof preset}, got ${show(value)}`);
    }
  }
}

function checkRange(name: string, value: number, least: number, greatest: number, whole: boolean): void {
  if (value >= least && value <= greatest && (!whole || Number.isInteger(value))) return;
  throw new OptionError(
    `training option ${name}: ${value} is not ${whole ? 'a whole number ' : ''}between ${least} and ${greatest}`,
  );
}

function checkRest(options: ResolvedTrainOptions): void {
  const { modelType, inputFormat, inputSentenceSize } = options;
  if (modelType !== 'unigram' && modelType !== 'bpe') {
    throw new OptionError(`training option modelType: ${show(modelType)} is not supported, only unigram and bpe are`);
  }
  if (inputFormat !== '' && inputFormat !== 'text' && inputFormat !== 'tsv') {
    throw new OptionError(`training option inputFormat: ${show(inputFormat)} is neither text nor tsv`);
  }
  if (inputSentenceSize > 0 && inputSentenceSize <= 100) {
    throw new OptionError(`training option inputSentenceSize: ${inputSentenceSize} is neither 0 (all) nor over 100`);
  }
  for (const name of ['unkPiece', 'bosPiece', 'eosPiece', 'padPiece'] as const) {
    if (options[name] === '') throw new OptionError(`training option ${name}: the piece must not be empty`);
  }
  for (const name of ['controlSymbols', 'userDefinedSymbols'] as const) {
    if (options[name].includes('')) throw new OptionError(`training option ${name}: a symbol must not be empty`);
  }
  for (const name of ['mustInclude', 'exclude'] as const) {
    if (options[name].includes('')) throw new OptionError(`training option ${name}: a piece must not be empty`);
  }
  if (options.normalizationRuleTsv !== '' && options.precompiledCharsmap !== undefined) {
    throw new OptionError('training options precompiledCharsmap and normalizationRuleTsv: only one can be given');
  }
  for (const name of TEXT_OPTIONS) {
    for (const text of [options[name]].flat()) {
      if (!text.isWellFormed()) throw new OptionError(`training option ${name}: ${show(text)} has a lone surrogate`);
    }
  }
  if (!options.escapeWhitespaces) {
    throw new OptionError(
      'training option escapeWhitespaces: false is not possible, pieces are learnt with spaces as ▁',
    );
  }
}

function show(value: unknown): string {
  return value === undefined ? 'undefined' : (JSON.stringify(value) ?? String(value));
}
