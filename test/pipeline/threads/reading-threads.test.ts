// Text that threads read in parts is the text that one thread reads, down to the order of everything; what is wrong with it, too.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type ReadCorpusOptions, readCorpus } from '../../../src/corpus/lines/read-corpus.ts';
import { emptyStats } from '../../../src/corpus/read/corpus-stats.ts';
import { expandInputs } from '../../../src/corpus/read/expand-inputs.ts';
import { openSources } from '../../../src/pipeline/build/extend-sources.ts';
import { readRunPartsOf, readTextPartsOf } from '../../../src/pipeline/threads/reading-threads.ts';
import { findWorkerFile } from '../../../src/pipeline/threads/worker-file.ts';
import { loadTrainingData } from '../../../src/train/data/load-training-data.ts';
import { resolveExtendOptions } from '../../../src/train/extend/options.ts';
import { collectRuns } from '../../../src/train/extend/runs.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';
import type { LoadSummary } from '../../../src/train/runtime/train-runtime.ts';
import { loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { wordLines } from '../../many-lines.ts';
import { plainRuns } from '../../oracles/plain-runs.ts';
import { skipUnless } from '../../skip.ts';

const needsThreads = skipUnless(
  findWorkerFile('threads/reading-worker') !== undefined && availableParallelism() > 1,
  'nothing is compiled (npm run build), or there is one processor',
);

const llama2 = loadTokenizer('llama2');
const folder = mkdtempSync(join(tmpdir(), 'vocab-merge-reading-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  const text = `${lines.join('\n')}\n`;
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

const lines = wordLines(4000, 1);
const mixed = [
  write('a.txt', ['一个很长的句子'.repeat(900), '', ...lines.slice(0, 2000)]),
  write('b.txt.gz', lines.slice(1500, 2500)),
  write(
    'c.jsonl',
    lines.slice(2500).map((text) => JSON.stringify({ text })),
  ),
];
const options = resolveTrainOptions({ modelType: 'bpe', normalizationRuleName: 'identity', numThreads: 3 });

async function load(inputs: readonly string[], reading: ReadCorpusOptions, leastBytes: number) {
  const corpus = readCorpus(inputs, reading);
  let summary: LoadSummary | undefined;
  const readTextParts = readTextPartsOf(corpus, leastBytes);
  let parts = 0;
  const data = await loadTrainingData(corpus, options, {
    readTextParts: (resolved, take, signal) => {
      const count = (part: Parameters<typeof take>[0]): void => {
        parts++;
        take(part);
      };
      return readTextParts!(resolved, count, signal);
    },
    onProgress: (event) => {
      summary = event.summary ?? summary;
    },
  });
  return { data, summary, stats: corpus.stats, parts };
}

describe('a text read in parts', needsThreads, () => {
  it.each([
    { what: 'whole', reading: {} },
    { what: 'in part', reading: { sampleShare: 0.4, mix: { a: 2.5 } } },
  ])('trains as the text read at once: $what', async ({ reading }) => {
    const { parts, ...inParts } = await load(mixed, reading, 1000);
    const { parts: none, ...atOnce } = await load(mixed, reading, Number.POSITIVE_INFINITY);
    expect(parts).toBeGreaterThan(2);
    expect(none).toBe(0);
    expect(inParts).toEqual(atOnce);
  });

  it.each([
    {
      path: write('broken.jsonl', [...lines.map((text) => JSON.stringify({ text })), '{"text":', '""']),
      why: 'line 4001 is not JSON',
    },
    {
      path: write(
        'blank.txt',
        Array.from({ length: 2000 }, () => '  '),
      ),
      why: 'no text in 2,000 lines',
    },
  ])('is refused for what it is refused for at once: $why', async ({ path, why }) => {
    const refusals = await Promise.all(
      [1000, Number.POSITIVE_INFINITY].map((leastBytes) =>
        load([path], {}, leastBytes).catch((error: Error) => error.message),
      ),
    );
    expect(refusals[0]).toContain(why);
    expect(refusals[0]).toBe(refusals[1]);
  });

  it.each([false, true])('is collected into the same runs; sources told apart: %s', async (isWeighed) => {
    const { model } = requireExtendable(await llama2);
    const resolved = { ...resolveExtendOptions({ newPieces: 1, scripts: ['Han'] }), isWeighed };
    const files = await expandInputs(mixed);
    const collect = async (leastBytes: number) => {
      const { sources, stats } = await openSources(mixed);
      const readRunParts = readRunPartsOf(files, { reading: {}, stats }, leastBytes);
      const collected = await collectRuns(model, sources, resolved, { readRunParts });
      const { counted, once, runCounts, runPlaces, sourceStarts, ...figures } = collected;
      return { runs: plainRuns({ counted, once, runCounts, runPlaces, sourceStarts }), figures, stats };
    };
    const inParts = await collect(1000);
    expect(inParts).toEqual(await collect(Number.POSITIVE_INFINITY));
    expect(inParts.runs.flat().length).toBeGreaterThan(1000);
  });

  it('is left to one thread, with nothing counted of it, where there is no line of text', async () => {
    const { model } = requireExtendable(await llama2);
    const files = await expandInputs([
      write(
        'white.txt',
        Array.from({ length: 2000 }, () => ' '),
      ),
    ]);
    const stats = { ...emptyStats(), totalBytes: 4000 };
    const resolved = { ...resolveExtendOptions({ newPieces: 1, scripts: ['Han'] }), isWeighed: false };
    const read = readRunPartsOf(files, { reading: {}, stats }, 1000);
    expect(await read(model, resolved, () => {}, undefined)).toBe(false);
    expect(stats).toEqual({ ...emptyStats(), totalBytes: 4000 });
  });

  it('stops when it is told to', async () => {
    const corpus = readCorpus(mixed);
    const controller = new AbortController();
    const take = (): void => controller.abort(new Error('enough'));
    const read = readTextPartsOf(corpus, 1000)!(options, take, controller.signal);
    await expect(read).rejects.toThrow('enough');
  });
});
