// The trainers as child processes: how each is called, and what a run of it takes. Peak memory and CPU time are read from
// /proc while the child runs (VmHWM only grows, so the last look is at most an interval old); elsewhere they are null.
import { execFileSync, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const OURS = 'vocab-merge';

/** Milliseconds between two looks at a running child. */
const INTERVAL = 20;

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const PIP_TRAIN = `import json, sys, sentencepiece
sentencepiece.SentencePieceTrainer.train(minloglevel=2, **json.loads(sys.argv[1]))`;

/** The trainers that there are, ours first; those that have `types` are for these only. */
export async function trainersFrom({ program = PROGRAM, spmTrain, python }) {
  const own = version(process.execPath, [program, '--version']);
  const train = [process.execPath, program, 'train', '--split-long-lines=false', '--quiet'];
  const extend = [process.execPath, program, 'extend', '--base', 'llama2', '--quiet', '--force'];
  const trainers = [
    { id: OURS, name: OURS, version: own, command: (flags) => [...train, ...asArguments(flags)] },
    {
      id: 'fast',
      name: 'vocab-merge --fast',
      version: own,
      types: ['unigram'],
      command: (flags) => [...train, ...asArguments(flags), '--fast'],
    },
    {
      id: 'extend',
      name: 'vocab-merge extend',
      version: own,
      types: ['bpe'],
      command: ({ input, model_prefix, vocab_size }) => [
        ...[...extend, '--input', input, '--new-pieces', String(vocab_size), '--out', model_prefix],
      ],
    },
  ];
  const spm = spmTrain ?? 'spm_train';
  const spmVersion = version(spm, ['--version']);
  if (spmVersion !== undefined) {
    trainers.push({
      id: 'spm_train',
      name: 'spm_train',
      version: spmVersion,
      command: (flags) => [spm, ...asArguments(flags), '--minloglevel=2'],
    });
  } else if (spmTrain !== undefined) fail(`${spmTrain} does not run`);
  if (python !== undefined) {
    const found = version(python, ['-c', 'import sentencepiece; print(sentencepiece.__version__)']);
    if (found === undefined) fail(`${python} has no module sentencepiece`);
    trainers.push({
      id: 'pip',
      name: 'sentencepiece (pip)',
      version: found,
      command: (flags) => [python, '-c', PIP_TRAIN, JSON.stringify(flags)],
    });
  }
  return trainers;
}

/** Runs one training. */
export async function runTrainer(trainer, { type, text, prefix, options }) {
  const command = trainer.command({
    input: text,
    model_prefix: prefix,
    model_type: type,
    vocab_size: options.pieces,
    num_threads: options.threads,
  });
  return runMeasured(trainer.name, command);
}

/** Runs a command to its end, and the benchmark ends where it fails. */
export async function runMeasured(name, [program, ...args], { env } = {}) {
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
  let errors = '';
  child.stderr.on('data', (data) => {
    errors = (errors + data).slice(-4000);
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  let usage = { peakBytes: null, cpuSeconds: null };
  let isRunning = true;
  const watching = (async () => {
    while (isRunning) {
      usage = (await usageOf(child.pid)) ?? usage;
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  })();
  const status = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const seconds = (performance.now() - startedAt) / 1000;
  isRunning = false;
  await watching;
  process.off('exit', stop);
  if (status !== 0) fail(`${name} ended with ${status}: ${errors.trim()}`);
  return { seconds, ...usage };
}

async function usageOf(pid) {
  try {
    const [status, stat] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    const peak = /^VmHWM:\s*(\d+) kB/m.exec(status);
    if (peak === null) return undefined;
    // Fields 14 and 15 of the whole line, user and system time; the name before them may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { peakBytes: Number(peak[1]) * 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS };
  } catch {
    return undefined;
  }
}

/** Ticks a second of /proc on every Linux in use. */
const CLOCK_TICKS = 100;

function asArguments(flags) {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

function version(program, args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .replace(/^sentencepiece\s*/, '');
  } catch {
    return undefined;
  }
}

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}
