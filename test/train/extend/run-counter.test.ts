import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRunCounter } from '../../../src/train/extend/run-counter.ts';
import { type PlainRun, plainRuns } from '../../oracles/plain-runs.ts';
import { runs } from '../../runs.ts';

function countRuns(sources: readonly (readonly PlainRun[])[], isWeighed: boolean) {
  const counter = createRunCounter(isWeighed);
  for (const [index, source] of sources.entries()) {
    if (index > 0) counter.nextSource();
    // The rest of the array is of another run.
    for (const [symbols, count] of source) counter.add(Int32Array.from([...symbols, 99]), symbols.length, count);
  }
  return counter.handOut();
}

function countPlainly(source: readonly PlainRun[]): PlainRun[] {
  const counts = new Map<string, number>();
  for (const [symbols, count] of source) counts.set(String(symbols), (counts.get(String(symbols)) ?? 0) + count);
  return Array.from(counts, ([symbols, count]) => [symbols.split(',').map(Number), count]);
}

describe('createRunCounter', () => {
  const run = fc.tuple(
    fc.array(fc.constantFrom(0, 1, 0x10001), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(1, 1, 2, 2 ** 40),
  );
  const source = fc.array(run, { maxLength: 20 });

  it('keeps each run once, in the order in which they first came, with the sum of its counts', () => {
    fc.assert(
      fc.property(source, (all) => {
        const counted = countRuns([all], false);
        expect(plainRuns(counted)).toEqual([countPlainly(all)]);
        expect(counted.runCounts.every((count) => count > 1)).toBe(true);
      }),
      runs(50),
    );
  });

  it('keeps sources apart, and the counts of all runs then', () => {
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 3 }), (sources) => {
        const counted = countRuns(sources, true);
        expect(plainRuns(counted)).toEqual(sources.map(countPlainly));
        expect(counted.once).toEqual([]);
      }),
      runs(50),
    );
  });

  it('begins a stretch where there are many runs, and counts what comes again behind it', () => {
    const many = Array.from({ length: 70_000 }, (_, i): PlainRun => [[i >> 8, i & 0xff], 1]);
    const counted = countRuns([[...many, ...many]], false);
    expect(counted.once.length + counted.counted.length).toBeGreaterThan(2);
    expect(plainRuns(counted)).toEqual([many.map(([symbols]) => [symbols, 2])]);
  });

  it('takes a run that is longer than a stretch', () => {
    const long = Array.from({ length: 1_100_000 }, (_, i) => i & 0x7fff);
    const { once } = countRuns([[[[1, 2], 1] as const, [long, 1] as const]], false);
    expect(once.map(({ length }) => length)).toEqual([3, long.length + 1]);
    expect(Array.from(once[1]!.subarray(0, -1))).toEqual(long);
  });

  it('takes two bytes a symbol while symbols fit', () => {
    const [narrow, wide] = [0x7fff, 0x8000].map((symbol) => countRuns([[[[symbol, 1], 1]]], false).once[0]);
    expect(narrow).toBeInstanceOf(Int16Array);
    expect(wide).toBeInstanceOf(Int32Array);
  });
});
