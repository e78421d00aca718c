// golden.jsonl: texts with their ids, so that whoever runs the tokenizer elsewhere can check that engine with a dozen lines
// of code in any language. One JSON object a line; the same bytes for the same tokenizer.
import type { Tokenizer } from '../../tokenize/tokenizer.ts';
import { sampleTexts } from '../../vocab/sample-texts.ts';
import { probeTexts } from '../verify/texts.ts';

/** One line of golden.jsonl. */
export interface GoldenLine {
  readonly text: string;
  /** Ids without bos and eos. */
  readonly ids: readonly number[];
  /** What the ids decode to, where that is not `text`. */
  readonly decoded?: string;
}

/** Options of {@link buildGoldenFile}. */
export interface GoldenFileOptions {
  /** Random strings among the texts; default 200. */
  readonly randomTexts?: number;
  /** Lines taken of each sample text that comes with the package; default 10. */
  readonly sampleLines?: number;
}

/**
 * The text of golden.jsonl: edge cases, lines in several languages and domains, random strings; some hundred lines.
 *
 * Special tokens are not spelled in it: engines read them on purpose in different ways.
 *
 * @example
 * ```ts
 * await writeFile('golden.jsonl', await buildGoldenFile(tokenizer));
 * ```
 */
export async function buildGoldenFile(tokenizer: Tokenizer, options: GoldenFileOptions = {}): Promise<string> {
  const { randomTexts = 200, sampleLines = 10 } = options;
  const texts = new Set(probeTexts(tokenizer.model, { randomTexts, spelledSpecials: false }));
  for (const { lines } of await sampleTexts()) {
    const full = lines.split(/\r?\n/).filter((line) => line !== '');
    for (const line of full.slice(0, sampleLines)) texts.add(line);
  }
  return Array.from(texts, (text) => `${JSON.stringify(goldenLine(tokenizer, text))}\n`).join('');
}

function goldenLine(tokenizer: Tokenizer, text: string): GoldenLine {
  const ids = tokenizer.encode(text);
  const decoded = tokenizer.decode(ids);
  return { text, ids, ...(decoded !== text && { decoded }) };
}
