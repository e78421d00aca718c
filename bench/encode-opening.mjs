// What opening a model takes where it matters: once, in a fresh process, with nothing compiled yet. Run as a program this
// file is that process; it prints its figures as JSON. Milliseconds are processor time of the thread that opens, where the system
// tells it: other work on the machine is not in them, nor is what other threads compile and collect.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(import.meta.url);

/** Of Linux; behind by a tick of its clock at most, 4 ms. */
function now() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

/** Medians over fresh processes: milliseconds by step, and megabytes held by what was opened. */
export async function measureOpening(bytes, { fileName, runs }) {
  const folder = mkdtempSync(join(tmpdir(), 'vocab-merge-bench-'));
  try {
    const path = join(folder, fileName);
    writeFileSync(path, bytes);
    const found = Array.from({ length: runs }, () => {
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', program, path], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    });
    const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    return Object.fromEntries(Object.keys(found[0]).map((key) => [key, median(found.map((figures) => figures[key]))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === program) {
  const isJson = process.argv[2].endsWith('.json');
  const parse = isJson
    ? (await import('../dist/formats/tokenizer-json/tokenizer-json.js')).parseTokenizerJsonModel
    : (await import('../dist/formats/sentencepiece/model-from-proto.js')).parseTokenizerModel;
  const { createTokenizer } = await import('../dist/tokenize/tokenizer.js');
  const bytes = readFileSync(process.argv[2]);
  const memory = () => {
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = memory();
  const times = [now()];
  let tokenizer;
  {
    const model = parse(bytes);
    times.push(now());
    tokenizer = createTokenizer(model);
    times.push(now());
  }
  const after = memory();
  if (tokenizer.encode('a').length === 0) throw new Error('nothing was encoded');
  const [start, parsed, opened] = times;
  process.stdout.write(
    JSON.stringify({
      'parse ms': parsed - start,
      'tokenizer ms': opened - parsed,
      'all ms': opened - start,
      'memory MB': (after - before) / 1e6,
      ...(isJson && openRust(bytes)),
    }),
  );
}

/** The Rust engine, where it is installed, from the same bytes. */
function openRust(bytes) {
  let Tokenizer;
  try {
    ({ Tokenizer } = createRequire(import.meta.url)('tokenizers'));
  } catch {
    return {};
  }
  const start = now();
  Tokenizer.fromString(bytes.toString());
  return { 'tokenizers (Rust) ms': now() - start };
}
