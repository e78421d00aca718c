// The flags that say which text is read and how, shared by the commands that train.

import type { ReadCorpusOptions } from '../../corpus/lines/read-corpus.ts';
import type { CorpusStats } from '../../corpus/read/corpus-stats.ts';
import { InputError, UsageError } from '../../errors.ts';
import type { CommandOption } from '../command.ts';
import type { ParsedOptions } from '../command-line.ts';
import { type CommandOutput, formatBytes, formatCount } from '../output/command-output.ts';

const group = 'Input';

/** For every command that reads text. */
export const FIELD_FLAG: CommandOption = {
  name: 'field',
  type: 'string',
  placeholder: 'NAME',
  help: 'Field or column with the text, for jsonl, csv, tsv and parquet; default text',
};

/** What {@link FIELD_FLAG} asks for, as `readLines` takes it. */
export function fieldFrom(options: ParsedOptions): { readonly field?: string } {
  const field = options.string('field');
  return field === undefined ? {} : { field };
}

/** What to throw when there is nothing to measure on. */
export function noText(inputs: readonly string[]): InputError {
  return new InputError(`${inputs.join(', ')}: no text in 0 lines`, { hint: 'Check the input.' });
}

/** Flags of reading a corpus. */
export const CORPUS_FLAGS: readonly CommandOption[] = [
  { ...FIELD_FLAG, group },
  {
    name: 'split-long-lines',
    type: 'flag',
    group,
    help: 'Cut long lines after 。！？； instead of dropping them; default true',
  },
  { name: 'dedupe', type: 'flag', group, help: 'Take each distinct line once; default false' },
  {
    name: 'mix',
    type: 'string',
    list: true,
    multiple: true,
    placeholder: 'NAME=WEIGHT',
    group,
    help: 'How often the lines of a source count: 3 each three times, 0.6 six lines in ten (by a hash of the line). A source is an --input given as NAME=PATH, else a folder or a file by its name without extensions; default 1',
  },
];

/** The reading options that the flags ask for. */
export function corpusOptionsFrom(options: ParsedOptions): ReadCorpusOptions {
  const splitLongLines = options.optionalFlag('split-long-lines');
  const mix = mixFrom(options.strings('mix'));
  return {
    ...fieldFrom(options),
    ...(mix !== undefined && { mix }),
    ...(splitLongLines !== undefined && { splitLongLines }),
    dedupe: options.flag('dedupe'),
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

/** What was read, what is kept of it, and what was changed or left out and why. */
export function describeCorpus(stats: CorpusStats): string {
  const { files, bytesRead, lines, kept, keptBytes, documents } = stats;
  const changed = listOf([
    [stats.split, 'long lines split', undefined],
    [stats.invalidUtf8, 'invalid UTF-8 sequences replaced', undefined],
    [stats.nulCharacters, 'NUL characters removed', undefined],
  ]);
  const left = listOf([
    [stats.empty, 'empty lines', undefined],
    [stats.duplicates, 'duplicates', stats.duplicateBytes],
    [stats.outOfMix, 'by --mix', stats.outOfMixBytes],
    [stats.outOfSample, 'by --max-memory', stats.outOfSampleBytes],
    [stats.withoutText, 'records without text', undefined],
  ]);
  return [
    `read ${formatCount(files)} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytesRead)}: ${formatCount(lines)} lines`,
    `kept ${formatCount(kept)} sentences, ${formatBytes(keptBytes)} of text${documents > 0 ? `, from ${formatCount(documents)} documents` : ''}`,
    ...(changed === '' ? [] : [changed]),
    ...(left === '' ? [] : [`left out ${left}`]),
  ].join('; ');
}

/** Says that a text was not read as it is, for commands that do not describe what they read. */
export function warnOfReplacedBytes({ inputs, invalidUtf8 }: CorpusStats, output: Pick<CommandOutput, 'warn'>): void {
  if (invalidUtf8 === 0) return;
  const where = inputs.length === 1 ? inputs[0]!.name : `${formatCount(inputs.length)} files`;
  const what = invalidUtf8 === 1 ? 'invalid UTF-8 sequence was' : 'invalid UTF-8 sequences were';
  output.warn(`${where}: ${formatCount(invalidUtf8)} ${what} read as U+FFFD`);
}

/** UTF-8 bytes of all sentences that were read, kept or not. */
export function textBytesOf(stats: CorpusStats): number {
  return stats.keptBytes + stats.duplicateBytes + stats.outOfMixBytes + stats.outOfSampleBytes;
}

function listOf(counts: readonly (readonly [count: number, what: string, bytes: number | undefined])[]): string {
  return counts
    .filter(([count]) => count > 0)
    .map(
      ([count, what, bytes]) => `${formatCount(count)} ${what}${bytes === undefined ? '' : ` (${formatBytes(bytes)})`}`,
    )
    .join(', ');
}
