// The flags of continued BPE, for `extend` and for whatever else learns pieces that way.

import { UsageError } from '../../errors.ts';
import { type AppendOptions, DEFAULT_NEW_PIECES } from '../../pipeline/build/extend-vocabulary.ts';
import type { CurveOptions } from '../../report/measure/extension-curve.ts';
import type { JoinMode } from '../../train/extend/join-rule.ts';
import { DEFAULT_MAX_PIECE_LENGTH, type ExtendOptions, type ExtendSource } from '../../train/extend/options.ts';
import type { CommandOption, ParsedOptions } from '../declare/command.ts';
import { formatCount } from '../output/command-output.ts';
import { textName } from '../output/text-name.ts';
import { appendFlags, appendOptionsFrom, scriptsFlag, scriptsFrom } from './append-flags.ts';

const group = 'Learning';

/** Flags of learning and appending. */
export const EXTEND_FLAGS: readonly CommandOption[] = [
  {
    name: 'new-pieces',
    type: 'integer',
    group,
    help: `New pieces, exactly; default ${formatCount(DEFAULT_NEW_PIECES)}, or as --target-size says`,
  },
  { name: 'target-size', type: 'integer', group, help: 'Exactly this many pieces in all' },
  scriptsFlag({ group, help: 'Every new piece has characters of these Unicode scripts; default Han' }),
  {
    name: 'join',
    type: 'string',
    multiple: true,
    choices: ['none', 'front', 'both', 'digits'],
    group,
    help: 'What else a piece may have: front (default) one mark or ▁ before the characters; both: marks anywhere, which ends stopping at the id of 。; digits: also digits in front (12月), which ends one token a digit',
  },
  {
    name: 'punctuation',
    type: 'string',
    group,
    help: 'Characters added on their own where the base lacks them; default Chinese punctuation',
  },
  {
    name: 'max-piece-length',
    type: 'integer',
    group,
    help: `Longest new piece in characters; default ${DEFAULT_MAX_PIECE_LENGTH}`,
  },
  { name: 'min-count', type: 'integer', group, help: 'Least count of a piece in the weighted text; default 2' },
  { name: 'max-source-share', type: 'number', group, help: 'No file weighs more than this share of all; default 1' },
  {
    name: 'min-sources',
    type: 'integer',
    group,
    help: 'A merged piece must occur in this many files, or in all that have its characters; default 1',
  },
  {
    name: 'min-source-count',
    type: 'integer',
    group,
    help: 'A file counts for --min-sources from this many occurrences on; default 1',
  },
  {
    name: 'source-weight',
    type: 'string',
    multiple: true,
    placeholder: 'NAME=N',
    group,
    help: 'Count this file N times, after its share; NAME is its path, or its name without extensions',
  },
  {
    name: 'evenness',
    type: 'number',
    group,
    help: 'From 0 to below 1: prefer pieces that occur in all files alike, for text of other kinds; default 0',
  },
  {
    name: 'character-factor',
    type: 'number',
    group,
    help: 'Rank a character as if it saved this many times its tokens, for text of other kinds; default 1',
  },
  ...appendFlags(group),
];

/** What the flags ask for. */
export function extendOptionsFrom(
  options: ParsedOptions,
): Partial<ExtendOptions> & AppendOptions & { targetSize?: number | undefined } {
  const newPieces = options.number('new-pieces');
  return {
    ...(newPieces !== undefined && { newPieces }),
    targetSize: options.number('target-size'),
    ...scriptsFrom(options),
    ...joinFrom(options),
    punctuation: options.string('punctuation'),
    maxPieceLength: options.number('max-piece-length'),
    minCount: options.number('min-count'),
    maxSourceShare: options.number('max-source-share'),
    minSources: options.number('min-sources'),
    minSourceCount: options.number('min-source-count'),
    evenness: options.number('evenness'),
    characterFactor: options.number('character-factor'),
    ...appendOptionsFrom(options),
  };
}

function joinFrom(options: ParsedOptions): Pick<ExtendOptions, 'join' | 'joinDigits'> {
  const values = options.strings('join');
  const modes = values.filter((value) => value !== 'digits');
  if (modes.length > 1) throw new UsageError(`--join: ${modes.join(' and ')} exclude each other`);
  return {
    ...(modes[0] !== undefined && { join: modes[0] as JoinMode }),
    ...(values.includes('digits') && { joinDigits: true }),
  };
}

/**
 * The sources with the weights that `--source-weight` gives them.
 *
 * @throws UsageError for a weight that is no number, or a name that is no source
 */
export function weighedSources(sources: readonly ExtendSource[], options: ParsedOptions): ExtendSource[] {
  const weights = new Map<string, number>();
  for (const value of options.strings('source-weight')) {
    const at = value.lastIndexOf('=');
    const [name, weight] = [value.slice(0, at), Number(value.slice(at + 1))];
    if (at < 1 || value.length === at + 1 || Number.isNaN(weight)) {
      throw new UsageError(`--source-weight: ${JSON.stringify(value)} is not a name, = and a number`, {
        hint: 'Such as --source-weight zh-wiki=4.',
      });
    }
    const isKnown = sources.some((source) => source.name === name || textName(source.name) === name);
    if (!isKnown) {
      throw new UsageError(`--source-weight: no input is called ${JSON.stringify(name)}`, {
        hint: `The inputs are ${sources.map((source) => textName(source.name)).join(', ')}.`,
      });
    }
    weights.set(name, weight);
  }
  return sources.map((source) => {
    const weight = weights.get(source.name) ?? weights.get(textName(source.name));
    return weight === undefined ? source : { ...source, weight };
  });
}

const curveGroup = 'Size';

/** Flags of the size curve. */
export const CURVE_FLAGS: readonly CommandOption[] = [
  {
    name: 'curve',
    type: 'flag',
    group: curveGroup,
    help: 'Tokens, rows and bytes at each size, and the size to choose',
  },
  {
    name: 'curve-up-to',
    type: 'integer',
    group: curveGroup,
    help: 'Rank this many new pieces for it; default as many as are appended',
  },
  {
    name: 'curve-step',
    type: 'integer',
    group: curveGroup,
    help: 'New pieces from one size to the next; default 1,000',
  },
  {
    name: 'curve-least-gain',
    type: 'number',
    group: curveGroup,
    help: 'Share of the tokens that 1,000 pieces must save to be worth it; default 0.005',
  },
  {
    name: 'hidden-size',
    type: 'integer',
    group: curveGroup,
    help: 'Values in an embedding row, for the bytes; default 4,096',
  },
];

/** The curve that the flags ask for, if they do. */
export function curveOptionsFrom(options: ParsedOptions): (CurveOptions & { upTo?: number | undefined }) | undefined {
  const upTo = options.number('curve-up-to');
  if (!options.flag('curve') && upTo === undefined) return undefined;
  return {
    upTo,
    step: options.number('curve-step'),
    leastGain: options.number('curve-least-gain'),
    hiddenSize: options.number('hidden-size'),
  };
}
