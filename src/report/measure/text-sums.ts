// What is counted of one text, by all tokenizers: sums and samples that can be added to those of the lines behind them, so that
// a text may be counted in parts. The figures of a report are derived from them by compare-tokenizers.ts.

import { codePointLength, utf8Length } from '../../core/unicode/utf8.ts';
import { InputError, messageOf, VocabMergeError } from '../../errors.ts';
import { type CountedTokenizer, countVisible } from '../counters/counted-tokenizers.ts';
import type { LineBlocks } from './line-blocks.ts';
import { addTally, createLineTally, type LineTally, SIZE_SUMS, type TextSize, type TokenTally } from './text-tally.ts';
import {
  addRegressions,
  createRegressionCollector,
  type RegressionCollector,
  type RegressionLine,
} from './worst-lines.ts';

/** The sums of a text, or of a stretch of it. */
export interface TextSums {
  readonly name: string;
  readonly size: TextSize;
  /** Of each tokenizer. */
  readonly tallies: readonly TokenTally[];
  /** Blocks of lines in their order, see line-blocks.ts. */
  readonly blocks: Pick<LineBlocks, 'count' | 'sums'>;
  /** The lines that get longest with each tokenizer, see worst-lines.ts. */
  readonly worst: readonly (readonly RegressionLine[])[];
  /** SHA-256 of what the lines were read from, where all of it was. */
  readonly hashes: readonly string[];
}

/** A text that is being counted. */
export interface TextCounter {
  /** Counts lines; their sums go to `blocks` as well. */
  add(batch: readonly string[], blocks: LineBlocks): void;
  readonly size: Readonly<TextSize>;
  /** What was counted; with the blocks in their order. */
  finish(blocks: readonly LineBlocks[], hashes: readonly string[]): TextSums;
}

/** Starts the sums of a text. */
export function createTextCounter(name: string, counted: readonly CountedTokenizer[]): TextCounter {
  const size: TextSize = { lines: 0, characters: 0, visibleCharacters: 0, bytes: 0 };
  const tallies = openTallies(counted);
  const regressions = createRegressionCollector(counted.map((tokenizer) => tokenizer.name));
  return {
    size,
    add: (batch, blocks) => countBatch(batch, { name, size, tallies, blocks, regressions }, counted),
    finish: (blocks, hashes) => ({
      name,
      size,
      tallies: tallies.map(({ tally }) => tally),
      blocks: joinBlocks(blocks, 1 + counted.length),
      worst: regressions.lists(),
      hashes,
    }),
  };
}

/** The sums of two stretches of a text, `next` behind `before`, whose sums are changed. */
export function joinTextSums(before: TextSums, next: TextSums): TextSums {
  const { size, tallies } = before;
  const lines = size.lines;
  addSize(size, next.size);
  tallies.forEach((tally, i) => {
    addTally(tally, next.tallies[i]!);
  });
  const worst = before.worst.map((list) => [...list]);
  addRegressions(
    worst,
    next.worst.map((list) => list.map((line) => ({ ...line, line: line.line + lines }))),
  );
  return {
    ...before,
    blocks: joinBlocks([before.blocks, next.blocks], 1 + tallies.length),
    worst,
    hashes: [...before.hashes, ...next.hashes],
  };
}

/** Adds the size of a text to that of others. */
export function addSize(sum: TextSize, part: Readonly<TextSize>): void {
  for (const key of SIZE_SUMS) sum[key] += part[key];
}

/** Empty sums of each tokenizer. */
export function openTallies(counted: readonly CountedTokenizer[]): LineTally[] {
  return counted.map(({ counter, firstNewId, fewestTokens }) =>
    createLineTally(counter, firstNewId ?? counter.vocabSize, fewestTokens),
  );
}

function joinBlocks(blocks: readonly Pick<LineBlocks, 'count' | 'sums'>[], width: number): TextSums['blocks'] {
  const count = blocks.reduce((sum, each) => sum + each.count, 0);
  const sums = new Float64Array(count * width);
  let at = 0;
  for (const each of blocks) {
    sums.set(each.sums.subarray(0, each.count * width), at);
    at += each.count * width;
  }
  return { count, sums };
}

/** The text that is being counted. */
interface CurrentText {
  readonly name: string;
  readonly size: TextSize;
  readonly tallies: readonly LineTally[];
  readonly blocks: LineBlocks;
  readonly regressions: RegressionCollector;
}

function countBatch(batch: readonly string[], text: CurrentText, counted: readonly CountedTokenizer[]): void {
  const { name, size, tallies, blocks, regressions } = text;
  const width = tallies.length;
  // Tokens of each line by each tokenizer, [lines, tokenizers].
  const tokens = new Float64Array(batch.length * width);
  for (const [i, { add }] of tallies.entries()) {
    for (const [at, line] of batch.entries()) {
      try {
        tokens[at * width + i] = add(line);
      } catch (error) {
        throw lineError(error, `${name}: line ${size.lines + at + 1}: ${counted[i]!.name}`);
      }
    }
  }
  for (const [at, line] of batch.entries()) {
    const characters = codePointLength(line);
    size.characters += characters;
    size.visibleCharacters += countVisible(line);
    size.bytes += utf8Length(line);
    size.lines++;
    blocks.add(characters, tokens, at * width);
    regressions.add(name, size.lines, line, tokens, at * width);
    const first = tokens[at * width]!;
    for (let i = 1; i < width; i++) {
      const own = tokens[at * width + i]!;
      if (own > first) tallies[i]!.tally.longerLines++;
      else if (own < first) tallies[i]!.tally.shorterLines++;
    }
  }
}

function lineError(error: unknown, where: string): InputError {
  const message = messageOf(error);
  const hint = error instanceof VocabMergeError ? error.hint : undefined;
  return new InputError(`${where}: ${message}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
}
