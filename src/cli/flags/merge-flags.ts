// The flags that say how a model is merged, shared by `merge` and `build`.
import type { MergeOptions } from '../../merge/merge-options.ts';

import { defineGroup, type FlagValues } from '../declare/flag.ts';
import { APPEND_FLAGS, appendOptionsFrom, scriptsFlag, scriptsFrom } from './append-flags.ts';

/** Flags of merging. */
export const MERGE_FLAGS = defineGroup('Merging', {
  preset: {
    type: 'string',
    choices: ['chinese-llama', 'belle'],
    help: 'A published recipe: chinese-llama (score 0), belle (scores of the extension); other flags win over it',
  },
  scores: {
    type: 'string',
    choices: ['zero', 'below', 'last', 'keep'],
    help: 'Scores of new pieces; default below: distinct, and under every merge of the base, so that its merges stay',
  },
  scripts: scriptsFlag('Only pieces of these Unicode scripts; default all'),
  'max-piece-length': { type: 'integer', help: 'Only pieces of at most this many characters' },
  'target-size': {
    type: 'integer',
    help: 'Exactly this many pieces in all; the best-ranked ones are taken',
  },
  'drop-unreachable': {
    type: 'boolean',
    help: 'Leave out new pieces that the encoder could never emit, and take the next-ranked ones; default false',
  },
  ...APPEND_FLAGS,
});

/** The merge options that the flags ask for. */
export function mergeOptionsFrom(
  flags: FlagValues<typeof MERGE_FLAGS>,
): MergeOptions & { baseRows?: number | undefined; fillPadding?: boolean | undefined; golden: boolean } {
  return {
    preset: flags.preset,
    scores: flags.scores,
    ...scriptsFrom(flags),
    maxPieceLength: flags['max-piece-length'],
    targetSize: flags['target-size'],
    ...(flags['drop-unreachable'] && { dropUnreachable: true }),
    ...appendOptionsFrom(flags),
  };
}
