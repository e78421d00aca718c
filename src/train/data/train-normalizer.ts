// The normalizer that training applies and writes into the model, from the options: named rules, a rules file or a
// compiled charsmap. Rules are loaded and compiled only when they are needed, and once.
// Spec: PopulateNormalizerSpec of sentencepiece_trainer.cc.

import type { NormalizationRuleName } from '../../core/charsmap/normalization-rules.ts';
import type { NormalizerSpec } from '../../core/model.ts';
import { OptionError } from '../../errors.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import type { TrainRuntime } from '../runtime/train-runtime.ts';

/** Names of the built-in rules. */
const RULE_NAMES = ['identity', 'nfkc', 'nmt_nfkc', 'nfkc_cf', 'nmt_nfkc_cf'] as const;

/** Charsmaps of built-in rules, 250 kB each: one takes a second. */
const compiled = new Map<NormalizationRuleName, Uint8Array>();

/** Label of rules that come from a file. */
const CUSTOM_RULES_NAME = 'user_defined';

/**
 * The normalizer that the options describe.
 *
 * @throws OptionError for a rule name that does not exist; FormatError for a rules file that cannot be read.
 */
export async function buildNormalizerSpec(options: ResolvedTrainOptions): Promise<NormalizerSpec> {
  return {
    name: options.normalizationRuleTsv === '' ? options.normalizationRuleName : CUSTOM_RULES_NAME,
    precompiledCharsmap: await compileCharsmap(options),
    addDummyPrefix: options.addDummyPrefix,
    removeExtraWhitespaces: options.removeExtraWhitespaces,
    escapeWhitespaces: options.escapeWhitespaces,
  };
}

/** The same options with the charsmap compiled, so that nothing compiles it again. */
export async function settleCharsmap(
  options: ResolvedTrainOptions,
  runtime: Pick<TrainRuntime, 'readCharsmap'> = {},
): Promise<ResolvedTrainOptions> {
  return { ...options, precompiledCharsmap: await compileCharsmap(options, runtime) };
}

/** Compiles the text of a rules file, empty for no rules; `source` names it in errors. */
export async function compileRules(tsv: string, source: string): Promise<Uint8Array> {
  if (tsv === '') return new Uint8Array(0);
  const { buildCharsmapFromTsv } = await import('../../core/charsmap/charsmap-builder.ts');
  return buildCharsmapFromTsv(tsv, source === '' ? {} : { source });
}

async function compileCharsmap(
  options: ResolvedTrainOptions,
  { readCharsmap }: Pick<TrainRuntime, 'readCharsmap'> = {},
): Promise<Uint8Array> {
  const { precompiledCharsmap, normalizationRuleTsv, normalizationRuleName } = options;
  if (precompiledCharsmap !== undefined) return precompiledCharsmap;
  if (normalizationRuleTsv !== '') return compileRules(normalizationRuleTsv, options.normalizationRuleFile);
  const name = RULE_NAMES.find((candidate) => candidate === normalizationRuleName);
  if (name === undefined) {
    throw new OptionError(`training option normalizationRuleName: "${normalizationRuleName}" does not exist`, {
      hint: `Use one of ${RULE_NAMES.join(', ')}.`,
    });
  }
  if (name === 'identity') return new Uint8Array(0);
  const charsmap = compiled.get(name) ?? (await readCharsmap?.(name)) ?? (await buildCharsmapOf(name));
  compiled.set(name, charsmap);
  return charsmap;
}

async function buildCharsmapOf(name: NormalizationRuleName): Promise<Uint8Array> {
  const { buildNormalizationCharsmap } = await import('../../core/charsmap/normalization-rules.ts');
  return buildNormalizationCharsmap(name);
}
