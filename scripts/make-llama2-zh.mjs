// Learns the Chinese pieces of the package and packs them into vocab/llama2-zh.txt.br; prints the hashes for vocab/README.md
// and src/vocab/llama2-zh.ts, and leaves the extended tokenizer in OUT.
// Usage, after a build: node scripts/make-llama2-zh.mjs CORPUS OUT
// CORPUS is a folder with the nine zh-*.txt.gz that vocab/README.md names.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gunzipSync, gzipSync } from 'node:zlib';
import { Converter } from 'opencc-js/cn2t';
import { parseTokenizerModel } from '../dist/index.js';

/** Contemporary text: general vocabulary, in both scripts. */
const CONTEMPORARY = ['zh-wiki', 'zh-medical', 'zh-news', 'zh-novel', 'zh-tech'];
/** Of these sources every so many-th line is learnt from in traditional characters as well. */
const TRADITIONAL_STEP = 24;
const FLAGS = [
  ...['--base', 'llama2', '--target-size', '49953', '--punctuation', '', '--max-source-share', '0.1112'],
  ...['--source-weight', 'zh-wiki=5'],
  ...CONTEMPORARY.slice(1).flatMap((name) => ['--source-weight', `${name}=2`]),
  ...['--evenness', '0.3', '--character-factor', '3', '--min-sources', '2', '--min-source-count', '2'],
  ...['--max-piece-length', '8'],
];

const [corpus, out] = process.argv.slice(2);
if (corpus === undefined || out === undefined) throw new Error('usage: node scripts/make-llama2-zh.mjs CORPUS OUT');

const folder = mkdtempSync(join(tmpdir(), 'llama2-zh-'));
try {
  addTraditional(corpus, folder);
  const command = [fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)), 'extend', ...FLAGS];
  const { status } = spawnSync(process.execPath, [...command, '--input', 'zh-*.txt.gz', '--out', resolve(out)], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('extend failed');
  pack(out);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Copies the sources, contemporary ones with some of their lines in the characters of Taiwan behind them. */
function addTraditional(from, to) {
  mkdirSync(to, { recursive: true });
  const convert = Converter({ from: 'cn', to: 'tw' });
  for (const file of readdirSync(from).filter((name) => /^zh-\w+\.txt\.gz$/.test(name))) {
    const lines = gunzipSync(readFileSync(join(from, file)))
      .toString()
      .split('\n');
    if (lines.at(-1) === '') lines.pop();
    const chosen = CONTEMPORARY.includes(file.replace('.txt.gz', ''))
      ? lines.filter((_, i) => i % TRADITIONAL_STEP === 0)
      : [];
    writeFileSync(join(to, file), gzipSync([...lines, ...chosen.map((line) => convert(line)), ''].join('\n')));
  }
}

function pack(from) {
  const { pieces } = parseTokenizerModel(readFileSync(join(from, 'extension.model')));
  // The first piece is <unk>, which SentencePiece wants in every model.
  const text = Buffer.from(
    pieces
      .slice(1)
      .map((piece) => `${piece}\n`)
      .join(''),
  );
  const packed = brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
  writeFileSync(new URL('../vocab/llama2-zh.txt.br', import.meta.url), packed);
  const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
  const isCharacter = ({ piece }) => [...piece].length === 1;
  console.log(`${pieces.length - 1} pieces, ${pieces.slice(1).filter(isCharacter).length} of them characters`);
  console.log(`llama2-zh.txt.br  ${packed.length} bytes  ${sha256(packed)}`);
  console.log(`decompressed      ${text.length} bytes  ${sha256(text)}`);
  console.log(`tokenizer.model   ${sha256(readFileSync(join(from, 'tokenizer.model')))}`);
}
