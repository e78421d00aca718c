// Where a command says things: results to stdout, messages and progress to stderr, as --json, --quiet and --verbose ask.
// A terminal gets one progress line that is redrawn; anything else gets plain lines, few enough to read in a log.
import { styleText } from 'node:util';
import { clipToWidth, displayWidth } from '../../report/print/display-width.ts';

/** A running step with a known or unknown end. */
export interface ProgressUpdate {
  /** What is going on, such as `training (EM round 3)`. */
  readonly what: string;
  /** Updates of one series measure their rate from its start, whatever `what` says; default: each `what` is its own. */
  readonly series?: string;
  /** How much is done, in `unit`s. */
  readonly done?: number;
  /** How much there is in all; with it, percentage and time left are shown. */
  readonly total?: number;
  /** What `done` counts: with it the rate is shown too. `bytes` are written as kB, MB and so on. */
  readonly unit?: string;
  /** More to say, such as `61,204 pieces`; the last ones are left out where the line is short. A function is asked when it is shown. */
  readonly details?: readonly (string | (() => string))[];
}

/** The two streams a command may write to; tests give their own. */
export interface OutputStreams {
  readonly stdout: { write(data: string | Uint8Array): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  /** Milliseconds of some clock. */
  readonly now: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How much a command says. */
export interface OutputLevels {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What commands write through. */
export interface CommandOutput extends OutputLevels {
  /** Result text on stdout; nothing under --json. */
  print(text: string): void;
  /** The one JSON document on stdout; nothing without --json. */
  printJson(value: unknown): void;
  /** Raw stdout, for commands whose output is data (encode, decode). */
  write(data: string | Uint8Array): void;
  /** A line on stderr about what was done. */
  message(text: string): void;
  /** A line on stderr that only --verbose shows. */
  detail(text: string): void;
  /** A `warning:` line on stderr. */
  warn(text: string): void;
  /** Shows or redraws progress. */
  progress(update: ProgressUpdate): void;
  /** Takes the progress line away. */
  endProgress(): void;
}

/** A redraw every 100 ms is smooth; a line in a log every 10 s is enough, and none for what takes less. */
const REDRAW_MS = 100;
const LOG_MS = 10_000;

/** Creates the output of one run. */
export function createCommandOutput(streams: OutputStreams, levels: OutputLevels): CommandOutput {
  const { stdout, stderr, now, env } = streams;
  const isTerminal = stderr.isTTY === true && env.TERM !== 'dumb';
  const hasColour = isTerminal && !env.NO_COLOR;
  let hasLine = false;
  let current = '';
  let startedAt = 0;
  let startedWith = 0;
  let shownAt = now();

  const clear = (): void => {
    if (hasLine) stderr.write('\r\x1b[K');
    hasLine = false;
  };
  const line = (text: string): void => {
    clear();
    stderr.write(`${text}\n`);
  };

  return {
    ...levels,
    print: (text) => {
      clear();
      if (!levels.json) stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    printJson: (value) => {
      clear();
      if (levels.json) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    write: (data) => {
      clear();
      stdout.write(data);
    },
    message: (text) => {
      if (!levels.quiet) line(text);
    },
    detail: (text) => {
      if (levels.verbose && !levels.quiet) line(text);
    },
    warn: (text) => {
      if (!levels.quiet)
        line(`${hasColour ? styleText('yellow', 'warning:', { validateStream: false }) : 'warning:'} ${text}`);
    },
    progress: (update) => {
      if (levels.quiet) return;
      const time = now();
      const series = update.series ?? update.what;
      const isNew = series !== current;
      if (isNew) {
        current = series;
        startedAt = time;
        startedWith = update.done ?? 0;
      }
      if (isTerminal ? !isNew && time - shownAt < REDRAW_MS : time - shownAt < LOG_MS) return;
      shownAt = time;
      const width = isTerminal ? (stderr.columns ?? 80) - 1 : Number.POSITIVE_INFINITY;
      const text = describeProgress(update, time - startedAt, { doneBefore: startedWith, width });
      stderr.write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
      hasLine = isTerminal;
    },
    endProgress: () => {
      clear();
      current = '';
    },
  };
}

/** What {@link describeProgress} may be told besides. */
interface ProgressLine {
  /** What was done when the time began; default 0. */
  readonly doneBefore?: number;
  /** Columns of the line; default as many as it takes. */
  readonly width?: number;
}

/**
 * One line of progress: what, how far, time left, rate, details. Where that is too long, details go first, the last one before
 * the others, then the rate; what goes on is cut short last, so that the time left is there to the end.
 */
export function describeProgress(
  { what, done, total, unit = '', details = [] }: ProgressUpdate,
  elapsedMs: number,
  { doneBefore = 0, width = Number.POSITIVE_INFINITY }: ProgressLine = {},
): string {
  const figures: string[] = [];
  const rates: string[] = [];
  const said = details.map((detail) => (typeof detail === 'string' ? detail : detail()));
  const amount = (value: number): string =>
    unit === 'bytes' ? formatBytes(Math.round(value)) : `${formatCount(value)} ${unit}`.trim();
  const hasShare = done !== undefined && total !== undefined && total > 0;
  if (hasShare) figures.push(`${Math.min(100, Math.floor((100 * done) / total))} %`);
  else if (done !== undefined) figures.push(amount(done));
  if (done !== undefined && done > doneBefore && elapsedMs >= 1000) {
    const rate = ((done - doneBefore) * 1000) / elapsedMs;
    if (hasShare) figures.push(`${formatDuration((1000 * Math.max(0, total - done)) / rate)} left`);
    if (unit !== '') rates.push(`${amount(rate)}/s`);
  }
  for (let kept = rates.length + said.length; ; kept--) {
    const parts = [...figures, ...[...rates, ...said].slice(0, kept)];
    const rest = parts.length === 0 ? ' ...' : `: ${parts.join(', ')}`;
    if (kept > 0 && displayWidth(what + rest) > width) continue;
    return clipToWidth(what, Math.max(0, width - displayWidth(rest))) + rest;
  }
}

/** 1234567 -> `1,234,567`; small fractions keep one digit. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** Bytes in the unit people read: 757958 -> `758.0 kB`. */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
}

/** Milliseconds as `0.4 s`, `12 s`, `3 min 5 s`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
