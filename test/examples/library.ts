// The library example of README, as it stands there; test/readme.test.ts compares the two and runs it.
import { readFile } from 'node:fs/promises';
import {
  applyRowMap,
  compareTokenizers,
  createTokenizer,
  extendVocabulary,
  loadTokenizer,
  requireExtendable,
} from '../../src/index.ts';

const base = requireExtendable(await loadTokenizer('llama2'));
const lines = async (name: string) => (await readFile(`corpus-samples/${name}.txt`, 'utf8')).trim().split('\n');

// Learn 150 pieces on the base's own tokens; `merged.files` has what goes into the folder.
const sources = [{ name: 'medicine', sentences: await lines('zh-medicine') }];
const { merged } = await extendVocabulary({ base, sources, newPieces: 150 });
const tokenizer = createTokenizer(merged.model);
console.log(tokenizer.encodePieces('血压正常，不用吃药。').join(' ')); // ▁ 血压 正 常 ，不 用 吃 药 。

// Resize a matrix of 32,000 rows, here of 64 values; `resizeCheckpoint` does it for a folder of Hugging Face.
const matrix = new Float32Array(32_000 * 64);
console.log(applyRowMap({ rowMap: merged.rowMap, matrix, hiddenSize: 64 }).length / 64); // 32150

const texts = [{ name: 'recipes', lines: await lines('zh-recipes') }];
const report = await compareTokenizers({ tokenizers: [base, { name: 'extended', tokenizer }], texts });
console.log(report.total.figures.map(({ tokens }) => tokens)); // [ 2023, 1894 ]
