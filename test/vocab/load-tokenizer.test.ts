import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FormatError, InputError, VocabMergeError } from '../../src/errors.ts';
import type { ModelProto } from '../../src/formats/sentencepiece/fields.ts';
import { serializeModelProto } from '../../src/formats/sentencepiece/model-file.ts';
import { modelFromProto, parseTokenizerModel } from '../../src/formats/sentencepiece/model-from-proto.ts';
import { buildTokenizerJson, serializeTokenizerJson } from '../../src/formats/tokenizer-json/tokenizer-json.ts';
import { listBuiltinVocabularies } from '../../src/vocab/builtin-vocabularies.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../src/vocab/load-tokenizer.ts';
import { needsShared, sharedFixture, sharedPath } from '../shared.ts';
import { errorOf } from '../thrown.ts';
import { type FakeHub, startFakeHub } from './hub-server.ts';

const PROTO: ModelProto = {
  pieces: [
    { piece: '<unk>', type: 2 },
    { piece: '<s>', type: 3 },
    { piece: '</s>', type: 3 },
    ...[...Array(256).keys()].map((byte) => ({
      piece: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
      type: 6 as const,
    })),
    { piece: '人工', score: -1 },
    { piece: '▁', score: -2 },
    { piece: '人', score: -3 },
    { piece: '工', score: -4 },
  ],
  trainerSpec: { modelType: 'bpe', byteFallback: true },
  normalizerSpec: { name: 'identity', addDummyPrefix: true, removeExtraWhitespaces: false },
};
const MODEL = serializeModelProto(PROTO);
const JSON_TEXT = serializeTokenizerJson(buildTokenizerJson(modelFromProto(PROTO)));
const WORD_PIECE = JSON.stringify({
  added_tokens: [],
  model: { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1 }, unk_token: '[UNK]' },
});
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vocab-merge-load-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

/** Writes files into a folder of the given name and gives its path. */
async function write(name: string, files: Record<string, string | Uint8Array>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  return path;
}

async function load(source: string): Promise<ExtendableTokenizer> {
  return requireExtendable(await loadTokenizer(source));
}

async function failure(source: string): Promise<VocabMergeError> {
  const error = await errorOf(loadTokenizer(source), VocabMergeError);
  expect(error.hint).toMatch(/\w/);
  return error;
}

describe('built-in vocabularies', () => {
  it.each(listBuiltinVocabularies())('loads $name', async ({ name, kind, vocabSize, sha256: hash }) => {
    const loaded = await loadTokenizer(name);
    expect(loaded).toMatchObject({ name, kind, sha256: hash });
    if (kind === 'sentencepiece') expect(sha256(loaded.bytes!)).toBe(hash);
    expect(loaded.model!.pieces).toHaveLength(vocabSize);
    expect(loaded.files.size).toBe(0);
  });

  it('tokenizes with llama2', async () => {
    const { tokenizer } = await load('llama2');
    expect(tokenizer.encode('人工智能')).toEqual([29871, 30313, 31041, 31676, 30815]);
    expect(tokenizer.decode([29871, 30313, 31041, 31676, 30815])).toBe('人工智能');
  });
});

