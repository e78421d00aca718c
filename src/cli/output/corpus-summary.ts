// What was read of a corpus, in words: what is kept, what was changed or left out, and why.
import type { CorpusStats } from '../../corpus/read/corpus-stats.ts';
import { type CommandOutput, formatBytes, formatCount } from './command-output.ts';

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
