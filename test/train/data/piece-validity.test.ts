// Which shapes of pieces the options allow; expectations read off IsValidSentencePiece of the reference.
import { describe, expect, it } from 'vitest';
import { createPieceValidity } from '../../../src/train/data/piece-validity.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';

function isValid(piece: string, options: TrainOptions = {}): boolean {
  const characters = [...new Set(piece)];
  const alphabet = Uint32Array.from([0, 0x2585, ...characters.map((character) => character.codePointAt(0)!)]);
  const ids = Array.from(piece, (character) => (character === '▅' ? 1 : characters.indexOf(character) + 2));
  return createPieceValidity({ alphabet }, resolveTrainOptions(options))([0, ...ids, 0], 1, ids.length);
}

describe('createPieceValidity', () => {
  it('bounds the length in characters', () => {
    expect(isValid('')).toBe(false);
    expect(isValid('\u{20000}'.repeat(16))).toBe(true);
    expect(isValid('\u{20000}'.repeat(17))).toBe(false);
    expect(isValid('abc', { maxSentencepieceLength: 2 })).toBe(false);
  });

  it('keeps scripts apart, with kana counted as Han and marks as what they stand on', () => {
    expect(isValid('漢字かなカナー')).toBe(true);
    expect(isValid('漢a')).toBe(false);
    expect(isValid('aб')).toBe(false);
    expect(isValid('a\u0301b')).toBe(true);
    expect(isValid('\u0301漢')).toBe(true);
    expect(isValid('a。')).toBe(false);
    expect(isValid('漢a', { splitByUnicodeScript: false })).toBe(true);
  });

  it('treats digits as a script of their own, as any script, or alone', () => {
    expect(isValid('12')).toBe(true);
    expect(isValid('F1')).toBe(false);
    expect(isValid('F1', { splitByNumber: false })).toBe(true);
    // A digit makes the trainer forget the script before it.
    expect(isValid('a1漢', { splitByNumber: false })).toBe(true);
    expect(isValid('1', { splitDigits: true })).toBe(true);
    expect(isValid('12', { splitDigits: true })).toBe(false);
    expect(isValid('▁１', { splitDigits: true })).toBe(false);
    expect(isValid('٣٤', { splitDigits: true })).toBe(true);
  });

  it('allows spaces in front, behind, inside or alone', () => {
    expect(isValid('▁a')).toBe(true);
    expect(isValid('a▁')).toBe(false);
    expect(isValid('a▁a')).toBe(false);
    expect(isValid('▁')).toBe(true);
    expect(isValid('▁▁')).toBe(false);
    expect(isValid('▁▁', { allowWhitespaceOnlyPieces: true })).toBe(true);
    expect(isValid('▁▁a', { allowWhitespaceOnlyPieces: true })).toBe(false);
    const suffix = { treatWhitespaceAsSuffix: true };
    expect([isValid('▁a', suffix), isValid('a▁', suffix), isValid('a▁a', suffix)]).toEqual([false, true, false]);
    const inside = { splitByWhitespace: false };
    expect(['▁a', 'a▁', 'a▁a', '▁'].map((piece) => isValid(piece, inside))).toEqual([true, false, true, true]);
    const both = { ...suffix, ...inside };
    expect(['▁a', 'a▁', 'a▁a', '▁'].map((piece) => isValid(piece, both))).toEqual([false, true, true, true]);
  });

  it('never allows characters outside the alphabet', () => {
    expect(isValid('▅')).toBe(false);
    expect(isValid('a▅', { splitByUnicodeScript: false })).toBe(false);
  });
});
