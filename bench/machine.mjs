// What the figures were measured on: they mean nothing without it.
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

const PEERS = ['sentencepiece-js', '@huggingface/tokenizers', 'llama-tokenizer-js', 'tinybench'];

/** Machine, runtime and versions, as they go into the JSON. */
export async function describeMachine() {
  const versions = {};
  for (const name of PEERS) versions[name] = await packageVersion(`../node_modules/${name}/package.json`);
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    loadAverage: loadavg()[0],
    platform: `${process.platform} ${process.arch} ${release()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    'vocab-merge': await packageVersion('../package.json'),
    ...versions,
  };
}

async function packageVersion(path) {
  return JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8')).version;
}
