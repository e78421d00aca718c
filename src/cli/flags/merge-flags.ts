// The flags that say how a model is merged, shared by `merge` and `build`.
import type { MergeOptions, MergePreset, MergeScores } from '../../merge/merge-options.ts';
import type { CommandOption, ParsedOptions } from '../declare/command.ts';
import { appendFlags, appendOptionsFrom, scriptsFlag, scriptsFrom } from './append-flags.ts';

const group = 'Merging';

/** Flags of merging. */
export const MERGE_FLAGS: readonly CommandOption[] = [
  {
    name: 'preset',
    type: 'string',
    choices: ['chinese-llama', 'belle'],
    group,
    help: 'A published recipe: chinese-llama (score 0), belle (scores of the extension); other flags win over it',
  },
  {
    name: 'scores',
    type: 'string',
    choices: ['zero', 'below', 'last', 'keep'],
    group,
    help: 'Scores of new pieces; default below: distinct, and under every merge of the base, so that its merges stay',
  },
  scriptsFlag({ group, help: 'Only pieces of these Unicode scripts; default all' }),
  { name: 'max-piece-length', type: 'integer', group, help: 'Only pieces of at most this many characters' },
  {
    name: 'target-size',
    type: 'integer',
    group,
    help: 'Exactly this many pieces in all; the best-ranked ones are taken',
  },
  {
    name: 'drop-unreachable',
    type: 'flag',
    group,
    help: 'Leave out new pieces that the encoder could never emit, and take the next-ranked ones; default false',
  },
  ...appendFlags(group),
];

/** The merge options that the flags ask for. */
export function mergeOptionsFrom(
  options: ParsedOptions,
): MergeOptions & { baseRows?: number | undefined; golden: boolean } {
  return {
    preset: options.string('preset') as MergePreset | undefined,
    scores: options.string('scores') as MergeScores | undefined,
    ...scriptsFrom(options),
    maxPieceLength: options.number('max-piece-length'),
    targetSize: options.number('target-size'),
    ...(options.flag('drop-unreachable') && { dropUnreachable: true }),
    ...appendOptionsFrom(options),
  };
}
