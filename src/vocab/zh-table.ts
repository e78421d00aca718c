// The embedded training text: frequent segments of Chinese with their counts, for those who have no corpus yet. It is data
// in vocab/, a table as `vocab-merge count` writes it; vocab/README.md tells from what it was made, and its hash.

import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { WeightedSentence } from '../core/weighted-sentence.ts';
import { parseFrequencyTable, tableSentences } from '../corpus/read/frequency-table.ts';
import { InputError } from '../errors.ts';

/** Name of the embedded table, for manifests and messages. */
export const ZH_TABLE_NAME = 'zh-segments.tsv.br';

// vocab/ lies beside src/ in the repository and beside dist/ in the package.
const location = new URL(`../../vocab/${ZH_TABLE_NAME}`, import.meta.url);

/**
 * Segments of Chinese text of up to 7 characters, the marks in front of them included, with their counts, in UTF-8 order.
 * To train on them, leave out the dummy prefix (`addDummyPrefix: false`): most segments do not begin a line.
 *
 * @throws InputError when the package is incomplete, FormatError when the file is damaged
 * @example
 * ```ts
 * const model = await trainSentencePiece(await readZhTable(), { vocabSize: 20000, addDummyPrefix: false });
 * ```
 */
export async function readZhTable(): Promise<WeightedSentence[]> {
  let bytes: Uint8Array;
  try {
    bytes = await promisify(brotliDecompress)(await readFile(location));
  } catch (cause) {
    throw new InputError(`${ZH_TABLE_NAME}: the embedded table of Chinese segments is missing or damaged`, {
      cause,
      hint: 'Install the package again.',
    });
  }
  return tableSentences(parseFrequencyTable(Buffer.from(bytes).toString('utf8'), { source: ZH_TABLE_NAME }));
}
