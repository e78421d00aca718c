// Counts what any number of tokenizers make of any number of texts. Texts are streams of lines: each line is encoded on
// its own, without bos and eos, and memory does not grow with the text. It reads no files; corpus/ does.
import { codePointLength, utf8Length } from '../core/utf8.ts';
import { InputError, OptionError, VocabMergeError } from '../errors.ts';
import { COMPARISON_FORMAT, type ComparisonReport, type TextComparison } from './comparison-report.ts';
import { type ComparedTokenizer, type CountingEngine, openCounter } from './open-counter.ts';
import {
  addTally,
  buildFigures,
  createLineTally,
  type LineTally,
  type TextSize,
  type TokenTally,
} from './text-tally.ts';
import type { TokenCounter } from './token-counter.ts';

/** A text to count. */
export interface ComparedText {
  readonly name: string;
  /** Lines without their line breaks; a string is taken as a whole text and split at its line breaks. */
  readonly lines: string | Iterable<string> | AsyncIterable<string>;
}

/** How far a comparison has come; told after every batch of lines and at the end of every text. */
export interface ComparisonProgress {
  /** Name of the text that is being counted. */
  readonly text: string;
  /** Lines and UTF-8 bytes of that text so far. */
  readonly lines: number;
  readonly bytes: number;
}

/** Options of {@link compareTokenizers}. */
export interface CompareOptions {
  /** At least one; ratios and new pieces refer to the first. What `loadTokenizer` returns can be given as it is. */
  readonly tokenizers: readonly ComparedTokenizer[];
  /** At least one. */
  readonly texts: readonly ComparedText[];
  /** Context windows in tokens. Default 2,048 and 4,096. */
  readonly contextSizes?: readonly number[];
  /**
   * Which implementation counts. By default our own for SentencePiece models and `hugging-face` for every other
   * tokenizer.json.
   */
  readonly engine?: CountingEngine;
  readonly onProgress?: (progress: ComparisonProgress) => void;
  /** Stops the comparison between two batches of lines. */
  readonly signal?: AbortSignal;
}

/** Lines are handed to one tokenizer after the other in batches of this many UTF-16 units, so that its tables stay hot. */
const BATCH_UNITS = 1 << 18;

interface Contestant {
  readonly name: string;
  readonly counter: TokenCounter;
  readonly extendsFirst: boolean;
  readonly firstNewId: number;
}

/**
 * Compares tokenizers on texts.
 *
 * @throws OptionError when there is no tokenizer, no text, or a context size is not a positive integer
 * @throws InputError naming text and line when an engine cannot encode a line
 * @example
 * ```ts
 * const report = await compareTokenizers({
 *   tokenizers: [await loadTokenizer('llama2'), await loadTokenizer('./merged')],
 *   texts: [{ name: 'paper', lines: ['人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。'] }],
 * });
 * report.total.figures.map((figures) => figures.tokens); // [35, 16]
 * ```
 */
