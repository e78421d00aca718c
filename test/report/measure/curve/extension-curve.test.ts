// The size curve: points, gains, the knee, and the three ways it is written.
import { describe, expect, it } from 'vitest';
import { buildExtensionCurve } from '../../../../src/report/measure/curve/extension-curve.ts';
import { formatCurveCsv, formatCurveJson, formatCurveTerminal } from '../../../../src/report/print/format-curve.ts';
import { formatNewPiecesCsv } from '../../../../src/report/print/new-pieces-csv.ts';

const input = { saved: Float64Array.of(400, 100, 50, 5, 1), baseTokens: 1000, characters: 500, baseSize: 100 };

describe('the size curve', () => {
  it('has a point at the base, at each step and at the end', () => {
    const { points } = buildExtensionCurve(input, { step: 2, hiddenSize: 10, matrices: 1 });
    expect(points.map(({ newPieces, vocabSize, tokens }) => [newPieces, vocabSize, tokens])).toEqual([
      [0, 100, 1000],
      [2, 102, 500],
      [4, 104, 445],
      [5, 105, 444],
    ]);
    expect(points.map(({ tokensPerCharacter }) => tokensPerCharacter)).toEqual([2, 1, 0.89, 0.888]);
    expect(points.map(({ embeddingBytes }) => embeddingBytes)).toEqual([2000, 2040, 2080, 2100]);
    // Per 1,000 pieces: half of the tokens by 2 pieces.
    expect(points[1]!.gain).toBeCloseTo(250);
    expect(points[3]!.gain).toBeCloseTo((1000 * 1) / 445);
  });

  it('recommends the size up to which every step is worth it', () => {
    // Each piece must save 2 % of the tokens before it.
    const curve = buildExtensionCurve(input, { step: 1, leastGain: 0.5 });
    expect(curve.kneeIsReached).toBe(false);
    expect(curve.knee).toBe(5);
    const thousands = { ...input, saved: Float64Array.from({ length: 6000 }, (_, i) => (i < 3000 ? 0.05 : 0.001)) };
    expect(buildExtensionCurve(thousands)).toMatchObject({ knee: 3000, kneeIsReached: true });
    expect(buildExtensionCurve(thousands, { leastGain: 0.2 })).toMatchObject({ knee: 0, kneeIsReached: true });
  });

  it('is written as table, CSV and JSON', async () => {
    const thousands = { ...input, saved: Float64Array.from({ length: 2000 }, (_, i) => (i < 1000 ? 0.25 : 0.001)) };
    const curve = buildExtensionCurve(thousands);
    expect(formatCurveTerminal(curve)).toBe(
      [
        'new pieces   rows  tokens  tokens/char  of base  gain/1000  embeddings',
        '         0    100   1,000        2.000  100.0 %          –      1.6 MB',
        '     1,000  1,100     750        1.500   75.0 %    25.00 %     18.0 MB  <- recommended',
        '     2,000  2,100     749        1.498   74.9 %     0.13 %     34.4 MB',
        '',
        'Recommended: 1,000 new pieces. Up to there, every further 1,000 save at least 0.50 % of the tokens.',
        'Embeddings: 2 matrices with rows of 4,096 values, 2 bytes each.',
        '',
      ].join('\n'),
    );
    const csv = (await formatCurveCsv(curve)).split('\n');
    expect(csv[0]).toMatch(/^new_pieces,vocab_size,tokens,/);
    expect(csv[2]).toBe('1000,1100,750,1.5,0.75,0.25,18022400,1');
    expect(csv.length).toBe(5);
    expect(JSON.parse(formatCurveJson(curve))).toEqual(curve);
  });

  it('stays sane without text and without pieces', () => {
    const nothing = { saved: new Float64Array(0), baseTokens: 0, characters: 0, baseSize: 3 };
    expect(buildExtensionCurve(nothing)).toMatchObject({ knee: 0, points: [{ tokensPerCharacter: 0, ratio: 1 }] });
  });

  it('refuses options that make no sense', () => {
    expect(() => buildExtensionCurve(input, { step: 0 })).toThrow('curve: step is 0');
    expect(() => buildExtensionCurve(input, { leastGain: 1 })).toThrow('leastGain');
  });
});

it('new-pieces.csv has one line a piece', async () => {
  const csv = await formatNewPiecesCsv({ pieces: ['中国', '人'], saved: Float64Array.of(7, 2.5) }, { firstId: 32_000 });
  expect(csv).toBe('rank,id,piece,saved\n1,32000,中国,7\n2,32001,人,2.5\n');
});
