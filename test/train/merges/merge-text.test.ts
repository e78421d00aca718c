import { describe, expect, it } from 'vitest';
import { BARRIER, layOutText } from '../../../src/train/merges/merge-text.ts';
import { sequencesOf } from '../../oracles/plain-merges.ts';

describe('layOutText', () => {
  const sequences = sequencesOf([
    { symbols: [3, 1], count: 1 },
    { symbols: [2], count: 7 },
    { symbols: [1, 1, 0], count: 1 },
  ]);

  it('puts a barrier around each sequence', () => {
    const { cells } = layOutText(sequences, 10);
    expect([...cells]).toEqual([BARRIER, 3, 1, BARRIER, 2, BARRIER, 1, 1, 0, BARRIER]);
  });

  it('says which sequence a cell belongs to', () => {
    const { cells, sequenceAt } = layOutText(sequences, 10);
    const found = Array.from(cells, (cell, at) => (cell === BARRIER ? BARRIER : sequenceAt(at)));
    expect(found).toEqual([BARRIER, 0, 0, BARRIER, 1, BARRIER, 2, 2, 2, BARRIER]);
  });

  it('keeps counts of cells only as far as some count more than once', () => {
    const { cellCounts, counts } = layOutText(sequences, 10);
    expect(cellCounts.length).toBe(6);
    expect([1, 2, 4].map((cell) => counts[cellCounts[cell]!])).toEqual([1, 1, 7]);
    const plain = sequencesOf([{ symbols: [1, 2], count: 1 }]);
    expect(layOutText(plain, 10).cellCounts.length).toBe(0);
  });

  it('tells more counts apart than two bytes do', () => {
    const many = sequencesOf(Array.from({ length: 0x10001 }, (_, i) => ({ symbols: [1], count: i + 2 })));
    const { cellCounts, counts } = layOutText(many, 10);
    expect([1, 0x1fffd, 0x20001].map((cell) => counts[cellCounts[cell]!])).toEqual([2, 0x10000, 0x10002]);
  });

  it('takes two bytes a cell while symbols and spans fit', () => {
    expect(layOutText(sequences, 0x7fff).cells).toBeInstanceOf(Int16Array);
    expect(layOutText(sequences, 0x8000).cells).toBeInstanceOf(Int32Array);
    const long = sequencesOf([{ symbols: Array.from({ length: 0x8000 }, () => 1), count: 1 }]);
    expect(layOutText(long, 10).cells).toBeInstanceOf(Int32Array);
  });
});
