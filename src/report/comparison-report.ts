// The result of comparing tokenizers: plain JSON, the same shape in memory and in the file that `--format json` writes.
// Shares and ratios are plain numbers (0.25 for a quarter), never rounded; a figure that has no meaning is null.

/** Value of `format` in the JSON file. */
export const COMPARISON_FORMAT = 'vocab-merge/comparison';

/** What one tokenizer made of one text, or of all of them. */
export interface TokenFigures {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  readonly tokens: number;
  /** Tokens per code point; null for an empty text. */
  readonly tokensPerCharacter: number | null;
  /** UTF-8 bytes per token; null where there are no tokens. */
  readonly bytesPerToken: number | null;
  /** Tokens divided by those of the first tokenizer; null where the first has none. */
  readonly ratioToFirst: number | null;
  /** Tokens that hold bytes of a character instead of whole characters. */
  readonly byteTokens: number;
  /** `byteTokens / tokens`; null where there are no tokens. */
  readonly byteShare: number | null;
  /** Tokens that stand for text the vocabulary cannot express. */
  readonly unknownTokens: number;
  readonly unknownShare: number | null;
  /** Tokens whose id is past the first tokenizer's vocabulary; null unless this tokenizer extends the first. */
  readonly newTokens: number | null;
  readonly newShare: number | null;
  /** Distinct new pieces that occur; null as `newTokens`. */
  readonly newPiecesUsed: number | null;
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
  readonly tokenizers: readonly TokenizerSummary[];
  readonly texts: readonly TextComparison[];
  readonly total: TextComparison;
}

/** The report as an indented JSON document with a line end. */
export function formatComparisonJson(report: ComparisonReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
