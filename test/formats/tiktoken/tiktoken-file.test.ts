import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import { FormatError, OptionError } from '../../../src/errors.ts';
import { isTiktoken, parseTiktokenModel } from '../../../src/formats/tiktoken/tiktoken-file.ts';
import { parseTokenizerJsonModel } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { needsShared, sharedFixture } from '../../shared.ts';

const base64 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('base64');
const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
/** A file of the 256 bytes and these pieces, ranked in this order. */
const file = (pieces: readonly string[] = [], end = '\n') =>
  new TextEncoder().encode([...BYTES, ...pieces].map((piece, rank) => `${base64(piece)} ${rank}${end}`).join(''));
const lines = (...more: string[]) => new TextEncoder().encode(new TextDecoder().decode(file()) + more.join('\n'));

describe('parseTiktokenModel', () => {
  it('gives bytes, ranks as scores and the tokens that are given', () => {
    const specialTokens = new Map([['<|end|>', 300]]);
    const options = { pattern: 'llama3', specialTokens, eosPiece: '<|end|>' };
    const model = parseTiktokenModel(file(['ab', '\xe4\xb8']), options);
    expect(model).toMatchObject({
      modelType: 'bpe',
      units: 'byte',
      wholePieceFirst: true,
      eosPiece: '<|end|>',
      bosPiece: '',
    });
    expect(model.merges).toBeUndefined();
    expect(model.pieces.slice(0, 258)).toEqual([...BYTES, 'ab', '\xe4\xb8']);
    expect([...model.pieceScores.slice(0, 3), model.pieceScores[257]]).toEqual([0, -1, -2, -257]);
    expect([model.pieces[300], model.pieceTypes[300], model.pieceTypes[299]]).toEqual([
      '<|end|>',
      PIECE_TYPE.control,
      0,
    ]);
    expect(model.preTokenizers[0]).toEqual({
      type: 'split',
      pattern: { regex: PRE_TOKENIZER_PATTERNS.llama3 },
      behavior: 'removed',
      invert: true,
    });
    expect(parseTiktokenModel(file(['ab', '\xe4\xb8'], '\r\n'), options)).toEqual(model);
    const own = parseTiktokenModel(file(), { pattern: '\\S+|\\s+' });
    expect(own.preTokenizers[0]).toMatchObject({ pattern: { regex: '\\S+|\\s+' } });
    expect(own.addedTokens).toEqual([]);
  });

  it('knows a tiktoken file from a SentencePiece model and from JSON', () => {
    expect(isTiktoken(file())).toBe(true);
    expect(isTiktoken(Uint8Array.of(0x0a, 0x0e, 0x0a, 0x05))).toBe(false);
    expect(isTiktoken(new TextEncoder().encode('{"a": 1}'))).toBe(false);
  });

  it.each<[string, Uint8Array, string]>([
    ['is empty', new Uint8Array(0), 'has no lines with a piece and a rank'],
    ['has text that is not Base64', lines('a*bc 256'), 'line 257 does not start with Base64 text'],
    ['has Base64 that is cut off', lines('YWJ 256'), 'line 257 does not start with Base64 text'],
    ['has no rank', lines('YWI='), 'line 257 has no rank'],
    ['has a rank that is no number', lines('YWI= x'), 'line 257 has no rank'],
    ['has a rank beyond 2^21', lines('YWI= 2097152'), 'line 257 has no rank below 2097152'],
    ['has a rank beyond 2^31', lines('YWI= 30000000000'), 'line 257 has no rank below 2097152'],
    ['has a piece twice', lines('YWI= 256', 'YWI= 257'), 'line 258 has a piece that an earlier line has'],
    ['has a rank twice', lines('YWI= 256', 'YWM= 256'), 'two pieces have the id 256'],
    ['lacks a byte', file().subarray(7), 'no piece for the byte 0x0'],
  ])('refuses a file that %s', (_name, bytes, message) => {
    expect(() => parseTiktokenModel(bytes, { pattern: 'gpt2', source: 't' })).toThrow(FormatError);
    expect(() => parseTiktokenModel(bytes, { pattern: 'gpt2', source: 't' })).toThrow(message);
  });

  it('asks for the pattern of a file it does not know', () => {
    expect(() => parseTiktokenModel(file())).toThrow(OptionError);
    const specialTokens = new Map([['<x>', 7]]);
    expect(() => parseTiktokenModel(file(), { pattern: 'gpt2', specialTokens })).toThrow('"<x>" has id 7, but');
  });

  it('recognises Llama 3’s file and has the pieces of its tokenizer.json', needsShared, () => {
    const read = (name: string) => sharedFixture(`byte-level/${name}.gz`);
    const bytes = read('llama3-tiktoken/tokenizer.model');
    const model = parseTiktokenModel(bytes);
    const other = parseTokenizerJsonModel(read('llama3.1/tokenizer.json'));
    expect(model.pieces).toEqual(other.pieces);
    expect(model.pieceTypes).toEqual(other.pieceTypes);
    expect(model.addedTokens).toEqual(other.addedTokens);
    expect([model.bosPiece, model.eosPiece]).toEqual(['<|begin_of_text|>', '<|end_of_text|>']);
    // One more rank moves the special tokens, as Llama's loader moves them.
    const extended = parseTiktokenModel(Buffer.concat([bytes, Buffer.from(`${base64('\xe4\xb7\x80')} 128000\n`)]));
    expect([extended.pieces[128_000], extended.pieces[128_001]]).toEqual(['\xe4\xb7\x80', '<|begin_of_text|>']);
  });
});
