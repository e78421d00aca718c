import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENT_PIECE, PIECE_TYPE, type TokenizerModel } from '../../../../src/core/model.ts';
import { BYTE_LEVEL_UNITS, spellByteLevel, toByteUnits } from '../../../../src/core/unicode/byte-level.ts';
import { FormatError } from '../../../../src/errors.ts';
import {
  buildTokenizerJson,
  modelFromTokenizerJson,
  parseTokenizerJson,
  parseTokenizerJsonModel,
  sentencePieceFromTokenizerJson,
} from '../../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { BYTE_FALLBACK_DECODER } from '../../../kinds.ts';
import { isLongRun, runs } from '../../../runs.ts';
import { needsShared, sharedPath } from '../../../shared.ts';
import { SMALL } from '../bpe-models.ts';

type Json = Record<string, unknown>;

const ALPHABET = Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit));

/** A byte-level file with the 256 bytes, these merges and what `change` makes of it. */
function byteLevel(merges: readonly [string, string][] = [], change: Json = {}, model: Json = {}): Json {
  const vocab = Object.fromEntries(
    [...ALPHABET, ...new Set(merges.map((pair) => pair.join('')))].map((p, id) => [p, id]),
  );
  return {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    ...change,
    model: { type: 'BPE', unk_token: null, vocab, merges, ...model },
  };
}

const bytesOf = (json: unknown) => new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json));
const read = (json: unknown, config?: unknown) => parseTokenizerJsonModel(bytesOf(json), { source: 't', config });
const special = (id: number, content: string, more: Json = {}) => ({ id, content, special: true, ...more });
const split = (pattern: Json, behavior = 'Isolated', invert = false) => ({ type: 'Split', pattern, behavior, invert });

