// The flags that every command has which appends pieces to a base, however it comes by them: merge, extend, build.

import type { AppendOptions } from '../../pipeline/build/extend-vocabulary.ts';
import type { CommandOption, ParsedOptions } from '../declare/command.ts';

/** What may be said of a flag that stands in several commands. */
interface FlagPlace {
  readonly help: string;
  readonly group?: string;
}

/** `--scripts Han,Hiragana`, with what it means for this command. */
export function scriptsFlag(place: FlagPlace): CommandOption {
  return { name: 'scripts', type: 'string', list: true, multiple: true, placeholder: 'Han,…', ...place };
}

/** The chosen scripts; nothing when there are none, so that the default stays. */
export function scriptsFrom(options: ParsedOptions): { readonly scripts?: readonly string[] } {
  return options.has('scripts') ? { scripts: options.strings('scripts') } : {};
}

/** Flags of what comes with the new pieces: added tokens, rows, the golden file. */
export function appendFlags(group: string): readonly CommandOption[] {
  return [
    {
      name: 'add-token',
      type: 'string',
      multiple: true,
      placeholder: 'TOKEN',
      group,
      help: 'Append this token behind the new pieces, such as [PAD]',
    },
    { name: 'pad-to-multiple-of', type: 'integer', group, help: 'Pad the rows (not the pieces) to a multiple of this' },
    {
      name: 'base-rows',
      type: 'integer',
      group,
      help: "Rows of the base checkpoint's embedding, when it has more than pieces",
    },
    {
      name: 'golden',
      type: 'flag',
      group,
      help: 'Also write golden.jsonl: some hundred texts with their ids, to check other runtimes with',
    },
  ];
}

/** What {@link appendFlags} ask for. */
export function appendOptionsFrom(options: ParsedOptions): AppendOptions & { readonly golden: boolean } {
  return {
    addTokens: options.strings('add-token'),
    padToMultipleOf: options.number('pad-to-multiple-of'),
    baseRows: options.number('base-rows'),
    golden: options.flag('golden'),
  };
}
