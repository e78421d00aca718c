// Texts that are appended all together or not at all.
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../src/core/model.ts';
import { InputError, OptionError } from '../../src/errors.ts';
import { type AppendTextsOptions, appendTexts } from '../../src/merge/append-texts.ts';
import { plainModel } from '../models.ts';

const pieces = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), 'ab'];
const base = plainModel({
  units: 'byte',
  pieces,
  pieceScores: new Float32Array(pieces.length),
  pieceTypes: new Uint8Array(pieces.length).fill(PIECE_TYPE.normal),
  unkPiece: '',
  merges: { leftIds: Int32Array.of(0x61), rightIds: Int32Array.of(0x62), resultIds: Int32Array.of(256) },
});
const append = (texts: readonly string[], options: Partial<AppendTextsOptions> = {}) =>
  appendTexts({ base, texts, ...options });

describe('appendTexts', () => {
  it('gives ids and merges in the order of the texts, then the tokens, and rows', () => {
    const merged = append(['abc', 'abcd'], { addTokens: ['<|pad|>'], padToMultipleOf: 64 });
    expect(merged.patch.pieces.map(({ id, piece }) => [id, piece])).toEqual([
      [257, 'abc'],
      [258, 'abcd'],
      [259, '<|pad|>'],
    ]);
    expect(merged.patch.merges.map(({ leftId, rightId }) => [leftId, rightId])).toEqual([
      [256, 0x63],
      [257, 0x64],
    ]);
    expect(merged).toMatchObject({ baseSize: 257, added: 3, rows: 320, dropped: [], duplicates: [] });
  });

  it('refuses a text that the ones before it do not lead to, and names what it comes to', () => {
    expect(() => append(['abcd', 'abc'])).toThrow(InputError);
    expect(() => append(['abcd', 'abc'])).toThrow('new piece "abcd": comes to 3 tokens ("ab" "c" "d"), two are needed');
    expect(() => append(['\xe5\x9b\xbd'])).toThrow(/"国": comes to 3 tokens \("<0xE5>" "<0x9B>" "<0xBD>"\)/);
  });

  it('refuses what is there already', () => {
    expect(() => append(['ab'])).toThrow(InputError);
    expect(() => append(['cd', 'cd'])).toThrow(/"cd": the base has it, or it is given twice/);
    expect(() => append(['cd'], { addTokens: ['cd'] })).toThrow(OptionError);
  });
});