describe('files and folders', () => {
  it('reads a .model file', async () => {
    const path = join(await write('some', { 'mine.model': MODEL, 'tokenizer_config.json': '{}' }), 'mine.model');
    const loaded = await load(path);
    expect(loaded.name).toBe('mine');
    expect(loaded.sha256).toBe(sha256(MODEL));
    expect(Buffer.from(loaded.bytes!).equals(MODEL)).toBe(true);
    expect(loaded.document.vocabularyFile.bytes).toBe(loaded.bytes);
    expect(loaded.files.size).toBe(0);
    expect(loaded.tokenizer.encodePieces('人工')).toEqual(['▁', '人工']);
    expect(loaded.tokenizer).toBe(loaded.tokenizer);
  });

  it('reads a model under any other name', async () => {
    expect((await load(join(await write('some', { vocabulary: MODEL }), 'vocabulary'))).name).toBe('vocabulary');
    expect((await load(join(await write('some', { json: JSON_TEXT }), 'json'))).model.modelType).toBe('bpe');
  });

  it('reads a tokenizer.json of the LLaMA family as the same vocabulary', async () => {
    const path = await write('llama-like', { 'tokenizer.json': JSON_TEXT });
    for (const source of [path, join(path, 'tokenizer.json')]) {
      const loaded = await load(source);
      expect(loaded.name).toBe('llama-like');
      expect(loaded.sha256).toBe(sha256(JSON_TEXT));
      expect(loaded.model.pieces).toEqual(PROTO.pieces.map((entry) => entry.piece));
      expect(loaded.tokenizer.encodePieces('人工')).toEqual(['▁', '人工']);
      expect(parseTokenizerModel(loaded.bytes!)).toEqual(loaded.model);
    }
  });

  it('prefers tokenizer.model in a folder, and collects what lies beside it', async () => {
    const path = await write('both', {
      'tokenizer.json': JSON_TEXT,
      'tokenizer.model': MODEL,
      'extension.model': 'not looked at',
      'tokenizer_config.json': '{"chat_template":"x"}',
      'special_tokens_map.json': '{}',
      'added_tokens.json': '{"<pad>":32000}',
      'generation_config.json': '{}',
      'README.md': 'text',
    });
    for (const source of [path, `${path}/`, join(path, 'tokenizer.model')]) {
      const loaded = await load(source);
      expect(loaded.name).toBe('both');
      expect(loaded.sha256).toBe(sha256(MODEL));
      expect([...loaded.files.keys()].sort()).toEqual([
        'added_tokens.json',
        'generation_config.json',
        'special_tokens_map.json',
        'tokenizer.json',
        'tokenizer_config.json',
      ]);
      expect(loaded.files.get('tokenizer_config.json')).toBe('{"chat_template":"x"}');
    }
  });

  it('takes the special pieces of a tokenizer.json from its configuration', async () => {
    const path = await write('configured', {
      'tokenizer.json': JSON_TEXT,
      'tokenizer_config.json': '{"pad_token":{"content":"<unk>"},"bos_token":"</s>"}',
    });
    expect((await load(path)).model).toMatchObject({ bosPiece: '</s>', padPiece: '<unk>' });
  });

  it('takes the only .model file of a folder', async () => {
    expect((await load(await write('single', { 'a.model': MODEL }))).name).toBe('single');
    expect((await load(await write('t5', { 'spiece.model': MODEL, 'b.model': PNG }))).name).toBe('t5');
  });

  it('hands on a tokenizer.json of another family, with the reason', async () => {
    const path = await write('bert', { 'tokenizer.json': WORD_PIECE, 'tokenizer_config.json': '{"a":1}' });
    const loaded = await loadTokenizer(path);
    expect(loaded).toMatchObject({ name: 'bert', config: { a: 1 }, sha256: sha256(WORD_PIECE) });
    expect(loaded).toMatchObject({
      model: undefined,
      document: undefined,
      reason: expect.stringContaining('WordPiece'),
    });
    expect(loaded).toMatchObject({ json: { model: { type: 'WordPiece', vocab: { a: 1 } } } });
    expect(() => requireExtendable(loaded)).toThrow(InputError);
    expect(() => requireExtendable(loaded)).toThrow(/^bert: cannot be extended: .*WordPiece/);
    expect(() => loaded.tokenizer).toThrow(/^bert: cannot be encoded: .*WordPiece/);
  });

  it('reads the published files', needsShared, async () => {
    for (const [file, size] of [
      ['chinese_sp.model', 20_000],
      ['chinese_llama2.model', 55_296],
    ] as const) {
      const loaded = await load(sharedPath(`fixtures/${file}`));
      expect(loaded.model.pieces).toHaveLength(size);
      expect(loaded.sha256).toBe(sha256(sharedFixture(`${file}`)));
    }
  });
});

