import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenizerModel } from '../../../src/core/model.ts';
import { FormatError } from '../../../src/errors.ts';
import { modelFromProto, parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import {
  type BpeModelJson,
  buildTokenizerJson,
  modelFromTokenizerJson,
  parseTokenizerJson,
  sentencePieceFromTokenizerJson,
  serializeTokenizerJson,
  type TokenizerJson,
} from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { buildLlama2 } from '../../../src/vocab/llama2.ts';
import { isLongRun, runs } from '../../runs.ts';
import { needsShared, sharedPath } from '../../shared.ts';
import { needsLongRun } from '../../skip.ts';
import { bpeModel, SMALL, SPECIALS } from './bpe-models.ts';

function huggingFace(json: TokenizerJson): (text: string) => number[] {
  // Through the text, so that what is tested is what a file gives.
  const engine = new HuggingFaceTokenizer(JSON.parse(serializeTokenizerJson(json)), {});
  return (text) => engine.encode(text, { add_special_tokens: false }).ids;
}

describe('buildTokenizerJson', () => {
  it('writes a legacy LLaMA tokenizer: normalizers put the ▁', () => {
    const json = buildTokenizerJson(SMALL);
    expect(json.normalizer).toEqual({
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    });
    expect(json.pre_tokenizer).toBeNull();
    expect(json.decoder).toEqual({
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    });
    expect(json.post_processor).toMatchObject({
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    });
    expect(json.model).toMatchObject({ type: 'BPE', unk_token: '<unk>', fuse_unk: true, byte_fallback: true });
    expect((json.model as BpeModelJson).merges).toEqual(['▁ a']);
    expect(json.added_tokens.map(({ id, content, special }) => [id, content, special])).toEqual([
      [0, '<unk>', true],
      [1, '<s>', true],
      [2, '</s>', true],
      [263, '<sep>', false],
    ]);
    expect(json.added_tokens.every(({ normalized }) => !normalized)).toBe(true);
  });

  it('writes a non-legacy tokenizer: Metaspace puts the ▁', () => {
    const json = buildTokenizerJson(SMALL, { legacy: false, addBos: false });
    expect(json.normalizer).toBeNull();
    expect(json.pre_tokenizer).toEqual({ type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false });
    expect(json.post_processor).toBeNull();
  });

  it('adds eos when asked, for pairs as well', () => {
    const { post_processor: template } = buildTokenizerJson(SMALL, { addEos: true });
    const names = (template!.pair as Record<string, { id: string; type_id: number }>[]).map((part) => {
      const [value] = Object.values(part);
      return `${value!.id}:${value!.type_id}`;
    });
    expect(names).toEqual(['<s>:0', 'A:0', '</s>:0', '<s>:1', 'B:1', '</s>:1']);
  });

  it('lists added tokens by the id of their piece, or behind the pieces', () => {
    const json = buildTokenizerJson(SMALL, {
      addedTokens: [
        { content: '▁a', special: true },
        { content: '<new>' },
        { content: '<far>', id: 300 },
        { content: 'x', lstrip: true },
      ],
    });
    expect(json.added_tokens.slice(3).map(({ id, content }) => [id, content])).toEqual([
      [259, '▁a'],
      [263, '<sep>'],
      [264, '<new>'],
      [300, '<far>'],
      [301, 'x'],
    ]);
    expect(json.added_tokens[3]!.special).toBe(true);
    expect(() => buildTokenizerJson(SMALL, { addedTokens: [{ content: '▁a', id: 3 }] })).toThrow(
      'added token "▁a" has id 3, but the piece with that text has id 259',
    );
  });

  it('uses pairs where the one-string form would be read wrongly', () => {
    const spaced = bpeModel([{ piece: 'a b' }, { piece: 'a ' }, { piece: 'b' }]);
    expect((buildTokenizerJson(spaced).model as BpeModelJson).merges).toEqual([['a ', 'b']]);
    const header = bpeModel([{ piece: '#version' }, { piece: ':' }, { piece: '#version:' }]);
    expect((buildTokenizerJson(header).model as BpeModelJson).merges).toEqual([['#version', ':']]);
  });

  it('writes Unigram models with their charsmap', () => {
    const model = modelFromProto({
      pieces: [...SPECIALS, { piece: '▁a', score: -1.5 }],
      normalizerSpec: { precompiledCharsmap: Uint8Array.of(1, 2, 3) },
    });
    const json = buildTokenizerJson(model);
    expect(json.model).toEqual({
      type: 'Unigram',
      unk_id: 0,
      vocab: [
        ['<unk>', 0],
        ['<s>', 0],
        ['</s>', 0],
        ['▁a', -1.5],
      ],
      byte_fallback: false,
    });
    expect((json.normalizer!.normalizers as { type: string }[])[0]).toEqual({
      type: 'Precompiled',
      precompiled_charsmap: 'AQID',
    });
  });

  it('refuses what the format cannot say', () => {
    const model = modelFromProto({ pieces: SPECIALS });
    expect(() => buildTokenizerJson({ ...model, modelType: 'word' })).toThrow(/no word models/);
    expect(() => buildTokenizerJson({ ...model, treatWhitespaceAsSuffix: true })).toThrow(FormatError);
    const twice = modelFromProto({ pieces: [...SPECIALS, { piece: '<s>' }] });
    expect(() => buildTokenizerJson(twice)).toThrow('ids 1 and 3 are both "<s>"');
  });
});

describe('serializeTokenizerJson', () => {
  it('keeps pieces in id order, whatever they are called', () => {
    const model = bpeModel([{ piece: 'z' }, { piece: '7' }, { piece: '__proto__' }, { piece: '"\\\u2028' }]);
    const text = serializeTokenizerJson(buildTokenizerJson(model));
    expect(text.endsWith('}\n')).toBe(true);
    const order = ['"z": 259', '"7": 260', '"__proto__": 261', '262\n'].map((entry) => text.indexOf(entry));
    expect(order.every((at, i) => at > (order[i - 1] ?? 0))).toBe(true);
    expect(modelFromTokenizerJson(parseTokenizerJson(text)).pieces).toEqual(model.pieces);
  });

  it('is JSON that equals the object, with empty lists and foreign keys', () => {
    const json: TokenizerJson = {
      ...buildTokenizerJson(SMALL),
      extra: { a: [1, { b: null }], u: 'x\ny' },
      model: { type: 'WordLevel', vocab: {}, merges: [], unk_token: 'u' },
    };
    expect(JSON.parse(serializeTokenizerJson(json))).toEqual(json);
  });
});

describe('parseTokenizerJson', () => {
  it('reads what serializeTokenizerJson wrote', () => {
    const json = buildTokenizerJson(SMALL);
    expect(parseTokenizerJson(serializeTokenizerJson(json))).toEqual(json);
  });

  it('fills in what old files lack', () => {
    expect(parseTokenizerJson('\ufeff{"model": {"vocab": {"a": 0}, "merges": []}}')).toEqual({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
    });
    const typeOf = (model: unknown) => parseTokenizerJson(JSON.stringify({ model })).model.type;
    expect(typeOf({ vocab: [['a', 0]] })).toBe('Unigram');
    expect(typeOf({ vocab: {}, max_input_chars_per_word: 100 })).toBe('WordPiece');
    expect(typeOf({ vocab: {} })).toBe('WordLevel');
  });

  it.each([
    ['', 't.json: is empty, so it is not a tokenizer.json'],
    ['{"model": ', 't.json: is not JSON: '],
    ['version https://git-lfs.github.com/spec/v1\n', 't.json: is a Git LFS pointer'],
    ['[]', 't.json: is JSON, but not an object'],
    ['{"tokenizer_class": "LlamaTokenizer"}', 't.json: has no "model" object'],
    ['{"model": {}}', 't.json: "model" has no "vocab"'],
    ['{"model": {"type": 7}}', 't.json: "model.type" is not a string'],
    ['{"model": {"vocab": {}}, "added_tokens": {}}', 't.json: "added_tokens" is not a list'],
    ['{"model": {"vocab": {}}, "added_tokens": [{"content": "a"}]}', 't.json: "added_tokens"[0] needs'],
    ['{"model": {"vocab": {}}, "decoder": "x"}', 't.json: "decoder" has no "type"'],
  ])('refuses %j', (text, message) => {
    expect(() => parseTokenizerJson(text, { source: 't.json' })).toThrow(FormatError);
    expect(() => parseTokenizerJson(text, { source: 't.json' })).toThrow(message);
  });
});

describe('llama2', () => {
  let model: TokenizerModel;
  beforeAll(async () => {
    model = (await buildLlama2()).model;
  });

  // Ids of the Rust engine (tokenizers 0.23.2) on the file built here, which are those of sentencepiece 0.2.2.
  const GOLDEN: [string, number[]][] = [
    ['Hello world', [15043, 3186]],
    [
      '人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。',
      [
        29871, 30313, 31041, 31676, 30815, 30392, 31466, 31565, 31429, 31030, 30415, 30330, 30869, 30687, 30415, 30330,
        232, 150, 181, 30415, 31184, 30415, 31030, 235, 161, 144, 30733, 30210, 31398, 232, 146, 140, 30415, 31030,
        30267,
      ],
    ],
    [
      '  def f(x):\n\treturn x**2  # 2024',
      [
        259, 822, 285, 29898, 29916, 1125, 13, 12, 2457, 921, 1068, 29906, 29871, 396, 29871, 29906, 29900, 29906,
        29946,
      ],
    ],
    ['龘\u0000🙂', [29871, 236, 193, 155, 3, 243, 162, 156, 133]],
    ['', []],
    [`${'a'.repeat(20)}${' '.repeat(20)}`, [263, 27137, 27137, 27137, 27137, 7340, 29874, 462, 268]],
  ];

  it('has the 61,249 merges of the published tokenizer.json', () => {
    const { merges } = buildTokenizerJson(model).model as BpeModelJson;
    expect(merges).toHaveLength(61_249);
    expect(merges.slice(0, 3)).toEqual(['▁ t', 'e r', 'i n']);
    expect(merges.at(-1)).toBe('▁ ▁');
  });

  it('gives the golden ids in @huggingface/tokenizers, and its decoder gives the text back', () => {
    const json = buildTokenizerJson(model);
    const encode = huggingFace(json);
    const engine = new HuggingFaceTokenizer(json, {});
    for (const [text, ids] of GOLDEN) {
      expect(encode(text)).toEqual(ids);
      if (text !== '') expect(engine.decode(ids, { skip_special_tokens: false })).toBe(text);
    }
    expect(engine.encode('Hello world').ids).toEqual([1, 15043, 3186]);
  });

  it('without legacy, only texts that start with a space differ', () => {
    const encode = huggingFace(buildTokenizerJson(model, { legacy: false }));
    for (const [text, ids] of GOLDEN) {
      if (text.startsWith(' ')) expect(encode(text)).not.toEqual(ids);
      else expect(encode(text)).toEqual(ids);
    }
  });

  it('comes back from its tokenizer.json as the same model but for the numbers of the scores', () => {
    for (const legacy of [true, false]) {
      const json = parseTokenizerJson(serializeTokenizerJson(buildTokenizerJson(model, { legacy })));
      const again = modelFromTokenizerJson(json);
      expect({ ...again, pieceScores: model.pieceScores }).toEqual(model);
      const tokenizer = createTokenizer(again);
      for (const [text, ids] of GOLDEN) expect(tokenizer.encode(text)).toEqual(ids);
    }
  });
});

describe('damaged files', () => {
  it('give a model or a FormatError, whatever value is replaced', () => {
    const { pre_tokenizer } = buildTokenizerJson(SMALL, { legacy: false });
    const text = serializeTokenizerJson({ ...buildTokenizerJson(SMALL), pre_tokenizer });
    const paths: string[][] = [];
    const collect = (value: unknown, path: string[]): void => {
      if (path.length > 0 && !/^<0x/.test(path.at(-1)!)) paths.push(path);
      if (typeof value === 'object' && value !== null) {
        for (const [key, item] of Object.entries(value)) collect(item, [...path, key]);
      }
    };
    collect(JSON.parse(text), []);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 2 }), (path, value) => {
        const json = JSON.parse(text);
        const parent = path.slice(0, -1).reduce((at, key) => at[key], json);
        parent[path.at(-1)!] = value;
        try {
          modelFromTokenizerJson(parseTokenizerJson(JSON.stringify(json)));
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      runs(300),
    );
  });
});

