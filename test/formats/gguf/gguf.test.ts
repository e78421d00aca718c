import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import { BYTE_LEVEL_UNITS } from '../../../src/core/unicode/byte-level.ts';
import { FormatError } from '../../../src/errors.ts';
import { buildGguf } from '../../../src/formats/gguf/build-gguf.ts';
import { type GgufMetadata, parseGgufMetadata } from '../../../src/formats/gguf/gguf-metadata.ts';
import { modelFromGguf } from '../../../src/formats/gguf/model-from-gguf.ts';
import { GGUF_PRE_TOKENIZERS } from '../../../src/formats/gguf/pre-tokenizers.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { parseTiktokenModel } from '../../../src/formats/tiktoken/tiktoken-file.ts';
import { parseTokenizerJsonModel } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { isLongRun } from '../../runs.ts';
import { needsShared, sharedFixture } from '../../shared.ts';
import { SMALL } from '../tokenizer-json/bpe-models.ts';

function metadataOf(bytes: Uint8Array, options = {}): GgufMetadata {
  const metadata = parseGgufMetadata(bytes, options);
  if (!('entries' in metadata)) throw new Error(`${metadata.neededBytes} bytes are needed`);
  return metadata;
}
const readBack = (bytes: Uint8Array) => modelFromGguf(metadataOf(bytes), { source: 't' });

const ALPHABET = Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit));
const added = (id: number, content: string, special = true) => ({ id, content, special });
/** A byte-level model cut by these patterns. */
function byteLevel(
  patterns: readonly string[],
  change: Record<string, unknown> = {},
  model: Record<string, unknown> = {},
) {
  const splits = patterns.map((Regex) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }));
  const json = {
    added_tokens: [added(258, '<|end|>'), added(260, '中', false)],
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...splits, { type: 'ByteLevel', use_regex: false }] },
    decoder: { type: 'ByteLevel' },
    ...change,
    model: {
      type: 'BPE',
      vocab: Object.fromEntries([...ALPHABET, 'Ġa', 'ä¸'].map((piece, id) => [piece, id])),
      merges: ['Ġ a', 'ä ¸'],
      ...model,
    },
  };
  return parseTokenizerJsonModel(new TextEncoder().encode(JSON.stringify(json)), { config: { eos_token: '<|end|>' } });
}

