// tokenizer.json files with other ids, against the same done to the parsed file; and documents that leave pieces out.
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { applyPatch, selectPieces, type VocabularyPatch } from '../../../src/core/patch.ts';
import { spellByteLevel } from '../../../src/core/unicode/byte-level.ts';
import { FormatError } from '../../../src/errors.ts';
import { parseTokenizerJsonDocument } from '../../../src/formats/tokenizer-json/document.ts';
import { renumberTokenizerJson } from '../../../src/formats/tokenizer-json/renumber-json.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const BYTES = Array.from({ length: 256 }, (_, byte) => spellByteLevel(String.fromCharCode(byte)));
const FLAGS = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
/** The bytes, `ab` (256), `abc` (257), `cc` (258), `abcc` (259), two ways to `abcc`; `<s>` (260) in the vocabulary, `</s>` (261) not. */
const PIECES = ['ab', 'abc', 'cc', 'abcc'];
const MERGES = ['a b', 'ab c', 'c c', 'abc c', 'ab cc'];
const fileOf = (ids: Readonly<Record<string, number>>, merges: readonly string[], asPairs: boolean) => ({
  version: '1.0',
  padding: { strategy: 'BatchLongest', pad_id: ids['</s>'], pad_type_id: 0, pad_token: '</s>' },
  added_tokens: [
    { id: ids['<s>'], content: '<s>', ...FLAGS },
    { id: ids['</s>'], content: '</s>', ...FLAGS },
  ],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: {
    type: 'Sequence',
    processors: [
      { type: 'ByteLevel', trim_offsets: true },
      {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        special_tokens: { '<s>': { id: '<s>', ids: [ids['<s>']], tokens: ['<s>'] } },
      },
      { type: 'RobertaProcessing', sep: ['</s>', ids['</s>']], cls: ['<s>', ids['<s>']] },
    ],
  },
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries(Object.entries(ids).filter(([name]) => name !== '</s>')),
    merges: asPairs ? merges.map((merge) => merge.split(' ')) : merges,
  },
});
const idsOf = (names: readonly string[]) => Object.fromEntries(names.map((name, id) => [name, id]));
const ALL = [...BYTES, ...PIECES, '<s>', '</s>'];
const OLD = idsOf(ALL);

/** Ids that stay when these pieces leave. */
const without = (...gone: string[]) => ALL.map((_, id) => id).filter((id) => !gone.includes(ALL[id]!));

