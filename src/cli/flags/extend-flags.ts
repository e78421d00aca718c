// The flags of continued BPE, for `extend` and for whatever else learns pieces that way.

import { scriptsOfLanguage } from '../../core/unicode/languages.ts';
import { UsageError } from '../../errors.ts';
import { type FileSource, openSources } from '../../pipeline/build/extend-sources.ts';
import { type AppendOptions, DEFAULT_NEW_PIECES } from '../../pipeline/build/extend-vocabulary.ts';
import type { CurveOptions } from '../../report/measure/curve/extension-curve.ts';
import { DEFAULT_MAX_PIECE_LENGTH, type ExtendOptions, type ExtendSource } from '../../train/extend/options.ts';

import { defineGroup, type FlagValues } from '../declare/flag.ts';
import { formatCount } from '../output/command-output.ts';
import { textName } from '../output/text-name.ts';
import { APPEND_FLAGS, appendOptionsFrom, scriptsFlag, scriptsFrom } from './append-flags.ts';

/** Flags of learning and appending. */
export const EXTEND_FLAGS = defineGroup('Learning', {
  'new-pieces': {
    type: 'integer',
    help: `New pieces, exactly; default ${formatCount(DEFAULT_NEW_PIECES)}, or as --target-size says`,
  },
  'target-size': { type: 'integer', help: 'Exactly this many pieces in all' },
  scripts: scriptsFlag('Every new piece has characters of these Unicode scripts; default what the text is written in'),
  language: {
    type: 'string',
    placeholder: 'CODE',
    help: 'The scripts of a language instead: ja, ko, th, hi, ru, … (BCP 47)',
  },
  join: {
    type: 'string',
    multiple: true,
    choices: ['none', 'front', 'both', 'digits'],
    help: 'What else a piece may have: front (default) one mark or ▁ before the characters; both: marks anywhere, which ends stopping at the id of 。; digits: also digits in front (12月), which ends one token a digit',
  },
  punctuation: {
    type: 'string',
    help: 'Characters added on their own where the base lacks them; default the punctuation of the scripts',
  },
  'max-piece-length': {
    type: 'integer',
    help: `Longest new piece in characters; default ${DEFAULT_MAX_PIECE_LENGTH}`,
  },
  'min-count': { type: 'integer', help: 'Least count of a piece in the weighted text; default 2' },
  'max-source-share': { type: 'number', help: 'No file weighs more than this share of all; default 1' },
  'min-sources': {
    type: 'integer',
    help: 'Least number of input files that a merged piece must occur in; where fewer files have its characters, all of those; default 1',
  },
  'min-source-count': {
    type: 'integer',
    help: 'Least count of a piece in a file for that file to count for --min-sources; default 1',
  },
  'source-weight': {
    type: 'string',
    multiple: true,
    placeholder: 'NAME=N',
    help: 'Count this file N times, after its share; NAME is its path, its name without extensions, or that of its source as for --mix',
  },
  evenness: {
    type: 'number',
    help: 'From 0 to below 1: higher values prefer pieces that are frequent in every file, which helps text unlike the input; default 0',
  },
  'character-factor': {
    type: 'number',
    help: 'Values above 1 give more rows to rare characters, which helps text unlike the input; default 1',
  },
  preserve: {
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    help: 'Text whose ids must stay: learn no piece that changes any of them',
  },
  ...APPEND_FLAGS,
});

/** What the flags ask for. */
export function extendOptionsFrom(
  flags: FlagValues<typeof EXTEND_FLAGS>,
): Partial<ExtendOptions> & AppendOptions & { targetSize?: number | undefined } {
  const newPieces = flags['new-pieces'];
  return {
    ...(newPieces !== undefined && { newPieces }),
    targetSize: flags['target-size'],
    ...scriptsOrLanguageFrom(flags),
    ...joinFrom(flags),
    punctuation: flags.punctuation,
    maxPieceLength: flags['max-piece-length'],
    minCount: flags['min-count'],
    maxSourceShare: flags['max-source-share'],
    minSources: flags['min-sources'],
    minSourceCount: flags['min-source-count'],
    evenness: flags.evenness,
    characterFactor: flags['character-factor'],
    ...appendOptionsFrom(flags),
  };
}