export async function compareTokenizers(options: CompareOptions): Promise<ComparisonReport> {
  const { tokenizers, texts, contextSizes = [2048, 4096], engine, onProgress, signal } = options;
  if (tokenizers.length === 0) throw new OptionError('compare: no tokenizer was given, at least 1 is needed');
  if (texts.length === 0) throw new OptionError('compare: no text was given, at least 1 is needed');
  for (const size of contextSizes) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new OptionError(`compare: context size ${size} is not a positive integer`);
    }
  }
  const contestants = await openContestants(tokenizers, engine);

  const build = (name: string, size: TextSize, tallies: readonly TokenTally[]): TextComparison => ({
    name,
    lines: size.lines,
    characters: size.characters,
    bytes: size.bytes,
    figures: contestants.map((contestant, i) =>
      buildFigures({
        tokenizer: contestant.name,
        size,
        tally: tallies[i]!,
        firstTokens: tallies[0]!.tokens,
        extendsFirst: contestant.extendsFirst,
        contextSizes,
      }),
    ),
  });

  const totalSize: TextSize = { lines: 0, characters: 0, bytes: 0 };
  const totals = openTallies(contestants).map(({ tally }) => tally);
  const results: TextComparison[] = [];
  for (const text of texts) {
    const size: TextSize = { lines: 0, characters: 0, bytes: 0 };
    const tallies = openTallies(contestants);
    for await (const batch of batches(text.lines)) {
      signal?.throwIfAborted();
      countBatch(text.name, batch, size, contestants, tallies);
      onProgress?.({ text: text.name, lines: size.lines, bytes: size.bytes });
    }
    tallies.forEach(({ tally }, i) => {
      addTally(totals[i]!, tally);
    });
    totalSize.lines += size.lines;
    totalSize.characters += size.characters;
    totalSize.bytes += size.bytes;
    results.push(
      build(
        text.name,
        size,
        tallies.map(({ tally }) => tally),
      ),
    );
  }
  return {
    format: COMPARISON_FORMAT,
    version: 1,
    contextSizes: [...contextSizes],
    tokenizers: contestants.map(({ name, counter, extendsFirst }) => ({
      name,
      engine: counter.engine,
      vocabSize: counter.vocabSize,
      extendsFirst,
    })),
    texts: results,
    total: build('total', totalSize, totals),
  };
}

async function openContestants(
  tokenizers: readonly ComparedTokenizer[],
  engine: CountingEngine | undefined,
): Promise<Contestant[]> {
  const names = uniqueNames(tokenizers.map(({ name }) => name));
  const contestants: Contestant[] = [];
  for (const [i, tokenizer] of tokenizers.entries()) {
    const counter = await openCounter(tokenizer, engine);
    const first = contestants[0]?.counter;
    const extendsFirst = first !== undefined && isExtensionOf(counter, first);
    const firstNewId = extendsFirst ? first.vocabSize : counter.vocabSize;
    contestants.push({ name: names[i]!, counter, extendsFirst, firstNewId });
  }
  return contestants;
}

function openTallies(contestants: readonly Contestant[]): LineTally[] {
  return contestants.map(({ counter, firstNewId }) => createLineTally(counter, firstNewId));
}

function isExtensionOf(counter: TokenCounter, first: TokenCounter): boolean {
  if (counter.vocabSize <= first.vocabSize) return false;
  for (let id = 0; id < first.vocabSize; id++) if (counter.idToPiece(id) !== first.idToPiece(id)) return false;
  return true;
}

function countBatch(
  name: string,
  batch: readonly string[],
  size: TextSize,
  contestants: readonly Contestant[],
  tallies: readonly LineTally[],
): void {
  for (const [i, { add }] of tallies.entries()) {
    for (const [at, line] of batch.entries()) {
      try {
        add(line);
      } catch (error) {
        throw lineError(error, `${name}: line ${size.lines + at + 1}: ${contestants[i]!.name}`);
      }
    }
  }
  for (const line of batch) {
    size.characters += codePointLength(line);
    size.bytes += utf8Length(line);
  }
  size.lines += batch.length;
}

function lineError(error: unknown, where: string): InputError {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof VocabMergeError ? error.hint : undefined;
  return new InputError(`${where}: ${message}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
}

async function* batches(lines: ComparedText['lines']): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  let units = 0;
  for await (const line of typeof lines === 'string' ? splitLines(lines) : lines) {
    batch.push(line);
    units += line.length + 1;
    if (units >= BATCH_UNITS) {
      yield batch;
      batch = [];
      units = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

/** Lines of a whole text; a line break at its end does not open another line. */
function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Names with ` (2)`, ` (3)` … behind those that came before, so that every row of a table says which it is. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 2; taken.has(unique); n++) unique = `${name} (${n})`;
    taken.add(unique);
    return unique;
  });
}
