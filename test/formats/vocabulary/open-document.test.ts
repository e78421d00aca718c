// Documents of every format: one patch, written back in each, and read again as the same vocabulary.
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { applyPatch, type VocabularyPatch } from '../../../src/core/patch.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import { FormatError } from '../../../src/errors.ts';
import { buildGguf } from '../../../src/formats/gguf/build-gguf.ts';
import type { TokenizerDocument } from '../../../src/formats/tokenizer-document.ts';
import { openDocument } from '../../../src/formats/vocabulary/open-document.ts';
import { parseVocabulary, type VocabularyFile } from '../../../src/formats/vocabulary/parse-vocabulary.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { KIND_JSON } from '../../kinds.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const textOf = (content: string | Uint8Array | undefined) =>
  typeof content === 'string' ? content : new TextDecoder().decode(content);
const base64 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('base64');

// The bytes, " a", "ab", and one special token behind them; in tekken.json two special tokens are in front.
const VOCAB = KIND_JSON.model.vocab;
const RANKS = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), ' a', 'ab'];
const MERGES_TEXT = '#version: 0.2\nĠ a\na b\n';
const CONFIG = {
  tokenizer_class: 'Qwen2Tokenizer',
  eos_token: '<|end|>',
  added_tokens_decoder: { 258: { content: '<|end|>', special: true } },
};
const companions = (...more: [string, string][]) =>
  new Map([['tokenizer_config.json', JSON.stringify(CONFIG)], ...more]);
const JSON_FILE = JSON.stringify({ ...KIND_JSON, normalizer: { type: 'NFC' } });
const tekkenOf = (more: object = {}) => ({
  config: {
    pattern: PRE_TOKENIZER_PATTERNS.tekken,
    num_vocab_tokens: 259,
    default_vocab_size: 260,
    default_num_special_tokens: 2,
    version: 'v3',
    ...more,
  },
  // The last rank does not count.
  vocab: [...RANKS, 'zz'].map((piece, rank) => ({ rank, token_bytes: base64(piece), token_str: piece })),
});
const TEKKEN = JSON.stringify(tekkenOf(), null, 2);

function open(file: VocabularyFile): TokenizerDocument {
  return openDocument(file, parseVocabulary(file));
}

/** `abab` of `ab` and `ab`, a part of a character, and an added token behind them. */
function patchFor({ model }: TokenizerDocument, token?: string): VocabularyPatch {
  const [first, shift] = [model.pieces.length, model.pieces.indexOf('ab') - 257];
  const score = (id: number) => (model.merges === undefined ? -id : 0);
  const normal = ['abab', '\xe4\xb8'].map((piece, i) => ({
    id: first + i,
    piece,
    score: score(first + i),
    type: PIECE_TYPE.normal,
  }));
  const flags = { special: true, singleWord: false, lstrip: false, rstrip: false, normalized: false };
  const added = token === undefined ? [] : [{ id: first + 2, content: token, ...flags }];
  return {
    pieces: [
      ...normal,
      ...added.map(({ id, content }) => ({ id, piece: content, score: 0, type: PIECE_TYPE.control })),
    ],
    merges:
      model.merges === undefined
        ? []
        : [
            { leftId: 257 + shift, rightId: 257 + shift, resultId: first },
            { leftId: 0xe4 + shift, rightId: 0xb8 + shift, resultId: first + 1 },
          ],
    addedTokens: added,
  };
}

const FILES: Readonly<Record<string, VocabularyFile>> = {
  'a tokenizer.json': { fileName: 'tokenizer.json', bytes: utf8(JSON_FILE), files: companions() },
  'a tokenizer.json with the older pair beside it': {
    fileName: 'tokenizer.json',
    bytes: utf8(JSON_FILE),
    files: companions(['vocab.json', JSON.stringify(VOCAB)], ['merges.txt', MERGES_TEXT]),
  },
  'vocab.json and merges.txt': {
    fileName: 'vocab.json',
    bytes: utf8(JSON.stringify(VOCAB)),
    files: companions(['merges.txt', MERGES_TEXT]),
  },
  'a GGUF': {
    fileName: 'model.gguf',
    bytes: buildGguf(
      parseVocabulary({
        fileName: 'tokenizer.json',
        bytes: utf8(JSON_FILE.replace('{"type":"NFC"}', 'null')),
        files: companions(),
      }),
      { chatTemplate: '{{ x }}' },
    ).bytes,
  },
};

