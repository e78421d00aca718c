import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { streamFrequencyTable } from '../../../src/corpus/count/build-frequency-table.ts';
import { mergeTableFiles } from '../../../src/corpus/count/merge-tables.ts';
import { openDatasetFile, parseDatasetReference, patiently } from '../../../src/corpus/hub/dataset-files.ts';
import { estimateCorpus } from '../../../src/corpus/lines/estimate-corpus.ts';
import { readLines } from '../../../src/corpus/lines/read-corpus.ts';
import { expandInputs } from '../../../src/corpus/read/expand-inputs.ts';
import { hashFile } from '../../../src/corpus/read/input-hash.ts';
import { InputError, NetworkError } from '../../../src/errors.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { type FakeHub, startFakeHub } from '../../vocab/hub-server.ts';

const COMMIT = 'c'.repeat(40);
const parquet = fileURLToPath(new URL('../../fixtures/corpus/snappy.parquet', import.meta.url));
// More than one block.
const TEXT = Array.from({ length: 80_000 }, (_, i) => `${'学习人工智能'.slice(i % 6)}${i}`).join('\n');

const root = temporaryFolder();
let hub: FakeHub;
let failures: (number | 'close')[];

beforeAll(async () => {
  hub = await startFakeHub();
  await writeFile(join(root, 'a.txt'), TEXT);
});
afterAll(() => hub.close());
beforeEach(async () => {
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_TOKEN', undefined);
  failures = [];
  const files = {
    'README.md': '# Data',
    'data/a.txt': TEXT,
    'data/b.txt.gz': gzipSync('人工\n智能\n'),
    'data/deep/c.parquet': await readFile(parquet),
    'data/empty.txt': '',
  };
  hub.repositories.set('datasets/owner/zh', {
    commits: { [COMMIT]: files },
    revisions: { main: COMMIT, v1: COMMIT },
    failures,
  });
  hub.requests.length = 0;
});
afterEach(() => vi.unstubAllEnvs());

async function linesOf(...inputs: readonly string[]): Promise<string[]> {
  const lines = [];
  for await (const line of readLines(inputs)) lines.push(line);
  return lines;
}

async function table(
  inputs: readonly string[],
  shard?: { index: number; of: number; version: string },
): Promise<Buffer> {
  const stream = await streamFrequencyTable({ inputs, shard, maxMemory: 3e8 });
  const bytes = Buffer.concat([...stream.chunks]);
  stream.close();
  return bytes;
}

