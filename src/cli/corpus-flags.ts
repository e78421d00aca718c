// The flags that say which text is read and how, shared by `train`, `build` and `count`.

import type { CorpusStats } from '../corpus/corpus-stats.ts';
import type { ReadCorpusOptions } from '../corpus/read-corpus.ts';
import type { CommandOption } from './command.ts';
import type { ParsedOptions } from './command-line.ts';
import { type CommandOutput, formatBytes, formatCount } from './command-output.ts';

const group = 'Input';

/** Flags of reading a corpus. */
export const CORPUS_FLAGS: readonly CommandOption[] = [
  {
    name: 'field',
    type: 'string',
    placeholder: 'NAME',
    group,
    help: 'Field or column with the text, for jsonl, csv, tsv and parquet; default text',
  },
  {
    name: 'split-long-lines',
    type: 'flag',
    group,
    help: 'Cut long lines after 。！？； instead of dropping them; default true',
  },
  { name: 'dedupe', type: 'flag', group, help: 'Take each distinct line once; default false' },
];

/** The reading options that the flags ask for. */
export function corpusOptionsFrom(options: ParsedOptions): ReadCorpusOptions {
  const field = options.string('field');
  const splitLongLines = options.optionalFlag('split-long-lines');
  return {
    ...(field !== undefined && { field }),
    ...(splitLongLines !== undefined && { splitLongLines }),
    dedupe: options.flag('dedupe'),
  };
}

/** Says what was read, and what was lost and why. */
export function describeCorpus(output: CommandOutput, stats: CorpusStats): void {
  output.message(
    `read ${formatCount(stats.files)} file${stats.files === 1 ? '' : 's'}, ${formatBytes(stats.bytesRead)}: ` +
      `${formatCount(stats.lines)} lines, ${formatCount(stats.kept)} kept, ${formatCount(stats.split)} split`,
  );
}
