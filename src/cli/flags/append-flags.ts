// The flags that every command has which appends pieces to a base, however it comes by them: merge, extend, build.

import type { AppendOptions } from '../../pipeline/build/extend-vocabulary.ts';
import { defineFlags, type Flag, type FlagValues } from '../declare/flag.ts';

/** `--scripts Han,Hiragana`, with what it means for this command. */
export function scriptsFlag(help: string) {
  return { type: 'string', list: true, multiple: true, placeholder: 'Han,…', help } as const satisfies Flag;
}

/** The chosen scripts; nothing when there are none, so that the default stays. */
export function scriptsFrom({ scripts }: { readonly scripts: readonly string[] }): {
  readonly scripts?: readonly string[];
} {
  return scripts.length > 0 ? { scripts } : {};
}

/** Flags of what comes with the new pieces: added tokens, rows, the golden file. */
export const APPEND_FLAGS = defineFlags({
  'add-token': {
    option: 'addTokens',
    type: 'string',
    multiple: true,
    placeholder: 'TOKEN',
    help: 'Append this token behind the new pieces, such as [PAD]',
  },
  'pad-to-multiple-of': { type: 'integer', help: 'Pad the rows (not the pieces) to a multiple of this' },
  'base-rows': {
    option: 'base.rows',
    type: 'integer',
    help: "Rows of the base checkpoint's embedding, when it has more than pieces",
  },
  'fill-padding': {
    type: 'boolean',
    help: 'New pieces take the rows that the checkpoint has to spare (Qwen2.5 has 271), then the matrix grows; their number is vocab_size of the config.json beside the base, or --base-rows',
  },
  golden: {
    type: 'boolean',
    help: 'Also write golden.jsonl: some hundred texts with their ids, to check other runtimes with',
  },
});

/** What {@link APPEND_FLAGS} ask for. */
export function appendOptionsFrom(
  flags: FlagValues<typeof APPEND_FLAGS>,
): AppendOptions & { readonly golden: boolean } {
  return {
    addTokens: flags['add-token'],
    padToMultipleOf: flags['pad-to-multiple-of'],
    baseRows: flags['base-rows'],
    // Only where it is asked for: it is recorded in the manifest.
    ...(flags['fill-padding'] && { fillPadding: true }),
    golden: flags.golden ?? false,
  };
}
