// The engines of bench/encode.mjs for byte-level tokenizers, from the published tokenizer.json that --byte-level names: us,
// tiktoken (npm, WASM), tokenizers (Rust, all lines in one batch on one thread), @huggingface/tokenizers. Each as
// { name, run(text), idsOf(lines), before? }.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { createTokenizer, parseTokenizerJson, parseTokenizerJsonModel } from '../dist/index.js';
import { OURS } from './engines.mjs';

const SHARED = fileURLToPath(new URL('../../shared/fixtures/byte-level/', import.meta.url));
const NAMES = ['llama3.1', 'qwen2.5', 'gpt4o'];

/** Published tokenizers to measure with, as `{ name, bytes }[]`; empty where there are none, with the reason printed. */
export function findByteLevelFiles(folder = SHARED) {
  const files = NAMES.map((name) => ({ name, path: join(folder, name, 'tokenizer.json') }))
    .map(({ name, path }) => ({ name, path: existsSync(path) ? path : `${path}.gz` }))
    .filter(({ path }) => existsSync(path))
    .map(({ name, path }) => ({
      name,
      path,
      bytes: path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path),
    }));
  if (files.length === 0) {
    process.stderr.write(
      `byte-level tokenizers are left out: ${folder} has no ${NAMES[0]}/tokenizer.json (--byte-level)\n`,
    );
  }
  return files;
}

/** The engines that there are, ours first. */
export async function openByteLevelEngines(bytes, { only }) {
  const openers = [
    [OURS, openOurs],
    ['tiktoken', openTiktoken],
    ['tokenizers (batch)', openRust],
    ['@huggingface/tokenizers', openHuggingFace],
  ];
  const engines = [];
  for (const [name, open] of openers) {
    if (only !== undefined && name !== OURS && !only.includes(name)) continue;
    try {
      engines.push({ name, ...(await open(bytes)) });
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      process.stderr.write(`${name} is not installed and left out\n`);
    }
  }
  return engines;
}

/** An engine that encodes line by line. */
function byLine(encode) {
  return {
    run: ({ lines }) => {
      for (const line of lines) encode(line);
    },
    idsOf: async (lines) => lines.map((line) => Array.from(encode(line))),
  };
}

function openOurs(bytes) {
  const tokenizer = createTokenizer(parseTokenizerJsonModel(bytes));
  return { ...byLine((line) => tokenizer.encode(line)), tokenizer };
}

function openHuggingFace(bytes) {
  const tokenizer = new HuggingFaceTokenizer(JSON.parse(bytes.toString()), {});
  return {
    ...byLine((line) => tokenizer.encode(line, { add_special_tokens: false }).ids),
    // It remembers every word; a benchmark repeats its text, users do not.
    before: () => tokenizer.model.clear_cache(),
  };
}

async function openRust(bytes) {
  const { Tokenizer } = await import('tokenizers');
  // Read by the engine with every batch.
  process.env.TOKENIZERS_PARALLELISM = 'false';
  const tokenizer = Tokenizer.fromString(bytes.toString());
  const idsOf = async (lines) =>
    (await tokenizer.encodeBatch(lines, { addSpecialTokens: false })).map((encoding) => encoding.getIds());
  return {
    idsOf,
    run: async ({ lines }) => {
      await idsOf(lines);
    },
  };
}

/** tiktoken with the pieces of the file as ranks, which are their ids, and its pattern. */
async function openTiktoken(bytes) {
  const { Tiktoken } = await import('tiktoken');
  const { pieces, pieceTypes, preTokenizers } = parseTokenizerJsonModel(bytes);
  const { added_tokens: added } = parseTokenizerJson(bytes.toString());
  const ranks = pieces.flatMap((piece, id) =>
    pieceTypes[id] === 1 ? [`! ${id} ${Buffer.from(piece, 'latin1').toString('base64')}`] : [],
  );
  const special = Object.fromEntries(added.map(({ content, id }) => [content, id]));
  const encoder = new Tiktoken(ranks.join('\n'), special, preTokenizers[0].pattern.regex);
  return byLine((line) => encoder.encode(line, 'all'));
}
