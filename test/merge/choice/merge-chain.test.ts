// The merge of each new piece from its text, for both rules of merging.
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { applyPatch } from '../../../src/core/patch.ts';
import { createMergeChain } from '../../../src/merge/choice/merge-chain.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { plainModel } from '../../models.ts';

/** The bytes, then `ab`, `abc` and `bcd`, which only a whole pre-token gives. */
const PIECES = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), 'ab', 'abc', 'bcd'];
const idOf = (piece: string): number => PIECES.indexOf(piece);
const RANKED: TokenizerModel = plainModel({
  units: 'byte',
  pieces: PIECES,
  pieceScores: Float32Array.from(PIECES, (_, id) => 0 - id),
  pieceTypes: new Uint8Array(PIECES.length).fill(PIECE_TYPE.normal),
  wholePieceFirst: true,
  unkPiece: '',
  preTokenizers: [{ type: 'byte-level', addPrefixSpace: false, useRegex: true }],
});
const LISTED: TokenizerModel = {
  ...RANKED,
  pieceScores: new Float32Array(PIECES.length),
  merges: {
    leftIds: Int32Array.of(idOf('a'), idOf('ab')),
    rightIds: Int32Array.of(idOf('b'), idOf('c')),
    resultIds: Int32Array.of(idOf('ab'), idOf('abc')),
  },
};
const NEXT = PIECES.length;

describe('listed merges', () => {
  it('are the two tokens that a text comes to with what was appended before it', () => {
    const chain = createMergeChain(LISTED);
    expect(['abcx', 'yz', 'abcxyz'].map(chain.append)).toEqual([true, true, true]);
    expect(chain.pieces.map(({ id, piece, score }) => [id, piece, score])).toEqual([
      [NEXT, 'abcx', 0],
      [NEXT + 1, 'yz', 0],
      [NEXT + 2, 'abcxyz', 0],
    ]);
    expect(chain.buildPatch().merges).toEqual([
      { leftId: idOf('abc'), rightId: idOf('x'), resultId: NEXT },
      { leftId: idOf('y'), rightId: idOf('z'), resultId: NEXT + 1 },
      { leftId: NEXT, rightId: NEXT + 1, resultId: NEXT + 2 },
    ]);
    const tokenizer = createTokenizer(applyPatch(LISTED, chain.buildPatch()));
    expect(tokenizer.encode('1abcxyz')).toEqual([idOf('1'), NEXT + 2]);
  });

  it('do not come of a text that comes to more than two tokens, or to one', () => {
    const chain = createMergeChain(LISTED);
    expect(chain.append('xyz')).toBe(false);
    expect(chain.split('xyz')).toEqual(['x', 'y', 'z']);
    expect(chain.append('abc')).toBe(false);
    expect(chain.pieces).toEqual([]);
  });

  it('do not bring base pieces to life', () => {
    const chain = createMergeChain(LISTED);
    expect(chain.append('cd')).toBe(true);
    expect(chain.split('bcd')).toEqual(['b', 'cd']);
  });

  it('are none for a character that the base has as bytes only', () => {
    const pieces = [
      '<unk>',
      ...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
      '中',
    ];
    const gemma = plainModel({
      pieces,
      pieceScores: new Float32Array(pieces.length),
      pieceTypes: Uint8Array.from(pieces, (_, id) =>
        id === 0 ? PIECE_TYPE.unknown : id < 257 ? PIECE_TYPE.byte : PIECE_TYPE.normal,
      ),
      byteFallback: true,
      merges: { leftIds: new Int32Array(0), rightIds: new Int32Array(0), resultIds: new Int32Array(0) },
    });
    const chain = createMergeChain(gemma);
    expect(chain.append('中龘')).toBe(false);
    expect(['龘', '中龘', '𪚥'].map(chain.append)).toEqual([true, true, true]);
    expect(chain.buildPatch().merges).toEqual([{ leftId: 257, rightId: 258, resultId: 259 }]);
    expect(createTokenizer(applyPatch(gemma, chain.buildPatch())).encode('中龘𪚥')).toEqual([259, 260]);
  });
});

it('special tokens come behind the pieces', () => {
  const chain = createMergeChain(LISTED);
  chain.append('yz');
  const { pieces, addedTokens } = chain.buildPatch(['<|new|>']);
  expect(pieces.slice(1)).toEqual([{ id: NEXT + 1, piece: '<|new|>', score: 0, type: PIECE_TYPE.control }]);
  expect(addedTokens.map(({ id, content, special }) => [id, content, special])).toEqual([[NEXT + 1, '<|new|>', true]]);
});

describe('ranked merges', () => {
  it('are none, and the scores follow the ids', () => {
    const chain = createMergeChain(RANKED);
    expect(['abcx', 'yz'].map(chain.append)).toEqual([true, true]);
    expect(chain.buildPatch().merges).toEqual([]);
    expect(chain.pieces.map(({ score }) => score)).toEqual([-NEXT, -NEXT - 1]);
  });

  it('may lead to a base piece, by the text alone', () => {
    const chain = createMergeChain(RANKED);
    expect(chain.append('cd')).toBe(true);
    expect(chain.split('xbcd')).toEqual(['x', 'bcd']);
    expect(createTokenizer(applyPatch(RANKED, chain.buildPatch())).encode('xbcd')).toEqual([idOf('x'), idOf('bcd')]);
  });
});