describe('modelFromTokenizerJson of byte-level files', () => {
  it('gives pieces as bytes, merges by rank and added tokens as they stand', () => {
    const json = byteLevel(
      [
        ['Ġ', 'a'],
        ['ä', '¸'],
        ['ä¸', 'Ń'],
      ],
      {
        added_tokens: [special(300, '<|end|>', { lstrip: true }), { id: 260, content: '中', normalized: true }],
        normalizer: {
          type: 'Sequence',
          normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { String: '-' }, content: '' }],
        },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Digits', individual_digits: true },
            {
              type: 'Sequence',
              pretokenizers: [split({ Regex: '\\s+' }, 'MergedWithNext'), split({ String: 'x' }, 'Removed', true)],
            },
            { type: 'ByteLevel', add_prefix_space: true, use_regex: false },
          ],
        },
      },
      { ignore_merges: true },
    );
    const model = read(json, { eos_token: '<|end|>' });
    expect(model.units).toBe('byte');
    expect(model.pieces.length).toBe(301);
    expect(model.pieces.slice(0, 256).map((p) => p.charCodeAt(0))).toEqual(Array.from({ length: 256 }, (_, i) => i));
    expect(model.pieces.slice(256, 259)).toEqual([' a', '\xe4\xb8', toByteUnits('中')]);
    expect([model.pieces[260], model.pieceTypes[260]]).toEqual([toByteUnits('中'), PIECE_TYPE.userDefined]);
    expect([model.pieces[300], model.pieceTypes[300]]).toEqual(['<|end|>', PIECE_TYPE.control]);
    expect(model.pieceTypes.subarray(261, 300).every((type) => type === ABSENT_PIECE)).toBe(true);
    expect(model.merges).toEqual({
      leftIds: Int32Array.of(0x20, 0xe4, 257),
      rightIds: Int32Array.of(0x61, 0xb8, 0xad),
      resultIds: Int32Array.of(256, 257, 258),
    });
    expect(model).toMatchObject({
      modelType: 'bpe',
      wholePieceFirst: true,
      unkPiece: '',
      bosPiece: '',
      eosPiece: '<|end|>',
      normalizers: [{ type: 'nfc' }, { type: 'replace', pattern: { text: '-' }, content: '' }],
      preTokenizers: [
        { type: 'digits', individual: true },
        { type: 'split', pattern: { regex: '\\s+' }, behavior: 'merged-with-next', invert: false },
        { type: 'split', pattern: { text: 'x' }, behavior: 'removed', invert: true },
        { type: 'byte-level', addPrefixSpace: true, useRegex: false },
      ],
      addedTokens: [
        { id: 260, content: '中', special: false, lstrip: false, normalized: true },
        {
          id: 300,
          content: '<|end|>',
          special: true,
          lstrip: true,
          rstrip: false,
          singleWord: false,
          normalized: false,
        },
      ],
    } satisfies Partial<Record<keyof TokenizerModel, unknown>>);
  });

  it('reads merges as lines, as pairs and in front of the vocabulary, escaped or not', () => {
    const merges: [string, string][] = [
      ['Ġ', 'é'],
      ['a', 'b'],
    ];
    const wanted = read(byteLevel(merges));
    const lines = byteLevel(merges, {}, { merges: ['#version: 0.2', 'Ġ é', 'a b'] });
    const { vocab, ...rest } = byteLevel(merges).model as Json;
    const late = { ...byteLevel(merges), model: { ...rest, vocab } };
    const escaped = JSON.stringify(byteLevel(merges), null, 1).replace(
      /[^\x00-\x7f]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    for (const other of [lines, late, escaped, `\uFEFF${escaped}`]) expect(read(other)).toEqual(wanted);
    expect(modelFromTokenizerJson(parseTokenizerJson(escaped))).toEqual(wanted);
  });

  it('resolves the parts of merges as a Map of texts does, whatever the texts and however they are written', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '"', '\\', '\n', 'Ġ', '中', '😀', ' '),
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text), { maxLength: 12 }),
        fc.boolean(),
        fc.boolean(),
        (pairs, asLines, escaped) => {
          const pieces = [...new Set([...ALPHABET, ...pairs.flat(), ...pairs.map((pair) => pair.join(''))])];
          const ids = new Map(pieces.map((piece, id) => [piece, id]));
          const listed = asLines ? pairs.filter((pair) => !pair.join('').includes(' ')) : pairs;
          const json = JSON.stringify(
            byteLevel(
              [],
              {},
              { vocab: Object.fromEntries(ids), merges: asLines ? listed.map((pair) => pair.join(' ')) : listed },
            ),
          );
          const written = escaped
            ? json.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
            : json;
          const { leftIds, rightIds, resultIds } = read(written).merges!;
          expect([...leftIds]).toEqual(listed.map(([left]) => ids.get(left)));
          expect([...rightIds]).toEqual(listed.map(([, right]) => ids.get(right)));
          expect([...resultIds]).toEqual(listed.map((pair) => ids.get(pair.join(''))));
        },
      ),
      runs(100),
    );
  });

  it('takes names from a template inside a Sequence, and from RoBERTa’s processor', () => {
    const template = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<b>' } }, { Sequence: { id: 'A' } }],
    };
    const post_processor = { type: 'Sequence', processors: [{ type: 'ByteLevel' }, template] };
    expect(read(byteLevel([], { post_processor }))).toMatchObject({ bosPiece: '<b>', eosPiece: '' });
    const roberta = { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0] };
    expect(read(byteLevel([], { post_processor: roberta }))).toMatchObject({ bosPiece: '<s>', eosPiece: '</s>' });
  });

  it('keeps a piece outside the byte alphabet as one that no text reaches', () => {
    const json = byteLevel();
    ((json.model as Json).vocab as Record<string, number>).中 = 256;
    const model = read(json);
    expect([model.pieces[256], model.pieceTypes[256]]).toEqual(['中', PIECE_TYPE.control]);
  });
});

