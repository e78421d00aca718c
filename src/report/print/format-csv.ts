// A report as CSV (RFC 4180, LF): one row for each text and tokenizer, then the rows of the total. Numbers are raw:
// no separators, no rounding, empty where a figure has no meaning.
import type { ComparisonReport, TextComparison } from '../measure/comparison-report.ts';

const HEADERS = [
  'scope',
  'text',
  'tokenizer',
  'engine',
  'vocab_size',
  'lines',
  'characters',
  'bytes',
  'tokens',
  'tokens_per_character',
  'tokens_per_character_low',
  'tokens_per_character_high',
  'bytes_per_token',
  'ratio_to_first',
  'ratio_low',
  'ratio_high',
  'longer_lines',
  'shorter_lines',
  'byte_tokens',
  'byte_share',
  'unknown_tokens',
  'unknown_share',
  'unknown_character_share',
  'new_tokens',
  'new_share',
  'new_pieces_used',
  'fewest_tokens',
];

/**
 * Formats a report as CSV, by fast-csv.
 * The column `scope` tells rows of one `text` from those of the `total`.
 *
 * @example
 * ```ts
 * await writeFile('report.csv', await formatComparisonCsv(report));
 * ```
 */
export async function formatComparisonCsv(report: ComparisonReport): Promise<string> {
  const { writeToString } = await import('fast-csv');
  const rowsOf = (scope: 'text' | 'total', text: TextComparison): (string | number | null)[][] =>
    text.figures.map((figures, i) => [
      scope,
      text.name,
      figures.tokenizer,
      report.tokenizers[i]!.engine,
      report.tokenizers[i]!.vocabSize,
      text.lines,
      text.characters,
      text.bytes,
      figures.tokens,
      figures.tokensPerCharacter,
      figures.tokensPerCharacterInterval?.low ?? null,
      figures.tokensPerCharacterInterval?.high ?? null,
      figures.bytesPerToken,
      figures.ratioToFirst,
      figures.ratioInterval?.low ?? null,
      figures.ratioInterval?.high ?? null,
      figures.longerLines,
      figures.shorterLines,
      figures.byteTokens,
      figures.byteShare,
      figures.unknownTokens,
      figures.unknownShare,
      figures.unknownCharacterShare,
      figures.newTokens,
      figures.newShare,
      figures.newPiecesUsed,
      figures.fewestTokens,
      ...figures.contextCharacters,
    ]);
  const rows = [...report.texts.flatMap((text) => rowsOf('text', text)), ...rowsOf('total', report.total)];
  return writeToString(rows, {
    headers: [...HEADERS, ...report.contextSizes.map((size) => `characters_in_${size}`)],
    includeEndRowDelimiter: true,
  });
}