describe('a vocabulary in GGUF', () => {
  it('of bytes comes back: pieces, types, merges, steps and added tokens', () => {
    const model = byteLevel([PRE_TOKENIZER_PATTERNS.llama3], {}, { ignore_merges: true });
    const { bytes, preTokenizer, differences } = buildGguf(model, { name: 'small', chatTemplate: '{{ x }}' });
    expect([preTokenizer, differences]).toEqual(['llama-bpe', []]);
    expect(bytes.length % 32).toBe(0);
    expect(readBack(bytes)).toEqual(model);
    const { entries, version, tensorCount } = metadataOf(bytes);
    expect([version, tensorCount]).toEqual([3, 0]);
    expect(Object.fromEntries([...entries].filter(([, value]) => typeof value !== 'object'))).toEqual({
      'general.architecture': 'llama',
      'general.type': 'model',
      'general.name': 'small',
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'llama-bpe',
      'tokenizer.ggml.eos_token_id': 258,
      'tokenizer.ggml.add_bos_token': false,
      'tokenizer.ggml.add_eos_token': false,
      'tokenizer.chat_template': '{{ x }}',
    });
  });

  it('has a name for each pre-tokenizer that llama.cpp knows', () => {
    for (const { names, regexes, wholePieceFirst } of GGUF_PRE_TOKENIZERS) {
      const model = byteLevel(regexes, {}, { ignore_merges: wholePieceFirst });
      expect(buildGguf(model).preTokenizer).toBe(names[0]);
    }
    const gpt2 = byteLevel([], { pre_tokenizer: { type: 'ByteLevel', use_regex: true } });
    expect(buildGguf(gpt2).preTokenizer).toBe('gpt-2');
    const digits = {
      type: 'Sequence',
      pretokenizers: [{ type: 'Digits', individual_digits: true }, { type: 'ByteLevel' }],
    };
    expect(buildGguf(byteLevel([], { pre_tokenizer: digits })).preTokenizer).toBe('smollm');
  });

  it('of SentencePiece comes back with scores, types and the space in front', () => {
    for (const addDummyPrefix of [true, false]) {
      const model = { ...SMALL, normalizer: { ...SMALL.normalizer, addDummyPrefix, removeExtraWhitespaces: false } };
      expect(readBack(buildGguf(model).bytes)).toEqual(model);
    }
  });

  it('of Unigram comes back with its rules', () => {
    const keep = SMALL.pieces.map((_, id) => id).filter((id) => SMALL.pieceTypes[id] !== PIECE_TYPE.byte);
    const model: TokenizerModel = {
      ...SMALL,
      modelType: 'unigram',
      byteFallback: false,
      pieces: keep.map((id) => SMALL.pieces[id]!),
      pieceScores: Float32Array.from(keep, (id) => -id / 3),
      pieceTypes: Uint8Array.from(keep, (id) => SMALL.pieceTypes[id]!),
      normalizer: {
        ...SMALL.normalizer,
        name: 'user_defined',
        precompiledCharsmap: Uint8Array.of(4, 0, 0, 0, 1, 2, 3, 4, 0),
      },
    };
    expect(readBack(buildGguf(model).bytes)).toEqual(model);
  });

  it('lists every way to join a piece where the model ranks pieces only', () => {
    const pieces = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), 'ab', 'bc', 'abc'];
    const text = pieces.map((piece, rank) => `${Buffer.from(piece, 'latin1').toString('base64')} ${rank}`).join('\n');
    const model = parseTiktokenModel(new TextEncoder().encode(text), { pattern: 'llama3', specialTokens: new Map() });
    const { merges } = readBack(buildGguf(model).bytes);
    expect([...merges!.resultIds]).toEqual([256, 257, 258, 258]);
  });

  it('tells what llama.cpp does otherwise', () => {
    const change = { normalizer: { type: 'NFC' }, added_tokens: [{ ...added(258, '<m>'), lstrip: true }] };
    expect(buildGguf(byteLevel([PRE_TOKENIZER_PATTERNS.qwen], change)).differences).toEqual([
      'llama.cpp does not bring text into NFC: text that is not NFC gets other ids.',
      'llama.cpp finds "<m>" wherever it stands, without the spaces around it.',
    ]);
    const tekken = byteLevel([PRE_TOKENIZER_PATTERNS.tekken], {}, { ignore_merges: true });
    expect(buildGguf(tekken).differences).toEqual([expect.stringContaining('cuts words in front of combining marks')]);
  });

  it.each<[string, () => TokenizerModel, string]>([
    [
      'another pattern',
      () => byteLevel(['\\S+|\\s+']),
      'llama.cpp has no pre-tokenizer that cuts text as this model does',
    ],
    [
      'Llama 3’s pattern upside down',
      () => byteLevel([PRE_TOKENIZER_PATTERNS.tekken]),
      'llama.cpp has no pre-tokenizer',
    ],
    [
      'lower case',
      () => byteLevel([PRE_TOKENIZER_PATTERNS.qwen], { normalizer: { type: 'Lowercase' } }),
      'no normalizer lowercase',
    ],
    [
      'a token twice',
      () => byteLevel([PRE_TOKENIZER_PATTERNS.qwen], { added_tokens: [added(259, '[PAD258]')] }),
      'ids 258 and 259 are both "[PAD258]"',
    ],
    [
      'extra spaces removed',
      () => ({ ...SMALL, normalizer: { ...SMALL.normalizer, removeExtraWhitespaces: true } }),
      'that removes extra spaces',
    ],
    ['no bytes', () => ({ ...SMALL, byteFallback: false }), 'without byte pieces'],
    ['words', () => ({ ...SMALL, modelType: 'word' }), 'the model type word'],
    ['spaces behind', () => ({ ...SMALL, treatWhitespaceAsSuffix: true }), '▁ at the end of words'],
  ])('is not written for %s', (_name, model, message) => {
    expect(() => buildGguf(model())).toThrow(FormatError);
    expect(() => buildGguf(model())).toThrow(message);
  });
});

