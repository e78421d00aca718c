// The flags that say which text is read and how, shared by the commands that train.

import type { ReadCorpusOptions } from '../../corpus/lines/read-corpus.ts';
import { InputError, UsageError } from '../../errors.ts';
import { defineFlags, defineGroup, type FlagValues } from '../declare/flag.ts';
import type { CommandOutput } from '../output/command-output.ts';

/** For every command that reads text. */
export const FIELD_FLAGS = defineFlags({
  field: {
    type: 'string',
    placeholder: 'NAME',
    help: 'Field or column with the text, for jsonl, csv, tsv and parquet; default text. a.b is a field of a field, messages[].content one of every entry of a list; several, with commas, give one text with a line for each',
  },
});

/** What {@link FIELD_FLAGS} ask for, as `readLines` takes it. */
export function fieldFrom({ field }: FlagValues<typeof FIELD_FLAGS>): { readonly field?: readonly string[] } {
  return field === undefined ? {} : { field: field.split(',') };
}

/** Says that standard input is being read where a person would wait for something to happen. */
export function announceStdin(inputs: readonly string[], output: Pick<CommandOutput, 'message'>): void {
  if (inputs.includes('-') && process.stdin.isTTY) {
    output.message('reads standard input: type text, and Ctrl-D at the end; --input reads files instead');
  }
}

/** What to throw when there is nothing to measure on. */
export function noText(inputs: readonly string[]): InputError {
  const shown = inputs.map((input) => (input === '-' ? 'standard input' : input)).join(', ');
  return new InputError(`${shown}: there is no text`, { hint: 'Check the input.' });
}

/** Flags of reading a corpus. */
export const CORPUS_FLAGS = defineGroup('Input', {
  ...FIELD_FLAGS,
  'split-long-lines': {
    type: 'boolean',
    help: 'Cut long lines after 。！？； instead of dropping them; default true',
  },
  dedupe: { type: 'boolean', help: 'Take each distinct line once; default false' },
  mix: {
    type: 'string',
    list: true,
    multiple: true,
    placeholder: 'NAME=WEIGHT',
    help: 'How often the lines of a source count: 3 repeats every line three times; 0.6 keeps 60 % of the lines, always the same ones. A source is an --input given as NAME=PATH, else a folder or a file by its name without extensions; default 1',
  },
});

/** The reading options that the flags ask for. */
export function corpusOptionsFrom(flags: FlagValues<typeof CORPUS_FLAGS>): ReadCorpusOptions {
  const splitLongLines = flags['split-long-lines'];
  const mix = mixFrom(flags.mix);
  return {
    ...fieldFrom(flags),
    ...(mix !== undefined && { mix }),
    ...(splitLongLines !== undefined && { splitLongLines }),
    dedupe: flags.dedupe ?? false,
  };
}

/** `news=0.6`, `wiki=3` -> weights by name. */
function mixFrom(parts: readonly string[]): Record<string, number> | undefined {
  if (parts.length === 0) return undefined;
  const mix: Record<string, number> = {};
  for (const part of parts) {
    const at = part.lastIndexOf('=');
    const name = part.slice(0, Math.max(0, at));
    const weight = part.slice(at + 1);
    if (name === '' || !/^\d*\.?\d+$/.test(weight)) {
      throw new UsageError(`--mix: ${JSON.stringify(part)} is not NAME=WEIGHT with a weight of at least 0`, {
        hint: 'Write --mix news=0.6,wiki=3.',
      });
    }
    if (Object.hasOwn(mix, name)) throw new UsageError(`--mix: ${name} has two weights`, { hint: 'Give one.' });
    mix[name] = Number(weight);
  }
  return mix;
}
