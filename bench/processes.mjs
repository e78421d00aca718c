// What is only seen from outside a process: how long the program takes to start, and what encoding a file takes from its first
// byte to the last one written. Ids are compared first, by the hash of the files of ids. CPU time is the kernel's, of children
// that have ended (/proc/self/stat, in hundredths of a second); on other systems than Linux it is null, and time by the clock decides.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatNumber, printHeading, printTable } from './print.mjs';
import { prepareCorpus } from './training-corpus.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const PROGRAM = at('../dist/cli/main.js');
const LOAD = `const { loadTokenizer } = await import(${JSON.stringify(new URL('../dist/vocab/load-tokenizer.js', import.meta.url).href)});
const start = performance.now();
const { tokenizer } = await loadTokenizer('llama2');
process.stdout.write(String(performance.now() - start));`;

/** Lines as the text mode of `encode` has them, 4,096 of them in one call, ids as uint16. */
const PYTHON = `import array, sys, sentencepiece
processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
threads = int(sys.argv[4])
with open(sys.argv[2], encoding='utf-8', newline='\\n') as text, open(sys.argv[3], 'wb') as out:
    batch = []
    def flush():
        for ids in processor.encode(batch, num_threads=threads): array.array('H', ids).tofile(out)
        batch.clear()
    for line in text:
        batch.append(line.rstrip('\\n').removesuffix('\\r'))
        if len(batch) == 4096: flush()
    flush()`;

/** Seconds of the processor, in children that have ended. */
function childSeconds() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return undefined;
  }
}

/** Runs a process to its end; the benchmark ends where it fails. */
function run(command, [program, ...args]) {
  const [cpu, start] = [childSeconds(), performance.now()];
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) {
    process.stderr.write(`error: ${command} ended with ${status}: ${error?.message ?? stderr.trim()}\n`);
    process.exit(1);
  }
  const seconds = (performance.now() - start) / 1000;
  return { seconds, cpuSeconds: cpu === undefined ? null : childSeconds() - cpu, stdout };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The figures of another benchmark of this folder, run with these arguments; `undefined` where it has no room on the disk. */
export function runBenchmark(name, args) {
  const folder = mkdtempSync(join(tmpdir(), 'vocab-merge-bench-'));
  try {
    const out = join(folder, 'figures.json');
    const command = [at(`${name}.mjs`), ...args, '--out', out];
    const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status === 3) return undefined;
    if (status !== 0) process.exit(1);
    return JSON.parse(readFileSync(out, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starting the program beside starting Node, in turns. */
export function measureStarting({ quick }) {
  printHeading('5. Starting: milliseconds, and how many times those of `node -e 0`');
  const commands = {
    'node -e 0': ['-e', '0'],
    'vocab-merge --help': [PROGRAM, '--help'],
    'vocab-merge encode --help': [PROGRAM, 'encode', '--help'],
    'vocab-merge build --help': [PROGRAM, 'build', '--help'],
  };
  const rounds = quick ? 5 : 15;
  const runs = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  const loads = [];
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of Object.entries(commands)) runs[name].push(run(name, [process.execPath, ...args]));
    loads.push(Number(run('loadTokenizer', [process.execPath, '--input-type=module', '-e', LOAD]).stdout));
  }
  const figures = Object.entries(runs).map(([name, all]) => ({
    name,
    milliseconds: 1000 * median(all.map(({ seconds }) => seconds)),
    // The kernel counts in steps of 10 ms, so that a mean says more than a median.
    cpuMilliseconds:
      all[0].cpuSeconds === null ? null : (1000 * all.reduce((sum, each) => sum + each.cpuSeconds, 0)) / rounds,
  }));
  const [node] = figures;
  for (const figure of figures) {
    figure.ratio = (figure.cpuMilliseconds ?? figure.milliseconds) / (node.cpuMilliseconds ?? node.milliseconds);
  }
  const load = { name: "loadTokenizer('llama2')", milliseconds: median(loads), cpuMilliseconds: null, ratio: null };
  printTable(
    ['', 'by the clock', 'CPU', 'ratio'],
    [...figures, load].map(({ name, ...figure }) => [
      name,
      ...[figure.milliseconds, figure.cpuMilliseconds, figure.ratio].map((value) =>
        value === null ? '-' : formatNumber(value),
      ),
    ]),
  );
  return [...figures, load];
}

/**
 * `encode FILE` with everything that it takes, beside sentencepiece in Python where there is one: same text, same model, ids
 * written as uint16.
 */
export async function measureCorpus(document, { corpus, python, log }) {
  const folder = await mkdtemp(join(tmpdir(), 'vocab-merge-bench-'));
  try {
    const [text, model] = [join(folder, 'corpus.txt'), join(folder, 'tokenizer.model')];
    await prepareCorpus(corpus, createWriteStream(text), log);
    await writeFile(model, document.bytes);
    const bytes = statSync(text).size;
    const ours = (name, threads, format) => ({
      name,
      out: join(folder, `ours.${format}`),
      command: [
        ...[process.execPath, PROGRAM, 'encode', '--quiet', '--force', '--tokenizer', model, '--input', text],
        ...['--threads', String(threads), '--format', format, '--out', join(folder, 'ours')],
      ],
    });
    const theirs = (name, threads) => ({
      name,
      out: join(folder, 'theirs.bin'),
      command: [python, '-c', PYTHON, model, text, join(folder, 'theirs.bin'), String(threads)],
    });
    const runs = [
      ours('vocab-merge, 1 thread', 1, 'bin'),
      ours('vocab-merge, 2 threads', 2, 'bin'),
      ours('vocab-merge, 1 thread, jsonl', 1, 'jsonl'),
      ...(python === undefined ? [] : [theirs('sentencepiece, 1 thread', 1), theirs('sentencepiece, 2 threads', 2)]),
    ];
    printHeading(
      `6. Encoding a file of ${formatNumber(bytes / 1e6)} MB with ${document.model.pieces.length} pieces, starting and writing included`,
    );
    let wanted;
    const figures = runs.map(({ name, out, command }) => {
      const { seconds, cpuSeconds } = run(name, command);
      if (out.endsWith('.bin')) {
        const hash = createHash('sha256').update(readFileSync(out)).digest('hex');
        wanted ??= hash;
        if (hash !== wanted) {
          log(`error: ${name} gives other ids than vocab-merge with one thread`);
          process.exit(1);
        }
      }
      return { name, seconds, cpuSeconds, megabytesPerSecond: bytes / 1e6 / seconds };
    });
    const [first] = figures;
    for (const figure of figures) figure.ratio = figure.seconds / first.seconds;
    printTable(
      ['', 'seconds', 'CPU', 'MB/s', 'MB/s of CPU', 'time beside the first'],
      figures.map(({ name, seconds, cpuSeconds, megabytesPerSecond, ratio }) => [
        name,
        formatNumber(seconds),
        cpuSeconds === null ? '-' : formatNumber(cpuSeconds),
        formatNumber(megabytesPerSecond),
        cpuSeconds === null ? '-' : formatNumber(bytes / 1e6 / cpuSeconds),
        `${formatNumber(ratio)}x`,
      ]),
    );
    return { bytes, figures };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
