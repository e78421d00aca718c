// What a person sees of a training that goes on: phase, round, pieces left, objective.

import { asPercent, counted, groupDigits } from '../../core/counted.ts';
import type { CorpusStats } from '../../corpus/read/corpus-stats.ts';
import type { ExtendProgress } from '../../train/extend/options.ts';
import type { LoadSummary, TrainProgress } from '../../train/runtime/train-runtime.ts';
import { type CommandOutput, formatBytes, type ProgressUpdate } from './command-output.ts';
import { describeCorpus } from './corpus-summary.ts';

/**
 * A listener for `TrainRuntime.onProgress` that shows progress and reports what was loaded.
 *
 * @param stats of the corpus reader, when the text comes from files; complete when training starts
 */
export function showTrainProgress(output: CommandOutput, stats?: CorpusStats): (event: TrainProgress) => void {
  return (event) => {
    if (event.summary) {
      if (stats) {
        output.message(describeCorpus(stats));
        sayCutLines(output, stats);
      }
      output.message(describeLoad(event.summary));
      warnOfLostLines(output, event.summary);
      return;
    }
    const details = [
      event.pieces !== undefined && counted(event.pieces, 'piece'),
      event.objective !== undefined && `objective ${event.objective.toFixed(4)}`,
      event.tokens !== undefined && counted(event.tokens, 'token'),
    ].filter((part) => part !== false);
    const what = PHASES[event.phase](event);
    if (event.phase === 'load') output.progress(readingProgress(what, event.done ?? 0, stats));
    else {
      output.progress({
        what,
        // Expectation and pruning take turns until the end.
        ...((event.phase === 'em' || event.phase === 'prune') && { series: 'em' }),
        ...(event.done !== undefined && { done: event.done }),
        ...(event.total !== undefined && { total: event.total }),
        ...(event.phase === 'bpe' && { unit: 'merges' }),
        ...(event.phase === 'seed' && { unit: 'characters' }),
        details: event.phase === 'bpe' ? [] : details,
      });
    }
    if (event.objective !== undefined) output.detail(`${what}: ${details.join(', ')}`);
  };
}

/** How far a corpus is read: by its bytes on the disk, where they are known. */
export function readingProgress(what: string, lines: number, stats?: CorpusStats): ProgressUpdate {
  if (stats === undefined || stats.totalBytes === 0)
    return { what, done: lines, unit: 'lines', details: [memoryInUse] };
  const { bytesRead, totalBytes } = stats;
  return bytesProgress(what, { done: bytesRead, total: totalBytes }, counted(lines, 'line'));
}

/** How many bytes of all are done, and what it takes of memory. */
export function bytesProgress(
  what: string,
  { done, total }: { readonly done: number; readonly total: number },
  ...details: string[]
): ProgressUpdate {
  const read = `${formatBytes(done)} of ${formatBytes(total)}`;
  return { what, done, total, unit: 'bytes', details: [read, memoryInUse, ...details] };
}

/** What the process has at the moment. */
export function memoryInUse(): string {
  return `${formatBytes(process.memoryUsage.rss())} of memory`;
}

const PHASES: { readonly [K in TrainProgress['phase']]: (event: TrainProgress) => string } = {
  load: () => 'reading the corpus',
  seed: () => 'finding frequent substrings',
  em: ({ round = 0, subIteration = 0 }) => `EM round ${round + 1}, step ${subIteration + 1}`,
  prune: ({ round = 0 }) => `pruning, round ${round + 1}`,
  bpe: () => 'learning merges',
  finalize: () => 'choosing the final pieces',
};

const EXTEND_PHASES: { readonly [K in ExtendProgress['phase']]: string } = {
  read: 'reading the corpus',
  learn: 'learning merges',
  relearn: 'learning the chosen merges',
};

/** A listener for `ExtendRuntime.onProgress`; says once what was read, where it comes from files. */
export function showExtendProgress(output: CommandOutput, stats?: CorpusStats): (event: ExtendProgress) => void {
  let isRead = false;
  return ({ phase, done, total }) => {
    if (phase === 'read') {
      output.progress(readingProgress(EXTEND_PHASES.read, done, stats));
      return;
    }
    if (!isRead) {
      isRead = true;
      output.endProgress();
      if (stats) output.message(describeCorpus(stats));
    }
    output.progress({
      what: EXTEND_PHASES[phase],
      done,
      ...(total !== undefined && { total }),
      unit: 'merges',
      details: [memoryInUse],
    });
  };
}

function describeLoad(summary: LoadSummary): string {
  return (
    `${counted(summary.sentences, 'sentence')}, ${counted(summary.characters, 'character')}; ` +
    `alphabet of ${groupDigits(summary.alphabetSize)} covers ${asPercent(summary.coverage, 3)}`
  );
}

// The model is another than spm_train's then, which nobody would guess.
function sayCutLines(output: CommandOutput, { split }: CorpusStats): void {
  if (split === 0) return;
  output.message(
    `${counted(split, 'line')} longer than --max-sentence-length ${split === 1 ? 'was' : 'were'} cut into parts, where spm_train drops ` +
      `${split === 1 ? 'it' : 'them'}; --split-long-lines=false gives its model`,
  );
}

function warnOfLostLines(output: CommandOutput, summary: LoadSummary): void {
  if (summary.tooLongLines > 0) {
    output.warn(
      `${counted(summary.tooLongLines, 'line')} (${formatBytes(summary.tooLongBytes)}) longer than --max-sentence-length ` +
        `${summary.tooLongLines === 1 ? 'was' : 'were'} dropped; raise it or leave --split-long-lines on`,
    );
  }
  if (summary.reservedLines > 0) {
    output.warn(
      `${counted(summary.reservedLines, 'line')} with the reserved character U+2585 ${summary.reservedLines === 1 ? 'was' : 'were'} dropped`,
    );
  }
  if (summary.notSampledLines > 0) {
    output.message(`${counted(summary.notSampledLines, 'line was', 'lines were')} left out by --input-sentence-size`);
  }
}
