// Counts what any number of tokenizers make of any number of texts. Texts are streams of lines: each line is encoded on
// its own, without bos and eos, and memory does not grow with the text. It reads no files; corpus/ does.

import { OptionError } from '../../errors.ts';
import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';
import { type CountedTokenizer, openCountedTokenizers } from '../counters/counted-tokenizers.ts';
import type { ComparedTokenizer, CountingEngine } from '../counters/open-counter.ts';
import type { TokenCounter } from '../counters/token-counter.ts';
import { type AnswerTokens, checkAnswerTokens } from './answer-tokens.ts';
import {
  addReplicates,
  type BootstrapOptions,
  drawReplicates,
  intervalsOf,
  type Replicates,
  resolveBootstrap,
} from './bootstrap.ts';
import { COMPARISON_FORMAT, type ComparisonReport, type TextComparison } from './comparison-report.ts';
import { batchLines } from './line-batches.ts';
import { createLineBlocks } from './line-blocks.ts';
import { measurePieceLengths } from './pieces/piece-lengths.ts';
import { measureNewPieces } from './pieces/piece-usage.ts';
import { addSize, createTextCounter, openTallies, type TextSums } from './text-sums.ts';
import { addTally, buildFigures, type TextSize, type TokenTally } from './text-tally.ts';
import { findTrainingTexts, type TrainingText } from './training-texts.ts';
import { addRegressions, type RegressionLine } from './worst-lines.ts';

/** A text to count. */
export interface ComparedText {
  readonly name: string;
  /** Lines without their line breaks; a string is taken as a whole text and split at its line breaks. */
  readonly lines: string | Iterable<string> | AsyncIterable<string>;
  /**
   * Instead of `lines`, for a large text that is cut the same way wherever it is counted: confidence intervals are then made
   * of blocks of lines that lie in one section, so that they do not depend on who has counted which.
   */
  readonly sections?: readonly TextSection[] | undefined;
  /** SHA-256 of what the lines were read from, asked for after the last one: to warn of text that was learnt from. */
  readonly hashes?: (() => readonly string[]) | undefined;
}

/** A stretch of a text. */
export interface TextSection {
  /** From 0, in the whole text. */
  readonly index: number;
  readonly lines: AsyncIterable<string>;
}

/** Blocks of lines in a section: 512 sections have no more than another text. */
const SECTION_BLOCKS = 4;

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
  /** Context windows in tokens. Default 2,048, 4,096 and 8,192. */
  readonly contextSizes?: readonly number[];
  /** Confidence intervals over lines. Default 1,000 replicates, 95 %, seed 1. */
  readonly bootstrap?: BootstrapOptions;
  /** Shape of the first tokenizer's model, see `readModelShape`: what rows cost is worked out for it. */
  readonly baseShape?: ModelShape | undefined;
  /** What each tokenizer was trained on, in their order: its compared texts are marked as not held out. */
  readonly trainedOn?: readonly (readonly TrainingText[] | undefined)[];
  /**
   * Which implementation counts. By default our own for SentencePiece models and `hugging-face` for every other
   * tokenizer.json.
   */
  readonly engine?: CountingEngine;
  /** Counters that are open already, in the order of the tokenizers, see `openCounters`; then `engine` is not asked. */
  readonly counters?: readonly TokenCounter[];
  /**
   * Also count the fewest tokens possible with the pieces of each SentencePiece model, whatever its merges or scores would
   * choose: see {@link TokenFigures.fewestTokens}. Default false.
   */
  readonly optimum?: boolean;
  readonly onProgress?: (progress: ComparisonProgress) => void;
  /** Stops the comparison between two batches of lines. */
  readonly signal?: AbortSignal;
}

/** Default of {@link CompareOptions.contextSizes}. */
const CONTEXT_SIZES: readonly number[] = [2048, 4096, 8192];

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
  const { texts } = options;
  const comparison = await openComparison(options);
  if (texts.length === 0) throw new OptionError('compare: no text was given, at least 1 is needed');
  for (const text of texts) comparison.add(await comparison.count(text));
  return comparison.finish();
}

/** A comparison whose texts may be counted elsewhere: see {@link openComparison}. */
export interface Comparison {
  readonly tokenizers: readonly CountedTokenizer[];
  /** Counts a text. */
  count(text: ComparedText): Promise<TextSums>;
  /** Takes up the sums of the next text. */
  add(sums: TextSums): void;
  /** The report of what was taken up. */
  finish(): ComparisonReport;
}

/**
 * Opens a comparison that counts texts and adds them up in two steps, which may happen in two processes.
 *
 * @throws OptionError, InputError as {@link compareTokenizers}
 * @example
 * ```ts
 * const comparison = await openComparison({ tokenizers: [await loadTokenizer('llama2')] });
 * comparison.add(await comparison.count({ name: 'paper', lines: ['人工智能'] }));
 * comparison.finish().total.lines; // 1
 * ```
 */