describe('modelFromTokenizerJson of other files', () => {
  // Characters instead of bytes, as Gemma has them: the tab's byte is missing, because the tab is a piece.
  const bytePieces = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
  const gemma = (change: Json = {}, model: Json = {}): Json => ({
    added_tokens: [special(0, '<unk>'), { id: 1, content: '<u>' }],
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    pre_tokenizer: split({ String: ' ' }, 'MergedWithPrevious'),
    decoder: BYTE_FALLBACK_DECODER,
    ...change,
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(
        ['<unk>', '<u>', '\t', ...bytePieces.filter((p) => p !== '<0x09>'), '▁', 'a', '▁a', '😀', 'b', 'ab'].map(
          (p, id) => [p, id],
        ),
      ),
      merges: ['▁ a', 'a b'],
      ...model,
    },
  });

  it('reads SentencePiece-like BPE with its own merges, and drops a Split that never matches', () => {
    const model = read(gemma());
    expect(model).toMatchObject({
      units: 'utf16',
      byteFallback: true,
      unkPiece: '<unk>',
      normalizers: [],
      preTokenizers: [],
      normalizer: { addDummyPrefix: false, removeExtraWhitespaces: false, escapeWhitespaces: true },
    });
    expect(model.pieces.slice(-6)).toEqual(['▁', 'a', '▁a', '😀', 'b', 'ab']);
    expect([...model.pieceTypes.slice(0, 4)]).toEqual([
      PIECE_TYPE.unknown,
      PIECE_TYPE.userDefined,
      PIECE_TYPE.normal,
      PIECE_TYPE.byte,
    ]);
    expect(model.merges?.resultIds.length).toBe(2);
  });

  it('reads LLaMA-family and Unigram files as the SentencePiece model they are', () => {
    const json = buildTokenizerJson(SMALL);
    expect(read(json)).toEqual(sentencePieceFromTokenizerJson(json));
    expect(modelFromTokenizerJson(json)).toEqual(sentencePieceFromTokenizerJson(json));
    const unigram = buildTokenizerJson({
      ...SMALL,
      modelType: 'unigram',
      pieceScores: SMALL.pieceScores.map((_, id) => -1 - id),
    });
    expect(read(unigram)).toEqual(sentencePieceFromTokenizerJson(unigram));
  });

  it('reads a LLaMA-family file whose merges scores cannot express by its merges', () => {
    const json = buildTokenizerJson(SMALL);
    const model = read({ ...json, model: { ...json.model, merges: [], ignore_merges: true } });
    expect(model).toMatchObject({
      wholePieceFirst: true,
      merges: { leftIds: new Int32Array(0) },
      normalizer: { addDummyPrefix: true, escapeWhitespaces: true },
      normalizers: [],
    });
    expect(model.addedTokens.map(({ content }) => content)).toEqual(json.added_tokens.map(({ content }) => content));
  });

  it.each<[string, Json, string]>([
    [
      'a pre-tokenizer behind ByteLevel',
      byteLevel([], {
        pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'ByteLevel' }, { type: 'Metaspace' }] },
      }),
      'pre-tokenizer Metaspace behind ByteLevel',
    ],
    [
      'a foreign pre-tokenizer',
      byteLevel([], { pre_tokenizer: { type: 'UnicodeScripts' } }),
      'pre-tokenizer UnicodeScripts',
    ],
    ['a foreign normalizer', byteLevel([], { normalizer: { type: 'Nmt' } }), 'normalizer Nmt'],
    [
      'a foreign decoder',
      byteLevel([], { decoder: { type: 'BPEDecoder' } }),
      'the decoder BPEDecoder instead of ByteLevel',
    ],
    [
      'a foreign behavior',
      byteLevel([], { pre_tokenizer: split({ String: 'a' }, 'Doubled') }),
      'Split with the behavior "Doubled"',
    ],
    ['an empty pattern', byteLevel([], { pre_tokenizer: split({ String: '' }) }), 'Split of the pattern {"String":""}'],
    ['dropout', byteLevel([], {}, { dropout: 0.1 }), 'dropout 0.1'],
    ['a suffix', byteLevel([], {}, { end_of_word_suffix: '</w>' }), 'the suffix "</w>"'],
    ['no decoder', gemma({ decoder: null }), 'no decoder'],
    ['spaces that stay symbols', gemma({ decoder: { type: 'Fuse' } }), 'a decoder that leaves ▁ as it is'],
    [
      'a space in front that nobody put there',
      gemma({
        decoder: { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }] },
      }),
      'a decoder that',
    ],
    [
      'unknown characters one by one',
      gemma({}, { byte_fallback: false, fuse_unk: false }),
      'a decoder that joins bytes',
    ],
  ])('refuses %s and says what to do', (_name, json, message) => {
    expect(() => read(json)).toThrow(FormatError);
    expect(() => read(json)).toThrow(message);
    expect(() => modelFromTokenizerJson(parseTokenizerJson(JSON.stringify(json)), { source: 't' })).toThrow(message);
  });
});

