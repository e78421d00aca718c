// node bench/train.mjs: training against sentencepiece, each trainer a process of its own on the same file and flags; Unigram
// with --fast and continued BPE (extend) beside them.
// Prints wall time, CPU time, peak memory, ratios to ours and how many pieces agree; the same figures go to a JSON file.
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine } from './machine.mjs';
import { formatNumber, printHeading, printMachine, printTable, writeResults } from './print.mjs';
import { OURS, runTrainer, trainersFrom } from './trainers.mjs';
import { parseTrainArguments } from './training-arguments.mjs';
import { cutCorpus, prepareCorpus } from './training-corpus.mjs';
import { compareVocabularies } from './training-pieces.mjs';

const MEGABYTE = 1e6;
const SCALING_SIZES = [10, 20, 40, 80].map((size) => size * MEGABYTE);

const log = (message) => process.stderr.write(`${message}\n`);

const options = parseTrainArguments(process.argv.slice(2));
const machine = await describeMachine();
const trainers = await trainersFrom(options);
printMachine(machine);
printHeading(
  `${trainers.map(({ name, version }) => `${name} ${version}`).join(', ')}; ${options.pieces} pieces, ${options.threads} threads`,
);

const folder = await mkdtemp(join(options.tmp ?? tmpdir(), 'vocab-merge-bench-'));
const removeFolder = () => rm(folder, { recursive: true, force: true });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => removeFolder().finally(() => process.exit(1)));
const runs = [];
try {
  const corpus = join(folder, 'corpus.txt');
  await prepareCorpus(options.text, createWriteStream(corpus), log);
  const { size } = await stat(corpus);
  const largest = Math.min(size, (options.megabytes ?? Infinity) * MEGABYTE);
  const sizes = options.scaling ? SCALING_SIZES.filter((each) => each <= largest) : [largest];
  if (sizes.length === 0) sizes.push(size);
  for (const type of options.types) {
    printHeading(`${type}: wall time, and in brackets how many times ours`);
    const rows = [];
    for (const bytes of sizes) {
      const part = bytes === size ? corpus : join(folder, 'part.txt');
      const text = bytes === size ? { bytes: size } : await cutCorpus(corpus, part, bytes);
      rows.push(await measure(type, part, text.bytes));
    }
    printTable(['trainer', 'MB', 's', 'MB/s', 'CPU s', 'peak MB', 'common pieces', 'score apart'], rows.flat());
  }
} finally {
  await removeFolder();
}

const { pieces, threads } = options;
await writeResults('bench-train', options.out, { machine, trainers: trainers.map(describe), pieces, threads, runs });

/** Trains with each trainer on one file; the rows of the table. */
async function measure(type, text, bytes) {
  const found = [];
  for (const trainer of trainers.filter(({ types }) => types === undefined || types.includes(type))) {
    const prefix = join(folder, trainer.id);
    let best;
    for (let run = 0; run < options.runs; run++) {
      log(`${type}, ${(bytes / MEGABYTE).toFixed(0)} MB: ${trainer.name}`);
      const figures = await runTrainer(trainer, { type, text, prefix, options });
      if (best === undefined || figures.seconds < best.seconds) best = figures;
    }
    found.push({ type, trainer: trainer.id, bytes, ...best, prefix });
  }
  const ours = found.find((run) => run.trainer === OURS);
  return Promise.all(
    found.map(async ({ prefix, ...run }) => {
      const isOurs = run.trainer === OURS;
      // extend gives no model of its own that could be compared.
      const isCompared = !isOurs && run.trainer !== 'extend';
      const agreement = isCompared ? await compareVocabularies(`${ours.prefix}.vocab`, `${prefix}.vocab`) : undefined;
      runs.push({ ...run, timeRatio: run.seconds / ours.seconds, memoryRatio: ratio(run, ours), agreement });
      const times = (value, own) => (isOurs || own === null ? '' : ` (${formatNumber(value / own)}x)`);
      return [
        trainers.find(({ id }) => id === run.trainer).name,
        (bytes / MEGABYTE).toFixed(1),
        `${run.seconds.toFixed(1)}${times(run.seconds, ours.seconds)}`,
        formatNumber(bytes / MEGABYTE / run.seconds),
        run.cpuSeconds === null ? '-' : run.cpuSeconds.toFixed(1),
        run.peakBytes === null
          ? '-'
          : `${(run.peakBytes / MEGABYTE).toFixed(0)}${times(run.peakBytes, ours.peakBytes)}`,
        agreement === undefined ? '' : `${(100 * agreement.common).toFixed(2)} %`,
        agreement === undefined ? '' : agreement.greatestDifference.toFixed(4),
      ];
    }),
  );
}

function ratio(run, ours) {
  return run.peakBytes === null || ours.peakBytes === null ? null : run.peakBytes / ours.peakBytes;
}

function describe({ id, name, version }) {
  return { id, name, version };
}
