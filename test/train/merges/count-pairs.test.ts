import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countPairs } from '../../../src/train/merges/count-pairs.ts';
import { layOutText } from '../../../src/train/merges/merge-text.ts';
import { type CountedSequence, countPlainly, sequencesOf } from '../../oracles/plain-merges.ts';
import { runs } from '../../runs.ts';

const SYMBOLS = 5;

async function count(
  sequences: readonly CountedSequence[],
  isAllowed = (_left: number, _right: number) => true,
  leastCount = 0,
) {
  const arrays = sequencesOf(sequences);
  const text = layOutText(arrays, SYMBOLS);
  const { table, lists } = await countPairs({
    text,
    symbolCount: SYMBOLS,
    leastCount,
    isAllowed,
  });
  const pairs = Array.from({ length: table.size }, (_, pair) => {
    const start = table.pairPositionStarts[pair]!;
    const positions = lists.blocks[table.pairPositionBlocks[pair]!]!;
    const places = [...positions.subarray(start, start + table.pairPositionLengths[pair]!)];
    return {
      pair: `${table.pairLefts[pair]} ${table.pairRights[pair]}`,
      count: table.pairCounts[pair]!,
      places,
      found: places.map((at) => `${text.cells[at]} ${text.cells[at + 1]}`),
    };
  });
  return pairs.sort((a, b) => a.places[0]! - b.places[0]!);
}

describe('countPairs', () => {
  it('counts overlapping occurrences, times the counts of the sequences', async () => {
    const pairs = await count([
      { symbols: [1, 1, 1], count: 2 },
      { symbols: [1, 0], count: 1 },
    ]);
    expect(pairs.map(({ pair, count: times }) => [pair, times])).toEqual([
      ['1 1', 4],
      ['1 0', 1],
    ]);
  });

  it('gives every pair with its positions in order', async () => {
    const symbols = fc.array(fc.nat(SYMBOLS - 1), { minLength: 1, maxLength: 15 });
    const sequence = fc.record({ symbols, count: fc.constantFrom(1, 1, 3, 2 ** 40) });
    await fc.assert(
      fc.asyncProperty(fc.array(sequence, { minLength: 1, maxLength: 6 }), async (sequences) => {
        const pairs = await count(sequences);
        expect(pairs.map(({ pair, count: times }) => [pair, times])).toEqual([...countPlainly(sequences)]);
        for (const { pair, places, found } of pairs) {
          expect(places).toEqual([...places].sort((a, b) => a - b));
          expect(found.every((each) => each === pair)).toBe(true);
        }
      }),
      runs(60),
    );
  });

  it('leaves out pairs that are too rare, without asking for them', async () => {
    const sequences = [
      { symbols: [0, 1, 2], count: 3 },
      { symbols: [1, 2, 4, 0], count: 2 },
    ];
    const asked: string[] = [];
    const isAllowed = (left: number, right: number) => asked.push(`${left} ${right}`) > 0;
    const pairs = await count(sequences, isAllowed, 3);
    expect(pairs.map(({ pair, count: times, places }) => [pair, times, places])).toEqual([
      ['0 1', 3, [1]],
      ['1 2', 5, [2, 5]],
    ]);
    expect(asked).toEqual(['0 1', '1 2']);
  });

  it('leaves out pairs that may not merge, asking once for each', async () => {
    const asked: string[] = [];
    const pairs = await count([{ symbols: [0, 1, 2, 0, 1, 2, 0], count: 1 }], (left, right) => {
      asked.push(`${left} ${right}`);
      return left !== 1;
    });
    expect(pairs.map(({ pair }) => pair)).toEqual(['0 1', '2 0']);
    expect(asked.sort()).toEqual(['0 1', '1 2', '2 0']);
  });
});
