// A file as a text of a report: the name under which it appears, its lines, and the hash of what was read.
import { basename } from 'node:path';
import { type ReadCorpusOptions, readLines } from '../../corpus/lines/read-corpus.ts';
import type { CorpusStats } from '../../corpus/read/corpus-stats.ts';
import { expandInputs } from '../../corpus/read/expand-inputs.ts';
import type { ComparedText, ComparisonProgress } from '../../report/measure/compare-tokenizers.ts';
import type { CommandOutput } from './command-output.ts';

/** `texts/zh-news.txt.gz` -> `zh-news`; `-` -> `stdin`. */
export function textName(path: string): string {
  if (path === '-') return 'stdin';
  return basename(path).replace(/(\.(txt|jsonl|csv|tsv|parquet))?(\.(gz|zst))?$/, '');
}

/** A file that is compared on. */
export interface OpenText extends ComparedText {
  /** Of what has been read so far. */
  readonly stats: CorpusStats;
  /** Bytes on the disk; 0 where that is not known. */
  readonly size: number;
}

/** The files behind `inputs` as texts, with the hashes of what was read. `field` says where the text is in records. */
export async function openTexts(
  inputs: readonly string[],
  options: Pick<ReadCorpusOptions, 'field'> = {},
): Promise<OpenText[]> {
  const files = await expandInputs(inputs);
  return files.map(({ path, size }) => {
    const lines = readLines([path], options);
    const { stats } = lines;
    return { name: textName(path), lines, stats, size, hashes: () => stats.inputs.map(({ sha256 }) => sha256) };
  });
}

/** A listener for the progress of a comparison on `texts`. */
export function showCounting(
  output: Pick<CommandOutput, 'progress'>,
  texts: readonly OpenText[],
): (progress: ComparisonProgress) => void {
  const total = texts.reduce((sum, { size }) => sum + size, 0);
  return ({ text, bytes }) => {
    const read = texts.reduce((sum, { stats }) => sum + stats.bytesRead, 0);
    const far = total > 0 ? { done: read, total } : { done: bytes };
    output.progress({ what: `counting ${text}`, series: 'counting', ...far, unit: 'bytes' });
  };
}
