// The name under which a text appears in a report.
import { basename } from 'node:path';

/** `texts/zh-news.txt.gz` -> `zh-news`; `-` -> `stdin`. */
export function textName(path: string): string {
  if (path === '-') return 'stdin';
  return basename(path).replace(/(\.(txt|jsonl|csv|tsv|parquet))?(\.(gz|zst))?$/, '');
}
