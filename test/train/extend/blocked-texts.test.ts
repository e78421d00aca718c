// Which texts are kept from new pieces, for bases of a few pieces.
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { findBlockedTexts } from '../../../src/train/extend/blocked-texts.ts';
import { createCharacterKinds } from '../../../src/train/extend/character-kinds.ts';
import type { JoinMode } from '../../../src/train/extend/join-rule.ts';
import { type PieceEntry, smallBpe } from '../../models.ts';

const CHARACTERS: readonly PieceEntry[] = ['中', '文', '国', '人', '，', 'a', 'b'].map((piece) => [piece, -9]);

function blockedOf(entries: readonly PieceEntry[], join: JoinMode = 'front'): string[] {
  const kindOf = createCharacterKinds({ scripts: ['Han'], punctuation: '，' });
  return [...findBlockedTexts(smallBpe([...CHARACTERS, ...entries]), kindOf, { join, joinDigits: false })].sort();
}

describe('findBlockedTexts', () => {
  it('blocks nothing of a base that reaches all its pieces', () => {
    expect(blockedOf([])).toEqual([]);
    expect(
      blockedOf([
        ['中文', -1],
        ['中文国', -2],
      ]),
    ).toEqual([]);
  });

  it('blocks a piece that merges do not reach, its beginnings and its ends', () => {
    expect(blockedOf([['中文国人', -1]])).toEqual(['中文', '中文国', '中文国人', '国人', '文国人'].sort());
  });

  it('blocks a piece that another merge keeps from being made', () => {
    const entries: PieceEntry[] = [
      ['中文', -2],
      ['国人', -3],
      ['中文国人', -4],
    ];
    expect(blockedOf(entries)).toEqual([]);
    // 文国 comes first, and leaves 中 and 人 alone.
    expect(blockedOf([...entries, ['文国', -1]])).toEqual(['中文', '中文国', '中文国人', '国人', '文国人'].sort());
  });

  it('blocks unused pieces, which the encoder takes apart', () => {
    expect(
      blockedOf([
        ['中文', -1],
        ['中文国', -2, PIECE_TYPE.unused],
      ]),
    ).toEqual(['中文', '中文国', '文国'].sort());
  });

  it('blocks pieces that merges never see by their text alone', () => {
    expect(
      blockedOf([
        ['中文国', 0, PIECE_TYPE.control],
        ['国人中', 0, PIECE_TYPE.userDefined],
      ]),
    ).toEqual(['中文国', '国人中'].sort());
  });

  it('names only texts that the rule would let be pieces', () => {
    const entries: PieceEntry[] = [['中，文国', -1]];
    expect(blockedOf(entries, 'none')).toEqual(['文国']);
    expect(blockedOf(entries, 'front')).toEqual(['文国', '，文国'].sort());
    expect(blockedOf(entries, 'both')).toEqual(['中，', '中，文', '中，文国', '文国', '，文国'].sort());
    expect(blockedOf([['ab', -1, PIECE_TYPE.unused]], 'both')).toEqual([]);
  });
});
