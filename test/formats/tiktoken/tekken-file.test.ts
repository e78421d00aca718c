import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { FormatError } from '../../../src/errors.ts';
import { parseTekkenModel } from '../../../src/formats/tiktoken/tekken-file.ts';
import { parseTokenizerJsonModel } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { needsShared, sharedFixture } from '../../shared.ts';

type Json = Record<string, unknown>;

const base64 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('base64');
function tekken(pieces: readonly string[] = [], { config, ...change }: Json = {}): Json {
  const all = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), ...pieces];
  return {
    config: { pattern: '\\S+|\\s+', default_vocab_size: 270, default_num_special_tokens: 12, ...(config as Json) },
    vocab: all.map((piece, rank) => ({ rank, token_bytes: base64(piece), token_str: null })),
    ...change,
  };
}
const read = (json: unknown) => parseTekkenModel(new TextEncoder().encode(JSON.stringify(json)), { source: 't' });

describe('parseTekkenModel', () => {
  it('puts the special tokens first and leaves out ranks beyond the default size', () => {
    const model = read(tekken(['ab', 'cd', 'ef']));
    expect(model.pieces.length).toBe(270);
    expect(model.pieces.slice(268)).toEqual(['ab', 'cd']);
    expect(model.pieces.slice(0, 3)).toEqual(['<unk>', '<s>', '</s>']);
    expect([...model.pieceTypes.slice(10, 13)]).toEqual([PIECE_TYPE.control, PIECE_TYPE.control, PIECE_TYPE.normal]);
    expect(model).toMatchObject({
      units: 'byte',
      wholePieceFirst: true,
      bosPiece: '<s>',
      eosPiece: '</s>',
      padPiece: '<pad>',
    });
    expect(model.pieceScores[269]! < model.pieceScores[268]!).toBe(true);
    expect(model.preTokenizers[0]).toMatchObject({
      pattern: { regex: '\\S+|\\s+' },
      behavior: 'removed',
      invert: true,
    });
  });

  it('takes the names of special tokens from files that list them', () => {
    const special_tokens = [{ rank: 1, token_str: '<bos>', is_control: true }];
    expect(read(tekken([], { special_tokens })).pieces.slice(0, 3)).toEqual(['<SPECIAL_0>', '<bos>', '<SPECIAL_2>']);
  });

  it.each<[string, Json, string]>([
    ['has no pattern', tekken([], { config: { pattern: 7 } }), 'so it is not a tekken.json'],
    ['has no vocabulary', tekken([], { vocab: {} }), 'so it is not a tekken.json'],
    ['is too large', tekken([], { config: { default_vocab_size: 3e9 } }), '"config.default_vocab_size" is 3000000000'],
    ['has more special tokens than ids', tekken([], { config: { default_vocab_size: 3 } }), 'has room for 3 ids'],
    ['has one id only', tekken([], { config: { default_vocab_size: 1 } }), 'has room for 1 id, fewer'],
    [
      'has a rank that is no number',
      tekken([], { vocab: [{ rank: 'x', token_bytes: 'YQ==' }] }),
      '"vocab"[0] has no "rank"',
    ],
    [
      'has no Base64',
      tekken([], { vocab: [{ rank: 0, token_bytes: 'Y' }] }),
      '"vocab"[0] has no "token_bytes" in Base64',
    ],
    ['has a piece twice', tekken(['ab', 'ab']), '"vocab"[257] is a piece that stands there twice'],
    ['lacks bytes', tekken([], { config: { default_vocab_size: 200 } }), 'no piece for the byte 0xBC'],
    [
      'has a special token too far',
      tekken([], { special_tokens: [{ rank: 12, token_str: 'x' }] }),
      '"special_tokens"[0] needs',
    ],
  ])('refuses a file that %s', (_name, json, message) => {
    expect(() => read(json)).toThrow(FormatError);
    expect(() => read(json)).toThrow(message);
  });

  it('has the pieces of Mistral Nemo’s tokenizer.json', needsShared, () => {
    const bytesOf = (name: string) => sharedFixture(`byte-level/${name}.gz`);
    const model = parseTekkenModel(bytesOf('mistral-nemo-tekken/tekken.json'));
    const other = parseTokenizerJsonModel(bytesOf('mistral-nemo/tokenizer.json'));
    expect(model.pieces.slice(1000)).toEqual(other.pieces.slice(1000));
    expect(model.pieceTypes).toEqual(other.pieceTypes);
    // Its publishers name two ids differently, so that the one golden text that spells <pad> has another id.
    const named = ['<pad>', '[IMG]'].map((name) => [model, other].map(({ pieces }) => pieces.indexOf(name)));
    expect(named).toEqual([
      [11, 10],
      [10, -1],
    ]);
  });
});
