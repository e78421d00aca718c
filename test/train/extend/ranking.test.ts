import { describe, expect, it } from 'vitest';
import { rankPieces } from '../../../src/train/extend/ranking.ts';

const character = (text: string, saved: number, worth = saved) => ({ text, saved, worth });
const merge = (text: string, saved: number, ...characters: string[]) => ({
  ...{ text, saved, characters },
  halves: [],
  isPart: false,
});
const ALL = 99;

describe('rankPieces', () => {
  it('keeps merges as they were learnt, and puts a character before the first that saves no more', () => {
    const ranked = rankPieces(
      [character('龘', 5), character('靐', 2)],
      [merge('中国', 9), merge('人民', 5), merge('我们', 3)],
      ALL,
    );
    expect(ranked.pieces).toEqual(['中国', '龘', '人民', '我们', '靐']);
    expect([...ranked.saved]).toEqual([9, 5, 5, 3, 2]);
  });

  it('puts a character before the merge that needs it, however little it saves', () => {
    const ranked = rankPieces([character('龘', 1)], [merge('中国', 9), merge('龘靐', 4, '龘')], ALL);
    expect(ranked.pieces).toEqual(['中国', '龘', '龘靐']);
    expect([...ranked.saved]).toEqual([9, 1, 4]);
  });

  it('ranks by worth, and shows what is saved', () => {
    const ranked = rankPieces([character('龘', 2, 20)], [merge('中国', 9)], ALL);
    expect(ranked.pieces).toEqual(['龘', '中国']);
    expect([...ranked.saved]).toEqual([2, 9]);
  });

  it('orders characters of equal worth as UTF-8 does', () => {
    const characters = ['\u{10000}', '\uffff', '中'].map((text) => character(text, 3));
    expect(rankPieces(characters, [], ALL).pieces).toEqual(['中', '\uffff', '\u{10000}']);
  });

  it('puts a part of a character before the first merge that needs it, and leaves out what none needs', () => {
    const part = (text: string, saved: number, ...halves: string[]) => ({
      ...merge(text, saved),
      halves,
      isPart: true,
    });
    const of = (text: string, saved: number, ...halves: string[]) => ({ ...merge(text, saved), halves });
    const merges = [
      part('xy', 9),
      part('uv', 8),
      merge('中国', 7),
      part('uvw', 6, 'uv'),
      of('uvw!', 3, 'uvw'),
      merge('人民', 2),
    ];
    expect(rankPieces([], merges, ALL).pieces).toEqual(['中国', 'uv', 'uvw', 'uvw!', '人民']);
    expect([...rankPieces([], merges, ALL).saved]).toEqual([7, 8, 6, 3, 2]);
    // Without room for all that a merge needs, the next one that fits; and nothing that is made of what was passed over.
    expect(rankPieces([], merges, 3).pieces).toEqual(['中国', '人民']);
    expect(rankPieces([], [...merges, of('uvw!!', 1, 'uvw!')], 3).pieces).toEqual(['中国', '人民']);
    expect(rankPieces([], merges, 4).pieces).toEqual(['中国', 'uv', 'uvw', 'uvw!']);
  });
});
