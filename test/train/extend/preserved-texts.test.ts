// Texts whose ids must stay, on random bases and on bases that say what is meant.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import { buildScoresBelow, findScoreGap } from '../../../src/merge/choice/score-ladder.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { rankExtension } from '../../../src/train/extend/extend.ts';
import { modelOf, type PieceEntry } from '../../models.ts';
import { runs, scaled } from '../../runs.ts';
import { appendTexts, arbitraryBase, corpusText } from './arbitrary-bases.ts';

const BYTES = Array.from({ length: 256 }, (_, byte): PieceEntry => [byteToPiece(byte), 0, PIECE_TYPE.byte]);
/** Puts ▁ in front of a text, and has 龘 as bytes. */
const SENTENCEPIECE = modelOf(
  [
    ['<unk>', 0, PIECE_TYPE.unknown],
    ...['▁', 'a', '，', '中', '文', '国', '人'].map((piece): PieceEntry => [piece, -9]),
    ['中文', -1],
    ...BYTES,
  ],
  { byteFallback: true },
);

const learn = (base: TokenizerModel, lines: readonly string[], preserve: readonly string[]) =>
  rankExtension(base, [{ name: 'text', sentences: lines }], {
    ...{ newPieces: 400, minCount: 1, scripts: ['Han'] },
    preserve: [{ name: 'kept', sentences: preserve }],
  });

function appendScored(base: TokenizerModel, pieces: readonly string[]): TokenizerModel {
  const gap = findScoreGap(base, { spacesFirst: true });
  const scores = buildScoresBelow({ ...gap, count: pieces.length, spacing: 'rank' });
  return {
    ...base,
    pieces: [...base.pieces, ...pieces],
    pieceScores: Float32Array.from([...base.pieceScores, ...scores]),
    pieceTypes: Uint8Array.from([...base.pieceTypes, ...pieces.map(() => PIECE_TYPE.normal)]),
  };
}

describe('texts to preserve', () => {
  it('keep every id, whatever else is learnt, on bases with a pipeline', async () => {
    let pieces = 0;
    await fc.assert(
      fc.asyncProperty(
        arbitraryBase,
        fc.array(corpusText, { minLength: 8, maxLength: 25 }),
        fc.nat(3),
        async (base, lines, kept) => {
          const preserve = lines.slice(0, kept);
          const learned = await learn(base, lines, preserve);
          pieces += learned.pieces.length;
          const [before, after] = [createTokenizer(base), createTokenizer(appendTexts(base, learned.pieces))];
          for (const text of preserve) expect(after.encode(text)).toEqual(before.encode(text));
        },
      ),
      runs(10),
    );
    expect(pieces).toBeGreaterThan(scaled(5));
  });

  it('keep the first token of a line too, and characters that are bytes', async () => {
    const lines = ['中国人龘，国人', '国人国人', '文国龘', '中国'];
    const kept = ['中国', '龘人'];
    const learned = await learn(SENTENCEPIECE, lines, kept);
    // ▁中 and 中国 stand in the first text, 龘 in the second.
    expect(['▁中', '中国', '龘'].filter((piece) => learned.pieces.includes(piece))).toEqual([]);
    expect(learned.pieces).toContain('国人');
    const [before, after] = [SENTENCEPIECE, appendScored(SENTENCEPIECE, learned.pieces)].map(createTokenizer);
    for (const text of kept) expect(after!.encode(text)).toEqual(before!.encode(text));
    expect(after!.countTokens('国人国人')).toBeLessThan(before!.countTokens('国人国人'));
  });

  it('change nothing where there are none, or none with characters of the scripts', async () => {
    const lines = ['中国人', '中国'];
    const all = await learn(SENTENCEPIECE, lines, []);
    expect((await learn(SENTENCEPIECE, lines, ['aaaa', ''])).pieces).toEqual(all.pieces);
  });
});
