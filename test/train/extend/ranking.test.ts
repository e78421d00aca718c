import { describe, expect, it } from 'vitest';
import { rankPieces } from '../../../src/train/extend/ranking.ts';

const character = (text: string, saved: number, worth = saved) => ({ text, saved, worth });
const merge = (text: string, saved: number, ...characters: string[]) => ({ text, saved, characters });

describe('rankPieces', () => {
  it('keeps merges as they were learnt, and puts a character before the first that saves no more', () => {
    const ranked = rankPieces(
      [character('龘', 5), character('靐', 2)],
      [merge('中国', 9), merge('人民', 5), merge('我们', 3)],
    );
    expect(ranked.pieces).toEqual(['中国', '龘', '人民', '我们', '靐']);
    expect([...ranked.saved]).toEqual([9, 5, 5, 3, 2]);
  });

  it('puts a character before the merge that needs it, however little it saves', () => {
    const ranked = rankPieces([character('龘', 1)], [merge('中国', 9), merge('龘靐', 4, '龘')]);
    expect(ranked.pieces).toEqual(['中国', '龘', '龘靐']);
    expect([...ranked.saved]).toEqual([9, 1, 4]);
  });

  it('ranks by worth, and shows what is saved', () => {
    const ranked = rankPieces([character('龘', 2, 20)], [merge('中国', 9)]);
    expect(ranked.pieces).toEqual(['龘', '中国']);
    expect([...ranked.saved]).toEqual([2, 9]);
  });

  it('orders characters of equal worth as UTF-8 does', () => {
    const characters = ['\u{10000}', '\uffff', '中'].map((text) => character(text, 3));
    expect(rankPieces(characters, []).pieces).toEqual(['中', '\uffff', '\u{10000}']);
  });
});
