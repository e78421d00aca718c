// A file as a text of a report: the name under which it appears, its lines, and the hash of what was read.
import { basename } from 'node:path';
import { type ReadCorpusOptions, readLines } from '../../corpus/lines/read-corpus.ts';
import type { CorpusStats } from '../../corpus/read/corpus-stats.ts';
import type { ComparedText } from '../../report/measure/compare-tokenizers.ts';

/** `texts/zh-news.txt.gz` -> `zh-news`; `-` -> `stdin`. */
export function textName(path: string): string {
  if (path === '-') return 'stdin';
  return basename(path).replace(/(\.(txt|jsonl|csv|tsv|parquet))?(\.(gz|zst))?$/, '');
}

/** A file that is compared on. */
export interface OpenText extends ComparedText {
  /** Of what has been read so far. */
  readonly stats: CorpusStats;
}

/** A file as a text, with the hash of what was read. `field` says where the text is in records. */
export function openText(path: string, options: Pick<ReadCorpusOptions, 'field'> = {}): OpenText {
  const lines = readLines([path], options);
  const { stats } = lines;
  return { name: textName(path), lines, stats, hashes: () => stats.inputs.map(({ sha256 }) => sha256) };
}
