// The two vocabularies of the benchmark: LLaMA's 32,000 pieces, and the same with a Chinese model merged in.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { loadTokenizer, mergeVocab, parseSentencePiece, readZhTable, trainSentencePiece } from '../dist/index.js';

const RESULTS = new URL('results/', import.meta.url);
const EXTENSION_SIZE = 20_000;

/** `{ name, document, isLlama2 }[]`, and the extension for the merge's own figures. */
export async function buildVocabularies({ extension: path, scores, log }) {
  const { document } = await loadTokenizer('llama2');
  const extension =
    path === undefined ? await trainedExtension(log) : parseSentencePiece(await readFile(path), { source: path });
  const { patch } = mergeVocab({ base: document.model, extension: extension.model, scores });
  return {
    base: document,
    extension,
    vocabularies: [
      { name: 'llama2', document, isLlama2: true },
      { name: `llama2 + ${path === undefined ? 'Chinese' : path}`, document: document.apply(patch), isLlama2: false },
    ],
  };
}

async function trainedExtension(log) {
  const file = new URL(`zh-${EXTENSION_SIZE}.model`, RESULTS);
  if (!existsSync(file)) {
    log(`training ${EXTENSION_SIZE} Chinese pieces from the embedded table, once ...`);
    const { bytes } = await trainSentencePiece(await readZhTable(), {
      modelType: 'bpe',
      vocabSize: EXTENSION_SIZE,
      characterCoverage: 0.9995,
      normalizationRuleName: 'identity',
    });
    await mkdir(RESULTS, { recursive: true });
    const half = new URL(`zh-${EXTENSION_SIZE}.${process.pid}.tmp`, RESULTS);
    await writeFile(half, bytes);
    await rename(half, file);
  }
  return parseSentencePiece(await readFile(file));
}
