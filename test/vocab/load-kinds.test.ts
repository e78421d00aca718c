import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { auditTokenizer } from '../../src/merge/audit/audit.ts';
import { openCounter } from '../../src/report/counters/open-counter.ts';
import { loadTokenizer, requireExtendable } from '../../src/vocab/load-tokenizer.ts';
import { KIND_CONFIG, KIND_FOLDERS, KIND_GGUF, KIND_JSON, KIND_RANKS } from '../kinds.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();

async function write(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  await mkdir(join(folder, name));
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, name, file), content);
  return join(folder, name);
}

describe('loadTokenizer', () => {
  it.each(Object.entries(KIND_FOLDERS))('opens a folder with a %s', async (kind, files) => {
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
    const path = await write('llama', {
      'tokenizer.model': KIND_RANKS,
      'tokenizer.json': JSON.stringify(KIND_JSON),
      ...KIND_CONFIG,
    });
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
    await writeFile(path, KIND_GGUF);
    const handle = await open(path, 'r+');
    await handle.truncate(2 ** 31);
    await handle.close();
    const loaded = await loadTokenizer(path);
    expect(loaded.name).toBe('large');
    expect(loaded.tokenizer.encode('ab')).toEqual([257]);
    await rm(path);
    await writeFile(join(folder, 'short.gguf'), KIND_GGUF.subarray(0, 2000));
    await expect(loadTokenizer(join(folder, 'short.gguf'))).rejects.toThrow(FormatError);
  });

  it('refuses damaged files at once, and leaves to another engine only what is sound', async () => {
    const { model } = KIND_JSON;
    const damaged = { ...KIND_JSON, model: { ...model, merges: ['a x'] } };
    const path = await write('damaged', { 'tokenizer.json': JSON.stringify(damaged) });
    await expect(loadTokenizer(path)).rejects.toThrow('merge 0 ["a","x"] needs "ax", which is not in the vocabulary');
    const pair = { 'vocab.json': JSON.stringify(model.vocab), 'merges.txt': 'a b c\n', ...KIND_CONFIG };
    const pairPath = await write('pair', pair);
    const place = `merges.txt beside ${join(pairPath, 'vocab.json')}: line 1 is not two pieces`;
    await expect(loadTokenizer(pairPath)).rejects.toThrow(place);
    const foreign = { ...KIND_JSON, pre_tokenizer: { type: 'UnicodeScripts' } };
    const loaded = await loadTokenizer(await write('foreign', { 'tokenizer.json': JSON.stringify(foreign) }));
    expect(loaded.model).toBeUndefined();
    expect(() => loaded.tokenizer).toThrow('pre-tokenizer UnicodeScripts cannot be run exactly');
    // What it lacks is no damage: other engines leave such text out.
    const { a: _, ...vocab } = model.vocab;
    const lacking = { ...KIND_JSON, model: { ...model, vocab, merges: [] } };
    const incomplete = await loadTokenizer(await write('lacking', { 'tokenizer.json': JSON.stringify(lacking) }));
    expect(() => incomplete.tokenizer).toThrow('no piece for the byte 0x61');
  });

  it('asks for merges.txt beside vocab.json', async () => {
    const path = await write('half', { 'vocab.json': JSON.stringify(KIND_JSON.model.vocab) });
    await expect(loadTokenizer(path)).rejects.toThrow('is a folder without a tokenizer');
    await expect(loadTokenizer(join(path, 'vocab.json'))).rejects.toThrow('has no merges.txt beside it');
  });
});
