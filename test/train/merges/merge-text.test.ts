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

  it('keeps sequences of cells only as far as some count more than once', () => {
    const { cellSequences } = layOutText(sequences, 10);
    expect(cellSequences.length).toBe(6);
    expect([1, 2, 4].map((cell) => cellSequences[cell])).toEqual([0, 0, 1]);
    const plain = sequencesOf([{ symbols: [1, 2], count: 1 }]);
    expect(layOutText(plain, 10).cellSequences.length).toBe(0);
  });

  it('takes two bytes a cell while symbols and spans fit', () => {
    expect(layOutText(sequences, 0x7fff).cells).toBeInstanceOf(Int16Array);
    expect(layOutText(sequences, 0x8000).cells).toBeInstanceOf(Int32Array);
    const long = sequencesOf([{ symbols: Array.from({ length: 0x8000 }, () => 1), count: 1 }]);
    expect(layOutText(long, 10).cells).toBeInstanceOf(Int32Array);
  });
});
