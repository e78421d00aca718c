import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { OptionError } from '../../../src/errors.ts';
import { buildScoresBelow, findScoreGap } from '../../../src/merge/choice/score-ladder.ts';
import { modelOf, type PieceEntry } from '../../models.ts';

describe('findScoreGap', () => {
  it('sets runs of spaces that lie far below apart', () => {
    expect(
      findScoreGap(
        modelOf([
          ['a', -1],
          ['b', -2],
          ['▁▁', -1e9],
          ['▁▁▁', -2e9],
        ]),
      ),
    ).toEqual({ lowest: -2, floor: -1e9 });
  });

  it('counts runs of spaces that are ranked like the others', () => {
    const gap = findScoreGap(
      modelOf([
        ['a', -1],
        ['▁▁', -3],
        ['▁', -2],
      ]),
    );
    expect(gap).toEqual({ lowest: -3, floor: Number.NEGATIVE_INFINITY });
  });

  it('counts runs of spaces with no room above them', () => {
    // Neighbors in float32, though far apart as numbers.
    const [a, spaces] = [-9.808901468274991e29, -9.808902223853629e29];
    const gap = findScoreGap(
      modelOf([
        ['▁', spaces],
        ['a', a],
      ]),
    );
    expect(gap).toEqual({ lowest: spaces, floor: Number.NEGATIVE_INFINITY });
  });

  it('looks at normal and unused pieces only', () => {
    const entries: PieceEntry[] = [
      ['<s>', -50, PIECE_TYPE.control],
      ['<x>', -60, PIECE_TYPE.userDefined],
      ['a', -1],
      ['b', -2, PIECE_TYPE.unused],
    ];
    expect(findScoreGap(modelOf(entries)).lowest).toBe(-2);
    expect(findScoreGap(modelOf(entries.slice(0, 2))).lowest).toBe(0);
    expect(findScoreGap(modelOf([['▁▁', -7]]))).toEqual({ lowest: -7, floor: Number.NEGATIVE_INFINITY });
  });
});

describe('buildScoresBelow', () => {
  it('goes down by one where a BPE base does', () => {
    const scores = buildScoresBelow({ lowest: -31740, floor: -1e9, count: 3, spacing: 'rank' });
    expect([...scores]).toEqual([-31741, -31742, -31743]);
  });

  it('stays on whole numbers below a fraction', () => {
    expect([...buildScoresBelow({ lowest: -3.5, floor: -1e9, count: 2, spacing: 'rank' })]).toEqual([-4, -5]);
    const near = buildScoresBelow({ lowest: -(2 ** 23) + 0.5, floor: -1e9, count: 9, spacing: 'rank' });
    expect(new Set(near).size).toBe(9);
  });

  it('packs neighbors where whole steps do not fit', () => {
    const scores = buildScoresBelow({ lowest: -1, floor: -3, count: 1000, spacing: 'rank' });
    expect(new Set(scores).size).toBe(1000);
    expect(scores.every((score) => score < -1 && score > -3)).toBe(true);
    // Beyond 2^24 float32 skips whole numbers.
    const far = buildScoresBelow({ lowest: -(2 ** 25), floor: Number.NEGATIVE_INFINITY, count: 2, spacing: 'rank' });
    expect([...far]).toEqual([-(2 ** 25) - 4, -(2 ** 25) - 8]);
  });

  it('refuses a gap that is too narrow, and says how narrow', () => {
    // Between -1 and -1 - 8 * 2^-23 lie 7 numbers.
    const gap = { lowest: -1, floor: -1 - 8 * 2 ** -23, spacing: 'rank' } as const;
    expect(buildScoresBelow({ ...gap, count: 7 }).length).toBe(7);
    expect(() => buildScoresBelow({ ...gap, count: 8 })).toThrow(/8 new pieces need .* there are 7/);
    expect(() => buildScoresBelow({ ...gap, count: 8 })).toThrow(OptionError);
    const least = -(2 - 2 ** -23) * 2 ** 127;
    expect(() =>
      buildScoresBelow({ lowest: least, floor: Number.NEGATIVE_INFINITY, count: 1, spacing: 'rank' }),
    ).toThrow(/there are 0/);
  });

  it('is strictly descending within the gap, whatever the gap', () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(float, float, fc.nat(200), fc.constantFrom('rank', 'neighbor'), (a, b, count, spacing) => {
        const [floor, lowest] = a < b ? [a, b] : [b, a];
        let scores: Float32Array;
        try {
          scores = buildScoresBelow({ lowest, floor, count, spacing });
        } catch (error) {
          expect(error).toBeInstanceOf(OptionError);
          return;
        }
        let previous = lowest;
        for (const score of scores) {
          expect(score).toBeLessThan(previous);
          previous = score;
        }
        if (count > 0) expect(previous).toBeGreaterThan(floor);
      }),
    );
  });
});
