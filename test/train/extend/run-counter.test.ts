import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRunCounter } from '../../../src/train/extend/run-counter.ts';
import { runs } from '../../runs.ts';

type Run = readonly [symbols: number[], count: number];

function countRuns(sources: readonly (readonly Run[])[]) {
  const counter = createRunCounter();
  for (const [index, source] of sources.entries()) {
    if (index > 0) counter.nextSource();
    for (const [symbols, count] of source) counter.add(Int32Array.from([...symbols, 99]), symbols.length, count);
  }
  const { size } = counter;
  const { symbols, runStarts, runCounts, sourceStarts } = counter.finish();
  const found = Array.from(
    { length: size },
    (_, run): Run => [[...symbols.subarray(runStarts[run], runStarts[run + 1])], runCounts[run]!],
  );
  return { found, sourceStarts };
}

describe('createRunCounter', () => {
  it('keeps each sequence of a source once, in the order in which they first came, with the sum of its counts', () => {
    const run = fc.tuple(
      fc.array(fc.constantFrom(0, 1, 0x10001), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1, 2, 2 ** 40),
    );
    const source = fc.array(run, { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 3 }), (sources) => {
        const expected = sources.map((all) => {
          const counts = new Map<string, number>();
          for (const [symbols, count] of all) counts.set(String(symbols), (counts.get(String(symbols)) ?? 0) + count);
          return Array.from(counts, ([symbols, count]) => [symbols.split(',').map(Number), count]);
        });
        const { found, sourceStarts } = countRuns(sources);
        expect(found).toEqual(expected.flat());
        expect(sourceStarts[0]).toBe(0);
        expect(sourceStarts.slice(1).map((end, i) => end - sourceStarts[i]!)).toEqual(
          expected.map(({ length }) => length),
        );
      }),
      runs(50),
    );
  });

  it('goes on where its tables have to grow', () => {
    const many = Array.from({ length: 10_000 }, (_, i): Run => [[i, i >> 3, 1, 2, 3, 4, 5, 6, 7], 1]);
    const { found } = countRuns([[...many, ...many]]);
    expect(found.length).toBe(10_000);
    expect(found.every(([symbols, count], i) => symbols[0] === i && count === 2)).toBe(true);
  });
});
