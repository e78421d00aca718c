import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { parseCompanion, readAddedTokens, readSpecialTokens } from '../../src/formats/companion-files.ts';

const filesOf = (files: Record<string, unknown>) =>
  new Map(
    Object.entries(files).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );

describe('parseCompanion', () => {
  it('gives the object, with or without a byte order mark; undefined for a file that is not there', () => {
    expect(parseCompanion(filesOf({ 'a.json': '\ufeff{"x":1}' }), 'a.json', 'dir')).toEqual({ x: 1 });
    expect(parseCompanion(filesOf({}), 'a.json', 'dir')).toBe(undefined);
  });

  it.each<[string, RegExp]>([
    ['{"x":', /^a\.json beside dir: is not JSON: /],
    ['', /^a\.json beside dir: is not JSON: /],
    ['[1]', /^a\.json beside dir: is JSON, but not an object$/],
    ['null', /^a\.json beside dir: is JSON, but not an object$/],
  ])('refuses %j by the name of the file', (text, message) => {
    expect(() => parseCompanion(filesOf({ 'a.json': text }), 'a.json', 'dir')).toThrow(FormatError);
    expect(() => parseCompanion(filesOf({ 'a.json': text }), 'a.json', 'dir')).toThrow(message);
  });
});

describe('readAddedTokens', () => {
  it('lists what each file lists, with its flags', () => {
    const files = filesOf({
      'added_tokens.json': { '<a>': 5, '<b>': 'six', '<c>': -1 },
      'tokenizer_config.json': {
        added_tokens_decoder: { 6: { content: '<d>', lstrip: true }, x: { content: '<e>' }, 7: null },
      },
    });
    const plain = { special: false, singleWord: false, lstrip: false, rstrip: false, normalized: false };
    const json = { added_tokens: [{ id: 8, content: '<f>', special: true, single_word: true }] };
    expect(readAddedTokens(files, 'dir', json)).toEqual([
      { id: 5, content: '<a>', ...plain, file: 'added_tokens.json' },
      { id: 6, content: '<d>', ...plain, lstrip: true, file: 'tokenizer_config.json' },
      { id: 8, content: '<f>', ...plain, special: true, singleWord: true, file: 'tokenizer.json' },
    ]);
    expect(readAddedTokens(filesOf({}), 'dir', undefined)).toEqual([]);
  });
});

describe('readSpecialTokens', () => {
  it('takes strings and objects; special_tokens_map.json counts where both name one', () => {
    const files = filesOf({
      'tokenizer_config.json': {
        bos_token: '<s>',
        eos_token: { content: '</s>' },
        pad_token: null,
        add_bos_token: true,
      },
      'special_tokens_map.json': { eos_token: '<eos>', additional_special_tokens: ['<x>'] },
    });
    expect([...readSpecialTokens(files, 'dir')]).toEqual([
      ['bos_token', '<s>'],
      ['eos_token', '<eos>'],
    ]);
  });
});