describe('a tokenizer.json with other ids', () => {
  it.each([
    [['abcc'], ['a b', 'ab c', 'c c']],
    [['cc'], ['a b', 'ab c', 'abc c']],
    [
      ['abc', 'abcc'],
      ['a b', 'c c'],
    ],
    [['ab', 'abc', 'cc', 'abcc'], []],
    [[], MERGES],
  ])('without %j: ids follow everywhere, merges go along, every other byte stays', (gone, merges) => {
    const ids = without(...gone);
    for (const indent of [undefined, 2]) {
      for (const asPairs of [false, true]) {
        const text = JSON.stringify(fileOf(OLD, MERGES, asPairs), null, indent);
        const document = parseTokenizerJsonDocument(utf8(text)).keep!(ids);
        const expected = fileOf(idsOf(ids.map((id) => ALL[id]!)), merges, asPairs);
        const written = new TextDecoder().decode(document.vocabularyFile.bytes);
        expect(JSON.parse(written)).toEqual(expected);
        if (merges.length > 0) expect(written).toBe(JSON.stringify(expected, null, indent));
      }
    }
  });

  it('is the document of the model without the pieces', () => {
    const document = parseTokenizerJsonDocument(utf8(JSON.stringify(fileOf(OLD, MERGES, false))));
    const ids = without('abcc', 'cc');
    expect(document.keep!(ids).model).toEqual(selectPieces(document.model, ids));
    expect(createTokenizer(document.keep!(ids).model).encode('abccab</s>')).toEqual([257, OLD.c, 256, 259]);
  });

  it('carries on the files beside it, with the new ids of added tokens', () => {
    const companions = new Map([
      ['tokenizer_config.json', '{"a": [1.0], "added_tokens_decoder": {"260": {"content": "<s>"}, "261": {}}, "b": 2}'],
      ['added_tokens.json', '{"<s>": 260,\n "</s>": 261}'],
      ['vocab.json', '{}'],
      ['merges.txt', ''],
    ]);
    // Of another vocabulary.
    const bytes = utf8(JSON.stringify(fileOf(OLD, MERGES, false)));
    const document = parseTokenizerJsonDocument(bytes, { companions }).keep!(without('cc', 'abcc'));
    const files = document.files();
    expect([...files.keys()]).toEqual(['tokenizer.json', 'tokenizer_config.json', 'added_tokens.json']);
    expect(files.get('tokenizer_config.json')).toBe(
      '{"a": [1.0], "added_tokens_decoder": {"258": {"content": "<s>"}, "259": {}}, "b": 2}',
    );
    expect(files.get('added_tokens.json')).toBe('{"<s>": 258,\n "</s>": 259}');
    expect(document.skipped.map(({ file }) => file)).toEqual(['vocab.json', 'merges.txt']);
    const past = new Map([['added_tokens.json', '{"<new>": 262}']]);
    expect(() => parseTokenizerJsonDocument(bytes, { companions: past }).keep!(without('cc'))).toThrow(
      'added_tokens.json beside tokenizer.json: lists an added token with the id 262, the last id is 261',
    );
  });

  it('is followed by vocab.json and merges.txt, in which the lines of what leaves are missing', () => {
    const vocab = Object.fromEntries(Object.entries(OLD).filter(([name]) => name !== '</s>'));
    const companions = new Map([
      ['vocab.json', JSON.stringify(vocab, null, 1)],
      ['merges.txt', `#version: 0.2\r\n${MERGES.join('\r\n')}\r\n`],
    ]);
    const bytes = utf8(JSON.stringify(fileOf(OLD, MERGES, false)));
    const ids = without('cc');
    const files = parseTokenizerJsonDocument(bytes, { companions }).keep!(ids).files();
    const text = (name: string) => new TextDecoder().decode(files.get(name) as Uint8Array);
    const kept = idsOf(ids.map((id) => ALL[id]!).filter((name) => name !== '</s>'));
    expect(text('vocab.json')).toBe(JSON.stringify(kept, null, 1));
    expect(text('merges.txt')).toBe('#version: 0.2\r\na b\r\nab c\r\nabc c\r\n');
  });

  it('refuses to leave out tokens that the file names', () => {
    const document = parseTokenizerJsonDocument(utf8(JSON.stringify(fileOf(OLD, MERGES, false))));
    expect(() => document.keep!(without('</s>'))).toThrow(FormatError);
    expect(() => document.keep!(without('</s>'))).toThrow('id 261 is to leave, but texts are padded with it');
    const { model } = document;
    const file = fileOf(OLD, MERGES, false);
    const bytes = utf8(JSON.stringify({ ...file, padding: null }));
    const newIds = Int32Array.from(ALL, (_, id) => (id === 260 ? -1 : id));
    expect(() => renumberTokenizerJson({ bytes, model, newIds, source: 't.json' })).toThrow(
      't.json: id 260 is to leave, but it is an added token',
    );
    const processor = utf8(JSON.stringify({ ...file, padding: null, added_tokens: [] }));
    expect(() => renumberTokenizerJson({ bytes: processor, model, newIds, source: 't.json' })).toThrow(
      'id 260 is to leave, but the post-processor puts it in',
    );
  });
});

it('a patch puts new pieces in the places of those that leave; every other id stays', () => {
  const document = parseTokenizerJsonDocument(utf8(JSON.stringify(fileOf(OLD, MERGES, true))));
  const patch: VocabularyPatch = {
    removed: [257, 259],
    pieces: [
      { id: 257, piece: 'dd', score: 0, type: PIECE_TYPE.normal },
      { id: 259, piece: 'ddd', score: 0, type: PIECE_TYPE.normal },
    ],
    merges: [
      { leftId: OLD.d!, rightId: OLD.d!, resultId: 257 },
      { leftId: 257, rightId: OLD.d!, resultId: 259 },
    ],
    addedTokens: [],
  };
  const swapped = document.apply(patch);
  expect(swapped.model).toEqual(applyPatch(document.model, patch));
  const { vocab, merges } = JSON.parse(new TextDecoder().decode(swapped.vocabularyFile.bytes)).model;
  expect(vocab).toEqual({ ...idsOf([...BYTES, 'ab', 'dd', 'cc', 'ddd', '<s>']), '</s>': 261 });
  expect(merges).toEqual([
    ['a', 'b'],
    ['c', 'c'],
    ['d', 'd'],
    ['dd', 'd'],
  ]);
  expect(createTokenizer(swapped.model).encode('abcddd')).toEqual([256, OLD.c, 259]);
});
