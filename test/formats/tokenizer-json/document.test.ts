// Documents of tokenizer.json: a patch is put into the text of the file, and every other byte stays.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { applyPatch, type VocabularyPatch } from '../../../src/core/patch.ts';
import { spellByteLevel, toByteUnits } from '../../../src/core/unicode/byte-level.ts';
import { FormatError } from '../../../src/errors.ts';
import { buildSentencePiece } from '../../../src/formats/sentencepiece/document.ts';
import type { TokenizerDocument } from '../../../src/formats/tokenizer-document.ts';
import { parseTokenizerJsonDocument } from '../../../src/formats/tokenizer-json/document.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { smallBpe } from '../../models.ts';
import { isLongRun } from '../../runs.ts';
import { needsShared, sharedPath } from '../../shared.ts';
import { skipUnless } from '../../skip.ts';

const { normal, control } = PIECE_TYPE;
const NO_FLAGS = { singleWord: false, lstrip: false, rstrip: false, normalized: false };
const utf8 = (text: string) => new TextEncoder().encode(text);
const textOf = (document: TokenizerDocument) => new TextDecoder().decode(document.vocabularyFile.bytes);

const BYTES = Array.from({ length: 256 }, (_, byte) => spellByteLevel(String.fromCharCode(byte)));
/** A byte-level tokenizer: the bytes, `ab` (256) and `ba` (258), and a special token that is not in the vocabulary (257). */
const SMALL = {
  version: '1.0',
  added_tokens: [
    { id: 0, content: BYTES[0]!, single_word: false, lstrip: false, rstrip: false, normalized: false, special: false },
    { id: 257, content: '<|end|>', single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
  ],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    vocab: { ...Object.fromEntries([...BYTES, 'ab'].map((piece, id) => [piece, id])), ba: 258 } as Record<
      string,
      number
    >,
    merges: [
      ['a', 'b'],
      ['b', 'a'],
    ] as (string | [string, string])[],
  },
};
const AS_TEXTS = { ...SMALL, model: { ...SMALL.model, merges: ['a b', 'b a'] } };
const ID = { a: SMALL.model.vocab.a!, b: SMALL.model.vocab.b! };

/** `abab` from `ab` and `ab`, and a token. */
const PATCH: VocabularyPatch = {
  pieces: [
    { id: 259, piece: 'abab', score: 0, type: normal },
    { id: 260, piece: '<|new|>', score: 0, type: control },
  ],
  merges: [{ leftId: 256, rightId: 256, resultId: 259 }],
  addedTokens: [{ id: 260, content: '<|new|>', special: true, ...NO_FLAGS }],
};
const TOKEN = '"single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}';

/** Python's json.dumps: a space behind every colon and comma outside texts. */
const spaced = (json: unknown) =>
  JSON.stringify(json).replace(/("(?:[^"\\]|\\.)*")|([:,])/g, (_, text, mark) => text ?? `${mark} `);

/** The text with what was inserted taken out again. */
function without(text: string, ...inserted: string[]): string {
  for (const part of inserted) {
    expect(text.split(part).length, part).toBe(2);
    text = text.replace(part, '');
  }
  return text;
}

