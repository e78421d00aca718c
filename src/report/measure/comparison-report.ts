// The result of comparing tokenizers: plain JSON, the same shape in memory and in the file that `--format json` writes.
// Shares and ratios are plain numbers (0.25 for a quarter), never rounded; a figure that has no meaning is null.
import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';
import type { AnswerTokens } from './answer-tokens.ts';
import type { BootstrapSettings, Interval } from './bootstrap.ts';
import type { PieceLengths } from './pieces/piece-lengths.ts';
import type { NewPieceUsage } from './pieces/piece-usage.ts';
import type { HeldOutWarning } from './training-texts.ts';
import type { Regressions } from './worst-lines.ts';

/** Value of `format` in the JSON file. */
export const COMPARISON_FORMAT = 'vocab-merge/comparison';

/** What one tokenizer made of one text, or of all of them. */
export interface TokenFigures {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  readonly tokens: number;
  /** Tokens per code point; null for an empty text. */
  readonly tokensPerCharacter: number | null;
  /** Confidence interval of it over lines, see {@link ComparisonReport.bootstrap}; null for too few lines. */
  readonly tokensPerCharacterInterval: Interval | null;
  /** UTF-8 bytes per token; null where there are no tokens. */
  readonly bytesPerToken: number | null;
  /** Tokens divided by those of the first tokenizer; null where the first has none. */
  readonly ratioToFirst: number | null;
  /** Confidence interval of it over lines; null for the first tokenizer and for too few lines. */
  readonly ratioInterval: Interval | null;
  /** Lines that take more tokens than with the first tokenizer; null for the first. */
  readonly longerLines: number | null;
  /** Lines that take fewer; null for the first. */
  readonly shorterLines: number | null;
  /** Tokens that hold bytes of a character instead of whole characters. */
  readonly byteTokens: number;
  /** `byteTokens / tokens`; null where there are no tokens. */
  readonly byteShare: number | null;
  /** Tokens that stand for text the vocabulary cannot express. */
  readonly unknownTokens: number;
  readonly unknownShare: number | null;
  /**
   * Share of the characters, white space aside, that unknown tokens stand for: those that no other token covers. An estimate
   * where the tokenizer normalizes. One unknown token may stand for a whole word, so this says more than `unknownShare`.
   */
  readonly unknownCharacterShare: number | null;
  /** Tokens whose id is past the first tokenizer's vocabulary; null unless this tokenizer extends the first. */
  readonly newTokens: number | null;
  readonly newShare: number | null;
  /** Distinct new pieces that occur; null as `newTokens`. */
  readonly newPiecesUsed: number | null;
  /**
   * Fewest tokens that the text can be written in with these pieces, by dynamic programming: what is above them is lost to
   * the order of merges, the rest to the choice of pieces. Null when it was not asked for or is not known.
   */
  readonly fewestTokens: number | null;
  /** Code points that fit in each of {@link ComparisonReport.contextSizes} at this rate; null where there are no tokens. */
  readonly contextCharacters: readonly (number | null)[];
}

/** One text, or the total of all texts. */
export interface TextComparison {
  readonly name: string;
  readonly lines: number;
  /** Code points, line breaks not counted. */
  readonly characters: number;
  /** UTF-8 bytes, line breaks not counted. */
  readonly bytes: number;
  /** In the order of {@link ComparisonReport.tokenizers}. */
  readonly figures: readonly TokenFigures[];
}

/** One compared tokenizer. */
export interface TokenizerSummary {
  readonly name: string;
  /** Which implementation counted. */
  readonly engine: string;
  readonly vocabSize: number;
  /** Its first ids carry exactly the pieces of the first tokenizer, and there are more. */
  readonly extendsFirst: boolean;
}

/** Result of {@link compareTokenizers}. */
export interface ComparisonReport {
  readonly format: typeof COMPARISON_FORMAT;
  readonly version: 1;
  /** Context windows, in tokens. */
  readonly contextSizes: readonly number[];
  /** How the confidence intervals were made: a paired bootstrap over lines, see bootstrap.ts. */
  readonly bootstrap: BootstrapSettings;
  readonly tokenizers: readonly TokenizerSummary[];
  /** Shape of the first tokenizer's model, where it is known: costs are then worked out for it. */
  readonly baseShape?: ModelShape | undefined;
  readonly texts: readonly TextComparison[];
  readonly total: TextComparison;
  /** The lines that get longest beside the first tokenizer, for every other one. */
  readonly regressions: readonly Regressions[];
  /** What A, B, C, D and the digits become; of every tokenizer. */
  readonly answers: readonly AnswerTokens[];
  /** Lengths of pieces and tokens; of every tokenizer. */
  readonly pieceLengths: readonly PieceLengths[];
  /** How the new pieces are used; of every tokenizer that extends the first. */
  readonly newPieceUsage: readonly NewPieceUsage[];
  /** Texts that a tokenizer has learnt from, as far as hashes were given. */
  readonly heldOut: readonly HeldOutWarning[];
}

/**
 * The report as an indented JSON document with a line end.
 *
 * @example
 * ```ts
 * await writeFile('report.json', formatComparisonJson(report));
 * ```
 */
export function formatComparisonJson(report: ComparisonReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