function scriptsOrLanguageFrom(flags: FlagValues<typeof EXTEND_FLAGS>): Pick<ExtendOptions, 'scripts'> {
  const { language } = flags;
  if (language === undefined) return scriptsFrom(flags);
  if (flags.scripts.length > 0) {
    throw new UsageError('--language and --scripts both say what is learnt', { hint: 'Leave one of them out.' });
  }
  const scripts = scriptsOfLanguage(language);
  if (scripts !== undefined) return { scripts };
  throw new UsageError(`--language: no language is known by the code ${JSON.stringify(language)}`, {
    hint: 'Give a code of BCP 47, such as ja, ko, th or hi, or name the scripts with --scripts.',
  });
}

/**
 * All that the flags say of learning from these sources.
 *
 * @throws UsageError for a weight that is no number, or a name that is no source
 * @throws InputError for a text to preserve that is missing
 */
export async function learningFrom(
  flags: FlagValues<typeof EXTEND_FLAGS & typeof CURVE_FLAGS>,
  sources: readonly FileSource[],
) {
  return {
    ...extendOptionsFrom(flags),
    sources: weighedSources(sources, flags),
    preserve: await preservedSources(flags),
    curve: curveOptionsFrom(flags),
  };
}

/** The texts that `--preserve` names. */
async function preservedSources({ preserve }: FlagValues<typeof EXTEND_FLAGS>): Promise<ExtendSource[]> {
  return preserve.length === 0 ? [] : (await openSources(preserve)).sources;
}

function joinFrom({ join: values }: FlagValues<typeof EXTEND_FLAGS>): Pick<ExtendOptions, 'join' | 'joinDigits'> {
  const modes = values.filter((value) => value !== 'digits');
  if (modes.length > 1) throw new UsageError(`--join: ${modes.join(' and ')} exclude each other`);
  return {
    ...(modes[0] !== undefined && { join: modes[0] }),
    ...(values.includes('digits') && { joinDigits: true }),
  };
}

/** The sources with the weights that `--source-weight` gives them. */
function weighedSources(sources: readonly FileSource[], flags: FlagValues<typeof EXTEND_FLAGS>): ExtendSource[] {
  const weights = new Map<string, number>();
  for (const value of flags['source-weight']) {
    const at = value.lastIndexOf('=');
    const [name, weight] = [value.slice(0, at), Number(value.slice(at + 1))];
    if (at < 1 || value.length === at + 1 || Number.isNaN(weight)) {
      throw new UsageError(`--source-weight: ${JSON.stringify(value)} is not a name, = and a number`, {
        hint: 'Such as --source-weight zh-wiki=4.',
      });
    }
    if (!sources.some((source) => namesOf(source).includes(name))) {
      const known = new Set(sources.map((source) => source.givenName ?? textName(source.name)));
      throw new UsageError(`--source-weight: no input is called ${JSON.stringify(name)}`, {
        hint: `The inputs are ${[...known].join(', ')}.`,
      });
    }
    weights.set(name, weight);
  }
  return sources.map((source) => {
    const weight = namesOf(source)
      .map((name) => weights.get(name))
      .find((value) => value !== undefined);
    return weight === undefined ? source : { ...source, weight };
  });
}

// The most particular first.
function namesOf({ name, givenName = name }: FileSource): string[] {
  return [name, textName(name), givenName];
}

/** Flags of the size curve. */
export const CURVE_FLAGS = defineGroup('Size', {
  curve: { type: 'boolean', help: 'Tokens, rows and bytes at each size, and the size to choose' },
  'curve-up-to': {
    type: 'integer',
    help: 'Rank this many new pieces for it; default as many as are appended',
  },
  'curve-step': {
    type: 'integer',
    help: 'New pieces from one size to the next; default 1,000',
  },
  'curve-least-gain': {
    type: 'number',
    help: 'Share of the tokens that 1,000 pieces must save to be worth it; default 0.005',
  },
  'hidden-size': {
    type: 'integer',
    help: 'Values in an embedding row, for the bytes; default 4,096',
  },
});

/** The curve that the flags ask for, if they do. */
export function curveOptionsFrom(
  flags: FlagValues<typeof CURVE_FLAGS>,
): (CurveOptions & { upTo?: number | undefined }) | undefined {
  const upTo = flags['curve-up-to'];
  if (!flags.curve && upTo === undefined) return undefined;
  return {
    upTo,
    step: flags['curve-step'],
    leastGain: flags['curve-least-gain'],
    hiddenSize: flags['hidden-size'],
  };
}
