// A file as a text of a report: the name under which it appears, its lines, and the hash of what was read.
import { basename } from 'node:path';
import { type ReadCorpusOptions, readWholeTexts } from '../../corpus/lines/read-corpus.ts';
import { type CorpusStats, emptyStats } from '../../corpus/read/corpus-stats.ts';
import type { CorpusFile } from '../../corpus/read/expand-inputs.ts';
import { hashFile } from '../../corpus/read/input-hash.ts';
import { type CorpusShard, shardTexts } from '../../corpus/shards/shard-inputs.ts';
import type { ComparedText, ComparisonProgress } from '../../report/measure/compare-tokenizers.ts';
import type { CommandOutput } from './command-output.ts';

/** `texts/zh-news.txt.gz` -> `zh-news`; `-` -> `stdin`. */
export function textName(path: string): string {
  if (path === '-') return 'stdin';
  return basename(path).replace(/(\.(txt|jsonl|csv|tsv|parquet))?(\.(gz|zst))?$/, '');
}

/** A file that is compared on, or the sections of it that are in a shard. */
export interface OpenText extends ComparedText {
  /** Its place among all texts. */
  readonly at: number;
  /** Of what has been read so far. */
  readonly stats: CorpusStats;
  /** Bytes on the disk that are read; 0 where that is not known. */
  readonly size: number;
}

/** Which of the texts are opened, and for what. */
export interface OpenTextsOptions extends Pick<ReadCorpusOptions, 'field'> {
  /** Only this shard. */
  readonly shard?: CorpusShard | undefined;
  /** The hashes matter: of texts that are read in sections, they take another reading. */
  readonly isHashed?: boolean;
  /** For tests: of which size texts are read in sections, see `shardTexts`. */
  readonly rule?: Parameters<typeof shardTexts>[2];
}

/** The files as texts, with the hashes of what was read. `field` says where the text is in records. */
export async function openTexts(files: readonly CorpusFile[], options: OpenTextsOptions = {}): Promise<OpenText[]> {
  const { field, shard, isHashed = false, rule } = options;
  const texts: OpenText[] = [];
  for (const { text: at, file, sections } of await shardTexts(files, shard, rule)) {
    const stats = emptyStats();
    const read = (part: CorpusFile): AsyncGenerator<string> => readWholeTexts([part], { field }, stats);
    const common = { at, name: textName(file.path), stats };
    if (sections === undefined) {
      const hashes = () => stats.inputs.map(({ sha256 }) => sha256);
      texts.push({ ...common, lines: read(file), size: file.size, hashes });
      continue;
    }
    // Whoever reads the beginning.
    const hash = isHashed && sections[0]!.range.start === 0 ? [(await hashFile(file)).sha256] : [];
    texts.push({
      ...common,
      lines: [],
      sections: sections.map(({ index, range }) => ({ index, lines: read({ ...file, range }) })),
      size: sections.reduce((sum, { range }) => sum + range.end - range.start, 0),
      hashes: () => hash,
    });
  }
  return texts;
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