describe('parseGgufMetadata', () => {
  const { bytes } = buildGguf(byteLevel([PRE_TOKENIZER_PATTERNS.qwen]));
  const changed = (at: number, ...values: number[]): Uint8Array => {
    const copy = bytes.slice();
    copy.set(values, at);
    return copy;
  };

  it('asks for more bytes until it has what it needs, and for no tensor', () => {
    let given = 1;
    let rounds = 0;
    for (; ; rounds++) {
      const metadata = parseGgufMetadata(bytes.subarray(0, given), { fileBytes: 10 ** 12 });
      if ('entries' in metadata) break;
      expect(metadata.neededBytes).toBeGreaterThan(given);
      given = Math.max(metadata.neededBytes, given * 2);
    }
    expect(rounds).toBeGreaterThan(3);
  });

  it.each<[string, Uint8Array, string]>([
    ['is something else', new TextEncoder().encode('{"a": 1} and so on'), 'does not start with "GGUF"'],
    ['is empty', new Uint8Array(0), 'the signature at byte 0 takes 4 bytes, but the file has 0'],
    ['is of version 1', changed(4, 1), 'is GGUF of version 1, versions 2 and 3 are read'],
    ['is big-endian', changed(4, 0, 0, 0, 3), 'big-endian'],
    ['says too many entries', changed(16, 0, 0, 0, 1), 'says it has'],
    ['has a name without end', changed(24, 255, 255, 255, 255, 255), 'the name of entry 0 at byte 24 has'],
    ['has a text without end', changed(24 + 8 + 20 + 4, 255, 255, 255, 255), '"general.architecture" at byte'],
    ['has a type that is none', changed(24 + 8 + 20, 77), '"general.architecture" has the unknown type 77'],
  ])('refuses a file that %s', (_name, file, message) => {
    expect(() => parseGgufMetadata(file, { source: 't' })).toThrow(FormatError);
    expect(() => parseGgufMetadata(file, { source: 't' })).toThrow(message);
  });

  it('refuses a file wherever it is cut off, and survives any spoilt byte', () => {
    for (let at = 0; at < bytes.length - 32; at += 13) {
      expect(() => parseGgufMetadata(bytes.subarray(0, at))).toThrow(FormatError);
      for (const value of [0xff, 0x00, 0x80]) {
        try {
          readBack(changed(at, value));
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }
    }
  });
});

describe('modelFromGguf', () => {
  const pre = new TextEncoder().encode('qwen2');
  const find = (bytes: Uint8Array, text: Uint8Array): number => {
    for (let at = 0; ; at++) if (text.every((byte, i) => bytes[at + i] === byte)) return at;
  };
  it.each<[string, string, string]>([
    ['a pre-tokenizer that is unknown', 'qwenX', 'has the pre-tokenizer "qwenX", which is not known here'],
  ])('refuses %s', (_name, text, message) => {
    const { bytes } = buildGguf(byteLevel([PRE_TOKENIZER_PATTERNS.qwen]));
    bytes.set(new TextEncoder().encode(text), find(bytes, pre));
    expect(() => readBack(bytes)).toThrow(message);
  });

  it('refuses other kinds and files without a vocabulary', () => {
    const empty = { version: 3, tensorCount: 0, bytes: new Uint8Array(0) };
    expect(() => modelFromGguf({ ...empty, entries: new Map() })).toThrow('has no tokenizer.ggml.model');
    const noTokens = new Map([['tokenizer.ggml.model', 'gpt2']]);
    expect(() => modelFromGguf({ ...empty, entries: noTokens })).toThrow('has no list of texts tokenizer.ggml.tokens');
    const { bytes } = buildGguf(byteLevel([PRE_TOKENIZER_PATTERNS.qwen]));
    bytes.set(new TextEncoder().encode('bert'), find(bytes, new TextEncoder().encode('gpt2')));
    expect(() => readBack(bytes)).toThrow('has a vocabulary of the kind "bert"');
  });

  it('reads the published vocabularies back', needsShared, () => {
    const open = (name: string) => parseTokenizerJsonModel(sharedFixture(`byte-level/${name}/tokenizer.json.gz`));
    for (const name of isLongRun ? ['llama3.1', 'gpt4o', 'deepseek-v3', 'mistral-nemo'] : ['gpt2']) {
      const model = open(name);
      const again = readBack(buildGguf(model).bytes);
      expect(again.pieces).toEqual(model.pieces);
      expect(again.merges).toEqual(model.merges);
      expect(again.addedTokens.map(({ id, content, special }) => ({ id, content, special }))).toEqual(
        model.addedTokens.map(({ id, content, special }) => ({ id, content, special })),
      );
    }
    const llama2 = parseTokenizerModel(sharedFixture('llama2.model'));
    expect(readBack(buildGguf(llama2).bytes)).toEqual(llama2);
  });
});
