// Where the normalizer of a training comes from. The named rules, which take half a second to compile, are tested in
// core/charsmap/.
import { describe, expect, it } from 'vitest';
import { buildCharsmap } from '../../../src/core/charsmap/charsmap-builder.ts';
import { FormatError, OptionError } from '../../../src/errors.ts';
import { createNormalizer } from '../../../src/tokenize/normalizer.ts';
import { buildNormalizerSpec, compileRules, settleCharsmap } from '../../../src/train/data/train-normalizer.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';

const build = (options: TrainOptions) => buildNormalizerSpec(resolveTrainOptions(options));

/** A becomes b. */
const RULES_TSV = '41\t62\n';

describe('buildNormalizerSpec', () => {
  it('takes over the switches for white space, and has no rules for identity', async () => {
    expect(await build({ normalizationRuleName: 'identity', addDummyPrefix: false })).toEqual({
      name: 'identity',
      precompiledCharsmap: new Uint8Array(0),
      addDummyPrefix: false,
      removeExtraWhitespaces: true,
      escapeWhitespaces: true,
    });
  });

  it('compiles a rules file instead, whatever rules are named, and calls them user_defined', async () => {
    const spec = await build({ normalizationRuleTsv: RULES_TSV, normalizationRuleName: 'nfkc', addDummyPrefix: false });
    expect(spec.name).toBe('user_defined');
    expect(createNormalizer(spec).normalize('AＡ')).toBe('bＡ');
  });

  it('takes a compiled charsmap as it is, under the name given', async () => {
    const precompiledCharsmap = buildCharsmap(new Map([['x', 'y']]));
    const spec = await build({ precompiledCharsmap, normalizationRuleName: 'mine' });
    expect(spec.name).toBe('mine');
    expect(spec.precompiledCharsmap).toBe(precompiledCharsmap);
  });

  it('refuses names of no rules', async () => {
    const built = build({ normalizationRuleName: 'nfc' });
    await expect(built).rejects.toThrow(OptionError);
    await expect(built).rejects.toThrow('training option normalizationRuleName: "nfc" does not exist');
  });

  it('names the file whose rules cannot be read', async () => {
    const built = build({ normalizationRuleTsv: 'not hex\t62\n', normalizationRuleFile: 'rules.tsv' });
    await expect(built).rejects.toThrow(FormatError);
    await expect(built).rejects.toThrow('rules.tsv');
  });
});

describe('settleCharsmap', () => {
  it('compiles once: what is built of the settled options has that very charsmap', async () => {
    const options = resolveTrainOptions({ normalizationRuleTsv: RULES_TSV });
    const settled = await settleCharsmap(options);
    expect(settled).toEqual({ ...options, precompiledCharsmap: await compileRules(RULES_TSV, '') });
    const spec = await buildNormalizerSpec(settled);
    expect(spec.precompiledCharsmap).toBe(settled.precompiledCharsmap);
    expect(spec.name).toBe('user_defined');
    expect((await settleCharsmap(settled)).precompiledCharsmap).toBe(settled.precompiledCharsmap);
  });
});

describe('compileRules', () => {
  it('makes nothing of no rules', async () => {
    expect(await compileRules('', 'rules.tsv')).toEqual(new Uint8Array(0));
  });
});
