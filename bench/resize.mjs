// Resizing a synthetic checkpoint beside a plain copy of the same files, in one run, on one disk: MB/s and peak memory.
// Embedding and LM head are 32,000 x 4,096 in BF16, between 2 GB of other tensors in three shards. Both sides wait until the
// disk has everything (fsync). Files are removed at the end, also after Ctrl-C. Usage: see USAGE. Ends with 3 where the disk has no
// room.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMachine } from './machine.mjs';
import { readOptions } from './options.mjs';
import { formatNumber, printMachine, printTable, writeResults } from './print.mjs';
import { runMeasured } from './trainers.mjs';

const USAGE = `usage: node bench/resize.mjs [options]

  --init METHOD    how new rows are made; default subword-mean
  --rounds N       copy and resize take turns N times; default 3, the best of each counts
  --other-mb N     megabytes of other tensors; default 2000
  --folder DIR     where the files go (about three times their size); default the system's temporary folder
  --program FILE   the command line to run; default dist/cli/main.js
  --out FILE       where the JSON goes; default bench/results/resize-<time>.json
`;

const ROWS = 32000;
const HIDDEN = 4096;
const NEW_ROWS = 17953;
const CHUNK = 8 * 1024 * 1024;

const args = readOptions(process.argv.slice(2), {
  usage: USAGE,
  flags: {
    init: { type: 'string', default: 'subword-mean' },
    rounds: { type: 'count', default: 3 },
    'other-mb': { type: 'count', default: 2000 },
    folder: { type: 'string', default: tmpdir() },
    program: { type: 'string', default: fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)) },
    out: { type: 'string' },
  },
});

const otherBytes = args.otherMb * 1e6;
const needed = 3.2 * (otherBytes + 2 * (ROWS + NEW_ROWS) * HIDDEN * 2);
const { bavail, bsize } = await statfs(args.folder);
if (bavail * bsize < needed) {
  process.stderr.write(`error: ${args.folder} has ${bavail * bsize} bytes left, ${needed} are needed\n`);
  process.exit(3);
}
const folder = await mkdtemp(join(args.folder, 'vocab-merge-bench-'));
const clean = () => rmSync(folder, { recursive: true, force: true });
process.once('exit', clean);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const checkpoint = join(folder, 'checkpoint');
await writeCheckpoint(checkpoint);
// The pieces that the package ships for llama2: as many new rows as Chinese-LLaMA has.
const merged = join(folder, 'merged');
const built = spawnSync(process.execPath, [args.program, 'build', '--base', 'llama2', '--out', merged, '--quiet']);
if (built.status !== 0) {
  process.stderr.write(`error: build ended with ${built.status}: ${built.stderr}`);
  process.exit(1);
}
const rowMap = join(merged, 'row-map.json');

const copies = [];
const resizes = [];
for (let round = 0; round < args.rounds; round++) {
  copies.push(await copyFolder(checkpoint, join(folder, 'copy')));
  resizes.push(await resize(join(folder, 'out')));
}
const copy = best(copies);
const result = best(resizes);

const machine = await describeMachine();
printMachine(machine);
const row = (name, { bytes, seconds, cpuSeconds, peakBytes }) => [
  name,
  formatNumber(bytes / 1e6),
  formatNumber(seconds),
  formatNumber(bytes / 1e6 / seconds),
  cpuSeconds === undefined || cpuSeconds === null ? '' : formatNumber(cpuSeconds),
  peakBytes === undefined || peakBytes === null ? '' : formatNumber(peakBytes / 1e6),
];
printTable(
  ['', 'MB written', 'seconds', 'MB/s', 'CPU s', 'peak MB'],
  [row('plain copy', copy), row(`resize, ${args.init}`, result)],
);
const ratio = result.bytes / result.seconds / (copy.bytes / copy.seconds);
process.stdout.write(`resize writes at ${formatNumber(100 * ratio)} % of the speed of a plain copy\n\n`);
const { init, otherMb } = args;
await writeResults('bench-resize', args.out, { machine, init, otherMb, copy, resize: result, ratio });

function best(runs) {
  return runs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
}

async function resize(out) {
  const flags = ['resize', '--checkpoint', checkpoint, '--row-map', rowMap, '--out', out, '--init', args.init];
  const usage = await runMeasured('resize', [process.execPath, args.program, ...flags, '--quiet']);
  const bytes = await sizeOf(out);
  await rm(out, { recursive: true });
  return { ...usage, bytes };
}

async function copyFolder(from, to) {
  await mkdir(to);
  const startedAt = performance.now();
  for (const name of await readdir(from)) {
    await copyFile(join(from, name), join(to, name));
    const file = await open(join(to, name), 'r+');
    await file.sync();
    await file.close();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const bytes = await sizeOf(to);
  await rm(to, { recursive: true });
  return { seconds, bytes };
}

async function sizeOf(place) {
  let bytes = 0;
  for (const name of await readdir(place, { recursive: true })) bytes += (await stat(join(place, name))).size;
  return bytes;
}

async function writeCheckpoint(place) {
  await mkdir(place);
  const width = 11008;
  const count = Math.round(otherBytes / (HIDDEN * width * 2));
  const others = Array.from({ length: count }, (_, i) => [`model.layers.${i}.mlp.up_proj.weight`, [width, HIDDEN]]);
  const third = Math.ceil(count / 3);
  const shards = [
    [['model.embed_tokens.weight', [ROWS, HIDDEN]], ...others.slice(0, third)],
    others.slice(third, 2 * third),
    [['lm_head.weight', [ROWS, HIDDEN]], ...others.slice(2 * third)],
  ];
  const weightMap = {};
  for (const [i, tensors] of shards.entries()) {
    const name = `model-0000${i + 1}-of-0000${shards.length}.safetensors`;
    for (const [tensor] of tensors) weightMap[tensor] = name;
    await writeShard(join(place, name), tensors);
  }
  await writeFile(join(place, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: weightMap }));
  await writeFile(join(place, 'config.json'), JSON.stringify({ vocab_size: ROWS, tie_word_embeddings: false }));
}

async function writeShard(path, tensors) {
  const header = {};
  let end = 0;
  for (const [name, shape] of tensors) {
    const start = end;
    end += shape[0] * shape[1] * 2;
    header[name] = { dtype: 'BF16', shape, data_offsets: [start, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const file = await open(path, 'wx');
  await file.write(Buffer.concat([length, padded]));
  // BF16 numbers of either sign about 0.01 to 0.03, from a xorshift: no two rows are the same.
  const chunk = new Uint16Array(CHUNK / 2);
  let state = 0x2545f491;
  for (let done = 0; done < end; ) {
    for (let i = 0; i < chunk.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      chunk[i] = ((state & 1) << 15) | 0x3c00 | ((state >>> 8) & 0xff);
    }
    const bytes = new Uint8Array(chunk.buffer, 0, Math.min(CHUNK, end - done));
    await file.write(bytes);
    done += bytes.length;
  }
  await file.sync();
  await file.close();
}
