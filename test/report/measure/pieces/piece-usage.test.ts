import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TOKEN_KIND, type TokenCounter } from '../../../../src/report/counters/token-counter.ts';
import { measurePieceLengths } from '../../../../src/report/measure/pieces/piece-lengths.ts';
import {
  CURVE_POINTS,
  measureNewPieces,
  RARE_PIECES,
  USAGE_SHARES,
} from '../../../../src/report/measure/pieces/piece-usage.ts';

/** Pieces of 1, 2, 3, 1, 2, 3, … characters; the first is a byte. */
function counterOf(vocabSize: number): TokenCounter {
  const pieces = Array.from({ length: vocabSize }, (_, id) => '词'.repeat(1 + (id % 3)));
  const tokenKinds = new Uint8Array(vocabSize);
  tokenKinds[0] = TOKEN_KIND.byte;
  return { engine: 'none', vocabSize, tokenKinds, idToPiece: (id) => pieces[id], forEachId: () => {} };
}

describe('measureNewPieces', () => {
  const usageOf = (counts: readonly number[], characters: number) =>
    measureNewPieces('t', {
      counter: counterOf(2 + counts.length),
      firstNewId: 2,
      counts: Float64Array.of(5, 5, ...counts),
      tokens: 10 + counts.reduce((a, b) => a + b, 0),
      characters,
    });

  it('agrees with counting by hand, whatever the counts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 300 }), (counts) => {
        const usage = usageOf(counts, 10_000);
        const sorted = counts
          .map((count, i) => ({ count, characters: 1 + ((2 + i) % 3) }))
          .sort((a, b) => b.count - a.count);
        const total = counts.reduce((a, b) => a + b, 0);
        expect(usage).toMatchObject({
          newPieces: counts.length,
          used: counts.filter((count) => count > 0).length,
          newTokens: total,
        });
        const sumOf = (pieces: number): number => sorted.slice(0, pieces).reduce((sum, { count }) => sum + count, 0);
        for (const { share, pieces } of usage.piecesForShare) {
          expect(sumOf(pieces)).toBeGreaterThanOrEqual(share * total);
          expect(sumOf(pieces - 1)).toBeLessThan(share * total);
        }
        expect(usage.piecesForShare).toHaveLength(total > 0 ? USAGE_SHARES.length : 0);
        expect(usage.curve.length).toBeLessThanOrEqual(CURVE_POINTS + 1);
        expect(usage.curve[0]).toEqual({ pieces: 0, tokenShare: 0, characterShare: 0 });
        for (const { pieces, tokenShare } of usage.curve.slice(1))
          expect(tokenShare).toBeCloseTo(sumOf(pieces) / total, 12);
        if (total > 0) {
          const covered = sorted.reduce((sum, { count, characters }) => sum + count * characters, 0);
          expect(usage.curve.at(-1)).toMatchObject({ pieces: usage.used, tokenShare: 1 });
          expect(usage.curve.at(-1)!.characterShare).toBeCloseTo(covered / 10_000, 12);
        }
        expect(usage.rarest.length).toBe(Math.min(RARE_PIECES, counts.length));
        for (const [i, { count }] of usage.rarest.entries()) expect(count).toBe(sorted[sorted.length - 1 - i]!.count);
      }),
    );
  });

  it('says how much text it takes until 95 % of the pieces occurred 100 times', () => {
    // 95 of 100 pieces occur at least twice in 205 tokens: 100 times in 10,250.
    const counts = [...Array(95).fill(2), 1, 1, 1, 1, 1];
    expect(usageOf(counts, 1).tokensToLearn).toEqual({ tokens: 50 * 205, isLowerBound: false });
    // Six of them do not occur: rarer than 3 in the text's 198 tokens, at 95 % confidence.
    const unseen = [...Array(94).fill(2), 0, 0, 0, 0, 0, 0];
    expect(usageOf(unseen, 1).tokensToLearn).toEqual({ tokens: Math.ceil((100 * 198) / 3), isLowerBound: true });
  });
});

describe('measurePieceLengths', () => {
  it('sorts pieces and tokens by length, bytes apart', () => {
    expect(measurePieceLengths('t', counterOf(7), Float64Array.of(4, 1, 2, 3, 0, 0, 5))).toEqual({
      tokenizer: 't',
      lengths: [
        { characters: 1, pieces: 2, tokens: 8 },
        { characters: 2, pieces: 2, tokens: 1 },
        { characters: 3, pieces: 2, tokens: 2 },
      ],
      byte: { pieces: 1, tokens: 4 },
      meanTokenLength: (8 + 2 + 6) / 11,
    });
  });

  it('does not count the space in front of a word, and gives spaces alone no length', () => {
    const pieces = ['▁the', '▁', '▁▁', 'the'];
    const counter: TokenCounter = {
      engine: 'none',
      vocabSize: 4,
      tokenKinds: new Uint8Array(4),
      idToPiece: (id) => pieces[id],
      forEachId: () => {},
    };
    expect(measurePieceLengths('t', counter, new Float64Array(4))).toMatchObject({
      lengths: [
        { characters: 0, pieces: 2 },
        { characters: 3, pieces: 2 },
      ],
      meanTokenLength: null,
    });
  });
});
