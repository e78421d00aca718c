// Running sums over the lines of one text, for one tokenizer. What is kept does not grow with the text: some numbers and
// one count for each piece.

import { TOKEN_KIND, type TokenCounter } from '../counters/token-counter.ts';
import type { TokenIntervals } from './bootstrap.ts';
import type { TokenFigures } from './comparison-report.ts';

/** Size of a text, without its line breaks. */
export interface TextSize {
  lines: number;
  /** Code points. */
  characters: number;
  /** Code points that are no white space. */
  visibleCharacters: number;
  /** UTF-8 bytes. */
  bytes: number;
}

/** The sums of a {@link TextSize}. */
export const SIZE_SUMS = ['lines', 'characters', 'visibleCharacters', 'bytes'] as const;

/** Sums of one tokenizer over some lines. */
export interface TokenTally {
  tokens: number;
  byteTokens: number;
  unknownTokens: number;
  newTokens: number;
  /** Tokens of the best segmentation; 0 where it is not looked for. */
  fewestTokens: number;
  /** Lines that take more, and fewer, tokens than with the first tokenizer. */
  longerLines: number;
  shorterLines: number;
  /** Tokens of each id, `[vocabSize]`; ids outside the vocabulary are only in the sums. */
  readonly pieceCounts: Float64Array;
}

/** The sums of a {@link TokenTally}. */
export const TALLY_SUMS = [
  'tokens',
  'byteTokens',
  'unknownTokens',
  'newTokens',
  'fewestTokens',
  'longerLines',
  'shorterLines',
] as const;

/** A tally and the function that feeds it. */
export interface LineTally {
  readonly tally: TokenTally;
  /** Encodes a line, adds what comes out, and returns its number of tokens. */
  add(line: string): number;
}

/**
 * Creates an empty tally.
 *
 * @param firstNewId ids from here on are new pieces; `counter.vocabSize` when none are
 * @param fewestTokens tokens of the best segmentation of a line
 */
export function createLineTally(
  counter: TokenCounter,
  firstNewId: number,
  fewestTokens?: (line: string) => number,
): LineTally {
  const { tokenKinds } = counter;
  const pieceCounts = new Float64Array(counter.vocabSize);
  const tally: TokenTally = {
    tokens: 0,
    byteTokens: 0,
    unknownTokens: 0,
    newTokens: 0,
    fewestTokens: 0,
    longerLines: 0,
    shorterLines: 0,
    pieceCounts,
  };
  const visit = (id: number): void => {
    tally.tokens++;
    const kind = tokenKinds[id] ?? TOKEN_KIND.unknown;
    if (kind === TOKEN_KIND.byte) tally.byteTokens++;
    else if (kind === TOKEN_KIND.unknown) tally.unknownTokens++;
    if (id >= firstNewId) tally.newTokens++;
    if (id >= 0) pieceCounts[id]!++;
  };
  return {
    tally,
    add(line) {
      const before = tally.tokens;
      counter.forEachId(line, visit);
      if (fewestTokens !== undefined) tally.fewestTokens += fewestTokens(line);
      return tally.tokens - before;
    },
  };
}

/** Adds `part` to `sum`; both belong to the same tokenizer. */
export function addTally(sum: TokenTally, part: TokenTally): void {
  for (const key of TALLY_SUMS) sum[key] += part[key];
  for (let id = 0; id < part.pieceCounts.length; id++) sum.pieceCounts[id]! += part.pieceCounts[id]!;
}

/** What {@link buildFigures} derives figures from. */
export interface FiguresOptions {
  readonly tokenizer: string;
  readonly size: TextSize;
  readonly tally: TokenTally;
  /** Tokens of the first tokenizer for the same text. */
  readonly firstTokens: number;
  /** Ids from here on are new pieces; undefined when this tokenizer does not extend the first. */
  readonly firstNewId: number | undefined;
  /** Whether the fewest tokens possible were counted. */
  readonly hasFewest: boolean;
  /** False for the first tokenizer itself. */
  readonly isCompared: boolean;
  readonly intervals: TokenIntervals;
  /** Code points that each id stands for, spaces not counted, `[vocabSize]`; asked for only where there are unknown tokens. */
  readonly surfaceLengths: () => Uint16Array;
  readonly contextSizes: readonly number[];
}

/** Derives the figures of a report from sums. */
export function buildFigures(options: FiguresOptions): TokenFigures {
  const { tokenizer, size, tally, firstTokens, firstNewId, hasFewest, isCompared, intervals, contextSizes } = options;
  const { tokens, byteTokens, unknownTokens } = tally;
  return {
    tokenizer,
    tokens,
    tokensPerCharacter: divide(tokens, size.characters),
    tokensPerCharacterInterval: intervals.tokensPerCharacter,
    bytesPerToken: divide(size.bytes, tokens),
    ratioToFirst: divide(tokens, firstTokens),
    ratioInterval: intervals.ratioToFirst,
    longerLines: isCompared ? tally.longerLines : null,
    shorterLines: isCompared ? tally.shorterLines : null,
    byteTokens,
    byteShare: divide(byteTokens, tokens),
    unknownTokens,
    unknownShare: divide(unknownTokens, tokens),
    unknownCharacterShare: unknownTokens === 0 ? divide(0, size.characters) : shareNotCovered(options),
    newTokens: firstNewId === undefined ? null : tally.newTokens,
    newShare: firstNewId === undefined ? null : divide(tally.newTokens, tokens),
    newPiecesUsed: firstNewId === undefined ? null : countUsed(tally.pieceCounts, firstNewId),
    fewestTokens: hasFewest ? tally.fewestTokens : null,
    contextCharacters: contextSizes.map((limit) =>
      tokens === 0 ? null : Math.floor((limit * size.characters) / tokens),
    ),
  };
}

/** Characters that no known token stands for; normalization can change their number, so it is an estimate. */
function shareNotCovered({ size, tally, surfaceLengths }: FiguresOptions): number | null {
  if (size.visibleCharacters === 0) return null;
  const lengths = surfaceLengths();
  let covered = 0;
  for (let id = 0; id < lengths.length; id++) covered += lengths[id]! * tally.pieceCounts[id]!;
  return Math.min(1, Math.max(0, 1 - covered / size.visibleCharacters));
}

function countUsed(counts: Float64Array, from: number): number {
  let used = 0;
  for (let id = from; id < counts.length; id++) if (counts[id]! > 0) used++;
  return used;
}

function divide(value: number, by: number): number | null {
  return by === 0 ? null : value / by;
}