describe('a patch', () => {
  it('goes behind the last entries of a compact file; tokens behind the vocabulary are listed in it', () => {
    const text = JSON.stringify(SMALL);
    const merged = parseTokenizerJsonDocument(utf8(text)).apply(PATCH);
    expect(
      without(
        textOf(merged),
        ',"<|end|>":257,"abab":259,"<|new|>":260',
        ',["ab","ab"]',
        `,{"id":260,"content":"<|new|>",${TOKEN}`,
      ),
    ).toBe(text);
  });

  it('is laid out as the file is: with spaces, or on lines of its own', () => {
    const text = spaced(SMALL);
    const merged = parseTokenizerJsonDocument(utf8(text)).apply(PATCH);
    const token = `, {"id": 260, "content": "<|new|>", ${TOKEN.replace(/([:,])/g, '$1 ')}`;
    expect(without(textOf(merged), ', "<|end|>": 257, "abab": 259, "<|new|>": 260', ', ["ab", "ab"]', token)).toBe(
      text,
    );
    for (const json of [SMALL, AS_TEXTS]) {
      const lines = JSON.stringify(json, null, 2);
      const document = parseTokenizerJsonDocument(utf8(lines)).apply(PATCH);
      expect(textOf(document)).toBe(JSON.stringify(JSON.parse(textOf(document)), null, 2));
    }
  });

  it('spells merges as the file does, as texts or as pairs', () => {
    const merged = parseTokenizerJsonDocument(utf8(JSON.stringify(AS_TEXTS))).apply(PATCH);
    expect(JSON.parse(textOf(merged)).model.merges).toEqual(['a b', 'b a', 'ab ab']);
    const bare = { ...SMALL, added_tokens: [], model: { ...SMALL.model, merges: [] } };
    const first = { leftId: ID.a, rightId: ID.b, resultId: 256 };
    const document = parseTokenizerJsonDocument(utf8(JSON.stringify(bare)));
    const added = document.apply({ pieces: [], merges: [first], addedTokens: [] });
    expect(JSON.parse(textOf(added)).model).toEqual({ ...bare.model, merges: [['a', 'b']] });
    expect(Object.keys(JSON.parse(textOf(added)).model.vocab)).toHaveLength(258);
  });

  it('gives the model that applyPatch gives', () => {
    const document = parseTokenizerJsonDocument(utf8(JSON.stringify(SMALL)));
    const merged = document.apply(PATCH);
    expect(merged.model).toEqual(applyPatch(document.model, PATCH));
    expect(createTokenizer(merged.model).encode('ababab<|new|>')).toEqual([259, 256, 260]);
    expect(createTokenizer(document.model).encode('ababab')).toEqual([256, 256, 256]);
  });

  it('that is empty changes nothing', () => {
    const bytes = utf8(spaced(SMALL));
    const document = parseTokenizerJsonDocument(bytes);
    expect(document.apply({ pieces: [], merges: [], addedTokens: [] }).files().get('tokenizer.json')).toBe(bytes);
  });

  it('is told to the files beside; the rest of them stays as it is', () => {
    const companions = new Map([
      ['tokenizer_config.json', '{"x": 1.0,\n "added_tokens_decoder": {"257": {"content": "<|end|>"}}}'],
      ['added_tokens.json', '{"<|end|>": 257}'],
      ['special_tokens_map.json', '{ "eos_token" : "<|end|>" }'],
      ['chat_template.jinja', '{{ x }}'],
      ['generation_config.json', '{}'],
    ]);
    const files = parseTokenizerJsonDocument(utf8(JSON.stringify(SMALL)), { companions })
      .apply(PATCH)
      .files();
    expect([...files.keys()]).toEqual([
      'tokenizer.json',
      'tokenizer_config.json',
      'special_tokens_map.json',
      'added_tokens.json',
      'chat_template.jinja',
    ]);
    const config = String(files.get('tokenizer_config.json'));
    expect(config.startsWith('{"x": 1.0,\n "added_tokens_decoder": {"257": {"content": "<|end|>"}, "260": {')).toBe(
      true,
    );
    expect(JSON.parse(config).added_tokens_decoder['260']).toMatchObject({ content: '<|new|>', special: true });
    expect(JSON.parse(String(files.get('added_tokens.json')))).toEqual({ '<|end|>': 257, '<|new|>': 260 });
    for (const name of ['special_tokens_map.json', 'chat_template.jinja'])
      expect(files.get(name)).toBe(companions.get(name));
  });

  it('is refused where the file cannot hold it', () => {
    const bytes = utf8(JSON.stringify(SMALL));
    const taken = { ...PATCH, pieces: [{ id: 259, piece: 'ab', score: 0, type: normal }], addedTokens: [] };
    expect(() => parseTokenizerJsonDocument(bytes).apply(taken)).toThrow(FormatError);
    const sentencePiece = buildSentencePiece(smallBpe([['a', -1]]))
      .files()
      .get('tokenizer.json') as string;
    expect(() => parseTokenizerJsonDocument(utf8(sentencePiece))).toThrow('says the same as a SentencePiece model');
    const companions = new Map([['tokenizer_config.json', '{']]);
    expect(() => parseTokenizerJsonDocument(bytes, { companions })).toThrow(
      'tokenizer_config.json beside tokenizer.json: ',
    );
  });
});

interface RustEncoding {
  getIds(): number[];
}
interface RustTokenizer {
  encode(text: string, pair: null, options: { addSpecialTokens: boolean }): Promise<RustEncoding>;
}
const rust: { fromString(json: string): RustTokenizer } | undefined = (() => {
  try {
    return createRequire(import.meta.url)('tokenizers').Tokenizer;
  } catch {
    return undefined;
  }
})();

describe('published files', needsShared, () => {
  const ALL = ['qwen2.5', 'llama3.1', 'qwen3', 'deepseek-v3', 'mistral-nemo', 'gemma2'];
  const names = isLongRun ? ALL : ALL.slice(0, 1);
  const read = (name: string) => gunzipSync(readFileSync(sharedPath(`fixtures/byte-level/${name}/tokenizer.json.gz`)));

  /** 人民中国 from 人民 and 中国, which every vocabulary has, and a token behind all. */
  function patchOf({ model }: TokenizerDocument): VocabularyPatch {
    const [left, right] = ['人民', '中国'].map((text) => (model.units === 'byte' ? toByteUnits(text) : text));
    const id = model.pieces.length;
    const ids = { leftId: model.pieces.indexOf(left!), rightId: model.pieces.indexOf(right!), resultId: id };
    expect(Math.min(ids.leftId, ids.rightId)).toBeGreaterThan(0);
    return {
      pieces: [
        { id, piece: `${left}${right}`, score: 0, type: normal },
        { id: id + 1, piece: '<|new|>', score: 0, type: control },
      ],
      merges: [ids],
      addedTokens: [{ id: id + 1, content: '<|new|>', special: true, ...NO_FLAGS }],
    };
  }

  it.each(names)(
    '%s takes up a patch, keeps its bytes, and its special tokens keep their ids in the Rust engine',
    skipUnless(rust !== undefined, 'the npm package tokenizers is not installed'),
    async (name) => {
      const bytes = read(name);
      const document = parseTokenizerJsonDocument(bytes, { source: name });
      expect(Buffer.compare(document.files().get('tokenizer.json') as Uint8Array, bytes)).toBe(0);
      const patch = patchOf(document);
      const merged = document.apply(patch);
      expect(merged.model.pieces).toEqual(applyPatch(document.model, patch).pieces);
      const engine = rust!.fromString(textOf(merged));
      const ours = createTokenizer(merged.model);
      const last = document.model.addedTokens.at(-1)?.content ?? '';
      for (const text of ['人民中国银行', `x${last}人民中国<|new|>y`, 'The quick brown fox, 123']) {
        const ids = (await engine.encode(text, null, { addSpecialTokens: false })).getIds();
        expect(ids, text).toEqual(ours.encode(text));
      }
      expect(ours.encode('人民中国')).toContain(document.model.pieces.length);
    },
  );
});
