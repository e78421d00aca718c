// What was read of a corpus, in words: what is kept, what was changed or left out, and why.
import { asPercent, counted } from '../../core/counted.ts';
import type { CorpusStats } from '../../corpus/read/corpus-stats.ts';
import type { FoundScripts } from '../../train/extend/options.ts';
import { type CommandOutput, formatBytes } from './command-output.ts';

/** What was read, what is kept of it, and what was changed or left out and why. */
export function describeCorpus(stats: CorpusStats): string {
  const { files, bytesRead, lines, kept, keptBytes, documents } = stats;
  const changed = listOf([
    [stats.split, 'long line', ' split', undefined],
    [stats.invalidUtf8, 'invalid UTF-8 sequence', ' replaced', undefined],
    [stats.nulCharacters, 'NUL character', ' removed', undefined],
  ]);
  const left = listOf([
    [stats.empty, 'empty line', '', undefined],
    [stats.duplicates, 'duplicate', '', stats.duplicateBytes],
    [stats.outOfMix, 'line', ' by --mix', stats.outOfMixBytes],
    [stats.outOfSample, 'line', ' by --max-memory', stats.outOfSampleBytes],
    [stats.withoutText, 'record', ' without text', undefined],
  ]);
  return [
    `read ${counted(files, 'file')}, ${formatBytes(bytesRead)}: ${counted(lines, 'line')}`,
    `kept ${counted(kept, 'sentence')}, ${formatBytes(keptBytes)} of text${documents > 0 ? `, from ${counted(documents, 'document')}` : ''}`,
    ...(changed === '' ? [] : [changed]),
    ...(left === '' ? [] : [`left out ${left}`]),
  ].join('; ');
}

/** Scripts that have less of the letters are not worth mentioning. */
const LEAST_MENTIONED = 0.001;

/** The scripts that were found in a text, and what is left alone. */
export function describeScripts({ scripts, shares }: FoundScripts): string {
  if (shares.length === 0) return 'the text has no letters';
  const list = (shown: FoundScripts['shares']): string =>
    shown.map(({ script, share }) => `${script} (${asPercent(share)})`).join(', ');
  const learnt = shares.filter(({ script }) => scripts.includes(script));
  const others = shares.filter(({ script, share }) => !scripts.includes(script) && share >= LEAST_MENTIONED);
  return [
    `scripts of the text, by letters: ${list(learnt)}`,
    ...(others.length > 0 ? [`not learnt: ${list(others)}; --scripts chooses others`] : []),
    ...(scripts.includes('Latin') ? ['English may get other ids, but never more tokens'] : []),
  ].join('; ');
}

/** Says that a text was not read as it is, for commands that do not describe what they read. */
export function warnOfChangedText(
  { inputs, invalidUtf8, withoutText }: CorpusStats,
  output: Pick<CommandOutput, 'warn'>,
): void {
  // A large file may have been read in sections.
  const names = new Set(inputs.map(({ name }) => name));
  const where = names.size === 1 ? [...names][0]! : counted(names.size, 'file');
  if (invalidUtf8 > 0) {
    const what = counted(invalidUtf8, 'invalid UTF-8 sequence was', 'invalid UTF-8 sequences were');
    output.warn(`${where}: ${what} read as U+FFFD`);
  }
  if (withoutText > 0) {
    output.warn(`${where}: ${counted(withoutText, 'record without text was', 'records without text were')} left out`);
  }
}

/** UTF-8 bytes of all sentences that were read, kept or not. */
export function textBytesOf(stats: CorpusStats): number {
  return stats.keptBytes + stats.duplicateBytes + stats.outOfMixBytes + stats.outOfSampleBytes;
}

function listOf(
  counts: readonly (readonly [count: number, noun: string, how: string, bytes: number | undefined])[],
): string {
  return counts
    .filter(([count]) => count > 0)
    .map(
      ([count, noun, how, bytes]) =>
        `${counted(count, noun)}${how}${bytes === undefined ? '' : ` (${formatBytes(bytes)})`}`,
    )
    .join(', ');
}
