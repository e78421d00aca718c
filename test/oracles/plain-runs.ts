// Counted runs as a list that can be read: each run of a source once with its count, in the order in which they first came.
import type { CountedRuns } from '../../src/train/extend/run-counter.ts';
import { BARRIER, type Cells } from '../../src/train/merges/merge-text.ts';

/** A run of symbols and how often it occurs. */
export type PlainRun = readonly [symbols: readonly number[], count: number];

/** The runs of each source. */
export function plainRuns({ counted, once, runCounts, runPlaces, sourceStarts }: CountedRuns): PlainRun[][] {
  const single = runsIn(once);
  const several = runsIn(counted);
  let place = 0;
  let next = 0;
  return sourceStarts.slice(1).map((end, source) => {
    const found = new Map<string, PlainRun>();
    const add = (symbols: readonly number[], count: number): void => {
      found.set(String(symbols), [symbols, (found.get(String(symbols))?.[1] ?? 0) + count]);
    };
    const addSingles = (until: number): void => {
      for (; place < until; place += single[next - 1]!.length + 1) add(single[next++]!, 1);
    };
    for (let run = sourceStarts[source]!; run < end; run++) {
      addSingles(runPlaces[run]!);
      add(several[run]!, runCounts[run]!);
    }
    addSingles(single.reduce((sum, run) => sum + run.length + 1, 0));
    return [...found.values()];
  });
}

function runsIn(parts: readonly Cells[]): number[][] {
  const runs: number[][] = [[]];
  for (const symbol of parts.flatMap((part) => [...part])) {
    if (symbol === BARRIER) runs.push([]);
    else runs.at(-1)!.push(symbol);
  }
  return runs.slice(0, -1);
}
