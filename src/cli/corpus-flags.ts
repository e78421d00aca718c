// The flags that say which text is read and how, shared by `train`, `build` and `count`.

import type { CorpusStats } from '../corpus/corpus-stats.ts';
import type { ReadCorpusOptions } from '../corpus/read-corpus.ts';
import type { CommandOption } from './command.ts';
import type { ParsedOptions } from './command-line.ts';
import { formatBytes, formatCount } from './command-output.ts';

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

/** What was read, and what was lost and why, in one line. */
export function describeCorpus(stats: CorpusStats): string {
  const notes = [
    [stats.empty, 'empty'],
    [stats.split, 'split because they are long'],
    [stats.duplicates, 'left out as duplicates'],
    [stats.withoutText, 'records without text'],
    [stats.invalidUtf8, 'invalid UTF-8 sequences replaced'],
    [stats.nulCharacters, 'NUL characters removed'],
  ] as const;
  const files = `${formatCount(stats.files)} ${stats.files === 1 ? 'file' : 'files'}`;
  const details = notes.filter(([count]) => count > 0).map(([count, what]) => `, ${formatCount(count)} ${what}`);
  return `read ${files}, ${formatBytes(stats.bytesRead)}: ${formatCount(stats.lines)} lines${details.join('')}`;
}
