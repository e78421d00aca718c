// Packs the new pieces of an `extend` run into vocab/llama2-zh.txt.br and prints the hashes for vocab/README.md and
// src/vocab/llama2-zh.ts. Usage: node scripts/pack-llama2-zh.mjs FOLDER (after a build; the command is in vocab/README.md).
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { parseModelProto } from '../dist/index.js';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: node scripts/pack-llama2-zh.mjs FOLDER');
const { pieces } = parseModelProto(readFileSync(join(folder, 'extension.model')));
// The first piece is <unk>, which SentencePiece wants in every model.
const text = Buffer.from(
  pieces
    .slice(1)
    .map(({ piece }) => `${piece}\n`)
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
console.log(`${pieces.length - 1} pieces`);
console.log(`llama2-zh.txt.br  ${packed.length} bytes  ${sha256(packed)}`);
console.log(`decompressed      ${text.length} bytes  ${sha256(text)}`);
