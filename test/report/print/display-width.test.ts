import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/report/print/display-width.ts';

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['vocab-merge', 11],
    ['词表', 4],
    ['，。！？（）', 12],
    ['ｶﾀｶﾅ', 4],
    ['カタカナ', 8],
    ['한국어', 6],
    ['Ｆｕｌｌ', 8],
    ['𠀀𠮷', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['a\u200Bb', 2],
    ['😀', 2],
    ['🇨🇳', 2],
    ['…–“”', 4],
    ['〈〉', 4],
  ])('%j takes %d columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});
