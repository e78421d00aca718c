import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError, NetworkError, OptionError, OutputError, VocabMergeError } from '../../src/errors.ts';
import { buildGguf } from '../../src/formats/gguf/build-gguf.ts';
import { fetchTokenizerFolder, type HubOptions, parseHubReference } from '../../src/vocab/hub.ts';
import { loadTokenizer } from '../../src/vocab/load-tokenizer.ts';
import { llama2 } from '../llama2.ts';
import { needsPermissions } from '../skip.ts';
import { errorOf } from '../thrown.ts';
import { type FakeHub, startFakeHub } from './hub-server.ts';

const FIRST = 'a'.repeat(40);
const SECOND = 'b'.repeat(40);
const TOKEN = 'hf_secretsecret';
const REPOSITORY = {
  commits: {
    [FIRST]: {
      'tokenizer.model': new Uint8Array([0x0a, 0x01, 0xff]),
      'tokenizer_config.json': '{"a":1}',
      'weights.safetensors': 'never asked for',
      'onnx/tokenizer.json': 'not at the top',
    },
    [SECOND]: { 'tokenizer.json': '{"version":"1.0"}' },
  },
  revisions: { main: FIRST, 'refs/pr/1': SECOND },
};

let hub: FakeHub;
let cacheDir: string;

beforeAll(async () => {
  hub = await startFakeHub();
});
afterAll(() => hub.close());

beforeEach(async () => {
  for (const name of ['HF_TOKEN', 'HF_ENDPOINT', 'VOCAB_MERGE_CACHE']) vi.stubEnv(name, undefined);
  cacheDir = await mkdtemp(join(tmpdir(), 'vocab-merge-hub-'));
  hub.repositories.clear();
  hub.repositories.set('owner/repo', REPOSITORY);
  hub.requests.length = 0;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true, force: true });
});

const fetchFolder = (source: string, options: HubOptions = {}) =>
  fetchTokenizerFolder(parseHubReference(source)!, { cacheDir, endpoint: hub.endpoint, ...options });

async function failure(promise: Promise<unknown>): Promise<VocabMergeError> {
  const error = await errorOf(promise, VocabMergeError);
  expect(`${error.message} ${error.hint}`).not.toContain('secret');
  return error;
}

describe('parseHubReference', () => {
  it('takes a repository and a revision', () => {
    expect(parseHubReference('hf://owner/repo')).toEqual({ name: 'owner/repo', revision: 'main' });
    expect(parseHubReference('hf://o-1/R.e_p@refs/pr/1')).toEqual({ name: 'o-1/R.e_p', revision: 'refs/pr/1' });
  });

  it('leaves other sources alone', () => {
    for (const source of ['llama2', 'owner/repo', './hf://x/y', '']) expect(parseHubReference(source)).toBeUndefined();
  });

  it.each([
    'hf://',
    'hf://repo',
    'hf://../../etc',
    'hf://a/b/c',
    'hf://a/b@',
    'hf://a/b@x y',
    'hf://a/b@x?y',
    'hf://a/..',
  ])('refuses %s', (source) => {
    expect(() => parseHubReference(source)).toThrow(InputError);
  });
});