export async function openComparison(options: Omit<CompareOptions, 'texts'>): Promise<Comparison> {
  const { tokenizers, contextSizes = CONTEXT_SIZES, trainedOn = [], optimum = false } = options;
  const { engine, counters } = options;
  const { onProgress, signal } = options;
  if (tokenizers.length === 0) throw new OptionError('compare: no tokenizer was given, at least 1 is needed');
  for (const size of contextSizes) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new OptionError(`compare: context size ${size} is not a positive integer`);
    }
  }
  const settings = resolveBootstrap(options.bootstrap);
  const counted = await openCountedTokenizers(tokenizers, { engine, counters, optimum });
  const names = counted.map(({ name }) => name);
  const count = counted.length;

  const build = (
    name: string,
    size: TextSize,
    tallies: readonly TokenTally[],
    replicates: Replicates,
  ): TextComparison => {
    const intervals = intervalsOf(replicates, { settings, tokenizers: count, lines: size.lines });
    return {
      name,
      lines: size.lines,
      characters: size.characters,
      bytes: size.bytes,
      figures: counted.map((tokenizer, i) =>
        buildFigures({
          tokenizer: tokenizer.name,
          size,
          tally: tallies[i]!,
          firstTokens: tallies[0]!.tokens,
          firstNewId: tokenizer.firstNewId,
          hasFewest: tokenizer.fewestTokens !== undefined,
          isCompared: i > 0,
          intervals: intervals[i]!,
          surfaceLengths: tokenizer.surfaceLengths,
          contextSizes,
        }),
      ),
    };
  };

  const totalSize: TextSize = { lines: 0, characters: 0, visibleCharacters: 0, bytes: 0 };
  const totals = openTallies(counted).map(({ tally }) => tally);
  const totalReplicates = new Float64Array(settings.replicates * (1 + count));
  const worst: RegressionLine[][] = names.map(() => []);
  const results: TextComparison[] = [];
  const hashed: { readonly name: string; readonly hashes: readonly string[] }[] = [];
  return {
    tokenizers: counted,

    async count({ name, lines, sections, hashes }) {
      const counter = createTextCounter(name, counted);
      const blocks = [];
      for (const section of sections ?? [{ lines }]) {
        const own = createLineBlocks({ tokenizers: count, ...(sections && { maxBlocks: SECTION_BLOCKS }) });
        blocks.push(own);
        for await (const batch of batchLines(section.lines)) {
          signal?.throwIfAborted();
          counter.add(batch, own);
          onProgress?.({ text: name, lines: counter.size.lines, bytes: counter.size.bytes });
        }
      }
      return counter.finish(blocks, hashes?.() ?? []);
    },

    add({ name, size, tallies, blocks, worst: own, hashes }) {
      tallies.forEach((tally, i) => {
        addTally(totals[i]!, tally);
      });
      const replicates = drawReplicates(blocks, { settings, tokenizers: count, text: results.length });
      addReplicates(totalReplicates, replicates);
      addSize(totalSize, size);
      addRegressions(worst, own);
      hashed.push({ name, hashes });
      results.push(build(name, size, tallies, replicates));
    },

    finish: () => ({
      format: COMPARISON_FORMAT,
      version: 1,
      contextSizes: [...contextSizes],
      bootstrap: settings,
      tokenizers: counted.map(({ name, counter, firstNewId }) => ({
        name,
        engine: counter.engine,
        vocabSize: counter.vocabSize,
        extendsFirst: firstNewId !== undefined,
      })),
      ...(options.baseShape && { baseShape: options.baseShape }),
      texts: results,
      total: build('total', totalSize, totals, totalReplicates),
      regressions: worst.slice(1).map((list, i) => ({ tokenizer: names[i + 1]!, worst: list })),
      answers: answersOf(counted),
      pieceLengths: counted.map(({ name, counter }, i) => measurePieceLengths(name, counter, totals[i]!.pieceCounts)),
      newPieceUsage: counted.flatMap(({ name, counter, firstNewId }, i) => {
        if (firstNewId === undefined) return [];
        const { pieceCounts: counts, tokens } = totals[i]!;
        return [measureNewPieces(name, { counter, firstNewId, counts, tokens, characters: totalSize.characters })];
      }),
      heldOut: findTrainingTexts(
        names.map((name, i) => ({ name, trainedOn: trainedOn[i] ?? [] })),
        hashed,
      ),
    }),
  };
}

function answersOf(counted: readonly CountedTokenizer[]): AnswerTokens[] {
  const first = checkAnswerTokens(counted[0]!.name, counted[0]!.counter);
  return counted.map(({ name, counter, firstNewId }, i) =>
    i === 0 ? first : checkAnswerTokens(name, counter, firstNewId === undefined ? undefined : first),
  );
}