describe('what is no tokenizer', () => {
  it('says that a file is missing, and what else could be meant', async () => {
    const missing = await failure(join(folder, 'absent.model'));
    expect(missing).toBeInstanceOf(InputError);
    expect(missing.message).toBe(`${join(folder, 'absent.model')}: no such file or folder`);
    expect(missing.hint).toContain('llama2');
    expect((await failure('owner/repo')).hint).toContain('hf://owner/repo');
    expect((await failure(join(folder, 'a', 'b'))).message).toContain('no such file');
    expect((await failure('https://example.org/tokenizer.model')).message).toContain('web address');
    expect((await failure('')).message).toContain('no such file');
  });

  it.each<[string, string, string | Uint8Array, RegExp]>([
    ['an empty file', 'x.model', '', /x\.model: is empty \(0 bytes\)/],
    ['an empty tokenizer.json', 'tokenizer.json', '', /tokenizer\.json: is empty \(0 bytes\)/],
    ['a PNG', 'x.model', PNG, /x\.model: .*PNG/],
    ['a PNG named as such', 'x.png', PNG, /x\.png: .*PNG/],
    ['a truncated model', 'x.model', MODEL.subarray(0, MODEL.length - 7), /x\.model: .*\d/],
    ['a model without pieces', 'x.model', serializeModelProto({ pieces: [], trainerSpec: {} }), /x\.model: /],
    ['JSON that is cut off', 'tokenizer.json', JSON_TEXT.slice(0, 1000), /tokenizer\.json: is not JSON/],
    ['JSON of another kind', 'config.json', '{"hidden_size":4096}', /config\.json: .*not a tokenizer\.json/],
    ['JSON that is not UTF-8', 'tokenizer.json', new Uint8Array([0x7b, 0xff, 0x7d]), /is not UTF-8 text/],
  ])('says what is wrong with %s', async (_, name, content, message) => {
    const error = await failure(join(await write('bad', { [name]: content }), name));
    expect(error.message).toMatch(message);
    expect(error instanceof FormatError || error instanceof InputError).toBe(true);
  });

  it('says that a folder has no tokenizer, or too many', async () => {
    const empty = await failure(await write('empty', { 'README.md': 'x' }));
    expect(empty).toBeInstanceOf(InputError);
    expect(empty.message).toContain('is a folder without a tokenizer');
    const several = await failure(await write('several', { 'a.model': MODEL, 'b.model': MODEL }));
    expect(several.message).toContain('several models and no tokenizer.model: a.model, b.model');
  });

  it('says that a folder stands where a file should', async () => {
    const path = await write('odd', {});
    await mkdir(join(path, 'tokenizer.model'));
    expect((await failure(path)).message).toContain('is a folder without a tokenizer');
  });

  it('names the tokenizer whose charsmap is damaged, which is found when it is opened', async () => {
    const normalizerSpec = { ...PROTO.normalizerSpec, precompiledCharsmap: Uint8Array.of(9, 0, 0, 0, 1) };
    const loaded = await load(
      await write('rules', { 'tokenizer.model': serializeModelProto({ ...PROTO, normalizerSpec }) }),
    );
    expect(() => loaded.tokenizer).toThrow(FormatError);
    expect(() => loaded.tokenizer).toThrow(/^rules: precompiled_charsmap: trie of 9 bytes/);
  });

  it('says that the configuration beside a tokenizer.json is broken', async () => {
    const path = await write('broken', { 'tokenizer.json': WORD_PIECE, 'tokenizer_config.json': '{' });
    expect((await failure(path)).message).toMatch(
      /^tokenizer_config\.json beside .*broken.tokenizer\.json: is not JSON/,
    );
  });
});

describe('hub repositories', () => {
  let hub: FakeHub;
  beforeAll(async () => {
    hub = await startFakeHub();
    const commit = 'c'.repeat(40);
    hub.repositories.set('owner/repo', {
      commits: { [commit]: { 'tokenizer.model': MODEL, 'tokenizer_config.json': '{"a":1}' } },
      revisions: { main: commit, v1: commit },
    });
    hub.repositories.set('owner/broken', {
      commits: { [commit]: { 'tokenizer.model': PNG } },
      revisions: { main: commit },
    });
  });
  afterAll(() => hub.close());

  it('loads hf://owner/repo@revision with its companions', async () => {
    const options = { cacheDir: folder, endpoint: hub.endpoint };
    const loaded = requireExtendable(await loadTokenizer('hf://owner/repo@v1', options));
    expect(loaded.name).toBe('owner/repo@v1');
    expect(loaded.sha256).toBe(sha256(MODEL));
    expect(loaded.files.get('tokenizer_config.json')).toBe('{"a":1}');
    expect(loaded.tokenizer.encodePieces('人工')).toEqual(['▁', '人工']);
  });

  it('names the repository when its file is broken', async () => {
    const promise = loadTokenizer('hf://owner/broken', { cacheDir: folder, endpoint: hub.endpoint });
    await expect(promise).rejects.toThrow(/^hf:\/\/owner\/broken\/tokenizer\.model: .*PNG/);
  });
});

describe('a model file that ends between two pieces', () => {
  it('is refused as cut off', async () => {
    const path = join(folder, 'cut.model');
    await writeFile(path, serializeModelProto({ pieces: PROTO.pieces }));
    await expect(loadTokenizer(path)).rejects.toThrow(/cut\.model: ends at byte \d+, after 263 pieces, without/);
  });
});