describe('golden texts', needsShared, () => {
  type Row = { text: string; llama2: number[]; chinese_sp: number[]; chinese_llama2: number[] };
  let rows: Row[] = [];
  const readModel = (name: string) => parseTokenizerModel(readFileSync(sharedPath(`fixtures/${name}.model`)));
  beforeAll(() => {
    const text = gunzipSync(readFileSync(sharedPath('fixtures/golden.jsonl.gz'))).toString();
    rows = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  });

  it('llama2: @huggingface/tokenizers gives all ids, but takes the names of special pieces as those pieces', () => {
    const encode = huggingFace(buildTokenizerJson(readModel('llama2')));
    const some = rows.filter(({ text }, i) => isLongRun || i % 5 === 0 || /<\/?s>|<unk>/.test(text));
    const different = some.filter(({ text, llama2 }) => encode(text).join() !== llama2.join());
    expect(different.map(({ text }) => text).sort()).toEqual(['</s>', '<s>', '<s> hello </s>', '<unk>']);
  });

  it('llama2 without legacy: differences only where a text starts with a space or ▁', () => {
    const encode = huggingFace(buildTokenizerJson(readModel('llama2'), { legacy: false }));
    for (const { text, llama2 } of rows.filter((_, i) => isLongRun || i % 5 === 0)) {
      if (/^[ ▁]|<\/?s>|<unk>/.test(text)) continue;
      expect(encode(text)).toEqual(llama2);
    }
  });

  it.each(['llama2', 'chinese_sp'] as const)('%s read back from its tokenizer.json gives the golden ids', (name) => {
    const json = parseTokenizerJson(serializeTokenizerJson(buildTokenizerJson(readModel(name))));
    const tokenizer = createTokenizer(modelFromTokenizerJson(json));
    for (const row of rows) expect(tokenizer.encode(row.text)).toEqual(row[name]);
  });

  it(
    'chinese_llama2, whose scores tie, is refused as a SentencePiece model and read by its merges',
    needsLongRun,
    () => {
      const json = buildTokenizerJson(readModel('chinese_llama2'));
      expect(() => sentencePieceFromTokenizerJson(json)).toThrow(/mixed with each other, as tied scores leave them/);
      expect(modelFromTokenizerJson(json).merges?.leftIds.length).toBe((json.model as BpeModelJson).merges.length);
    },
  );

  it.each(['mixed-bpe-12k-llama', 'mixed-bpe-12k-nosplit', 'wiki-unigram-8k-symbols', 'wiki-unigram-8k-llama'])(
    '%s comes back equal but for score numbers and the name of the normalizer',
    (name) => {
      const model = readModel(`trained/${name}`);
      const again = modelFromTokenizerJson(buildTokenizerJson(model));
      const kept = model.modelType === 'bpe' ? { pieceScores: model.pieceScores } : {};
      expect({ ...again, ...kept, normalizer: { ...again.normalizer, name: model.normalizer.name } }).toEqual(model);
    },
  );
});