describe('fetchTokenizerFolder', () => {
  it('fetches the tokenizer files and nothing else', async () => {
    const folder = await fetchFolder('hf://owner/repo');
    expect((await readdir(folder)).sort()).toEqual(['tokenizer.model', 'tokenizer_config.json']);
    expect([...(await readFile(join(folder, 'tokenizer.model')))]).toEqual([0x0a, 0x01, 0xff]);
    expect(await readFile(join(folder, 'tokenizer_config.json'), 'utf8')).toBe('{"a":1}');
    expect(hub.requests.join()).not.toContain('weights');
    expect(hub.requests.every((request) => request.endsWith(' -'))).toBe(true);
  });

  it('fetches the beginning of a GGUF where there is nothing else, of the first of several precisions', async () => {
    const vocabulary = buildGguf(llama2.model).bytes;
    const model = new Uint8Array(6 * 2 ** 20);
    model.set(vocabulary);
    const files = { 'm-Q8_0.gguf': model, 'm-F16.gguf': model, 'a-mmproj.gguf': model, 'README.md': '' };
    hub.repositories.set('owner/gguf', { commits: { [FIRST]: files }, revisions: { main: FIRST } });
    const folder = await fetchFolder('hf://owner/gguf');
    expect(await readdir(folder)).toEqual(['m-F16.gguf']);
    expect((await stat(join(folder, 'm-F16.gguf'))).size).toBe(4 * 2 ** 20);
    const loaded = await loadTokenizer('hf://owner/gguf', { cacheDir, endpoint: hub.endpoint });
    expect(loaded).toMatchObject({ kind: 'gguf', name: 'owner/gguf' });
    expect(loaded.tokenizer.encode('人工智能')).toEqual(llama2.tokenizer.encode('人工智能'));
  });

  it('takes a branch whose name has slashes', async () => {
    const folder = await fetchFolder('hf://owner/repo@refs/pr/1');
    expect(await readdir(folder)).toEqual(['tokenizer.json']);
  });

  it('does not ask again for a commit it has', async () => {
    const folder = await fetchFolder(`hf://owner/repo@${FIRST}`);
    hub.requests.length = 0;
    expect(await fetchFolder(`hf://owner/repo@${FIRST}`)).toBe(folder);
    expect(hub.requests).toEqual([]);
  });

  it('looks a branch up again, and fetches files only when it moved', async () => {
    await fetchFolder('hf://owner/repo');
    hub.requests.length = 0;
    await fetchFolder('hf://owner/repo');
    expect(hub.requests).toHaveLength(1);
    hub.repositories.set('owner/repo', { ...REPOSITORY, revisions: { main: SECOND } });
    expect(await readdir(await fetchFolder('hf://owner/repo'))).toEqual(['tokenizer.json']);
  });

  it.each([
    ['the hub has a failure', 503],
    ['it asks for a pause', 429],
  ])('uses the copy when %s', async (_, status) => {
    const folder = await fetchFolder('hf://owner/repo');
    hub.repositories.set('owner/repo', { ...REPOSITORY, status });
    expect(await fetchFolder('hf://owner/repo')).toBe(folder);
  });

  it('uses the copy without network, and says what is wrong when there is none', async () => {
    const own = await startFakeHub();
    own.repositories.set('owner/repo', REPOSITORY);
    const folder = await fetchFolder('hf://owner/repo', { endpoint: own.endpoint });
    await own.close();
    expect(await fetchFolder('hf://owner/repo', { endpoint: own.endpoint })).toBe(folder);
    const error = await failure(fetchFolder('hf://owner/repo@v2', { endpoint: own.endpoint }));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error.message).toBe(`hf://owner/repo@v2: ${own.endpoint} cannot be reached or breaks off: ECONNREFUSED`);
    expect(error.hint).toContain('HF_ENDPOINT');
  });

  it('does not use the copy when access was taken away', async () => {
    await fetchFolder('hf://owner/repo');
    hub.repositories.set('owner/repo', { ...REPOSITORY, status: 403 });
    const error = await failure(fetchFolder('hf://owner/repo'));
    expect(error.message).toBe('hf://owner/repo: access is not granted (HTTP 403)');
  });

  it('sends the token of the option or of HF_TOKEN', async () => {
    hub.repositories.set('owner/private', { ...REPOSITORY, token: TOKEN });
    await fetchFolder('hf://owner/private', { token: TOKEN });
    expect(hub.requests.length).toBeGreaterThan(2);
    expect(hub.requests.every((request) => request.endsWith(`Bearer ${TOKEN}`))).toBe(true);
    await rm(cacheDir, { recursive: true });
    vi.stubEnv('HF_TOKEN', TOKEN);
    await fetchFolder('hf://owner/private');
  });

  it('takes endpoint and cache folder from the environment', async () => {
    vi.stubEnv('HF_ENDPOINT', `${hub.endpoint}/`);
    vi.stubEnv('VOCAB_MERGE_CACHE', cacheDir);
    const folder = await fetchTokenizerFolder({ name: 'owner/repo', revision: 'main' });
    expect(folder.startsWith(cacheDir)).toBe(true);
  });

  it('says what a private repository needs', async () => {
    hub.repositories.set('owner/private', { ...REPOSITORY, token: TOKEN });
    const without = await failure(fetchFolder('hf://owner/private'));
    expect(without).toBeInstanceOf(NetworkError);
    expect(without.message).toBe('hf://owner/private: not found without authorization (HTTP 401)');
    expect(without.hint).toContain('HF_TOKEN');
    const wrong = await failure(fetchFolder('hf://owner/private', { token: 'hf_secretwrong' }));
    expect(wrong.hint).toContain('token is not valid');
    const malformed = await failure(fetchFolder('hf://owner/private', { token: 'secret' }));
    expect(malformed).toBeInstanceOf(OptionError);
  });

  it.each([
    ['a repository', 'hf://owner/absent'],
    ['a revision', 'hf://owner/repo@absent'],
  ])('says that %s is not there', async (_, source) => {
    const error = await failure(fetchFolder(source));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error.message).toBe(`${source}: not found (HTTP 404)`);
  });

  it('says that a repository has no tokenizer', async () => {
    hub.repositories.set('owner/data', { commits: { [FIRST]: { 'a.bin': 'x' } }, revisions: { main: FIRST } });
    const error = await failure(fetchFolder('hf://owner/data'));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('has no tokenizer.model');
  });

  it.each(['close', 'short'] as const)('keeps nothing of a download that ends early (%s)', async (how) => {
    hub.repositories.set('owner/repo', { ...REPOSITORY, truncate: { bytes: 2, how } });
    const error = await failure(fetchFolder('hf://owner/repo'));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error.message).toMatch(/^hf:\/\/owner\/repo\/tokenizer\.model: (2 of 3 bytes arrived|.*breaks off: .+)$/);
    expect(await readdir(cacheDir, { recursive: true })).toEqual([]);
    hub.repositories.set('owner/repo', REPOSITORY);
    await fetchFolder('hf://owner/repo');
  });

  it('serves several callers at once with one complete folder', async () => {
    const folders = await Promise.all(Array.from({ length: 5 }, () => fetchFolder('hf://owner/repo')));
    expect(new Set(folders).size).toBe(1);
    const all = await readdir(cacheDir, { recursive: true });
    expect(all.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('ends when the signal says so', async () => {
    const reason = new Error('enough');
    await expect(fetchFolder('hf://owner/repo', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each(['ftp://example', 'no address'])('refuses the endpoint %s', async (endpoint) => {
    expect(await failure(fetchFolder('hf://owner/repo', { endpoint }))).toBeInstanceOf(OptionError);
  });

  it('says so when the endpoint is no hub', async () => {
    hub.repositories.set('owner/repo', { ...REPOSITORY, commits: { [FIRST]: {} } });
    const error = await failure(fetchFolder('hf://owner/repo', { endpoint: `${hub.endpoint}/elsewhere` }));
    expect(error.message).toContain('not found (HTTP 404)');
  });

  it('says so when the cache cannot be written', needsPermissions, async () => {
    await chmod(cacheDir, 0o500);
    const error = await failure(fetchFolder('hf://owner/repo'));
    expect(error).toBeInstanceOf(OutputError);
    expect(error.hint).toContain('VOCAB_MERGE_CACHE');
    await chmod(cacheDir, 0o700);
  });

  it('says so when a file stands in the place of the cache', async () => {
    const folder = await fetchFolder('hf://owner/repo');
    const error = await failure(fetchFolder('hf://owner/repo', { cacheDir: join(folder, 'tokenizer.model') }));
    expect(error).toBeInstanceOf(OutputError);
    expect(error.message).toMatch(/the cache cannot be written: ENOTDIR/);
  });
});
