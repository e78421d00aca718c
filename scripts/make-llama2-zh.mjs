// Learns the Chinese pieces of the package and packs them into vocab/llama2-zh.txt.br; prints the hashes for vocab/README.md
// and src/vocab/llama2-zh.ts, and leaves the extended tokenizer in OUT. With --choose it checks the weights of
// llama2-zh-sources.mjs, or learns them anew.
// Usage, after a build: node scripts/make-llama2-zh.mjs CORPUS OUT
//                       node scripts/make-llama2-zh.mjs CORPUS --choose CHINESE_SP_MODEL [ROUNDS]
// CORPUS is a folder with the fifteen zh-*.txt.gz that vocab/README.md names.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { createTokenizer, loadTokenizer } from '../dist/index.js';
import { rankExtension } from '../dist/train/extend/extend.js';
import { EVENNESS, MOST_SHARE, readSources, WEIGHTS } from './llama2-zh-sources.mjs';

/** New pieces of the size that the published Chinese-LLaMA has, and how many more the list goes on for: to 65,000. */
const NEW_PIECES = 17_953;
const MORE_PIECES = 15_047;

/** No source may do worse than this share of the published tokens on its validation lines. */
const WORST_RATIO = 0.98;

const OPTIONS = {
  scripts: ['Han'],
  punctuation: '',
  maxSourceShare: MOST_SHARE,
  evenness: EVENNESS,
  characterFactor: 1.2,
  minSources: 2,
  minSourceCount: 2,
  maxPieceLength: 8,
};

const [corpus, out, chineseModel, rounds = '6'] = process.argv.slice(2);
if (corpus === undefined || out === undefined) throw new Error('usage: see the head of this file');

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'llama2-zh-'));
try {
  const sources = readSources(corpus);
  if (out === '--choose') await choose(sources, chineseModel, Number(rounds));
  else await make(sources, resolve(out));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Learns the pieces from all lines, those for validation included; then, on top of them, the rest of the list. */
async function make(sources, to) {
  for (const { name, train, validation } of sources) {
    writeFileSync(join(folder, `${name}.txt.gz`), gzipSync([...train, ...validation, ''].join('\n')));
  }
  const flags = Object.entries(OPTIONS).map(
    ([name, value]) => `--${name.replace(/[A-Z]/g, '-$&').toLowerCase()}=${value}`,
  );
  const weights = Object.entries(WEIGHTS).map(([name, weight]) => `--source-weight=${name}=${weight}`);
  const learn = ['extend', ...flags, ...weights, '--input=zh-*.txt.gz'];
  run([...learn, '--base=llama2', `--new-pieces=${NEW_PIECES}`, `--out=${to}`]);
  const longer = join(folder, 'longer');
  run([...learn, `--base=${to}`, `--new-pieces=${MORE_PIECES}`, `--out=${longer}`]);
  await pack(to, longer);
}

/**
 * Minimax over the validation lines, from the weights above on: pieces are learnt with the weights; sources on which they do worse than on average,
 * beside the published Chinese-LLaMA, get more weight; and so on, until no ratio is above WORST_RATIO: more rounds would
 * only take from the other sources. Held-out text and the samples of the package are not looked at.
 */
async function choose(sources, extension, roundCount) {
  const published = join(folder, 'published');
  run(['merge', '--base=llama2', `--extension=${resolve(extension)}`, '--preset=chinese-llama', `--out=${published}`]);
  const { tokenizer } = await loadTokenizer(published);
  const base = (await loadTokenizer('llama2')).model;
  const count = (encoder, lines) => lines.reduce((sum, line) => sum + encoder.countTokens(line), 0);
  const goals = sources.map(({ validation }) => count(tokenizer, validation));
  let weights = sources.map(({ name }) => WEIGHTS[name] ?? 1);
  for (let round = 0; round < roundCount; round++) {
    const learnt = await rankExtension(
      base,
      sources.map(({ name, train }, i) => ({ name, sentences: train, weight: weights[i] })),
      { newPieces: NEW_PIECES, ...OPTIONS },
    );
    const encoder = createTokenizer(append(base, learnt.pieces));
    const ratios = sources.map(({ validation }, i) => count(encoder, validation) / goals[i]);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const worst = Math.max(...ratios);
    console.log(`round ${round}: mean ${mean.toFixed(4)}, worst ${worst.toFixed(4)}`);
    for (const [i, { name }] of sources.entries())
      console.log(`  ${name} ${weights[i].toFixed(2)} ${ratios[i].toFixed(3)}`);
    if (worst <= WORST_RATIO) return;
    weights = weights.map((weight, i) => Math.min(20, Math.max(0.1, weight * Math.exp(4 * (ratios[i] - mean)))));
  }
  throw new Error(`a source is still above ${WORST_RATIO} after ${roundCount} rounds`);
}

/** The model with the pieces behind everything else, runs of spaces included. */
function append(base, pieces) {
  const scores = pieces.map((_, rank) => -2e9 - 128 * rank);
  return {
    ...base,
    pieces: [...base.pieces, ...pieces],
    pieceScores: Float32Array.from([...base.pieceScores, ...scores]),
    pieceTypes: Uint8Array.from([...base.pieceTypes, ...pieces.map(() => 1)]),
  };
}

function run(args) {
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${args[0]} failed`);
}

async function pack(from, longer) {
  const { sha256 } = await loadTokenizer(from);
  const { model } = await loadTokenizer(longer);
  const pieces = model.pieces.slice(-(NEW_PIECES + MORE_PIECES));
  const text = Buffer.from(pieces.map((piece) => `${piece}\n`).join(''));
  const packed = brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
  writeFileSync(new URL('../vocab/llama2-zh.txt.br', import.meta.url), packed);
  const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
  console.log(
    `${pieces.length} pieces, ${pieces.filter((piece) => [...piece].length === 1).length} of them characters`,
  );
  console.log(`llama2-zh.txt.br  ${packed.length} bytes  ${hashOf(packed)}`);
  console.log(`decompressed      ${text.length} bytes  ${hashOf(text)}`);
  console.log(`tokenizer.model   ${sha256}`);
}