describe('openDocument', () => {
  it.each(Object.entries(FILES))('writes %s back with a tokenizer.json of the same vocabulary', (_, file) => {
    const document = open(file);
    const patch = patchFor(document, '<|new|>');
    const merged = document.apply(patch);
    const { name, bytes } = merged.vocabularyFile;
    expect(name).toBe('tokenizer.json');
    const expected = applyPatch(document.model, patch);
    const read = parseVocabulary({
      fileName: name,
      bytes,
      files: new Map([['tokenizer_config.json', textOf(merged.files().get('tokenizer_config.json'))]]),
    });
    for (const key of ['pieces', 'pieceTypes', 'merges', 'addedTokens', 'normalizers', 'wholePieceFirst'] as const) {
      expect(read[key], key).toEqual(expected[key]);
    }
    const [ours, wanted] = [createTokenizer(read), createTokenizer(expected)];
    for (const text of ['ababab ab', 'b<|end|>a<|new|>abab', '中 ab', "it's 123\n ab"]) {
      expect(ours.encode(text), text).toEqual(wanted.encode(text));
    }
    // The ids of special tokens stand in the vocabulary, so that no engine counts them on from its size.
    const { vocab } = JSON.parse(textOf(bytes)).model;
    expect([vocab['<|end|>'], vocab.abab, vocab['<|new|>']]).toEqual([258, 259, 261]);
    expect(merged.skipped).toEqual(document.skipped);
  });

  it('writes the older pair as it was, with lines behind', () => {
    for (const file of Object.values(FILES).slice(1, 3)) {
      const document = open(file);
      const files = document.apply(patchFor(document, '<|new|>')).files();
      const added = ',"<|end|>":258,"abab":259,"ä¸":260,"<|new|>":261}';
      expect(textOf(files.get('vocab.json'))).toBe(`${JSON.stringify(VOCAB).slice(0, -1)}${added}`);
      expect(textOf(files.get('merges.txt'))).toBe(`${MERGES_TEXT}ab ab\nä ¸\n`);
      expect(document.files().has('tokenizer.json')).toBe(true);
      const pair = {
        fileName: 'vocab.json',
        bytes: utf8(textOf(files.get('vocab.json'))),
        files: new Map([...files].map(([name, content]) => [name, textOf(content)])),
      };
      expect(parseVocabulary(pair).merges).toEqual(
        parseVocabulary({ ...pair, fileName: 'tokenizer.json', bytes: utf8(textOf(files.get('tokenizer.json'))) })
          .merges,
      );
    }
  });

  it('leaves a pair out that says otherwise than the tokenizer.json beside it', () => {
    const other = { ...VOCAB, a: VOCAB.b!, b: VOCAB.a! };
    for (const [name, text] of [
      ['vocab.json', JSON.stringify(other)],
      ['vocab.json', JSON.stringify({ ...VOCAB, zz: 300 })],
      ['merges.txt', 'a b\nĠ a\n'],
    ] as const) {
      const files = companions(['vocab.json', JSON.stringify(VOCAB)], ['merges.txt', MERGES_TEXT], [name, text]);
      const document = open({ ...FILES['a tokenizer.json']!, files });
      const merged = document.apply(patchFor(document));
      expect([...merged.files().keys()]).toEqual(['tokenizer.json', 'tokenizer_config.json']);
      expect(merged.skipped.map(({ file }) => file)).toEqual(['vocab.json', 'merges.txt']);
      expect(merged.skipped[0]!.reason).toContain(`the ${name} beside tokenizer.json is of another vocabulary`);
    }
  });

  it('carries the chat template of a GGUF on', () => {
    const document = open(FILES['a GGUF']!);
    expect([...document.files().keys()]).toEqual(['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja']);
    expect(JSON.parse(textOf(document.files().get('tokenizer_config.json')))).toMatchObject({
      tokenizer_class: 'PreTrainedTokenizerFast',
      eos_token: '<|end|>',
      added_tokens_decoder: { 258: { content: '<|end|>', special: true } },
    });
  });

  it('appends ranks to tekken.json in place of those that do not count', () => {
    const document = open({ fileName: 'tekken.json', bytes: utf8(TEKKEN) });
    const patch = patchFor(document);
    const files = document.apply(patch).files();
    expect([...files.keys()]).toEqual(['tokenizer.json', 'tekken.json', 'tokenizer_config.json']);
    const expected = tekkenOf({ num_vocab_tokens: 260, default_vocab_size: 262 });
    expected.vocab.splice(-1, 1, { rank: 258, token_bytes: 'YWJhYg==', token_str: 'abab' });
    expected.vocab.push({ rank: 259, token_bytes: '5Lg=', token_str: null as unknown as string });
    expect(textOf(files.get('tekken.json'))).toBe(JSON.stringify(expected, null, 2));
    const merged = applyPatch(document.model, patch);
    expect(parseVocabulary({ fileName: 'tekken.json', bytes: utf8(textOf(files.get('tekken.json'))) })).toEqual(merged);
    const ours = createTokenizer(merged);
    const listed = createTokenizer(
      parseVocabulary({ fileName: 'tokenizer.json', bytes: utf8(textOf(files.get('tokenizer.json'))) }),
    );
    for (const text of ['ababab ab', 'abab', '中 ab']) expect(listed.encode(text), text).toEqual(ours.encode(text));

    const withToken = document.apply(patchFor(document, '<|new|>'));
    expect(withToken.skipped).toMatchObject([
      { file: 'tekken.json', reason: expect.stringContaining('special tokens have the first ids') },
    ]);
    expect(withToken.model.pieces.at(-1)).toBe('<|new|>');
  });

  it('writes tekken.json alone where tokenizer.json cannot say its pattern', () => {
    const bytes = utf8(JSON.stringify(tekkenOf({ pattern: '\\S+|\\s+' })));
    const document = open({ fileName: 'tekken.json', bytes });
    const merged = document.apply(patchFor(document));
    expect(merged.vocabularyFile.name).toBe('tekken.json');
    expect(merged.skipped).toMatchObject([
      { file: 'tokenizer.json', reason: expect.stringContaining("in the syntax of tiktoken's engine") },
    ]);
    expect(() => document.apply(patchFor(document, '<|new|>'))).toThrow(FormatError);
  });

  it('refuses ranks in another order than that of the merges', () => {
    const document = open({ fileName: 'tekken.json', bytes: utf8(TEKKEN) });
    const patch = patchFor(document);
    const pieces = patch.pieces.map((piece, i) => ({ ...piece, score: i - 1000 }));
    expect(document.apply({ ...patch, pieces }).skipped).toMatchObject([
      { file: 'tekken.json', reason: expect.stringContaining('not in the order of their merges') },
    ]);
  });
});