describe('a tokenizer.json that is broken', () => {
  const withVocab = (entries: string) => JSON.stringify(byteLevel()).replace('"vocab":{', `"vocab":{${entries},`);
  const tokens = (...added_tokens: Json[]) => byteLevel([], { added_tokens });
  it.each<[string, unknown, string]>([
    ['is empty', '', 'is empty'],
    ['is cut off', JSON.stringify(byteLevel()).slice(0, 900), 'it ends in the middle'],
    ['is cut off in its merges', JSON.stringify(byteLevel([['a', 'b']])).slice(0, -8), 'it ends in the middle'],
    ['has text behind its end', `${JSON.stringify(byteLevel())}}`, 'text behind the end'],
    ['lacks a colon', withVocab('"x" 7'), 'no colon at byte'],
    ['has a trailing comma', withVocab('"x": 7,'), 'no text at byte'],
    ['has half a surrogate pair', withVocab('"\\ud83d": 500'), 'half a surrogate pair'],
    ['has the wrong half', withVocab('"\\ude00": 500'), 'half a surrogate pair'],
    ['has a control character', withVocab('"a\nb": 500'), 'a control character'],
    ['has an id as text', withVocab('"xx": "7"'), '"model.vocab" gives "xx" the id "7"'],
    ['has an id with a fraction', withVocab('"xx": 7.5'), 'the id 7.5; ids must be whole numbers below 2097152'],
    ['has a negative id', withVocab('"xx": -1'), 'the id -1'],
    ['has an id beyond 2^31', withVocab('"xx": 3000000000'), 'the id 3000000000; ids must be'],
    ['has an id twice', withVocab('"xx": 7'), 'gives the id 7 to both "xx" and'],
    ['has a piece twice', withVocab('"a": 700'), 'names "a" twice'],
    ['has no vocabulary', byteLevel([], {}, { vocab: {} }), '"model.vocab" is empty'],
    ['has a vocabulary that is a list', byteLevel([], {}, { vocab: [['a', 1]] }), '"model.vocab" is not an object'],
    ['has no merges', byteLevel([], {}, { merges: undefined }), '"model.merges" is not a list'],
    [
      'lacks a byte',
      (() => {
        const j = byteLevel();
        delete ((j.model as Json).vocab as Json).a;
        return j;
      })(),
      'no piece for the byte 0x61',
    ],
    [
      'merges what is not there',
      byteLevel([], {}, { merges: ['a b'] }),
      't: merge 0 ["a","b"] needs "ab", which is not in the vocabulary',
    ],
    ['merges three', byteLevel([], {}, { merges: ['a b c'] }), 'merge 0 is not a pair of pieces, but "a b c"'],
    [
      'merges a list of three',
      byteLevel([], {}, { merges: [['a', 'b', 'c']] }),
      'merge 0 is not a pair of pieces, but ["a","b","c"]',
    ],
    ['merges numbers', byteLevel([], {}, { merges: [7] }), 'merge 0 is not a pair of pieces, but 7'],
    ['merges nothing', byteLevel([], {}, { merges: [['', 'a']] }), 'merge 0 is not a pair'],
    [
      'has an added token far away',
      tokens(special(1_000_000_000, '<x>')),
      'added token "<x>" has id 1000000000; ids must be below 2097152',
    ],
    [
      'has an added token in a piece’s place',
      tokens(special(7, '<x>')),
      'added token "<x>" has id 7, but the vocabulary gives that id to',
    ],
    [
      'has an added token elsewhere',
      tokens(special(700, 'a')),
      'added token "a" has id 700, but the vocabulary gives it the id 97',
    ],
    [
      'has two added tokens with one id',
      tokens(special(300, '<x>'), special(300, '<y>')),
      '"<y>" has id 300, and so has another added token',
    ],
    [
      'has one added token twice',
      tokens(special(300, '<x>'), special(301, '<x>')),
      'added token "<x>" is listed twice',
    ],
    ['has an added token without content', tokens(special(300, '')), 'added token 300 has no content'],
    ['has half a character as added token', tokens(special(300, '\ud800')), 'half a surrogate pair'],
  ])('is refused when it %s', (_name, json, message) => {
    expect(() => read(json)).toThrow(FormatError);
    expect(() => read(json)).toThrow(message);
  });

  it('is refused at any byte where it is cut off or spoilt, or read as something sound', () => {
    const bytes = bytesOf(byteLevel([['a', 'b']], { added_tokens: [special(257, '<é😀>')] }));
    for (let at = 0; at < bytes.length; at += 7) {
      expect(() => parseTokenizerJsonModel(bytes.subarray(0, at))).toThrow(FormatError);
      for (const byte of [0xff, 0x22, 0x5c, 0x7d]) {
        const spoilt = bytes.slice();
        spoilt[at] = byte;
        try {
          parseTokenizerJsonModel(spoilt);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }
    }
  });

  it('takes 100,000 added tokens', () => {
    const added_tokens = Array.from({ length: 100_000 }, (_, i) => special(256 + i, `<x${i}>`));
    expect(read(byteLevel([], { added_tokens })).addedTokens.length).toBe(100_000);
  });
});

const FIXTURES = isLongRun
  ? ['llama3.1', 'qwen2.5', 'qwen3', 'gpt4o', 'gpt2', 'deepseek-v3', 'mistral-nemo', 'gemma2']
  : ['gpt2'];
describe('published files', needsShared, () => {
  it.each(FIXTURES)('%s has the pieces, merges and tokens that JSON.parse finds', (name) => {
    const bytes = gunzipSync(readFileSync(sharedPath(`fixtures/byte-level/${name}/tokenizer.json.gz`)));
    const model = parseTokenizerJsonModel(bytes);
    const json = JSON.parse(bytes.toString());
    const spell = (id: number): string => {
      const isText = [PIECE_TYPE.normal, PIECE_TYPE.userDefined].includes(model.pieceTypes[id] as 1);
      return model.units === 'byte' && isText ? spellByteLevel(model.pieces[id]!) : model.pieces[id]!;
    };
    const vocab = Object.entries(json.model.vocab as Record<string, number>);
    expect(vocab.filter(([piece, id]) => spell(id) !== piece)).toEqual([]);
    const { leftIds, rightIds, resultIds } = model.merges!;
    const merges = json.model.merges as (string | [string, string])[];
    expect(leftIds.length).toBe(merges.length);
    const wrong = merges.filter((merge, i) => {
      const [left, right] = typeof merge === 'string' ? merge.split(' ') : merge;
      const ids = json.model.vocab;
      return ids[left!] !== leftIds[i] || ids[right!] !== rightIds[i] || ids[left! + right!] !== resultIds[i];
    });
    expect(wrong).toEqual([]);
    const tokens = json.added_tokens as { id: number; content: string }[];
    expect(model.addedTokens.map(({ id, content }) => [id, content])).toEqual(
      tokens.map(({ id, content }) => [id, content]).sort(([a], [b]) => Number(a) - Number(b)),
    );
    const ids = new Set([...vocab.map(([, id]) => id), ...tokens.map(({ id }) => id)]);
    expect(model.pieceTypes.reduce((count, type) => count + Number(type !== ABSENT_PIECE), 0)).toBe(ids.size);
  });
});
