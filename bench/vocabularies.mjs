// The two vocabularies of the benchmark: LLaMA's 32,000 pieces, and the same with a Chinese model merged in.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import {
  loadTokenizer,
  mergeVocab,
  parseModelProto,
  readZhTable,
  serializeModelProto,
  trainSentencePiece,
} from '../dist/index.js';

const RESULTS = new URL('results/', import.meta.url);
const EXTENSION_SIZE = 20_000;

/** `{ name, proto, isLlama2 }[]`, and the extension for the merge's own figures. */
export async function buildVocabularies({ extension: path, scores, log }) {
  const { proto: base } = await loadTokenizer('llama2');
  const extension =
    path === undefined ? await trainedExtension(log) : parseModelProto(await readFile(path), { source: path });
  const { proto } = mergeVocab({ base, extension, scores });
  return {
    base,
    extension,
    vocabularies: [
      { name: 'llama2', proto: base, isLlama2: true },
      { name: `llama2 + ${path === undefined ? 'Chinese' : path}`, proto, isLlama2: false },
    ],
  };
}

async function trainedExtension(log) {
  const file = new URL(`zh-${EXTENSION_SIZE}.model`, RESULTS);
  if (!existsSync(file)) {
    log(`training ${EXTENSION_SIZE} Chinese pieces from the embedded table, once ...`);
    const model = await trainSentencePiece(await readZhTable(), {
      modelType: 'bpe',
      vocabSize: EXTENSION_SIZE,
      characterCoverage: 0.9995,
      normalizationRuleName: 'identity',
    });
    await mkdir(RESULTS, { recursive: true });
    const half = new URL(`zh-${EXTENSION_SIZE}.${process.pid}.tmp`, RESULTS);
    await writeFile(half, serializeModelProto(model));
    await rename(half, file);
  }
  return parseModelProto(await readFile(file));
}
