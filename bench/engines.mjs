// The engines under test, each as `{ name, encode(line) => ids, forget? }`, all without bos and eos.
// `forget` empties what an engine remembers of earlier lines: @huggingface/tokenizers keeps the result of every line
// under 256 units (for a LLaMA model a line is one "word"), and a benchmark that repeats its text would measure that map.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { LlamaTokenizer } from 'llama-tokenizer-js';
import sentencePieceJs from 'sentencepiece-js';
import { buildTokenizerJson, serializeTokenizerJson } from '../dist/formats/tokenizer-json/tokenizer-json.js';
import { createTokenizer, parseTokenizerModel } from '../dist/index.js';

/** Name of the engine that everything is measured against. */
export const OURS = 'vocab-merge';

/** Prepares the files of a model once, and returns a way to open it in each engine, from those files. */
export async function prepareEngines({ model, bytes }, { isLlama2 }) {
  const json = serializeTokenizerJson(buildTokenizerJson(model));
  const openers = [
    {
      name: OURS,
      open: async () => {
        const tokenizer = createTokenizer(parseTokenizerModel(bytes));
        return { encode: (line) => tokenizer.encode(line) };
      },
    },
    { name: 'sentencepiece-js', open: () => openSentencePieceJs(bytes) },
    {
      name: '@huggingface/tokenizers',
      open: async () => {
        const tokenizer = new HuggingFaceTokenizer(JSON.parse(json), {});
        return {
          encode: (line) => tokenizer.encode(line, { add_special_tokens: false }).ids,
          forget: () => tokenizer.model.clear_cache(),
        };
      },
    },
  ];
  if (isLlama2) {
    openers.push({
      name: 'llama-tokenizer-js',
      open: async () => {
        const tokenizer = new LlamaTokenizer();
        return { encode: (line) => tokenizer.encode(line, false, true) };
      },
    });
  }
  return openers;
}

async function openSentencePieceJs(bytes) {
  const folder = await mkdtemp(join(tmpdir(), 'vocab-merge-bench-'));
  try {
    const path = join(folder, 'tokenizer.model');
    await writeFile(path, bytes);
    const processor = new sentencePieceJs.SentencePieceProcessor();
    await processor.load(path);
    // Each load registers two handlers that rethrow; opened some hundred times they would only draw warnings.
    for (const event of ['uncaughtException', 'unhandledRejection']) process.removeAllListeners(event);
    return { encode: (line) => processor.encodeIds(line) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
