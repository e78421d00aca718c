import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRE_TOKENIZER_PATTERNS } from '../../src/core/pre-tokenizer-patterns.ts';
import { BYTE_LEVEL_UNITS } from '../../src/core/unicode/byte-level.ts';
import { FormatError } from '../../src/errors.ts';
import { buildGguf } from '../../src/formats/gguf/build-gguf.ts';
import { parseTokenizerJsonModel } from '../../src/formats/tokenizer-json/tokenizer-json.ts';
import { auditTokenizer } from '../../src/merge/audit/audit.ts';
import { openCounter } from '../../src/report/counters/open-counter.ts';
import { loadTokenizer, requireExtendable } from '../../src/vocab/load-tokenizer.ts';

// One vocabulary in every file that can hold it: the bytes, " a", "ab", and one special token.
const ALPHABET = Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit));
const VOCAB = Object.fromEntries([...ALPHABET, 'Ġa', 'ab'].map((piece, id) => [piece, id]));
const BYTES = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), ' a', 'ab'];
const base64 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('base64');
const CONFIG = { eos_token: '<|end|>', added_tokens_decoder: { 258: { content: '<|end|>', special: true } } };
const JSON_FILE = {
  added_tokens: [{ id: 258, content: '<|end|>', special: true }],
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: PRE_TOKENIZER_PATTERNS.qwen }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    ],
  },
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab: VOCAB, merges: ['Ġ a', 'a b'] },
};
const TEKKEN = {
  config: { pattern: PRE_TOKENIZER_PATTERNS.qwen, default_vocab_size: 260, default_num_special_tokens: 2 },
  vocab: BYTES.map((piece, rank) => ({ rank, token_bytes: base64(piece) })),
};
const jsonText = JSON.stringify(JSON_FILE);
const gguf = buildGguf(parseTokenizerJsonModel(Buffer.from(jsonText), { config: CONFIG })).bytes;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinds-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, files: Record<string, string | Uint8Array>): Promise<string> {
  await mkdir(join(folder, name));
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, name, file), content);
  return join(folder, name);
}

const ranks = BYTES.map((piece, rank) => `${base64(piece)} ${rank}\n`).join('');
const config = { 'tokenizer_config.json': JSON.stringify(CONFIG) };
const FOLDERS: Record<string, Record<string, string | Uint8Array>> = {
  'tokenizer.json': { 'tokenizer.json': jsonText, ...config },
  'vocab.json': { 'vocab.json': JSON.stringify(VOCAB), 'merges.txt': '#version: 0.2\nĠ a\na b\n', ...config },
  'tekken.json': { 'tekken.json': JSON.stringify(TEKKEN) },
  gguf: { 'model-00001.gguf': gguf, 'README.md': '' },
};

describe('loadTokenizer', () => {
  it.each(Object.entries(FOLDERS))('opens a folder with a %s', async (kind, files) => {
    const loaded = await loadTokenizer(await write(`of-${kind}`, files));
    expect(loaded).toMatchObject({ kind, bytes: undefined });
    expect(loaded.name).toBe(`of-${kind}`);
    const shift = kind === 'tekken.json' ? 2 : 0;
    expect(loaded.tokenizer.encode('ab ab')).toEqual([257, 256, 98].map((id) => id + shift));
    if (kind !== 'tekken.json') expect(loaded.tokenizer.encode('b<|end|>')).toEqual([98, 258]);
    expect(loaded.tokenizer.decode(loaded.tokenizer.encode('中 ab'))).toBe('中 ab');
    expect(requireExtendable(loaded).document.model).toBe(loaded.model);
    const audit = await auditTokenizer({ target: loaded });
    expect(audit.checks.filter(({ verdict }) => verdict === 'problem')).toEqual([]);
    // Two pieces, and the bytes that UTF-8 has.
    expect(audit.effectiveSize).toBe(2 + 256 - 13);
    const counter = await openCounter(loaded);
    expect([counter.engine, counter.tokenKinds[0xe4 + shift]]).toEqual(['vocab-merge', 1]);
    expect([counter.idToPiece(256 + shift), counter.idToSurface!(256 + shift)]).toEqual(['Ġa', ' a']);
    expect(counter.idToSurface!(0xe4 + shift)).toBeUndefined();
  });

  it('prefers tokenizer.json to a tiktoken file called tokenizer.model, unless that is what is named', async () => {
    const path = await write('llama', { 'tokenizer.model': ranks, 'tokenizer.json': jsonText, ...config });
    expect((await loadTokenizer(path)).kind).toBe('tokenizer.json');
    const unknown = loadTokenizer(join(path, 'tokenizer.model'));
    await expect(unknown).rejects.toThrow('the pattern that cuts text into words is not in a tiktoken file');
    await expect(unknown).rejects.toMatchObject({ hint: expect.stringContaining('tokenizer.json') });
  });

  it('takes a second opinion on a tokenizer.json, and says so where there is none', async () => {
    const loaded = await loadTokenizer(join(folder, 'of-tokenizer.json'));
    const counter = await openCounter(loaded, 'hugging-face');
    const ids: number[] = [];
    counter.forEachId('ab ab', (id) => ids.push(id));
    expect(ids).toEqual(loaded.tokenizer.encode('ab ab'));
    await expect(openCounter(loaded, 'sentencepiece-js')).rejects.toThrow('counts SentencePiece models, this is none');
    const tekken = await loadTokenizer(join(folder, 'of-tekken.json'));
    await expect(openCounter(tekken, 'hugging-face')).rejects.toThrow('reads tokenizer.json, this is another file');
  });

  it('reads the metadata of a GGUF only, however large it is', async () => {
    const path = join(folder, 'large.gguf');
    await writeFile(path, gguf);
    const handle = await open(path, 'r+');
    await handle.truncate(2 ** 31);
    await handle.close();
    const loaded = await loadTokenizer(path);
    expect(loaded.name).toBe('large');
    expect(loaded.tokenizer.encode('ab')).toEqual([257]);
    await rm(path);
    await writeFile(join(folder, 'short.gguf'), gguf.subarray(0, 2000));
    await expect(loadTokenizer(join(folder, 'short.gguf'))).rejects.toThrow(FormatError);
  });

  it('asks for merges.txt beside vocab.json', async () => {
    const path = await write('half', { 'vocab.json': JSON.stringify(VOCAB) });
    await expect(loadTokenizer(path)).rejects.toThrow('is a folder without a tokenizer');
    await expect(loadTokenizer(join(path, 'vocab.json'))).rejects.toThrow('has no merges.txt beside it');
  });
});
