// The base's tokens of a text and where its stretches end.
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { createTokenReader } from '../../../src/train/extend/token-reader.ts';
import { modelOf, plainModel } from '../../models.ts';

const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
const flags = { special: true, singleWord: false, lstrip: false, rstrip: false, normalized: false };
/** `ab`, and a special token; words are pre-tokens. */
const BYTE_LEVEL: TokenizerModel = plainModel({
  units: 'byte',
  pieces: [...BYTES, 'ab', '<|x|>'],
  pieceScores: new Float32Array(258),
  pieceTypes: Uint8Array.from({ length: 258 }, (_, id) => (id === 257 ? PIECE_TYPE.control : PIECE_TYPE.normal)),
  normalizer: {
    ...plainModel({ pieces: [], pieceScores: new Float32Array(0), pieceTypes: new Uint8Array(0) }).normalizer,
    escapeWhitespaces: false,
  },
  preTokenizers: [{ type: 'byte-level', addPrefixSpace: false, useRegex: true }],
  merges: { leftIds: Int32Array.of(0x61), rightIds: Int32Array.of(0x62), resultIds: Int32Array.of(256) },
  addedTokens: [{ id: 257, content: '<|x|>', ...flags }],
  unkPiece: '',
});

/** The stretches of a text, each as its pieces. */
function stretchesOf(model: TokenizerModel, text: string, isFragment = false): string[][] {
  const reader = createTokenReader(model);
  reader.read('something before', false);
  const count = reader.read(text, isFragment);
  expect(reader.ends.at(-1) ?? 0).toBe(count);
  const pieces = Array.from(reader.symbols.subarray(0, count), (symbol) => model.pieces[symbol] ?? '?');
  return reader.ends.map((end, i) => pieces.slice(reader.ends[i - 1] ?? 0, end));
}

describe('models with a pipeline', () => {
  it('end a stretch with every pre-token and added token', () => {
    expect(stretchesOf(BYTE_LEVEL, 'aab ab<|x|>b1')).toEqual([['a', 'ab'], [' ', 'ab'], ['<|x|>'], ['b'], ['1']]);
    expect(stretchesOf(BYTE_LEVEL, '')).toEqual([]);
  });

  it('do so where steps rewrite the text as well', () => {
    const removing: TokenizerModel = {
      ...BYTE_LEVEL,
      preTokenizers: [
        { type: 'split', pattern: { text: '-' }, behavior: 'removed', invert: false },
        { type: 'byte-level', addPrefixSpace: false, useRegex: false },
      ],
    };
    expect(stretchesOf(removing, 'ab-a b--b')).toEqual([['ab'], ['a', ' ', 'b'], ['b']]);
  });

  it('read a fragment without the space that the base puts in front of a text', () => {
    const preTokenizers = [{ type: 'byte-level', addPrefixSpace: true, useRegex: true }] as const;
    const prefixing: TokenizerModel = { ...BYTE_LEVEL, preTokenizers };
    expect(stretchesOf(prefixing, 'ab')).toEqual([[' ', 'ab']]);
    expect(stretchesOf(prefixing, 'ab', true)).toEqual([['ab']]);
    const prepending: TokenizerModel = { ...BYTE_LEVEL, normalizers: [{ type: 'prepend', text: 'b' }] };
    expect(stretchesOf(prepending, 'ab')).toEqual([['b', 'ab']]);
    expect(stretchesOf(prepending, 'ab', true)).toEqual([['ab']]);
  });
});

it('a SentencePiece text is one stretch, with ▁ in front unless it is a fragment', () => {
  const model = modelOf([['<unk>', 0, PIECE_TYPE.unknown], ['▁'], ['a'], ['b'], ['ab', -1]]);
  expect(stretchesOf(model, 'ab a')).toEqual([['▁', 'ab', '▁', 'a']]);
  expect(stretchesOf(model, 'ab a', true)).toEqual([['ab', '▁', 'a']]);
  const reader = createTokenReader(model);
  reader.read('ab  a', false);
  expect([reader.text, reader.prefixLength]).toEqual(['▁ab▁a', 1]);
});
