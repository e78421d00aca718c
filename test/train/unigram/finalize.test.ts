import { describe, expect, it } from 'vitest';
import { finalizePieces } from '../../../src/train/unigram/finalize.ts';
import { forestOf } from './corpus.ts';

function finalize(pieces: readonly (readonly [text: string, score: number])[], alphabet: string, size: number) {
  const codePoints = [0, 0x2585, ...[...alphabet].map((character) => character.codePointAt(0)!)];
  const found = finalizePieces(forestOf(pieces), Uint32Array.from(codePoints), size);
  return found.pieces.map((piece, i) => [piece, found.scores[i]]);
}

describe('finalizePieces', () => {
  const pieces = [
    ['中文', -1],
    ['国家', -2],
    ['中', -3],
    ['人民', -4],
  ] as const;

  it('takes the characters first, then the best pieces, and sorts them by score', () => {
    expect(finalize(pieces, '中', 3)).toEqual([
      ['中文', -1],
      ['国家', -2],
      ['中', -3],
    ]);
  });

  it('scores characters without a score at the lowest one and a little above, in the order of the alphabet', () => {
    expect(finalize(pieces, '中國人', 4)).toEqual([
      ['中文', -1],
      ['中', -3],
      ['人', Math.fround(-4 + Math.fround(0.0001))],
      ['國', -4],
    ]);
  });

  it('gives what there is where more is asked for, equals in UTF-8 order', () => {
    const tied = [
      ['文', -1],
      ['中', -1],
    ] as const;
    expect(finalize(tied, '', 9)).toEqual([
      ['中', -1],
      ['文', -1],
    ]);
  });
});
