import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../../src/core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../../../src/core/pre-tokenizer-patterns.ts';
import { BYTE_LEVEL_UNITS } from '../../../../src/core/unicode/byte-level.ts';
import { FormatError } from '../../../../src/errors.ts';
import { parseGpt2Model } from '../../../../src/formats/tokenizer-json/read/gpt2-files.ts';
import { parseTokenizerJsonModel } from '../../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { needsShared, sharedPath } from '../../../shared.ts';

const encode = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const ALPHABET = Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit));
const vocabOf = (...more: string[]) =>
  encode(Object.fromEntries([...ALPHABET, ...more].map((piece, id) => [piece, id])));
const VOCAB = vocabOf('Ġa', 'ab', '<|endoftext|>');
const MERGES = encode('#version: 0.2\nĠ a\na b\n');

describe('parseGpt2Model', () => {
  it('reads GPT-2’s pair, and takes its one special token from the vocabulary', () => {
    const model = parseGpt2Model({ vocab: VOCAB, merges: MERGES });
    expect(model).toMatchObject({
      units: 'byte',
      wholePieceFirst: false,
      normalizers: [],
      preTokenizers: [{ type: 'byte-level', addPrefixSpace: false, useRegex: true }],
      merges: { resultIds: Int32Array.of(256, 257) },
    });
    expect(model.addedTokens).toMatchObject([{ id: 258, content: '<|endoftext|>', special: true }]);
    expect([model.pieces[256], model.pieceTypes[258]]).toEqual([' a', PIECE_TYPE.control]);
    expect(parseGpt2Model({ vocab: VOCAB, merges: encode('Ġ a\r\na b') })).toEqual(model);
  });

  it('reads what the files beside them say', () => {
    const config = {
      tokenizer_class: 'Qwen2TokenizerFast',
      eos_token: { content: '<|im_end|>', lstrip: true },
      pad_token: '<|endoftext|>',
      added_tokens_decoder: { 260: { content: '<tool>', rstrip: true } },
    };
    const model = parseGpt2Model({ vocab: VOCAB, merges: MERGES, config, addedTokens: { '<|im_end|>': 259 } });
    expect(model).toMatchObject({
      bosPiece: '',
      eosPiece: '<|im_end|>',
      padPiece: '<|endoftext|>',
      normalizers: [{ type: 'nfc' }],
    });
    expect(model.preTokenizers[0]).toMatchObject({ pattern: { regex: PRE_TOKENIZER_PATTERNS.qwen } });
    expect(model.addedTokens).toMatchObject([
      { id: 258, special: true },
      { id: 259, content: '<|im_end|>', special: true },
      { id: 260, content: '<tool>', special: false, rstrip: true },
    ]);
  });

  it.each<[string, Parameters<typeof parseGpt2Model>[0], string]>([
    [
      'another class',
      { vocab: VOCAB, merges: MERGES, config: { tokenizer_class: 'CLIPTokenizer' } },
      'a tokenizer of the class CLIPTokenizer cannot',
    ],
    [
      'a vocabulary that is cut off',
      { vocab: VOCAB.subarray(0, 500), merges: MERGES },
      'vocab.json: is not JSON: it ends in the middle',
    ],
    [
      'an id twice',
      { vocab: encode('{"a": 1, "b": 1}'), merges: MERGES },
      'the vocabulary gives the id 1 to both "a" and "b"',
    ],
    ['a line of one piece', { vocab: VOCAB, merges: encode('Ġ a\nab\n') }, 'merges.txt: line 2 is not two pieces'],
    ['a line of three pieces', { vocab: VOCAB, merges: encode('a b c') }, 'merges.txt: line 1 is not two pieces'],
    [
      'a line that is not UTF-8',
      { vocab: VOCAB, merges: Uint8Array.of(0x61, 0x20, 0xff) },
      'merges.txt: line 1 is not two pieces',
    ],
    [
      'merges of another vocabulary',
      { vocab: VOCAB, merges: encode('b c') },
      'merges.txt: merge 0 ["b","c"] needs "bc"',
    ],
    [
      'an added token without id',
      { vocab: VOCAB, merges: MERGES, addedTokens: { x: null } },
      '"x" beside it has the id null',
    ],
  ])('refuses %s', (_name, files, message) => {
    expect(() => parseGpt2Model(files)).toThrow(FormatError);
    expect(() => parseGpt2Model(files)).toThrow(message);
  });

  it.each(['gpt2', 'qwen2.5'])('%s gives the model of its tokenizer.json', needsShared, (name) => {
    const bytes = gunzipSync(readFileSync(sharedPath(`fixtures/byte-level/${name}/tokenizer.json.gz`)));
    const config = JSON.parse(readFileSync(sharedPath(`fixtures/byte-level/${name}/tokenizer_config.json`), 'utf8'));
    const { model } = JSON.parse(bytes.toString());
    const files = { vocab: encode(model.vocab), merges: encode(`#version: 0.2\n${model.merges.join('\n')}\n`), config };
    expect(parseGpt2Model(files)).toEqual(parseTokenizerJsonModel(bytes, { config }));
  });
});
