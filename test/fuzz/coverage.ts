// Which code of src/ has run, from V8's own precise coverage: no code is instrumented, nothing is built. Asking costs some
// milliseconds, so it is asked once for a batch of cases. Spec: Profiler.takePreciseCoverage of the inspector protocol.
import { type Profiler, Session } from 'node:inspector/promises';

/** What ran between two looks. */
export interface Look {
  /** Whether any of it had never run before, as far as noted. */
  readonly isNew: boolean;
  /** Notes it as having run. */
  note(): void;
}

/** What has run so far. */
export interface Coverage {
  /** Looks at what ran since the last look. */
  look(): Promise<Look>;
  /** Functions that have run. */
  readonly functions: number;
  close(): Promise<void>;
}

type Range = readonly [start: number, end: number];

/** Starts counting what runs of files with this part in their path. */
export async function openCoverage(part = '/src/'): Promise<Coverage> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  /** Parts of each function that have never run. */
  const missed = new Map<string, readonly Range[]>();
  return {
    get functions() {
      return missed.size;
    },
    async look() {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      const news = new Map<string, readonly Range[]>();
      for (const { url, functions } of result) {
        if (!url.includes(part)) continue;
        for (const { ranges } of functions) {
          const whole = ranges[0]!;
          if (whole.count === 0) continue;
          const key = `${url}:${whole.startOffset}:${whole.endOffset}`;
          const before = missed.get(key);
          if (before?.length === 0) continue;
          const left = common(before ?? [[whole.startOffset, whole.endOffset]], deadRanges(ranges));
          if (before === undefined || size(left) < size(before)) {
            news.set(key, left);
          }
        }
      }
      return {
        isNew: news.size > 0,
        note() {
          for (const [key, left] of news) missed.set(key, missed.has(key) ? common(missed.get(key)!, left) : left);
        },
      };
    },
    async close() {
      await session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

/** Ranges come from outside in: an inner one says otherwise than those around it. */
function deadRanges(ranges: readonly Profiler.CoverageRange[]): Range[] {
  const dead: Range[] = [];
  for (const { startOffset, endOffset, count } of ranges) if (count === 0) dead.push([startOffset, endOffset]);
  return dead.filter((one, i) => !dead.some((other, j) => j !== i && other[0] <= one[0] && other[1] >= one[1]));
}

function common(a: readonly Range[], b: readonly Range[]): Range[] {
  const both: Range[] = [];
  for (const [start, end] of a) {
    for (const [from, to] of b) {
      const [first, last] = [Math.max(start, from), Math.min(end, to)];
      if (first < last) both.push([first, last]);
    }
  }
  return both;
}

function size(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}