describe('files of a dataset', () => {
  it('are found by path, folder and pattern, at the commit of the revision', async () => {
    const found = async (path: string) =>
      (await expandInputs([`hf://datasets/owner/zh${path}`])).map((file) => file.path.split(`@${COMMIT}/`)[1]);
    expect(await found('')).toEqual(['data/a.txt', 'data/b.txt.gz', 'data/deep/c.parquet']);
    expect(await found('@v1/data/')).toEqual(['data/a.txt', 'data/b.txt.gz', 'data/deep/c.parquet']);
    expect(await found('/**/*.parquet')).toEqual(['data/deep/c.parquet']);
    expect(await found('/data/*.{txt,gz}')).toEqual(['data/a.txt', 'data/b.txt.gz']);
    expect(await found('/README.md')).toEqual(['README.md']);
    const [named] = await expandInputs(['news=hf://datasets/owner/zh/data/a.txt']);
    expect(named).toMatchObject({ source: 'news', size: Buffer.byteLength(TEXT) });
    await expect(found('/data/*.csv')).rejects.toThrow(InputError);
    await expect(expandInputs(['hf://datasets/owner/none'])).rejects.toThrow('not found (HTTP 404)');
    for (const bad of ['hf://datasets/', 'hf://datasets/owner', 'hf://datasets/../x/y', 'hf://datasets/a/b@']) {
      expect(() => parseDatasetReference(bad)).toThrow(InputError);
    }
  });

  it('have the lines that they have on a disk, in every format', async () => {
    expect(await linesOf('hf://datasets/owner/zh/**/*.parquet')).toEqual(await linesOf(parquet));
    expect(await linesOf('hf://datasets/owner/zh/data/a.txt')).toEqual(TEXT.split('\n'));
    expect(await linesOf('hf://datasets/owner/zh/data/b.txt.gz')).toEqual(['人工', '智能']);
  });

  it('are asked for no byte of a Parquet column twice', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    await linesOf('hf://datasets/owner/zh/**/*.parquet');
    const ranges = fetched.mock.calls.flatMap(([, init]) => new Headers(init?.headers).get('range') ?? []);
    fetched.mockRestore();
    // One byte is asked for to learn the size; the beginning and the end of this small file are each all of it.
    const columns = ranges.filter((range) => range !== 'bytes=0-0').slice(2);
    expect(columns).toHaveLength(2);
    expect(new Set(columns).size).toBe(2);
  });

  it('are estimated as they are on a disk', async () => {
    const estimate = await estimateCorpus(['hf://datasets/owner/zh/data/a.txt']);
    expect(estimate).toEqual(await estimateCorpus([join(root, 'a.txt')]));
  });

  it('are read on from where a read has failed', async () => {
    failures.push(503, 'close');
    expect(await linesOf('hf://datasets/owner/zh/data/a.txt')).toEqual(TEXT.split('\n'));
    expect(failures).toEqual([]);
    failures.push('close');
    expect(await linesOf('hf://datasets/owner/zh/**/*.parquet')).toEqual(await linesOf(parquet));
    expect(failures).toEqual([]);
  });

  it('end in one error where they cannot be had in full', async () => {
    const [file] = await expandInputs(['hf://datasets/owner/zh/data/a.txt']);
    const { stream } = await openDatasetFile(file!.path);
    hub.repositories.delete('datasets/owner/zh');
    const rest = (async () => {
      for await (const _ of stream(1000));
    })();
    // Not asked for again: the hub says that there is nothing.
    await expect(rest).rejects.toThrow(/a\.txt: not found \(HTTP 404\)/);
  });

  it('are counted in shards as in one process, with the hashes that the hub has', async () => {
    const inputs = ['hf://datasets/owner/zh/data'];
    const parts = [];
    for (let index = 1; index <= 3; index++) {
      parts.push(join(root, `${index}.tsv`));
      await writeFile(parts.at(-1)!, await table(inputs, { index, of: 3, version: '1' }));
    }
    const merged = await mergeTableFiles({ inputs: parts });
    expect(
      Buffer.concat([...merged.chunks]).equals(
        await table([join(root, 'a.txt'), ...inputs.map((i) => `${i}/b.txt.gz`), parquet]),
      ),
    ).toBe(true);
    merged.close();
    const [remote] = await expandInputs([`${inputs[0]}/a.txt`]);
    const [onDisk] = await expandInputs([join(root, 'a.txt')]);
    expect(await hashFile(remote!)).toEqual(await hashFile(onDisk!));
    expect(await hashFile({ ...remote!, etag: 'unknown' })).toEqual(await hashFile(onDisk!));
    const whole = readLines(inputs);
    for await (const _ of whole);
    const local = readLines([join(root, 'a.txt'), parquet]);
    for await (const _ of local);
    expect(whole.stats.inputs.filter(({ name }) => name !== 'b.txt.gz').map(({ sha256 }) => sha256)).toEqual(
      local.stats.inputs.map(({ sha256 }) => sha256),
    );
  });
});

describe('patiently', () => {
  it('tries again what may pass, and nothing else', async () => {
    const tried = async (error: Error) => {
      let tries = 0;
      const run = async () => {
        tries++;
        throw error;
      };
      await expect(patiently(run, 0)).rejects.toBe(error);
      return tries;
    };
    expect(await tried(new NetworkError('the hub has a failure', { status: 503 }))).toBe(8);
    expect(await tried(new NetworkError('too many requests', { status: 429 }))).toBe(8);
    expect(await tried(new NetworkError('ECONNRESET'))).toBe(8);
    expect(await tried(new NetworkError('no answer in time', { status: 408 }))).toBe(8);
    expect(await tried(new NetworkError('not found', { status: 404 }))).toBe(1);
    expect(await tried(new InputError('no'))).toBe(1);
  });
});
